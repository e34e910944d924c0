// The shapes of lines are those of GT.M V7.0-005.
#include "engine/base/field_table.h"

#include <gtest/gtest.h>

#include <array>
#include <cstdlib>

namespace hw {
namespace {

constexpr std::string_view kModes[] = {"NONE", "PASSIVE"};
constexpr Field kFields[] = {
    {"Instance Name", 0, 8, FieldForm::Text},
    {"Journal Sequence Number", 8, 8, FieldForm::Number},
    {"Previous History Number", 16, 4, FieldForm::Signed},
    {"Crash", 20, 4, FieldForm::Bool},
    {"Journal Pool Shm Id", 24, 4, FieldForm::Id},
    {"Mode", 28, 4, FieldForm::Names, kModes},
    {"Create Time", 32, 8, FieldForm::Seconds},
    {"Stream #", 40, 1, FieldForm::Number},
};

class FieldTable : public testing::Test {
 protected:
  FieldTable() {
    ::setenv("TZ", "UTC", 1);
    std::memcpy(record_.data(), "INSTA\0\0", 8);
    put_le<std::uint64_t>(record_, 8, 11);
    put_le<std::uint32_t>(record_, 16, 0xFFFFFFFF);
    put_le<std::uint32_t>(record_, 20, 1);
    put_le<std::uint32_t>(record_, 24, 0xFFFFFFFF);
    put_le<std::uint32_t>(record_, 28, 1);
    put_le<std::uint64_t>(record_, 32, 1795331418);
    record_[40] = std::byte{7};
  }
  std::array<std::byte, 48> record_{};
};

TEST_F(FieldTable, LinesEndInColumn58AndNumbersAreFollowedByTheirHexadecimalForm) {
  EXPECT_EQ(field_lines("HDR ", kFields, record_, 0, false),
            "HDR Instance Name                                    INSTA\n"
            "HDR Journal Sequence Number                             11 [0x000000000000000B]\n"
            "HDR Previous History Number                             -1 [0xFFFFFFFF]\n"
            "HDR Crash                                             TRUE\n"
            "HDR Journal Pool Shm Id                            INVALID\n"
            "HDR Mode                                           PASSIVE\n"
            "HDR Create Time                        2026/11/22 07:10:18\n"
            "HDR Stream #                                             7 [0x00000007]\n");
}

TEST_F(FieldTable, DetailAddsOffsetAndSizeFromTheStartOfTheFile) {
  EXPECT_EQ(field_lines("SLT # 1 : ", std::span(kFields).first(1), record_, 0x400, true),
            "0x00000400 0x0008 SLT # 1 : Instance Name                              INSTA\n");
  EXPECT_EQ(section_lines("File Header", true),
            "\n" + std::string(76, '-') + "\nFile Header\n" + std::string(76, '-') + "\n");
  EXPECT_EQ(record_separator(true, true), "Offset     Size\n");
  EXPECT_EQ(record_separator(false, false), std::string(58, '-') + "\n");
}

TEST_F(FieldTable, AnUnknownNumberOfANamedFieldIsShownAsANumberAndControlBytesAsDots) {
  put_le<std::uint32_t>(record_, 28, 9);
  EXPECT_EQ(field_value(kFields[5], record_), "9");
  record_[1] = std::byte{'\n'};
  EXPECT_EQ(field_value(kFields[0], record_), "I.STA");
}

TEST(FieldEdit, EightBytesAreNotPadded) {
  EXPECT_EQ(edit_line(136, 4, {1795312041, 1795312041}),
            "Offset 136 [0x00000088] : Old Value = 1795312041 [0x6B0249A9] : New Value = 1795312041 [0x6B0249A9] : "
            "Size = 4 [0x04]");
  EXPECT_EQ(edit_line(136, 8, {20179551668649, 1}),
            "Offset 136 [0x00000088] : Old Value = 20179551668649 [0x125A6B0249A9] : New Value = 1 [0x1] : Size = 8 "
            "[0x08]");
  EXPECT_EQ(edit_line(0x88, 1, {0xA9, 0x4}),
            "Offset 136 [0x00000088] : Old Value = 169 [0xA9] : New Value = 4 [0x04] : Size = 1 [0x01]");
}

}  // namespace
}  // namespace hw

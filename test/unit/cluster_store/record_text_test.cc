// The record of a group as it is stored.
#include "cluster/store/record_text.h"

#include <gtest/gtest.h>

#include "cluster/board/envelope.h"
#include "test/support/test_folder.h"

namespace hw::cluster::store {
namespace {

lease::Record sample() {
  lease::Record out;
  out.holder = "A";
  out.state = lease::RecordState::Released;
  out.epoch = 42;
  out.base = 7;
  out.next = "B";
  out.seqno = 18446744073709551615U;
  out.candidates = {"B", "C"};
  out.serial = {0xfedcba9876543210U, 12};
  return out;
}

std::string sealed(const std::string& body, const std::string& name = "record") {
  return close_envelope({name, 1 << 20}, body);
}

template <typename T>
std::string fault_of(const Decoded<T>& decoded) {
  return decoded.has_value() ? "none" : decoded.error();
}

TEST(RecordText, IsReadAsItWasWritten) {
  for (const auto state : {lease::RecordState::Held, lease::RecordState::Released, lease::RecordState::Down}) {
    lease::Record record = sample();
    record.state = state;
    const auto again = decode_record(encode_record(record));
    ASSERT_TRUE(again.has_value()) << again.error();
    EXPECT_EQ(*again, record);
  }
  EXPECT_EQ(decode_try(encode_try({3, 4})), (lease::Serial{3, 4}));
}

TEST(RecordText, FormatOneStaysAsItIs) {
  const std::string stored = hw::test::file_bytes(HW_SOURCE_DIR "/test/golden/store_record_format1.json");
  const std::size_t line = stored.find('\n') + 1;
  EXPECT_EQ(encode_record(sample()), stored.substr(0, line));
  EXPECT_EQ(encode_try({0xfedcba9876543210U, 13}), stored.substr(line));
  const auto record = decode_record(stored.substr(0, line));
  ASSERT_TRUE(record.has_value()) << record.error();
  EXPECT_EQ(*record, sample());
}

TEST(RecordText, RefusesWhatIsNone) {
  EXPECT_EQ(fault_of(decode_record("")), "no record");
  EXPECT_EQ(fault_of(decode_record("A")), "no record");
  std::string changed = encode_record(sample());
  changed[changed.find("\"A\"") + 1] = 'B';
  EXPECT_EQ(fault_of(decode_record(changed)), "its checksum does not agree");
  std::string later = encode_record(sample());
  later[later.find("1")] = '2';
  EXPECT_EQ(fault_of(decode_record(later)), "format 2, not 1");
  EXPECT_EQ(fault_of(decode_record(encode_try({1, 2}))), "not whole");
  EXPECT_EQ(fault_of(decode_record(sealed("[]"))), "no JSON object");
  EXPECT_EQ(fault_of(decode_record(sealed("{}"))), "holder: missing");
  EXPECT_EQ(fault_of(decode_record(sealed(R"({"holder":7})"))), "holder: not a text of at most 255 bytes");
  EXPECT_EQ(fault_of(decode_record(sealed(R"({"holder":"A","state":"lost"})"))), "state: not one of its words");
  EXPECT_EQ(fault_of(decode_record(sealed(R"({"holder":"A","epoch":-1})"))),
            "epoch: not a whole number up to 18446744073709551615");
  EXPECT_EQ(fault_of(decode_record(sealed(R"({"holder":"A","candidates":[7]})"))),
            "candidates[0]: not a text of at most 255 bytes");
}

TEST(RecordText, AKeyOfALaterReleaseIsPassedOver) {
  const auto record = decode_record(sealed(R"({"holder":"A","later":[1,{"x":2}]})"));
  ASSERT_TRUE(record.has_value()) << record.error();
  EXPECT_EQ(record->holder, "A");
  EXPECT_EQ(record->state, lease::RecordState::Held);
}

}  // namespace
}  // namespace hw::cluster::store

// The format pages say what the codecs do.
#include <gtest/gtest.h>

#include <fstream>
#include <iterator>
#include <string>

#include "replic/instance/instance_layout.h"
#include "replic/link/wire.h"
#include "replic/refresh/refresh_wire.h"

namespace hw {
namespace {

std::string page(const std::string& name) {
  std::ifstream in(std::string(HW_SOURCE_DIR) + "/docs/formats/" + name);
  EXPECT_TRUE(in.is_open()) << name;
  return {std::istreambuf_iterator<char>(in), {}};
}

TEST(FormatPages, InstanceFileFieldsStandInThePage) {
  const std::string text = page("instance-file.md");
  for (const auto fields : {header_fields(), slot_fields(), history_fields()})
    for (const auto& field : fields) {
      const std::string row = fmt::format("| {} | {} | {} |\n", field.offset, field.bytes, field.name);
      EXPECT_NE(text.find(row), std::string::npos) << row;
    }
}

TEST(FormatPages, EveryWireTypeStandsInThePage) {
  const std::string text = page("wire.md");
  for (const auto& type : wire_types()) {
    const std::string row = fmt::format("| {} | {} | {} | {} | ", static_cast<unsigned>(type.type), type.name,
                                        type.first_level, type.direction);
    EXPECT_NE(text.find(row), std::string::npos) << row;
  }
}

TEST(FormatPages, EveryTypeOfARefreshStandsInThePage) {
  const std::string text = page("refresh.md");
  for (const auto& type : refresh_types()) {
    const std::string row =
        fmt::format("| {} | {} | {} | ", static_cast<unsigned>(type.type), type.name, type.direction);
    EXPECT_NE(text.find(row), std::string::npos) << row;
  }
}

}  // namespace
}  // namespace hw

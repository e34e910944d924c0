// Any bytes as a global directory file and as a name: refused, or read, written and read again to the same thing.
#include <cstdint>
#include <string>
#include <string_view>

#include "engine/base/check.h"
#include "engine/globals/global_directory.h"
#include "engine/globals/global_directory_format.h"
#include "engine/globals/name_pattern.h"
#include "test/support/fuzz/mutator.h"
#include "test/support/fuzz/seal.h"

namespace {

void check_file(std::string_view text) {
  auto contents = hw::decode_global_directory(text, "fuzz");
  if (!contents.has_value()) return;
  HW_CHECK(hw::encode_global_directory(*contents) == text);
  auto directory = hw::GlobalDirectory::build(std::move(*contents), "fuzz");
  if (!directory.has_value()) return;
  HW_CHECK(directory->map()[0].from.empty());
  for (std::size_t i = 1; i < directory->map().size(); ++i)
    HW_CHECK(directory->map()[i - 1].from < directory->map()[i].from);
  for (std::size_t i = 0; i < text.size(); i += 7)
    HW_CHECK(directory->region_index_for(text.substr(i, 20)) < directory->regions().size());
}

void check_name(std::string_view text) {
  const auto pattern = hw::parse_name_pattern(text);
  if (!pattern.has_value()) return;
  HW_CHECK(pattern->to_end || pattern->from < pattern->to);
  const auto again = hw::parse_name_pattern(pattern->text);
  HW_CHECK(again.has_value());
  HW_CHECK(again->text == pattern->text);
  HW_CHECK(again->from == pattern->from);
  HW_CHECK(again->to == pattern->to);
}

}  // namespace

HW_FUZZ_SHAPE(hw::fuzz::seal_global_directory, hw::fuzz::lines)

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string text(reinterpret_cast<const char*>(data), size);
  check_file(text);
  check_name(text);
  return 0;
}

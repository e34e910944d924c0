// Any text as a journal extract or lost-transaction file: reading ends, with a message or behind the last line; every
// line of what is accepted is in one transaction; and its updates, written as an extract, are read back the same.
#include <cstdint>
#include <sstream>
#include <string>
#include <tuple>
#include <vector>

#include "engine/extract/extract_line.h"
#include "engine/extract/extract_reader.h"
#include "engine/globals/zwr.h"
#include "test/support/fuzz/mutator.h"

namespace {

using Update = std::tuple<hw::UpdateType, std::string, std::string>;

const hw::GlobalDirectory& directory() {
  static const hw::GlobalDirectory one =
      hw::GlobalDirectory::build(hw::GlobalDirectoryContents::defaults(), "fuzz").value();
  return one;
}

/// Empty when the text is refused from the first line on.
std::vector<Update> read(const std::string& text) {
  std::istringstream in(text);
  hw::ExtractReader reader(in, "fuzz", directory());
  std::vector<Update> updates;
  if (!reader.open().has_value()) return updates;
  HW_CHECK(hw::is_journal_extract(reader.heading()));
  HW_CHECK(reader.origin().size() < reader.heading().size());
  std::size_t bytes = 0;
  hw::ExtractGroup group;
  for (;;) {
    const auto more = reader.next(group);
    if (!more.has_value() || !*more) break;
    HW_CHECK(!group.text.empty());  // So that it comes to an end.
    bytes += group.text.size();
    HW_CHECK(bytes <= text.size() + 1 && reader.bytes() <= text.size() + 1);
    for (const hw::ExtractUpdate& one : group.updates) {
      std::string reference;
      HW_CHECK(hw::append_reference(reference, one.key, hw::NullCollation::Standard, reader.charset()).has_value());
      HW_CHECK(reference == one.reference);
      updates.emplace_back(one.type, one.key, one.value);
    }
  }
  return updates;
}

void check_round_trip(const std::vector<Update>& updates, hw::ExtractLayout layout) {
  std::string text = std::string(hw::extract_label(layout)) + " ROLLBACK PRIMARY FUZZ\n";
  const hw::ExtractStamp stamp{.time_us = 1, .tn = 1, .pid = 1, .seqno = hw::Seqno{1}};
  hw::append_tstart_line(text, stamp, layout);
  std::uint32_t number = 0;
  for (const auto& [type, key, value] : updates)
    HW_CHECK(hw::append_update_line(text, stamp, {type, key, value}, ++number, hw::NullCollation::Standard, layout)
                 .has_value());
  hw::append_tcom_line(text, stamp, 1, "T", layout);
  HW_CHECK(read(text) == updates);
}

}  // namespace

HW_FUZZ_SHAPE(nullptr, hw::fuzz::lines)

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto updates = read(std::string(reinterpret_cast<const char*>(data), size));
  for (const auto layout : {hw::ExtractLayout::V5, hw::ExtractLayout::V7}) check_round_trip(updates, layout);
  return 0;
}

// Any bytes as a whole instance file: opening it ends with an error or with a state that keeps its rules, and what is
// changed afterwards can be read again.
#include <cstdint>
#include <string>

#include "replic/instance/instance_file.h"
#include "test/support/fuzz/input_file.h"
#include "test/support/fuzz/mutator.h"
#include "test/support/fuzz/seal.h"

namespace {

using namespace hw;

void check_state(InstanceFile& file) {
  const auto records = file.history().records();
  HW_CHECK(records.size() == file.header().history_count && records.size() <= kHistoryRecordsMax);
  for (std::size_t i = 1; i < records.size(); ++i) HW_CHECK(records[i - 1].start < records[i].start);
  for (const InstanceSlot& slot : file.slots()) HW_CHECK(slot.name.size() <= InstanceName::kBytesMax);
  HW_CHECK(file.header().name.empty() == file.is_dual_site());
  (void)file.check_order().has_value();
  (void)file.read_cells().has_value();
  (void)file.region_list().has_value();
}

}  // namespace

HW_FUZZ_SHAPE(fuzz::seal_instance_file)

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const fuzz::InputFile input(fuzz::text_of(data, size));
  auto file = InstanceFile::open(input.path());
  if (!file.has_value()) return 0;
  check_state(*file);
  const InstanceHeader before = file->header();
  if (file->update_header([](InstanceHeader& header) { header.crash = !header.crash; }).has_value()) {
    auto again = InstanceFile::open(input.path(), false);
    HW_CHECK(again.has_value());
    check_state(*again);
    HW_CHECK(again->header().crash != before.crash && again->header().name == before.name);
    HW_CHECK(again->history().records().size() == file->history().records().size());
  }
  RegionReach region;
  region.name = "DEFAULT";
  const RegionList list(3, region);
  if (file->update_regions(list, [](InstanceHeader&) {}).has_value()) {
    HW_CHECK(file->header().region_list_offset == 0 || file->region_list().value() == list);
  }
  if (file->cut_history(file->header().seqno).has_value()) {
    check_state(*file);
    HW_CHECK(file->history().empty() || file->history().last().start < file->header().seqno);
  }
  return 0;
}

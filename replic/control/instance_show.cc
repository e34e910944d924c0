#include "replic/control/instance_show.h"

#include <algorithm>
#include <array>

namespace hw {

std::string show_instance_file(const InstanceFile::CellBytes& cells, std::string_view name, bool detail) {
  std::string out = fmt::format("GTM-I-MUREPLSHOW, SHOW output for replication instance file {}\n", name);
  out += section_lines("File Header", detail) + record_separator(true, detail);
  out += field_lines("HDR ", header_fields(), cells.header, 0, detail);

  bool first = true;
  const auto add = [&](std::string_view section, std::string_view prefix, std::span<const Field> fields,
                       const std::vector<std::byte>& bytes, std::uint64_t offset) {
    if (first) out += section_lines(section, detail);
    out += record_separator(first, detail) + field_lines(prefix, fields, bytes, offset, detail);
    first = false;
  };
  for (std::size_t i = 0; i < cells.slots.size(); ++i) {
    InstanceSlot slot;
    if (decode_slot(cells.slots[i], i, slot) != CellVerdict::Good || !slot.used()) continue;
    add("Source Server Slots", fmt::format("SLT #{:2} : ", i), slot_fields(), cells.slots[i], slot_offset(i));
  }
  first = true;
  for (std::size_t n = 0; n < cells.history.size(); ++n)
    add("History Records (histinfo structures)", fmt::format("HST #{:7} : ", n), history_fields(), cells.history[n],
        history_offset(n));
  return out;
}

std::string show_cells_in_pool(const InstanceFile::CellBytes& cells, const PoolHeader& pool, bool detail) {
  std::string out = section_lines("File Header", detail) + record_separator(true, detail);
  out += unplaced_field_lines("HDR ", header_fields(), cells.header, detail);
  bool first = true;
  for (std::size_t i = 0; i < cells.slots.size(); ++i) {
    InstanceSlot slot;
    if (decode_slot(cells.slots[i], i, slot) != CellVerdict::Good || !slot.used()) continue;
    const auto live = std::ranges::find_if(
        pool.slots, [&](const PoolSlot& one) { return one.in_use.load() != 0 && one.name == slot.name; });
    if (live != pool.slots.end()) slot.send_next = std::max(slot.send_next, Seqno{live->read_seqno.load()});
    std::array<std::byte, kSlotBytes> bytes{};
    encode_slot(slot, i, 0, bytes);
    if (first) out += section_lines("Source Server Slots", detail);
    out += record_separator(first, detail);
    out += unplaced_field_lines(fmt::format("SLT #{:2} : ", i), slot_fields(), bytes, detail);
    first = false;
  }
  return out;
}

}  // namespace hw

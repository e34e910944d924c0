// Slots of the instance file: what it keeps of each secondary.
#include "replic/instance/instance_file.h"

namespace hw {

Status InstanceFile::write_slot(std::size_t index, const InstanceSlot& slot) {
  HW_TRY(const auto cell, cells_.read(slot_place(index)));
  std::array<std::byte, kSlotBytes> copy{};
  encode_slot(slot, index, 0, copy);
  HW_TRY_VOID(cells_.write(slot_place(index), cell, copy));
  slots_[index] = slot;
  return {};
}

std::optional<std::size_t> InstanceFile::find_slot(std::string_view name) const {
  for (std::size_t i = 0; i < kSlotsMax; ++i)
    if (slots_[i].used() && slots_[i].name == name) return i;
  return std::nullopt;
}

Result<std::size_t> InstanceFile::assign_slot(const InstanceName& secondary, std::uint32_t pid, std::uint64_t now_s,
                                              const std::function<bool(std::size_t, const InstanceSlot&)>& alive) {
  HW_TRY(const auto lock, cells_.lock(FileLock::Kind::Exclusive));
  HW_TRY_VOID(load());
  std::optional<std::size_t> chosen = find_slot(secondary.view());
  if (chosen && alive(*chosen, slots_[*chosen]))
    return make_error<MsgId::SRCSRVEXISTS>(secondary.view(), slots_[*chosen].pid);
  InstanceSlot slot;
  const std::size_t slots = slots_of(cells_.level());
  if (chosen) {
    slot = slots_[*chosen];
  } else if (cells_.level() == kLevelDualSite) {
    // One secondary, whatever it is called here: what was sent to it stays known.
    if (slots_[0].used() && alive(0, slots_[0])) return make_error<MsgId::SRCSRVTOOMANY>(slots, path());
    chosen = 0;
    slot = slots_[0];
    slot.name = secondary.view();
    if (slot.send_next.value == 0) slot.send_next = Seqno{1};
  } else {
    slot.name = secondary.view();
    slot.send_next = Seqno{1};
    for (std::size_t i = 0; i < kSlotsMax && !chosen; ++i)
      if (!slots_[i].used()) chosen = i;
    for (std::size_t i = 0; i < kSlotsMax && slots_[i].used(); ++i)
      if ((!chosen || (slots_[*chosen].used() && slots_[i].start_s < slots_[*chosen].start_s)) && !alive(i, slots_[i]))
        chosen = i;
  }
  if (!chosen) return make_error<MsgId::SRCSRVTOOMANY>(slots, path());
  slot.pid = pid;
  slot.start_s = now_s;
  HW_TRY_VOID(write_slot(*chosen, slot));
  return *chosen;
}

Status InstanceFile::update_slot(std::size_t index, const std::function<void(InstanceSlot&)>& change) {
  HW_CHECK(index < kSlotsMax);
  HW_TRY(const auto lock, cells_.lock(FileLock::Kind::Exclusive));
  HW_TRY_VOID(load());
  InstanceSlot slot = slots_[index];
  change(slot);
  return write_slot(index, slot);
}

Result<std::size_t> InstanceFile::clean_slots(const std::function<bool(std::size_t, const InstanceSlot&)>& alive) {
  HW_TRY(const auto lock, cells_.lock(FileLock::Kind::Exclusive));
  HW_TRY_VOID(load());
  std::size_t cleaned = 0;
  for (std::size_t i = 0; i < kSlotsMax; ++i) {
    if (!slots_[i].used() || alive(i, slots_[i])) continue;
    HW_TRY_VOID(write_slot(i, InstanceSlot{}));
    ++cleaned;
  }
  return cleaned;
}

}  // namespace hw

#include "engine/storage/long_key_check.h"

#include <fmt/format.h>

#include "engine/base/checksum.h"

namespace hw {

std::optional<std::string_view> LongKeyCheck::take(std::string_view stored, std::optional<std::string_view> value,
                                                   const Fault& fault) {
  if (is_stub(stored)) {
    take_stub(stored, value, fault);
    return std::nullopt;
  }
  if (is_head(stored)) {
    take_head(stored, value, fault);
    return std::nullopt;
  }
  const auto group = group_number(stored);
  if (!group || stored.size() <= kGroupNumberBytes) {
    fault("a key is neither a global's nor of a group of long keys");
    return std::nullopt;
  }
  if (*group != group_) {
    fault(fmt::format("a key belongs to group {:08X} of long keys, which has no head", *group));
    return std::nullopt;
  }
  ++members_;
  const char next = stored[kGroupNumberBytes];
  if (next != split_ && (next != '\0' || split_ != '\x01'))
    fault(fmt::format("a key does not go on as group {:08X} of long keys does", *group));
  assemble_key(key_, stored);
  return key_;
}

void LongKeyCheck::take_head(std::string_view stored, std::optional<std::string_view> value, const Fault& fault) {
  end_group(fault);
  const std::uint32_t group = *group_number(stored);
  if (!value || !is_stub(*value)) {
    fault(fmt::format("the head of group {:08X} of long keys does not say how they begin", group));
    return;
  }
  group_ = group;
  members_ = 0;
  key_.assign(*value);
  split_ = value->back();
  groups_[group] = checksum(as_bytes(*value));
}

void LongKeyCheck::take_stub(std::string_view stub, std::optional<std::string_view> value, const Fault& fault) {
  end_group(fault);
  const auto group = value ? group_of_stub(*value) : std::nullopt;
  if (!group) {
    fault("the stub of long keys names no group");
    return;
  }
  const auto found = groups_.find(*group);
  if (found == groups_.end()) {
    fault(fmt::format("the stub of long keys names group {:08X}, which is not there or has another stub", *group));
    return;
  }
  if (found->second != checksum(as_bytes(stub)))
    fault(fmt::format("the stub of group {:08X} of long keys is not the one that its head has", *group));
  groups_.erase(found);
}

void LongKeyCheck::end_group(const Fault& fault) {
  if (group_ != 0 && members_ == 0) fault(fmt::format("group {:08X} of long keys is empty", group_));
  group_ = 0;
}

void LongKeyCheck::finish(const Fault& fault) {
  end_group(fault);
  for (const auto& [group, sum] : groups_) fault(fmt::format("group {:08X} of long keys has no stub", group));
}

}  // namespace hw

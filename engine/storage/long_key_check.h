/// engine/storage/long_key_check.h -- whether the records of long keys (engine/storage/long_key.h) belong together; a
/// part of engine/storage/structure_check.h.
///
/// Told the stored records in their order: first all groups, each with its head before its members, then the stubs
/// among the plain keys. Holds that each group has a stub and each stub a group, that both say the same of it, and that
/// no group is empty.
///
/// Thread: one. Memory: some tens of bytes a group.
#pragma once

#include <functional>
#include <unordered_map>

#include "engine/storage/long_key.h"

namespace hw {

class LongKeyCheck {
 public:
  using Fault = std::function<void(std::string_view what)>;

  /// A record that is not plain. `value`: none for one that is on pages of its own, as only a member's may. Returns
  /// the whole key when it is a node's; the view lasts until the next call.
  std::optional<std::string_view> take(std::string_view stored, std::optional<std::string_view> value,
                                       const Fault& fault);
  /// After all records.
  void finish(const Fault& fault);

 private:
  void take_head(std::string_view stored, std::optional<std::string_view> value, const Fault& fault);
  void take_stub(std::string_view stub, std::optional<std::string_view> value, const Fault& fault);
  void end_group(const Fault& fault);

  std::unordered_map<std::uint32_t, std::uint64_t> groups_;  ///< those whose stub was not met yet, with a sum of it
  std::uint32_t group_ = 0;                                  ///< whose members follow; 0: none
  std::uint64_t members_ = 0;
  std::string key_;
  char split_ = 0;  ///< the stub's last byte
};

}  // namespace hw

/// engine/base/types.h -- numbers that do not mix, and names that are valid once they exist.
#pragma once

#include <fmt/format.h>

#include <compare>
#include <cstdint>
#include <string>
#include <string_view>

#include "engine/base/result.h"

namespace hw {

/// A 64-bit number that only mixes with its own kind; convert through `.value` in plain sight.
template <typename Tag>
struct StrongU64 {
  std::uint64_t value = 0;
  friend constexpr auto operator<=>(StrongU64, StrongU64) = default;
};

using Seqno = StrongU64<struct SeqnoTag>;                  ///< instance-wide transaction number; the first is 1
using RegionTn = StrongU64<struct RegionTnTag>;            ///< commit number within one region (LMDB's transaction id)
using JournalOffset = StrongU64<struct JournalOffsetTag>;  ///< bytes from the start of a journal file

constexpr Seqno next(Seqno s) { return Seqno{s.value + 1}; }

/// Of two marks of which 0 means none, the lower one.
constexpr Seqno lower_mark(Seqno a, Seqno b) {
  if (a.value == 0 || b.value == 0) return a.value == 0 ? b : a;
  return a < b ? a : b;
}

/// Name of a replication instance: 1 to 15 bytes of any kind. Code that holds one never re-checks it.
/// Source: multi-site specification, section 1; GT.M accepts any byte.
class InstanceName {
 public:
  static constexpr std::size_t kBytesMax = 15;

  /// Errors: REPLINSTNMLEN when `text` is empty or longer than 15 bytes.
  static Result<InstanceName> parse(std::string_view text) {
    if (text.empty() || text.size() > kBytesMax) return make_error<MsgId::REPLINSTNMLEN>(text);
    return InstanceName{text};
  }
  std::string_view view() const { return name_; }
  friend bool operator==(const InstanceName&, const InstanceName&) = default;

 private:
  explicit InstanceName(std::string_view text) : name_(text) {}
  std::string name_;
};

}  // namespace hw

template <typename Tag>
struct fmt::formatter<hw::StrongU64<Tag>> : fmt::formatter<std::uint64_t> {
  template <typename Context>
  auto format(hw::StrongU64<Tag> n, Context& context) const {
    return fmt::formatter<std::uint64_t>::format(n.value, context);
  }
};

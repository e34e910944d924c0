#include "engine/storage/long_key.h"

#include <algorithm>

#include "engine/base/check.h"

namespace hw {

std::string stub_of(std::string_view key) {
  HW_CHECK(key.size() >= kStoredKeyBytesMax);
  std::string stub(key.substr(0, kStoredKeyBytesMax));
  if (stub.back() == '\0') stub.back() = '\x01';
  return stub;
}

std::string head_key(std::uint32_t group) {
  return {static_cast<char>(group >> 24), static_cast<char>(group >> 16), static_cast<char>(group >> 8),
          static_cast<char>(group)};
}

std::string member_key(std::uint32_t group, std::string_view key) {
  HW_CHECK(key.size() > kStoredKeyBytesMax);
  std::string member = head_key(group);
  return member.append(key.substr(kGroupCommonBytes, key.size() - 1 - kGroupCommonBytes));
}

std::string member_bound(std::uint32_t group, std::string_view key) {
  // Members lack the last 00 of their keys: one is not less than bytes that end in 00 when it is not less than those
  // without it.
  std::string_view rest = key.substr(kGroupCommonBytes);
  if (rest.ends_with('\0')) rest.remove_suffix(1);
  // After the longest member's length nothing is compared any more.
  return head_key(group).append(rest.substr(0, kStoredKeyBytesMax));
}

std::optional<std::uint32_t> group_number(std::string_view bytes) {
  if (bytes.size() < kGroupNumberBytes) return std::nullopt;
  std::uint32_t group = 0;
  for (std::size_t i = 0; i < kGroupNumberBytes; ++i) group = group << 8 | static_cast<unsigned char>(bytes[i]);
  if (group < kGroupFirst || group > kGroupLast) return std::nullopt;
  return group;
}

std::optional<std::uint32_t> group_of_stub(std::string_view value) {
  return value.size() == kGroupNumberBytes ? group_number(value) : std::nullopt;
}

void assemble_key(std::string& key, std::string_view member) {
  HW_CHECK(key.size() >= kGroupCommonBytes && member.size() > kGroupNumberBytes);
  key.resize(kGroupCommonBytes);
  key.append(member.substr(kGroupNumberBytes));
  key += '\0';
}

}  // namespace hw

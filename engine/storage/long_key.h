/// engine/storage/long_key.h -- how a key of more than 511 bytes, LMDB's most, is stored.
///
/// Keys of up to 511 bytes are stored as they are. They end in 00, as every key of engine/globals/key.h does, and that
/// is what keeps them apart from the records below. Longer keys that begin alike are a *group*, which has a number and
/// three kinds of records:
///
///   record  stored key                            value
///   ------- ------------------------------------- ---------------------------------------------------------
///   stub    bytes [0, 511) of the group's keys;   number:4, big-endian, from kGroupFirst to kGroupLast
///           a last byte of 00 is written 01
///   head    number:4                              the stub's key
///   member  number:4, then bytes [510, size - 1)  the node's value
///           of the key
///
/// The stub is where the group's keys belong: after every plain key that is less (one that has all of its first
/// 511 bytes among them, which ends in 00 where the stub has 01) and before every one that is greater. A group holds
/// the keys with the same first 510 bytes and the same next one, of which 00 and 01 count as the same; so that byte is
/// a part of what the member keeps. The last 00 of a key tells nothing and is left out: the longest key's member has
/// 511 bytes, and there is no second level. Heads and members begin with a byte from 01 to 1F, which no global's name
/// does; they are between the region's header and the first global. The head is for who meets a member without having
/// come by the stub: integ, dse. A group's stub and head are made with its first member and go with its last.
///
/// Compatibility: what was written before there were long keys is read as it was: no plain key looks like a stub. Text:
/// docs/formats/key.md. All functions here are pure: they do not block and may be called from any thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "engine/base/limits.h"

namespace hw {

inline constexpr std::size_t kStoredKeyBytesMax = 511;  ///< LMDB's limit, and every stub's size
inline constexpr std::size_t kGroupCommonBytes = kStoredKeyBytesMax - 1;
inline constexpr std::size_t kGroupNumberBytes = 4;
inline constexpr std::uint32_t kGroupFirst = 0x0100'0000;
inline constexpr std::uint32_t kGroupLast = 0x1FFF'FFFF;
inline constexpr std::string_view kFirstGroupKey{"\x01", 1};    ///< before every head
inline constexpr std::string_view kBehindGroupsKey{"\x20", 1};  ///< after every member, before every global

static_assert(kGroupNumberBytes + (kKeyBytesMax - 1 - kGroupCommonBytes) <= kStoredKeyBytesMax);

/// A head or a member, by its stored key.
inline bool is_in_groups(std::string_view stored) {
  return !stored.empty() && static_cast<unsigned char>(stored[0]) - 1u < 0x1Fu;
}
inline bool is_stub(std::string_view stored) {
  return stored.size() == kStoredKeyBytesMax && stored.back() != '\0' && !is_in_groups(stored);
}
/// Stored as it is: neither a record of a group nor a key too long.
inline bool is_plain(std::string_view key) {
  return !is_in_groups(key) &&
         (key.size() < kStoredKeyBytesMax || (key.size() == kStoredKeyBytesMax && key.back() == '\0'));
}
/// A key that belongs into a group.
inline bool is_long(std::string_view key) {
  return key.size() > kStoredKeyBytesMax && key.size() <= kKeyBytesMax && key.back() == '\0' && !is_in_groups(key);
}

/// The stub under which `key`, or any other bytes of at least 511, would be.
std::string stub_of(std::string_view key);
std::string head_key(std::uint32_t group);
/// `key` is a long one.
std::string member_key(std::uint32_t group, std::string_view key);
/// What to look for among the members to find the first key that is not less than `key`, which has at least 511 bytes
/// and need not be a key.
std::string member_bound(std::uint32_t group, std::string_view key);

/// The number that a stub's value, or a head's or member's key, begins with; none when it is no group's.
std::optional<std::uint32_t> group_number(std::string_view bytes);
/// What a stub's value says; none when it is no stub's.
std::optional<std::uint32_t> group_of_stub(std::string_view value);
inline bool is_head(std::string_view stored) { return stored.size() == kGroupNumberBytes && is_in_groups(stored); }
inline bool is_member_of(std::uint32_t group, std::string_view stored) {
  return stored.size() > kGroupNumberBytes && group_number(stored) == group;
}

/// Puts a whole key together. `key` begins with the group's common bytes, from its stub or another of its keys.
void assemble_key(std::string& key, std::string_view member);

/// Bytes of the key under which a node's value is stored.
constexpr std::size_t stored_key_bytes(std::size_t key_bytes) {
  return key_bytes <= kStoredKeyBytesMax ? key_bytes : kGroupNumberBytes + key_bytes - 1 - kGroupCommonBytes;
}

}  // namespace hw

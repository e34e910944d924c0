/// cluster/board/words.h -- the words of the board's enums, in the order of their values. Tables and JSON print them,
/// the codec reads them.
#pragma once

#include <algorithm>
#include <array>
#include <optional>
#include <string_view>

#include "cluster/board/board.h"
#include "cluster/board/history.h"

namespace hw::cluster {

template <std::size_t Count>
using WordList = std::array<std::string_view, Count>;

template <typename Enum>
inline constexpr WordList<0> kWords{};
template <>
inline constexpr WordList<3> kWords<Dcs>{"manual", "etcd", "pacemaker"};
template <>
inline constexpr WordList<2> kWords<Wanted>{"down", "up"};
template <>
inline constexpr WordList<4> kWords<NodeState>{"unheard", "running", "silent", "cleaned"};
template <>
inline constexpr WordList<2> kWords<GroupKind>{"role", "files"};
template <>
inline constexpr WordList<7> kWords<GroupState>{"DOWN",  "UP",     "QUIESCING",  "MIGRATING",
                                                "MOVED", "FAILED", "PARTITIONED"};
template <>
inline constexpr WordList<5> kWords<BoardLease>{"none", "held", "released", "down", "manual"};
template <>
inline constexpr WordList<4> kWords<BoardRole>{"down", "root", "secondary", "unseen"};
template <>
inline constexpr WordList<6> kWords<ServerKind>{"source", "receiver", "gateway", "handler", "application", "resource"};
template <>
inline constexpr WordList<8> kWords<BoardServerState>{"DOWN", "STARTING", "READY",     "DRAINING",
                                                      "HELD", "FAILED",   "MIGRATING", "PARTITIONED"};
template <>
inline constexpr WordList<5> kWords<ReceiptState>{"open", "collected", "applied", "conflicts", "complete"};
template <>
inline constexpr WordList<5> kWords<HistoryResult>{"running", "done", "refused", "partly", "failed"};

/// The word of a value that code of ours made, or that `from_word` gave.
template <typename Enum>
constexpr std::string_view word_in_list(Enum value) {
  return kWords<Enum>.at(static_cast<std::size_t>(value));
}

/// None: no value has that word.
template <typename Enum>
std::optional<Enum> from_word(std::string_view word) {
  const auto found = std::ranges::find(kWords<Enum>, word);
  if (found == kWords<Enum>.end()) return std::nullopt;
  return static_cast<Enum>(found - kWords<Enum>.begin());
}

}  // namespace hw::cluster

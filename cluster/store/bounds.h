/// cluster/store/bounds.h -- what is taken of a store's answers, and the times of the room that no configuration sets.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>

namespace hw::cluster::store {

/// Status line and fields of an answer; etcd sends 400 bytes.
inline constexpr std::size_t kAnswerHeadBytesMax = 16384;
/// Body of an answer, and what of a watch is not yet a whole line. A record has some hundred bytes.
inline constexpr std::size_t kAnswerBodyBytesMax = 1048576;
/// The text of a record: names of at most 31 bytes.
inline constexpr std::size_t kRecordBytesMax = 65536;
inline constexpr std::size_t kRecordNamesMax = 1024;
inline constexpr std::size_t kRecordNameBytesMax = 255;
/// Keys that one read of a folder takes: a key a node.
inline constexpr std::size_t kKeysMax = 4096;
/// etcd's own have 43 bytes, or some hundred as JWT.
inline constexpr std::size_t kTokenBytesMax = 8192;
inline constexpr std::size_t kPasswordBytesMax = 1024;
/// Of a reason that a store gives: it goes into a message.
inline constexpr std::size_t kReasonBytesMax = 256;

/// A node whose agent says nothing for so long is not alive to the others. Whole seconds, as etcd has it.
inline constexpr std::uint64_t kNodeTtl_s = 10;
/// Between two signs of life.
inline constexpr std::chrono::milliseconds kNodeRenew{3000};
/// A watch looks so often whether its member is still the one that requests go to.
inline constexpr std::chrono::milliseconds kWatchLook{1000};
/// A watch that has ended begins again after so long.
inline constexpr std::chrono::milliseconds kWatchPause{500};
/// Renewals are puts: the store's history is cut so often.
inline constexpr std::chrono::hours kCompactionPeriod{1};

}  // namespace hw::cluster::store

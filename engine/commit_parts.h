/// engine/commit_parts.h -- what the two files of Committer share: commit.cc, transactions; commit_single.cc, single
/// sets.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "engine/commit.h"
#include "engine/domain.h"
#include "engine/region_reader.h"

namespace hw {

/// A region's share in the commit under way.
struct Committer::RegionPart {
  OpenRegion* region = nullptr;
  PoolRegion* facts = nullptr;
  InFlightRegion* entry = nullptr;
  WriteTransaction transaction;
  std::optional<std::string_view> present;   ///< what the single set under way replaces
  RegionReader reader;                       ///< its snapshot is held while `present` stands in the file
  std::optional<RegionReader::Look> stored;  ///< ... and this is what it shows
  std::string_view value;                    ///< what it is replaced by
  RecordBuilder record;
  RecordBuilder removed;
  bool journaled = false;
  bool replicated = false;
  bool joined = false;
  bool touched = false;
  std::string last_key;   ///< of this thread's last single set
  unsigned in_order = 0;  ///< single sets in a row, each at or behind the one before in collation order
  /// Keys after `gap_from` and before `gap_to` (empty: no limit) are not in LMDB while its last transaction is
  /// `gap_tn`.
  std::string gap_from;
  std::string gap_to;
  RegionTn gap_tn;
  RegionTn tn;  ///< LMDB's last commit, as the single set under way found it
  bool gap_known = false;
  unsigned same_length = 0;   ///< sets in a row, each of which replaced a value as long as its own
  bool behind = false;        ///< LMDB gets the commit under way later
  bool in_place = false;      ///< ... and its value overwrites `present` in the file
  std::size_t key_bytes = 0;  ///< of the set that stays behind
  std::size_t value_bytes = 0;
  std::uint64_t record_begin = 0;  ///< of the last record put
};

/// What `look` holds ends with the single set.
struct Committer::LookScope {
  LookScope(Committer& its_committer, RegionPart& its_part) : committer(its_committer), part(its_part) {}
  ~LookScope() { committer.end_look(part); }
  Committer& committer;
  RegionPart& part;
};

template <typename Attempt>
Result<CommitReceipt> Committer::run_locked(const Attempt& attempt) {
  PoolHeader& pool = domain_.header();
  InFlight& in_flight = pool.in_flight;
  for (;;) {
    frames_.clear();
    unjournaled_.clear();
    in_flight.region_count = 0;
    next_seqno_ = Seqno{pool.next_seqno.load(std::memory_order_relaxed)};
    time_us_ = next_commit_time_us(pool);
    in_flight.state.store(static_cast<std::uint32_t>(InFlightState::Writing), std::memory_order_release);
    Status status = attempt();
    if (status.has_value()) status = decide_and_apply();
    if (status.has_value()) break;
    OpenRegion* full = std::exchange(short_of_room_, nullptr);
    for (RegionPart* part : joined_)
      if (part->transaction.map_full()) full = part->region;
    if (!joined_.empty() || in_flight.state.load() == static_cast<std::uint32_t>(InFlightState::Writing)) abandon();
    if (full == nullptr) return std::move(status).error();
    HW_TRY_VOID(full->grow(0));
  }
  return CommitReceipt{Seqno{next_seqno_.value - 1}, pool.commit_done.load(std::memory_order_relaxed)};
}

}  // namespace hw

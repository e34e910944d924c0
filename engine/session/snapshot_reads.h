/// engine/session/snapshot_reads.h -- what a session reads of the databases: single calls, or a transaction's snapshot.
///
/// A single call sees the last commit of the region that it reads, and holds it no longer; calls that walk through the
/// nodes are answered from copies while nothing is committed (engine/session/read_ahead.h). The reads of a transaction
/// see one moment over all regions: when a region is read first, it is taken as it was at that moment, or all are taken
/// again at a later one, and what was read so far must then be found once more. Each read is noted, so that the commit
/// can look whether it would still find the same.
///
/// What the transaction itself has changed is not known here (engine/session/transaction.h).
/// Thread: one, the session's.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/globals/node_copy.h"
#include "engine/region/region_reader.h"
#include "engine/session/read_ahead.h"
#include "engine/session/transaction.h"

namespace hw {

class Database;
class Domain;

class SnapshotReads {
 public:
  explicit SnapshotReads(Database& database);

  /// `locked`: the thread has the commit lock until the transaction ends, so that no moment passes meanwhile.
  void begin_transaction(bool locked);
  /// Gives the snapshots back. The notes stay until end_transaction: the commit needs them.
  void release();
  void end_transaction();
  /// The database is being closed: nothing of it is held any more.
  void close();

  /// Errors, of these three: DBOPNERR and kin; in a transaction TPRESTART when a region that it had read has changed
  /// before it reads the next one.
  Result<std::optional<std::string>> get(std::string_view key);
  /// $DATA of a node, by one look; nothing when its subtree is not in one region's part of the name space, or in a
  /// transaction, which notes each read.
  Result<std::optional<unsigned>> data(std::string_view key);
  /// The first node at or after `key`, in all regions.
  Result<std::optional<NodeCopy>> seek(std::string_view key);
  /// The last node before `key`.
  Result<std::optional<NodeCopy>> before(std::string_view key);

  const std::vector<ReadCheck>& notes() const { return notes_; }
  /// Whether the read would find the same in `now`, which is open for the commit.
  Result<bool> still_finds(TransactionBase& now, const ReadCheck& note) const;

 private:
  struct Snapshot {
    OpenRegion* region = nullptr;
    RegionReader reader;
    ReadAhead ahead;       ///< for calls outside a transaction
    std::uint64_t tn = 0;  ///< of the last snapshot taken
  };
  class Reading;

  Result<Snapshot*> snapshot(std::size_t index);
  Result<Reading> read(Snapshot& snapshot);
  Result<std::optional<NodeCopy>> seek_in(std::size_t index, const std::string& from);
  Result<std::optional<NodeCopy>> before_in(std::size_t index, const std::string& until);
  template <typename Ask>
  std::optional<ReadAhead::Answer> known(Snapshot& snapshot, Ask&& ask) const;
  static Status take(Snapshot& snapshot);
  Status take_consistently(Snapshot& added);
  Status take_all(const std::vector<Snapshot*>& wanted);
  Status read_again();
  void note(ReadCheck::Kind kind, std::size_t region, const std::string& key,
            const std::optional<TransactionBase::Node>& node);

  Database& database_;
  Domain* domain_ = nullptr;                          ///< null: not looked for yet, or there is none
  std::vector<std::unique_ptr<Snapshot>> snapshots_;  ///< by region
  std::vector<ReadCheck> notes_;
  bool in_transaction_ = false;
  bool locked_ = false;
  std::uint64_t moment_ = 0;  ///< commits begun when the snapshots were taken
};

}  // namespace hw

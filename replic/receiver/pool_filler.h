/// replic/receiver/pool_filler.h -- what has come from the primary on its way into the receive pool.
///
/// Messages are taken whole and stored as the pool has room for them, in order; meanwhile nothing more should be read
/// from the connection. Knows the next seqno that is expected and the history up to there, which includes records that
/// are in the pool but not yet in the instance file.
#pragma once

#include <deque>
#include <optional>
#include <string>
#include <vector>

#include "replic/instance/instance_file.h"
#include "replic/instance/receive_pool.h"
#include "replic/link/wire.h"
#include "replic/process/server_log.h"

namespace hw {

/// Thread: that of the receiver server.
class PoolFiller {
 public:
  /// All must outlive the filler.
  PoolFiller(const JournalPool& journal_pool, const ReceivePool& pool, InstanceFile& instance, ServerLog& log);

  /// Next seqno that the update process has not applied.
  Seqno applied_next() const { return Seqno{journal_pool_.header().next_seqno.load(std::memory_order_acquire)}; }
  /// Next seqno that is not here yet.
  Seqno next_seqno() const { return std::max(next_, applied_next()); }
  const History& history() const { return history_; }
  /// Reads the instance file and the pool again.
  void reload_history();

  /// The stream begins at `from`.
  void begin(Seqno from);
  /// Throws away everything from `from` on, for an update process that is dead or waits with a bad transaction.
  void reset(Seqno from);
  /// Forgets what is not in the pool.
  void drop_pending() { pending_.clear(); }

  /// A message of `bytes` was read.
  void count_message(std::uint64_t bytes);
  /// `body` holds the bytes that the frames of `transactions` point to.
  void take(const wire::Transactions& transactions, std::string&& body);
  void take(const HistoryRecord& record, HistoryKind first_kind);
  bool nothing_pending() const { return pending_.empty(); }

  /// Stores what is pending; false while there is no room for all of it.
  /// Errors: HWRECVPOOLSMALL, HWREPLPROTO, as ReceivePool::put_transactions; nothing is pending then.
  Result<bool> store();

  /// For the end of the log.
  void log_totals();

 private:
  struct Pending {
    std::string body;
    std::vector<Bytes> frames;
    Seqno first{0};
    std::size_t done = 0;
    std::optional<HistoryRecord> record;
    HistoryKind first_kind = HistoryKind::Normal;
  };
  ReceivePoolHeader& header() const { return pool_.header(); }
  void log_stored(const Pending& pending, std::size_t count);
  void log_progress();

  const JournalPool& journal_pool_;
  const ReceivePool& pool_;
  InstanceFile& instance_;
  ServerLog& log_;
  Seqno next_{1};
  History history_;
  std::deque<Pending> pending_;
  Seqno next_log_{0};
  std::uint64_t journal_bytes_ = 0;
  std::uint64_t message_bytes_ = 0;
};

}  // namespace hw

/// replic/receiver/update_process.h -- applies what the receiver server has put into the receive pool.
///
/// Started by the receiver server, at its start and when an operator asks (-start -updateonly). It reads the receive
/// pool and changes the databases, the journal pool (other source servers relay from there) and the instance file's
/// history. It ends when it is asked to, by the pool's flag or SIGTERM, or with an error that an operator must see
/// to: a full disk, a database that cannot be opened. It goes on when the receiver server dies: what is whole in the
/// pool is applied.
///
/// Order that makes a death at any instant harmless: a history record is durable in the instance file before
/// the first transaction it covers is applied; a batch of transactions is one commit (engine/commit/commit.h); the
/// pool's room is given back after the commit. A successor starts at the instance's next seqno and skips what lies
/// below.
///
/// When the instance is rolled back under its feet it waits until the receiver server has emptied the pool, too.
///
/// A frame that is damaged, or is not the next one, is not applied: its seqno is told to the receiver server, which
/// asks for it again, and until the pool has been emptied nothing more is read.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "engine/commit/frame_applier.h"
#include "engine/session/database.h"
#include "replic/instance/instance_file.h"
#include "replic/instance/receive_pool.h"

namespace hw {

/// One commit takes up to this many transactions or bytes: enough that the fixed cost of a commit disappears, little
/// enough that a reader sees progress a hundred times a second.
inline constexpr std::size_t kUpdateBatchTransactions = 4000;
inline constexpr std::size_t kUpdateBatchBytes = 2097152;

/// Thread: one, that of the update process.
class UpdateProcess {
 public:
  struct Shell {
    std::function<void(const std::string&)> log;  ///< one line, to which the time is added
    std::function<void(const Error&)> report;
    std::function<bool()> stop_asked = [] { return false; };  ///< besides the pool's flag
    std::function<void()> take_requests = [] {};              ///< now and then: what operators want changed
    std::function<bool()> traces = [] { return false; };      ///< whether `trace` writes anything
    std::function<void(const std::string&)> trace = [](const std::string&) {};
    std::function<void(const std::string&)> debug = [](const std::string&) {};
  };

  /// Objects must outlive this one.
  UpdateProcess(Database& database, ReceivePool& pool, InstanceFile& instance, Shell shell);

  /// Opens all databases for updating and goes on from the next seqno of the instance.
  /// Errors: those of Database::domain.
  Status open();

  enum class Outcome {
    Applied,         ///< something was applied or passed over; there may be more
    NothingNew,      ///< the pool is empty
    Frozen,          ///< a region is frozen: what was read is read again
    BadTransaction,  ///< bad_seqno is told; waits for the pool to be emptied
  };
  /// Applies at most one batch. Errors: those of FrameApplier::apply and InstanceFile::receive_history.
  /// Blocks: one commit, or one fdatasync of the instance file.
  Result<Outcome> step();

  /// step() until it is asked to stop; waits for work in between. Errors: as step().
  Status run();

  Seqno next_seqno() const;

 private:
  bool take_frames(const PoolEntry& entry);
  Status take_history(const PoolEntry& entry);
  void bad_transaction(const Error& error);
  bool rolled_back() const;
  Outcome start_afresh();
  void wait_for_receiver();
  Result<OpenRegion*> region_of(std::string_view key);
  bool stop_asked() const;
  void log_progress(const FrameView& frame);

  Database& database_;
  ReceivePool& pool_;
  InstanceFile& instance_;
  Shell shell_;
  Domain* domain_ = nullptr;
  std::unique_ptr<FrameApplier> applier_;
  std::vector<OpenRegion*> regions_;  ///< by place in the global directory, once used
  std::vector<FrameView> batch_;
  std::size_t batch_bytes_ = 0;
  std::optional<Error> frame_error_;
  std::uint64_t position_ = 0;  ///< of the next entry to read
  Seqno due_{1};                ///< next transaction to take
  Seqno next_log_{0};
  std::uint32_t rollbacks_ = 0;  ///< of the journal pool, as last seen
  bool told_frozen_ = false;     ///< in the log, once for each freeze
};

}  // namespace hw

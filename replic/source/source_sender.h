/// replic/source/source_sender.h -- the sending thread of a source server: all that is written to one secondary.
///
/// It writes what the protocol wants said, in order, and while a stream runs the transactions: from the pool's ring or,
/// when they have left it, from the journal files. A secondary that does not read stops this thread only: neither the
/// commits of this instance nor the reading of what that secondary says.
///
/// Commits that follow each other closely travel in one message, because a message for each costs both sites more than
/// the commit itself.
///
/// Thread: one, between run() and end(). Everything is under the server's mutex, which is never held over a socket call
/// or a read of transactions. Functions marked "mutex held" are the server's to call so, at any time.
#pragma once

#include <atomic>
#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <thread>

#include "engine/base/mutex.h"
#include "engine/commit/domain.h"
#include "replic/link/frame_io.h"
#include "replic/process/server_log.h"
#include "replic/source/batch_window.h"
#include "replic/source/filtered_source.h"

namespace hw {

class SourceSender {
 public:
  /// The protocol's part in sending. Called by the sending thread, mutex held.
  class Protocol {
   public:
    virtual ~Protocol() = default;
    /// What goes out before seqno `next` is posted now. Also asked when a stream begins and there is nothing to send
    /// yet.
    virtual void before_sending(Seqno next) = 0;
    /// What others have left to be said, whatever is sent, is posted now. Asked each time the thread is woken.
    virtual void look() = 0;
    /// First seqno that may not be in one message with `next`. Errors: those of the instance file.
    virtual Result<Seqno> send_limit(Seqno next) = 0;
    virtual std::uint16_t level() const = 0;
    /// Everything below `next` is written.
    virtual void sent(Seqno next) = 0;
    /// The transactions cannot be read: a journal file is missing or damaged. The connection has ended; the next one
    /// would meet the same, so the server ends and leaves it to an operator.
    virtual void give_up(Error error) = 0;
  };

  struct Options {
    std::uint32_t compression_level = 0;  ///< zstd; 0: none
    bool journal_files_only = false;
    int stop_fd = -1;                ///< readable when the server is to end
    std::shared_ptr<Filter> filter;  ///< null: none
  };

  /// All must outlive the sender.
  SourceSender(Domain& domain, PoolSlot& slot, ServerLog& log, Mutex& mutex, Protocol& protocol, Options options);
  SourceSender(const SourceSender&) = delete;
  SourceSender& operator=(const SourceSender&) = delete;
  ~SourceSender();

  /// A new connection: nothing is posted, no stream runs. Before run(); no thread runs.
  void begin(FrameConnection& connection);
  /// Errors: SYSCALL when the system allows no thread; then there is nothing to end.
  Status run();
  /// Ends the thread after it has written what is posted. Without the mutex. Blocks: up to a few seconds.
  void end();

  // ---- mutex held ----
  /// The mutex here and the server's are one, which the analysis cannot know: a function of the server that has it says
  /// so before it calls the others.
  void mutex_is_held() const HW_ASSERT_CAPABILITY(mutex_) {}
  void post(Message message, std::uint16_t level) HW_REQUIRES(mutex_) {
    outgoing_.push_back({std::move(message), level});
  }
  /// The connection ends after what is posted.
  void close() { closing_ = true; }
  bool closing() const { return closing_; }
  void start_stream(Seqno from) HW_REQUIRES(mutex_);
  void pause() HW_REQUIRES(mutex_) { paused_ = true; }
  void resume() HW_REQUIRES(mutex_) { paused_ = false; }
  void stop_compression() HW_REQUIRES(mutex_) { compress_ = false; }
  /// What is sent from now on goes through no filter any more, also when the filter hangs.
  void stop_filter() HW_REQUIRES(mutex_);
  /// Makes the thread look when something has been posted or changed.
  void wake_if_asked() HW_REQUIRES(mutex_) {
    if (interrupted()) wake();
  }
  /// Why this thread has lost the connection; empty when it has not.
  const std::string& loss() const HW_REQUIRES(mutex_) { return loss_; }

  /// Sent since the server started, over all connections: transactions, their bytes, the bytes of all messages before
  /// and after compression.
  struct Totals {
    std::uint64_t transactions = 0;
    std::uint64_t journal = 0;
    std::uint64_t plain = 0;
    std::uint64_t wire = 0;
  };
  const Totals& totals() const HW_REQUIRES(mutex_) { return totals_; }

 private:
  struct Outgoing {
    Message message;
    std::uint16_t level;
  };

  void loop();
  void wake();
  bool lost_by_rollback() HW_REQUIRES(mutex_);
  bool write_outgoing() HW_REQUIRES(mutex_);
  Status fill_batch();
  Status announce();
  void send_batch() HW_REQUIRES(mutex_);
  void name_origin();
  void log_progress(Seqno last, std::uint64_t count) HW_REQUIRES(mutex_);
  void lose(const std::string& reason) HW_REQUIRES(mutex_);
  bool interrupted() const HW_REQUIRES(mutex_) { return closing_ || restart_ || paused_ || !outgoing_.empty(); }
  Deadline patience() const;
  PoolHeader& pool() const { return domain_.header(); }

  Domain& domain_;
  PoolSlot& slot_;
  ServerLog& log_;
  Mutex& mutex_;
  Protocol& protocol_;
  Options options_;  ///< guarded by the mutex: the filter, which may be stopped
  FrameConnection* connection_ = nullptr;
  std::uint32_t rollbacks_ = 0;  ///< of the pool when the connection began: what was agreed on holds until the next
  std::thread thread_;

  std::deque<Outgoing> outgoing_ HW_GUARDED_BY(mutex_);
  std::atomic<bool> closing_{false};
  bool streaming_ HW_GUARDED_BY(mutex_) = false;
  bool paused_ HW_GUARDED_BY(mutex_) = false;
  bool compress_ HW_GUARDED_BY(mutex_) = true;
  std::optional<Seqno> restart_ HW_GUARDED_BY(mutex_);
  std::string loss_ HW_GUARDED_BY(mutex_);
  Condition interruption_;

  // The sending thread's.
  FilteredSource source_;
  TransactionBatch batch_;
  BatchWindow window_;
  bool was_reading_files_ = false;
  bool origin_named_ = false;
  bool announced_ = false;  ///< the stream's first history record is out, or goes with its first batch
  Totals totals_ HW_GUARDED_BY(mutex_);
  Totals before_;  ///< this connection
  std::uint64_t since_log_ = 0;
  bool logged_once_ = false;
};

}  // namespace hw

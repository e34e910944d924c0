#include "replic/source/source_sender.h"

#include <algorithm>
#include <cerrno>
#include <utility>

#include "engine/base/start_thread.h"
#include "replic/link/link_trace.h"

namespace hw {
namespace {

using std::chrono::steady_clock;
using namespace std::chrono_literals;

// Half of kFrameBatchBytes: keeps a slow link's acknowledgements fresh.
constexpr std::size_t kBatchBytes = std::size_t{1024} * 1024;
constexpr auto kLongestWait = 1s;  // Requests left in the slot by commands are seen after at most this.
constexpr auto kLastWords = 2s;    // For what is still to be sent when the server ends.

}  // namespace

SourceSender::SourceSender(Domain& domain, PoolSlot& slot, ServerLog& log, Mutex& mutex, Protocol& protocol,
                           Options options)
    : domain_(domain),
      slot_(slot),
      log_(log),
      mutex_(mutex),
      protocol_(protocol),
      options_(std::move(options)),
      source_(domain, options_.journal_files_only) {}

SourceSender::~SourceSender() { HW_CHECK(!thread_.joinable()); }

void SourceSender::begin(FrameConnection& connection) {
  const MutexLock lock(mutex_);
  HW_CHECK(!thread_.joinable());  // It would write to the former connection.
  connection_ = &connection;
  rollbacks_ = pool().rollbacks.load(std::memory_order_acquire);
  before_ = totals_;
  outgoing_.clear();
  closing_ = false;
  streaming_ = paused_ = false;
  compress_ = true;
  restart_.reset();
  loss_.clear();
  origin_named_ = false;
  if (options_.filter != nullptr) options_.filter->rearm();
  source_.use(options_.filter);
}

Status SourceSender::run() {
  HW_TRY(thread_, start_thread("sending to the secondary", [this] { loop(); }));
  return {};
}

void SourceSender::end() {
  {
    const MutexLock guard(mutex_);
    closing_ = true;
    streaming_ = false;
    if (options_.filter != nullptr) options_.filter->interrupt();
  }
  wake();
  if (thread_.joinable()) thread_.join();
  connection_ = nullptr;
}

void SourceSender::start_stream(Seqno from) {
  restart_ = from;
  streaming_ = true;
  paused_ = false;
}

void SourceSender::stop_filter() {
  if (options_.filter == nullptr) return;
  options_.filter->interrupt();
  options_.filter.reset();  // The sending thread ends the child when it drops its own.
}

void SourceSender::wake() {
  interruption_.notify_all();
  pool().published.signal();
}

Deadline SourceSender::patience() const {
  return steady_clock::now() + std::chrono::milliseconds(slot_.connect.heartbeat_wait_max_ms());
}

void SourceSender::lose(const std::string& reason) {
  if (loss_.empty()) loss_ = reason;
  closing_ = true;
  connection_->shut_down();
}

/// What was agreed on with the secondary does not hold after a rollback.
bool SourceSender::lost_by_rollback() {
  if (pool().rollbacks.load(std::memory_order_acquire) == rollbacks_) return false;
  log_.line("Closing connection due to ONLINE ROLLBACK");
  lose("The instance was rolled back");
  return true;
}

/// Writes what is posted; false when the connection is lost.
bool SourceSender::write_outgoing() {
  while (!outgoing_.empty()) {
    const Outgoing one = std::move(outgoing_.front());
    outgoing_.pop_front();
    const bool last_words = closing_;
    mutex_.unlock();
    const Deadline deadline = last_words ? steady_clock::now() + kLastWords : patience();
    const std::uint64_t before = connection_->wire_bytes_sent();
    const Status written = connection_->write(one.level, one.message, deadline, last_words ? -1 : options_.stop_fd);
    if (written.has_value() && log_.shows(LogLevel::Trace))
      log_.trace(trace_of("sent", one.message, connection_->wire_bytes_sent() - before));
    mutex_.lock();
    if (!written.has_value()) {
      lose(connection_end(written.error()));
      return false;
    }
  }
  return true;
}

void SourceSender::loop() {
  MutexLock lock(mutex_);
  connection_->set_compression(options_.compression_level);
  for (;;) {
    const std::uint32_t ticket = pool().published.ticket();
    if (!closing_ && lost_by_rollback()) return;
    protocol_.look();
    if (!write_outgoing()) return;
    if (closing_) break;
    if (restart_) {
      source_.seek(*restart_, rollbacks_);
      batch_.clear();
      restart_.reset();
      announced_ = false;
    }
    if (!compress_) connection_->set_compression(0);
    if (options_.filter == nullptr && source_.has_filter()) {
      lock.unlock();
      source_.use(nullptr);
      lock.lock();
      continue;
    }
    if (streaming_ && !paused_) {
      if (interruption_.wait_until(lock, window_.opens(), [this]() HW_REQUIRES(mutex_) { return interrupted(); }))
        continue;
      lock.unlock();
      const Status filled = fill_batch();
      lock.lock();
      if (!filled.has_value() && filled.error().os_errno == ECANCELED) {
        // The filter was given up on the server's own behalf: it is to end, or to go on without.
        if (options_.filter != nullptr)
          interruption_.wait_for(lock, kLongestWait, [this] { return closing_ || options_.filter == nullptr; });
        continue;
      }
      if (!filled.has_value()) {
        lose(filled.error().text);
        return protocol_.give_up(filled.error());
      }
      // The protocol may have stopped or moved the stream meanwhile.
      if (interrupted() || !streaming_) continue;
      if (!batch_.empty()) {
        const std::uint64_t count = batch_.count();
        const std::size_t bytes = batch_.bytes();
        send_batch();
        window_.sent(count, bytes, steady_clock::now());
        if (closing_ && !loss_.empty()) return;
        continue;
      }
    }
    const bool wants_commits = streaming_ && !paused_;
    lock.unlock();
    pool().published.wait_unless(ticket, steady_clock::now() + kLongestWait, [&] {
      return wants_commits && source_.next().value < pool().next_seqno.load(std::memory_order_seq_cst);
    });
    lock.lock();
  }
  // All has been written: the other end sees an orderly end after the last message.
  connection_->shut_down();
}

/// Collects what is committed, up to where a history record begins. Without the mutex.
Status SourceSender::fill_batch() {
  if (!batch_.empty()) return {};
  const Seqno first = source_.next();
  Seqno limit{~std::uint64_t{0}};
  while (batch_.bytes() < kBatchBytes && source_.next() < limit) {
    HW_TRY(const auto frame, source_.peek(kBatchBytes));
    if (!frame) break;
    if (batch_.empty()) {
      // History is stored before the transactions it covers: read now, it is complete for all that are committed.
      const Seqno committed{pool().next_seqno.load(std::memory_order_acquire)};
      const MutexLock guard(mutex_);
      HW_TRY(limit, protocol_.send_limit(first));
      limit = std::min(limit, committed);
    }
    if (!batch_.add(source_.next(), as_bytes(*frame))) break;
    source_.take();
    HW_CHECK_EQ(source_.next(), next(batch_.last()));  // The secondary numbers what is in a message from its first on.
  }
  if (batch_.empty() && !announced_) HW_TRY_VOID(announce());
  return {};
}

/// Tells the secondary whose reign it will follow, before there is anything to send. Without the mutex.
Status SourceSender::announce() {
  const MutexLock guard(mutex_);
  if (interrupted() || !streaming_) return {};
  HW_TRY([[maybe_unused]] const Seqno limit, protocol_.send_limit(source_.next()));
  protocol_.before_sending(source_.next());
  announced_ = true;
  return {};
}

void SourceSender::send_batch() {
  name_origin();
  protocol_.before_sending(batch_.first());
  if (lost_by_rollback()) return;  // The history just read may be the new one, and the batch is of the old.
  if (!write_outgoing()) return;
  if (restart_ || paused_ || !streaming_ || closing_) return;  // Drained while the history went out.
  const std::uint16_t level = protocol_.level();
  const Seqno first = batch_.first();
  const Seqno last = batch_.last();
  const std::uint64_t count = batch_.count();
  totals_.journal += batch_.bytes();
  const std::uint64_t before = connection_->wire_bytes_sent();
  mutex_.unlock();
  const Status written =
      connection_->write_body(level, WireType::Transactions, batch_.body(), patience(), options_.stop_fd);
  if (written.has_value() && log_.shows(LogLevel::Trace))
    log_.trace(trace_of_transactions("sent", first, last, connection_->wire_bytes_sent() - before));
  mutex_.lock();
  batch_.clear();
  if (!written.has_value()) return lose(connection_end(written.error()));
  if (!restart_) {
    protocol_.sent(next(last));
    slot_.read_seqno.store(last.value + 1);
  }
  log_progress(last, count);
}

void SourceSender::name_origin() {
  if (origin_named_ && was_reading_files_ == source_.reading_files()) return;
  origin_named_ = true;
  was_reading_files_ = source_.reading_files();
  slot_.reading_files.store(was_reading_files_ ? 1 : 0);
  log_.line(fmt::format("Source server now reading from journal {}", was_reading_files_ ? "files" : "pool"));
}

void SourceSender::log_progress(Seqno last, std::uint64_t count) {
  totals_.transactions += count;
  totals_.plain = before_.plain + connection_->plain_bytes_sent();
  totals_.wire = before_.wire + connection_->wire_bytes_sent();
  slot_.sent_bytes.store(totals_.plain);
  slot_.compressed_bytes.store(totals_.wire);
  if (slot_.stats_log.load() != 0)
    log_.raw(fmt::format("Tr : {} - {}  Jnl Total : {}  Msg Total : {}  CmpMsg Total : {}", last.value + 1 - count,
                         last.value, totals_.journal, totals_.plain, totals_.wire));
  since_log_ += count;
  const std::uint32_t interval = slot_.log_interval.load();
  if (logged_once_ && (interval == 0 || since_log_ < interval)) return;
  logged_once_ = true;
  since_log_ = 0;
  const std::uint64_t posted = pool().next_seqno.load() - 1;
  log_.line(fmt::format(
      "REPL INFO - Seqno : {0} [{0:#x}]  Jnl Total : {1} [{1:#x}]  Msg Total : {2} [{2:#x}]  CmpMsg "
      "Total : {3} [{3:#x}]  Current backlog : {4} [{4:#x}]",
      last.value, totals_.journal, totals_.plain, totals_.wire, posted > last.value ? posted - last.value : 0));
}

}  // namespace hw

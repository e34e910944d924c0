#include "replic/receiver/pool_filler.h"

#include <algorithm>

#include "replic/link/link_log.h"

namespace hw {

PoolFiller::PoolFiller(const JournalPool& journal_pool, const ReceivePool& pool, InstanceFile& instance, ServerLog& log)
    : journal_pool_(journal_pool), pool_(pool), instance_(instance), log_(log) {
  reload_history();
  next_ = pool_.content().next_seqno.value_or(applied_next());
}

void PoolFiller::reload_history() {
  if (const Status read = instance_.refresh(); !read.has_value()) log_.report(read.error());
  history_ = instance_.history();
  for (auto& [record, first_kind] : pool_.content().history) {
    if (!history_.empty() && same_reign(history_.last(), record)) continue;
    if (history_.empty()) record.kind = first_kind;
    history_.append(record);
  }
}

void PoolFiller::begin(Seqno from) {
  next_ = from;
  next_log_ = from;
}

void PoolFiller::reset(Seqno from) {
  pool_.discard_all();
  next_ = from;
  header().next_received.store(from.value);
  pending_.clear();
  reload_history();
  auto bad = static_cast<std::uint32_t>(UpdateState::BadTransaction);
  header().update.state.compare_exchange_strong(bad, static_cast<std::uint32_t>(UpdateState::Running));
  header().stored.signal();
}

void PoolFiller::count_message(std::uint64_t bytes) {
  message_bytes_ += bytes;
  if (header().stats_log.load() != 0) log_.raw(fmt::format("Recvd : {}  Total : {}", bytes, message_bytes_));
}

void PoolFiller::take(const wire::Transactions& transactions, std::string&& body) {
  Pending& pending = pending_.emplace_back();
  pending.first = transactions.first;
  pending.frames = transactions.frames;
  pending.body = std::move(body);  // More than a small string: the frames' bytes stay where they are.
}

void PoolFiller::take(const HistoryRecord& record, HistoryKind first_kind) {
  Pending& pending = pending_.emplace_back();
  pending.record = record;
  pending.first_kind = first_kind;
}

Result<bool> PoolFiller::store() {
  while (!pending_.empty()) {
    Pending& pending = pending_.front();
    if (pending.record) {
      if (pool_.put_history(*pending.record, pending.first_kind) == ReceivePool::PutOutcome::Full) return false;
      pending_.pop_front();
      reload_history();
      continue;
    }
    auto done = pool_.put_transactions(Seqno{pending.first.value + pending.done},
                                       std::span(pending.frames).subspan(pending.done));
    if (!done.has_value()) {
      next_ = pool_.content().next_seqno.value_or(applied_next());
      pending_.clear();
      return std::move(done).error();
    }
    HW_CHECK_LE(*done, pending.frames.size() - pending.done);  // Or transactions that never came count as received.
    log_stored(pending, *done);
    pending.done += *done;
    next_ = Seqno{pending.first.value + pending.done};
    if (pending.done < pending.frames.size()) return false;
    pending_.pop_front();
    log_progress();
  }
  return true;
}

void PoolFiller::log_stored(const Pending& pending, std::size_t count) {
  const bool statistics = header().stats_log.load() != 0;
  for (std::size_t i = pending.done; i < pending.done + count; ++i) {
    journal_bytes_ += pending.frames[i].size();
    if (!statistics) continue;
    log_.raw(fmt::format("Tr : {}  Size : {}  Write : {}  Total : {}", pending.first.value + i,
                         pending.frames[i].size(), header().written.load() % header().ring_bytes, journal_bytes_));
  }
}

void PoolFiller::log_progress() {
  const Seqno last{next_.value - 1};
  if (last < next_log_) return;
  next_log_ = Seqno{last.value + std::max<std::uint32_t>(header().receiver.interval.load(), 1)};
  log_.line(fmt::format("REPL INFO - Seqno : {}  Jnl Total : {}  Msg Total : {}  Current backlog : {}", number(last),
                        number(journal_bytes_), number(message_bytes_),
                        number(next_.value - std::min(applied_next().value, next_.value))));
}

void PoolFiller::log_totals() {
  log_.line(fmt::format("REPL INFO - Current Jnlpool Seqno : {}", applied_next().value));
  log_.line(fmt::format("REPL INFO - Current Update process Read Seqno : {}", applied_next().value));
  log_.line(fmt::format("REPL INFO - Current Receive Pool Seqno : {}", next_seqno().value));
  log_.line(fmt::format("REPL INFO - Last Recvd Seqno : {}  Jnl Total : {}  Msg Total : {}", next_seqno().value - 1,
                        journal_bytes_, message_bytes_));
  log_.line(fmt::format("REPL INFO - Last Seqno processed by update process : {}", applied_next().value - 1));
}

}  // namespace hw

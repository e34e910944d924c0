#include "replic/receiver/update_process.h"

#include <unistd.h>

#include <algorithm>

#include "engine/commit/domain.h"
#include "engine/region/open_region.h"
#include "replic/instance/lost_transactions.h"
#include "replic/link/link_log.h"

namespace hw {
namespace {

constexpr auto kApplyWaitMax = std::chrono::seconds(1);
constexpr auto kFrozenWaitMax = std::chrono::milliseconds(100);  // Then it looks whether it has to stop.

/// GT.M's journal record types, as its logs number them.
std::string_view record_type_of(const FrameView& frame) {
  if (frame.update_count() == 0) return "19 - NULL";
  if (frame.fenced()) return "17 - TCOM";
  std::string_view name = " 7 - SET";
  frame.for_each([&](const UpdateView& update) {
    if (update.type == UpdateType::Kill) name = " 4 - KILL";
    if (update.type == UpdateType::ZKill) name = "20 - ZKILL";
    return false;
  });
  return name;
}

}  // namespace

UpdateProcess::UpdateProcess(Database& database, ReceivePool& pool, InstanceFile& instance, Shell shell)
    : database_(database), pool_(pool), instance_(instance), shell_(std::move(shell)) {}

Seqno UpdateProcess::next_seqno() const { return Seqno{domain_->header().next_seqno.load(std::memory_order_acquire)}; }

Status UpdateProcess::open() {
  HW_TRY(domain_, database_.domain());
  applier_ = std::make_unique<FrameApplier>(*domain_);
  rollbacks_ = domain_->header().rollbacks.load(std::memory_order_acquire);
  regions_.assign(database_.directory().regions().size(), nullptr);
  for (OpenRegion* region : domain_->regions()) {
    regions_[region->index] = region;
    shell_.log(fmt::format("Process {} Opening File -- {} :: reg_seqno = {}", ::getpid(), region->path,
                           number(Seqno{domain_->facts(*region).reg_seqno.load()})));
  }
  due_ = next_seqno();
  position_ = pool_.header().read.load();
  next_log_ = due_;
  shell_.log(fmt::format("             -------->  start_jnl_seqno = {}", number(due_)));
  return publish_mark(domain_->header(), instance_);  // One that died may have stored a history record and no more.
}

Result<OpenRegion*> UpdateProcess::region_of(std::string_view key) {
  const std::size_t index = database_.directory().region_index_for(key);
  if (regions_[index] == nullptr) {
    HW_TRY(regions_[index], database_.writable_region(index));
  }
  return regions_[index];
}

bool UpdateProcess::stop_asked() const {
  return pool_.header().update.shutdown.load() == static_cast<std::uint32_t>(ShutdownState::Asked) ||
         shell_.stop_asked();
}

// ---- one batch ----

/// Adds the entry's frames that are not applied yet; false when one of them cannot be, with the reason in frame_error_.
bool UpdateProcess::take_frames(const PoolEntry& entry) {
  Bytes left = entry.payload;
  for (std::uint32_t i = 0; i < entry.count; ++i) {
    auto frame = FrameView::parse(left, pool_.header().log.view());
    if (!frame.has_value()) {
      frame_error_ = std::move(frame).error();
      return false;
    }
    left = left.subspan(frame->bytes().size());
    if (frame->seqno() < due_) continue;
    if (frame->seqno() != due_) {
      frame_error_ = make_error<MsgId::HWREPLPROTO>(
          fmt::format("transaction {} where {} was expected", frame->seqno().value, due_.value));
      return false;
    }
    due_ = next(due_);
    batch_bytes_ += frame->bytes().size();
    batch_.push_back(*frame);
  }
  return true;
}

Result<UpdateProcess::Outcome> UpdateProcess::step() {
  ReceivePoolHeader& header = pool_.header();
  if (header.lost_tn_complete.exchange(0) == 1) {
    HW_TRY_VOID(complete_lost_transactions(*domain_, instance_));
    shell_.log("Zqgblmod Seqno and Trans set to 0 in every region");
  }
  if (rolled_back()) return start_afresh();
  batch_.clear();
  batch_bytes_ = 0;
  frame_error_.reset();
  due_ = next_seqno();
  const std::uint64_t begin = position_;
  PoolEntry entry;
  while (batch_.size() < kUpdateBatchTransactions && batch_bytes_ < kUpdateBatchBytes) {
    std::uint64_t position = position_;
    const auto outcome = pool_.read_entry(position, entry);
    if (outcome == ReceivePool::ReadOutcome::NothingNew) {
      position_ = position;
      break;
    }
    if (outcome == ReceivePool::ReadOutcome::Damaged) {
      frame_error_ = make_error<MsgId::HWPOOLDAMAGED>(header.log.view(), "receive pool: an entry that is none");
      break;
    }
    if (entry.kind == PoolEntryKind::History) {
      if (!batch_.empty()) break;  // It comes again, after what comes before it is committed.
      HW_TRY_VOID(take_history(entry));
    } else if (!take_frames(entry)) {
      break;
    }
    position_ = position;
  }
  if (!batch_.empty()) {
    // Each transaction from the next seqno on, once: the commit gives them the numbers that the primary gave.
    HW_CHECK_EQ(due_.value - batch_.front().seqno().value, batch_.size());
    const auto applied = applier_->apply(batch_, [this](std::string_view key) { return region_of(key); });
    if (!applied.has_value() && rolled_back()) return start_afresh();
    if (!applied.has_value() && applied.error().id == MsgId::HWFROZEN) {
      position_ = begin;
      if (!std::exchange(told_frozen_, true)) shell_.log(applied.error().render());
      return Outcome::Frozen;
    }
    if (!applied.has_value()) return applied.error();
    told_frozen_ = false;
    if (shell_.traces())
      shell_.trace(fmt::format("applied seqno {} to {}, {} bytes", batch_.front().seqno().value,
                               batch_.back().seqno().value, batch_bytes_));
    for (const FrameView& frame : batch_)
      if (frame.seqno() >= next_log_) log_progress(frame);
  }
  HW_CHECK_GE(position_, begin);  // What is given back has been read.
  if (position_ != begin) pool_.release(position_);
  if (frame_error_) {
    if (rolled_back()) return start_afresh();
    bad_transaction(*frame_error_);
    return Outcome::BadTransaction;
  }
  return position_ != begin ? Outcome::Applied : Outcome::NothingNew;
}

void UpdateProcess::log_progress(const FrameView& frame) {
  shell_.log(fmt::format("Jnl seq no : {};Rectype : {:<11}", number(frame.seqno()), record_type_of(frame)));
  const std::uint32_t interval = std::max<std::uint32_t>(pool_.header().update.interval.load(), 1);
  next_log_ = Seqno{frame.seqno().value + interval};
}

Status UpdateProcess::take_history(const PoolEntry& entry) {
  // Below the next seqno: its transactions are applied, so it was stored before them. Where there is no record at all
  // it is of transactions that this instance was made with.
  if (entry.record.start < due_ && !instance_.history().empty()) return {};
  // Under the lock no rollback cuts the history, and a record from before one is not put back.
  HW_TRY(const CommitLock lock, CommitLock::take(*domain_));
  if (rolled_back()) return {};
  shell_.log("Processing REPL_HISTREC message");
  shell_.log("New History Content : " + describe_history(entry.record));
  const Seqno settled_below{pool_.header().settled_below.load()};
  HW_TRY_VOID(instance_.receive_history(entry.record, entry.first_kind, settled_below));
  HW_TRY_VOID(publish_mark(domain_->header(), instance_));
  domain_->header().fence.raise_known_epoch(entry.record.fence);
  return {};
}

void UpdateProcess::bad_transaction(const Error& error) {
  shell_.report(error);
  shell_.log(fmt::format("Bad transaction: seqno {} is asked for again", number(next_seqno())));
  wait_for_receiver();
}

bool UpdateProcess::rolled_back() const {
  return domain_->header().rollbacks.load(std::memory_order_acquire) != rollbacks_;
}

/// What is in the receive pool continues a past that is no more.
UpdateProcess::Outcome UpdateProcess::start_afresh() {
  rollbacks_ = domain_->header().rollbacks.load(std::memory_order_acquire);
  shell_.log("Starting afresh due to ONLINE ROLLBACK");
  shell_.log(fmt::format("REPL INFO - Current Jnlpool Seqno : {}", next_seqno().value));
  shell_.log("REPL INFO - Waiting for receiver server to reset recvpool_ctl->jnl_seqno");
  next_log_ = Seqno{0};
  wait_for_receiver();
  return Outcome::BadTransaction;
}

/// Nothing is read until the receiver server has thrown away what the pool holds.
void UpdateProcess::wait_for_receiver() {
  ReceivePoolHeader& header = pool_.header();
  shell_.debug(fmt::format("state Running -> BadTransaction: seqno {} must come again", next_seqno().value));
  header.bad_seqno.store(next_seqno().value);
  header.update.state.store(static_cast<std::uint32_t>(UpdateState::BadTransaction), std::memory_order_release);
  header.progressed.signal();
}

// ---- the process ----

Status UpdateProcess::run() {
  ReceivePoolHeader& header = pool_.header();
  header.update.state.store(static_cast<std::uint32_t>(UpdateState::Running));
  header.progressed.signal();
  while (!stop_asked()) {
    shell_.take_requests();
    const std::uint32_t ticket = header.stored.ticket();
    const auto deadline = std::chrono::steady_clock::now() + kApplyWaitMax;
    if (header.update.state.load() == static_cast<std::uint32_t>(UpdateState::BadTransaction)) {
      if (header.discard_to.load() <= position_) {
        header.stored.wait(ticket, deadline);
        continue;
      }
      shell_.debug("state BadTransaction -> Running: the receive pool has been emptied");
      header.update.state.store(static_cast<std::uint32_t>(UpdateState::Running));
    }
    HW_TRY(const Outcome outcome, step());
    if (outcome == Outcome::NothingNew) header.stored.wait(ticket, deadline);
    if (outcome == Outcome::Frozen) applier_->wait_while_frozen(kFrozenWaitMax);
  }
  shell_.log(fmt::format("REPL INFO - Current Jnlpool Seqno : {}", next_seqno().value));
  shell_.log(fmt::format("REPL INFO - Current Update process Read Seqno : {}", next_seqno().value));
  shell_.log(fmt::format("REPL INFO - Current Receive Pool Seqno : {}",
                         std::max(header.next_received.load(), next_seqno().value)));
  return {};
}

}  // namespace hw

#include "replic/source/transaction_source.h"

#include "journal/transaction_frame.h"

namespace hw {
namespace {

constexpr std::size_t kSeqnoOffset = 16;

}  // namespace

void TransactionSource::seek(Seqno seqno, std::uint32_t rollbacks) {
  next_ = seqno;
  rollbacks_ = rollbacks;
  reader_.reset();
  buffer_.clear();
  at_ = shown_ = 0;
  position_.reset();
}

Result<std::optional<std::string_view>> TransactionSource::peek(std::size_t bytes_max) {
  if (at_ == buffer_.size()) {
    buffer_.clear();
    at_ = 0;
    HW_TRY(const bool more, refill(bytes_max));
    if (!more) return std::optional<std::string_view>();
  }
  const std::string_view rest = std::string_view(buffer_).substr(at_);
  shown_ = FrameView::peek_total_bytes(as_bytes(rest));
  if (shown_ == 0 || shown_ > rest.size() || get_le<std::uint64_t>(as_bytes(rest), kSeqnoOffset) != next_.value)
    return make_error<MsgId::HWPOOLDAMAGED>(domain_.header().instance_file.view(),
                                            fmt::format("no frame of seqno {} where it should be", next_.value));
  return std::optional(rest.substr(0, shown_));
}

void TransactionSource::take() {
  at_ += shown_;
  next_ = hw::next(next_);
}

Result<bool> TransactionSource::refill(std::size_t bytes_max) {
  auto more = read_more(bytes_max);
  if (!rolled_back()) return more;
  buffer_.clear();  // Read in the middle of it, or after it: neither may go out. A failure came of the same.
  return false;
}

Result<bool> TransactionSource::read_more(std::size_t bytes_max) {
  const JournalPool& pool = domain_.pool();
  if (next_.value >= pool.header().next_seqno.load(std::memory_order_acquire)) return false;
  if (files_only_) return refill_from_files(bytes_max);
  if (!position_) position_ = pool.ring_find(next_);
  if (position_) {
    switch (pool.ring_read(*position_, bytes_max, buffer_)) {
      case JournalPool::ReadOutcome::Copied:
        reading_files_ = false;
        reader_.reset();
        return true;
      case JournalPool::ReadOutcome::NothingNew:
        return false;
      case JournalPool::ReadOutcome::Overwritten:
        position_.reset();
        break;
    }
  }
  return refill_from_files(bytes_max);
}

Result<LiveEnd> TransactionSource::live_end(std::uint32_t pool_index) {
  HW_TRY(const CommitLock lock, CommitLock::take(domain_));
  const PoolRegion& region = domain_.header().regions[pool_index];
  return LiveEnd{region.generation, region.write_offset.load(), CurrentJournal::of(region)};
}

Result<bool> TransactionSource::refill_from_files(std::size_t bytes_max) {
  const PoolHeader& pool = domain_.header();
  if (!reader_) {
    // Files are opened by their names.
    HW_TRY_VOID(domain_.watch_journals(Domain::Watched::All));
    std::vector<std::string> paths;
    file_regions_.clear();
    HW_TRY(const CommitLock lock, CommitLock::take(domain_));
    for (std::uint32_t i = 0; i < kRegionsMax; ++i) {
      const PoolRegion& region = pool.regions[i];
      if (region.in_use.load() == 0 || region.replicated == 0) continue;
      paths.emplace_back(region.journal.view());
      file_regions_.push_back(i);
    }
    HW_TRY(reader_, SeqnoReader::open(std::move(paths), next_));
  }
  reading_files_ = true;
  const Seqno end{pool.next_seqno.load(std::memory_order_acquire)};
  Seqno at = next_;
  Status lock_failure;
  auto frames = reader_->read(at, end, bytes_max, buffer_, [&](std::size_t index) {
    auto place = live_end(file_regions_[index]);
    if (place.has_value()) return *place;
    lock_failure = std::move(place).error();
    return LiveEnd{};
  });
  if (!lock_failure.has_value()) return std::move(lock_failure).error();
  if (!frames.has_value()) {
    reader_.reset();
    buffer_.clear();
    if (frames.error().id != MsgId::HWJNLREPLACED) return std::move(frames).error();
    HW_TRY_VOID(domain_.watch_journals(Domain::Watched::All));
    return false;  // It has its name again.
  }
  return *frames > 0;
}

}  // namespace hw

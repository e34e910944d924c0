#include "engine/backup/backup_point.h"

#include <fcntl.h>

#include <algorithm>

#include "engine/base/clock.h"
#include "engine/base/interrupt.h"
#include "engine/region/copy_mark.h"

namespace hw {
namespace {

constexpr std::uint64_t kBatchBytes = 32ull << 20;

/// What the copy of a region with this header says of itself.
RegionHeader header_of_copy(RegionHeader header, Seqno seqno, const BackupOptions& options) {
  header.ever_replicated = header.ever_replicated || header.replicated;
  if (header.replicated) header.reg_seqno = seqno;
  header.replicated = false;
  if (header.journal_state == JournalState::On) header.journal_state = JournalState::Off;
  if (options.copies_journal) header.journal_state = *options.copies_journal;
  header.journal_path.clear();
  return header;
}

}  // namespace

Result<std::unique_ptr<BackupPoint>> BackupPoint::take(Domain& domain, std::span<OpenRegion* const> regions,
                                                       const BackupOptions& options) {
  std::unique_ptr<BackupPoint> point(new BackupPoint());
  point->domain_ = &domain;
  // A dead holder left an image at its last good place.
  HW_TRY([[maybe_unused]] const auto acquired,
         lock_watched(domain.header().checkpoint_lock, lock_name(domain.header())));
  point->checkpoint_locked_ = true;
  // What is on disk already need not be written while others wait for the lock.
  HW_TRY_VOID(domain.make_durable(domain.header().commit_done.load()));
  for (OpenRegion* region : regions) {
    BackupRegion part;
    part.region = region;
    point->regions_.push_back(std::move(part));
  }
  HW_TRY_VOID(point->fix(options));
  return point;
}

Result<std::unique_ptr<BackupPoint>> BackupPoint::take(std::span<RegionAccess* const> regions,
                                                       std::span<RegionAccess* const> all,
                                                       const BackupOptions& options) {
  std::unique_ptr<BackupPoint> point(new BackupPoint());
  for (RegionAccess* access : all) {
    OpenRegion& region = access->region();
    HW_TRY_VOID(region.open_environment(Environment::Mode::LiveReader));
    if (region.header.replicated) point->seqno_ = std::max(point->seqno_, region.header.reg_seqno);
  }
  if (options.at_point) HW_TRY_VOID(options.at_point(point->seqno_));
  for (RegionAccess* access : regions) {
    BackupRegion part;
    part.region = &access->region();
    part.journal_path = part.region->header.journal_path;
    part.place = {part.region->header.generation, part.region->header.offset, part.region->header.last_record_bytes};
    part.next_tn = part.region->last_tn().value + part.region->header.tn_base + 1;
    part.header = header_of_copy(part.region->header, point->seqno_, options);
    point->regions_.push_back(std::move(part));
    point->snapshots_.emplace_back();
  }
  return point;
}

BackupPoint::~BackupPoint() {
  snapshots_.clear();
  commit_lock_.reset();
  if (checkpoint_locked_) domain_->header().checkpoint_lock.unlock();
}

Status BackupPoint::fix(const BackupOptions& options) {
  HW_TRY(CommitLock lock, CommitLock::take(*domain_));
  const auto begun = std::chrono::steady_clock::now();
  seqno_ = Seqno{domain_->header().next_seqno.load()};
  if (options.at_point) HW_TRY_VOID(options.at_point(seqno_));
  for (BackupRegion& part : regions_) {
    HW_TRY(part, fix_region(*part.region, options));
  }
  if (options.hold_updates) commit_lock_.emplace(std::move(lock));
  held_ = std::chrono::duration_cast<std::chrono::microseconds>(std::chrono::steady_clock::now() - begun);
  return {};
}

/// Commit lock held: nothing is in flight.
Result<BackupRegion> BackupPoint::fix_region(OpenRegion& region, const BackupOptions& options) {
  PoolRegion& facts = domain_->facts(region);
  BackupRegion part;
  part.region = &region;
  HW_TRY_VOID(region.refresh_header());
  RegionHeader header = region.header;
  header.reg_seqno = Seqno{facts.reg_seqno.load()};
  part.next_tn = region.last_tn().value + header.tn_base + 1;
  snapshots_.emplace_back();
  if (facts.journaled == 0) {
    snapshots_.back() = std::make_unique<RegionReader>();
    HW_TRY_VOID(snapshots_.back()->take_stored(region));  // The lock has brought it up.
  } else {
    part.journal_path = std::string(facts.journal.view());
    HW_TRY_VOID(region.journal.attach(facts));
    HW_TRY_VOID(region.journal.require_name(facts, part.journal_path));
    if (options.new_journals) {
      HW_TRY(part.renamed, region.journal.switch_generation(facts, true, next_commit_time_us(domain_->header())));
    }
    part.place = {facts.generation, facts.write_offset.load(), facts.last_record_bytes};
    part.current = CurrentJournal::of(facts);
    header.generation = part.place.generation;
    header.offset = part.place.offset;
    header.last_record_bytes = part.place.last_record_bytes;
  }
  part.header = header_of_copy(std::move(header), seqno_, options);
  return part;
}

Status BackupPoint::copy(const BackupRegion& of, const File& to, const CopyProgress& progress) {
  const auto index = static_cast<std::size_t>(&of - regions_.data());
  HW_CHECK(index < regions_.size());
  if (snapshots_[index]) {
    HW_TRY_VOID(copy_nodes(of, *snapshots_[index], to, progress));
    return finish_copy(of, to);
  }
  std::string from = of.region->path;
  if (domain_ != nullptr) {
    // Recovery reads the image, so it is worth while that it moves and not the copy.
    HW_TRY_VOID(advance_image(*domain_, *of.region, end_requested, of.place));
    if (end_requested()) return make_error<MsgId::FORCEDHALT>();  // The image may not have come to the place.
    from = image_path(of.region->path);
  }
  HW_TRY(const File source, File::open(from, O_RDONLY));
  // A live file is longer than what is in it; an image is not.
  std::uint64_t bytes = 0;
  if (domain_ == nullptr) {
    bytes = of.region->used_bytes();
  } else {
    HW_TRY(bytes, source.size());
  }
  HW_TRY_VOID(copy_bytes(source, to, bytes, [&](std::uint64_t done) { return progress(done, bytes); }));
  return finish_copy(of, to);
}

Status BackupPoint::copy_nodes(const BackupRegion& of, RegionReader& snapshot, const File& to,
                               const CopyProgress& progress) {
  const std::uint64_t of_bytes = of.region->used_bytes();
  std::uint64_t done = 0;
  HW_TRY(Environment copy, Environment::open(to.path(), Environment::Mode::Image));
  NodeCopy node;
  HW_TRY(bool more, snapshot.first({}, node));
  while (more) {
    WriteTransaction transaction;
    bool needs_adoption = false;
    HW_TRY_VOID(transaction.begin(copy, needs_adoption));
    for (std::uint64_t bytes = 0; more && bytes < kBatchBytes;) {
      HW_TRY_VOID(transaction.append(node.key, node.value));
      bytes += node.key.size() + node.value.size();
      done += node.key.size() + node.value.size();
      HW_TRY(more, snapshot.next(node));
    }
    HW_TRY_VOID(transaction.commit());
    HW_TRY_VOID(progress(std::min(done, of_bytes), of_bytes));
  }
  return progress(of_bytes, of_bytes);
}

/// The header of the copy, and its mark.
Status BackupPoint::finish_copy(const BackupRegion& of, const File& to) {
  {
    HW_TRY(Environment copy, Environment::open(to.path(), Environment::Mode::Image));
    RegionHeader header = of.header;
    header.tn_base = of.next_tn - (copy.last_tn().value + 2);  // Its next one, once the header is in.
    WriteTransaction transaction;
    bool needs_adoption = false;
    HW_TRY_VOID(transaction.begin(copy, needs_adoption));
    HW_TRY_VOID(transaction.put(kHeaderKey, encode_region_header(header)));
    HW_TRY_VOID(transaction.commit());
    HW_TRY(const std::uint64_t bytes, to.size());
    if (bytes < copy.used_bytes()) HW_TRY_VOID(to.allocate(bytes, copy.used_bytes() - bytes));
  }
  return write_copy_mark(to, {of.header.database_id, seqno_, wall_clock_us()});
}

}  // namespace hw

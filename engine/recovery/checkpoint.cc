#include "engine/recovery/checkpoint.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>

#include "engine/base/clock.h"
#include "engine/base/failpoint.h"
#include "engine/base/sync_point.h"
#include "engine/commit/redo_batch.h"
#include "engine/region/region_reader.h"
#include "engine/storage/page.h"
#include "journal/current_file.h"
#include "journal/generations.h"
#include "journal/reader.h"

namespace hw {
namespace {

/// Each batch of one advance is twice the one before. What has been read is lost to a process that is to end, so that
/// short-lived ones get on by small batches; large ones write less, as of each node and page only the last state
/// counts.
constexpr std::uint64_t kBatchTransactionsFirst = 20'000;
constexpr std::uint64_t kLookAgainTransactions = 1'024;
constexpr std::uint64_t kCopyBatchBytes = 32ull << 20;
constexpr std::uint64_t kLivePageBytes = 4096;

Status put_header(WriteTransaction& transaction, const RegionHeader& header) {
  return transaction.put(kHeaderKey, encode_region_header(header));
}

/// What `from` says of the region, and what `own` says of the place of its data.
RegionHeader with_place_of(RegionHeader from, const RegionHeader& own) {
  from.reg_seqno = own.reg_seqno;
  from.generation = own.generation;
  from.offset = own.offset;
  from.last_record_bytes = own.last_record_bytes;
  return from;
}

/// Bytes of journal that the image does not have yet.
std::uint64_t image_lag(const PoolRegion& region) {
  const std::uint64_t end = region.write_offset.load(std::memory_order_acquire);
  if (region.image_generation.load() != region.generation) return end + region.autoswitch_bytes;
  return end - region.image_offset.load();
}

bool is_due(const PoolRegion& region) {
  if (region.in_use.load(std::memory_order_acquire) == 0 || region.journaled == 0) return false;
  const std::uint64_t lag = image_lag(region);
  if (lag == 0) return false;
  return lag >= kCheckpointJournalBytes || wall_clock_us() >= region.last_checkpoint_us.load() + kCheckpointPeriodUs;
}

/// The journal file of a generation, found along the chain from the current one. Not of the region alone: also the file
/// that its processes use.
Result<JournalReader> open_generation(const PoolRegion& region, std::uint64_t generation) {
  constexpr int kRoundsMax = 100;  // Each round that fails has seen the region switch its journal.
  const std::string path(region.journal.view());
  for (int round = 0; round < kRoundsMax; ++round) {
    const CurrentJournal current = CurrentJournal::of(region);
    HW_TRY(const GenerationChain chain, generation_chain(path));
    const auto found = std::ranges::find_if(
        chain.files, [&](const JournalGeneration& file) { return file.info.header.generation == generation; });
    if (found == chain.files.end() && region.generation.load() == current.generation) break;
    if (found == chain.files.end()) continue;
    HW_TRY(JournalReader reader, JournalReader::open(found->path));
    if (reader.header().generation != generation || region.generation.load() != current.generation) continue;
    if (reader.header().database_id != current.database_id) return replaced_error(current);
    if (generation == current.generation) HW_TRY_VOID(require_current(reader.file(), reader.header(), current));
    return reader;
  }
  return rename_error<MsgId::JNLFILEOPNERR>(system_error("open()", path, ENOENT),
                                            fmt::format("generation {} before {}", generation, path));
}

Status fill_image(RegionReader& snapshot, const RegionHeader& header, const std::string& temporary) {
  HW_TRY(Environment image, Environment::open(temporary, Environment::Mode::Image));
  NodeCopy node;
  HW_TRY(bool more, snapshot.first({}, node));
  while (more) {
    WriteTransaction transaction;
    bool needs_adoption = false;
    HW_TRY_VOID(transaction.begin(image, needs_adoption));
    for (std::uint64_t bytes = 0; more && bytes < kCopyBatchBytes; bytes += node.key.size() + node.value.size()) {
      HW_TRY_VOID(transaction.put(node.key, node.value));
      HW_TRY(more, snapshot.next(node));
    }
    HW_TRY_VOID(transaction.commit());
  }
  WriteTransaction transaction;
  bool needs_adoption = false;
  HW_TRY_VOID(transaction.begin(image, needs_adoption));
  HW_TRY_VOID(put_header(transaction, header));
  return transaction.commit();
}

/// Writes an image of what the snapshot holds, whose place in the journal `header` says, under another name. When it
/// fails, nothing of it is left: a full disk has no room for it.
Status write_image(OpenRegion& region, RegionReader& snapshot, const RegionHeader& header,
                   const std::string& temporary) {
  HW_TRY(const FileRights model, rights_of(region.path));
  HW_TRY_VOID(Environment::create_image(temporary, model));
  Status filled = fill_image(snapshot, header, temporary);
  if (!filled.has_value()) (void)remove_file(temporary);  // The first failure is the one to report.
  return filled;
}

/// What another database's processes may look for. What is of no use to anybody is replaced.
Status keep_aside(const OpenRegion& region) {
  const std::string image = image_path(region.path);
  const auto header = read_image_header(region.path);
  if (!header.has_value() || header->database_id == region.header.database_id) return {};
  return rename_file(image, stamped_name(image));
}

Status name_image(const OpenRegion& region, const std::string& temporary) {
  HW_TRY_VOID(rename_file(temporary, image_path(region.path)));
  return sync_folder_at(SyncPoint::ImageName, image_path(region.path));
}

/// While others commit. Checkpoint lock held.
Status replace_lost_image(Domain& domain, OpenRegion& region) {
  HW_CHECK_DEAR(domain.header().checkpoint_lock.is_mine());
  PoolRegion& facts = domain.facts(region);
  const std::string temporary = image_path(region.path) + "_new";
  RegionReader snapshot;
  RegionHeader header;
  {
    HW_TRY(const CommitLock lock, CommitLock::take(domain));
    HW_TRY(const auto shown, snapshot.take_stored(region));
    HW_TRY(header, read_region_header(*shown, region.path));
    take_place(header, facts);
  }
  HW_TRY_VOID(write_image(region, snapshot, header, temporary));
  HW_TRY_VOID(domain.sync_all());  // An image never holds more than the journals on disk.
  HW_TRY_VOID(keep_aside(region));
  HW_TRY_VOID(name_image(region, temporary));
  facts.image_offset.store(header.offset);
  facts.image_generation.store(header.generation);
  return {};
}

}  // namespace

void take_due_checkpoints(Domain& domain, const std::function<bool()>& stop, OperatorReports& reports,
                          ImagesSeen& seen) {
  PoolHeader& pool = domain.header();
  bool any = false;
  for (const PoolRegion& region : pool.regions) any = any || is_due(region);
  for (OpenRegion* region : domain.regions()) any = any || seen.is_new(domain, *region);
  if (!any || pool.checkpoint_lock.try_lock() == RobustMutex::Acquired::Busy) return;
  for (OpenRegion* region : domain.regions()) {
    if (stop()) break;
    const std::string image = image_path(region->path);
    if (seen.is_new(domain, *region)) {
      const Status usable = file_exists(image) ? require_usable_image(domain, *region) : Status();
      reports.outcome(image, usable);
      if (!usable.has_value() || !file_exists(image)) {
        // Without one the region could not be recovered after a power loss. What fails is tried again in a second.
        const Status made = replace_lost_image(domain, *region);
        reports.outcome(region->path, made);
        if (made.has_value()) seen.note(*region);
        continue;
      }
      seen.note(*region);
    }
    if (!is_due(domain.facts(*region))) continue;
    // One that fails leaves the image at its last good place; the journal is kept, and the next period tries again.
    reports.outcome(region->path, advance_image(domain, *region, stop));
    seen.note(*region);
  }
  pool.checkpoint_lock.unlock();
}

namespace {

/// Brings an image to a later place in the journal. Checkpoint lock held.
class ImageAdvance {
 public:
  ImageAdvance(Domain& domain, OpenRegion& region, const std::function<bool()>& stop,
               const std::optional<JournalPlace>& until)
      : region_(region), facts_(domain.facts(region)), stop_(stop), until_(until) {}

  Status run() {
    HW_TRY_VOID(open());
    for (Goes goes = Goes::On; goes == Goes::On;) {
      HW_TRY(goes, apply_file());
      if (goes == Goes::Stopped) return {};
    }
    facts_.last_checkpoint_us.store(wall_clock_us());
    return {};
  }

 private:
  enum class Goes { On, Stopped, AtEnd };

  Status open() {
    HW_TRY(image_, Environment::open(image_path(region_.path), Environment::Mode::Image));
    ReadTransaction reader;
    bool needs_adoption = false;
    HW_TRY_VOID(reader.renew(image_, needs_adoption));
    HW_TRY(header_, read_region_header(reader, image_path(region_.path)));
    // Settings that were changed meanwhile; the place is the image's own.
    RegionReader live_reader;
    HW_TRY(const auto shown, live_reader.take_stored(region_));
    HW_TRY(const RegionHeader live, read_region_header(*shown, region_.path));
    header_ = with_place_of(live, header_);
    return {};
  }

  /// Applies what the image lacks of the file it is in. At the end of one that was closed it goes on to the next.
  Result<Goes> apply_file() {
    HW_TRY(JournalReader reader, open_generation(facts_, header_.generation));
    reader.seek(header_.offset);
    const bool last = until_ && until_->generation == header_.generation;
    const bool current = !last && facts_.generation == header_.generation;
    if (last) reader.set_end(until_->offset);
    if (current) {
      const bool synced = facts_.synced_generation.load() == header_.generation;
      const std::uint64_t end = synced ? facts_.synced_offset.load() : header_.offset;
      if (facts_.generation != header_.generation) return Goes::On;  // Switched meanwhile.
      reader.set_end(end);
    }
    Goes goes = Goes::On;
    while (goes == Goes::On) {
      HW_TRY(goes, apply_batch(reader, !current && !last));
    }
    if (goes == Goes::Stopped) return goes;
    return current || last ? Goes::AtEnd : Goes::On;
  }

  /// One commit of the image. AtEnd: of what is to be read of this file. `closed`: the next file follows then.
  Result<Goes> apply_batch(JournalReader& reader, bool closed) {
    RedoBatch batch(image_.used_bytes());
    HW_TRY(const Goes goes, gather(reader, batch));
    if (goes == Goes::Stopped) return goes;
    if (goes == Goes::AtEnd && closed) move_to(header_.generation + 1, kJournalHeaderBytes, 0);
    WriteTransaction transaction;
    bool needs_adoption = false;
    HW_TRY_VOID(transaction.begin(image_, needs_adoption));
    HW_TRY_VOID(batch.apply(transaction));
    fail_here(FailPoint::ImageHalfApplied);
    HW_TRY_VOID(put_header(transaction, header_));
    HW_TRY_VOID(transaction.commit());
    facts_.image_offset.store(header_.offset);
    facts_.image_generation.store(header_.generation);
    transactions_max_ = std::min(2 * transactions_max_, RedoBatch::kAddedMax);
    return goes;
  }

  Result<Goes> gather(JournalReader& reader, RedoBatch& batch) {
    for (std::uint64_t done = 0; done < transactions_max_ && !batch.full();) {
      if (done % kLookAgainTransactions == 0 && stop_()) return Goes::Stopped;
      Record record;
      const std::uint64_t at = reader.offset();
      HW_TRY(const bool more, reader.next(record));
      if (!more) return Goes::AtEnd;
      if (record.header.type == RecordType::Transaction) {
        TransactionBody body;
        if (!decode_transaction(record.body, body))
          return bad_record(reader.path(), at, verdict_text(RecordVerdict::BadBody));
        batch.add(body);
        header_.reg_seqno = next(record.header.seqno);
        ++done;
      }
      // Only between transactions: a group of Removed records belongs to the record that follows it.
      if (record.header.type != RecordType::Removed)
        move_to(header_.generation, reader.offset(), record.header.total_bytes);
    }
    return Goes::On;
  }

  void move_to(std::uint64_t generation, std::uint64_t offset, std::uint32_t last_record_bytes) {
    HW_CHECK(generation > header_.generation || (generation == header_.generation && offset >= header_.offset));
    header_.generation = generation;
    header_.offset = offset;
    header_.last_record_bytes = last_record_bytes;
  }

  OpenRegion& region_;
  PoolRegion& facts_;
  const std::function<bool()>& stop_;
  const std::optional<JournalPlace>& until_;
  Environment image_;
  RegionHeader header_;  ///< of the image, and what the batch at hand makes of it
  std::uint64_t transactions_max_ = kBatchTransactionsFirst;
};

}  // namespace

Status advance_image(Domain& domain, OpenRegion& region, const std::function<bool()>& stop,
                     const std::optional<JournalPlace>& until) {
  HW_CHECK_DEAR(domain.header().checkpoint_lock.is_mine());
  // Without `until` it goes as far as the journal has been synced.
  HW_TRY_VOID(until ? domain.sync_all() : domain.make_durable(domain.header().commit_done.load()));
  return ImageAdvance(domain, region, stop, until).run();
}

Status build_image(OpenRegion& region, const RegionHeader& header) {
  const std::string temporary = image_path(region.path) + "_new";
  RegionReader snapshot;
  HW_TRY_VOID(snapshot.take(region));
  HW_TRY_VOID(write_image(region, snapshot, header, temporary));
  snapshot.release();
  fail_here(FailPoint::ImageNotRenamed);
  return name_image(region, temporary);
}

Result<RegionHeader> read_image_header(const std::string& database) {
  HW_TRY(Environment image, Environment::open(image_path(database), Environment::Mode::Image));
  ReadTransaction reader;
  bool needs_adoption = false;
  HW_TRY_VOID(reader.renew(image, needs_adoption));
  return read_region_header(reader, image_path(database));
}

Status write_image_settings(const std::string& database, const RegionHeader& from) {
  HW_TRY(Environment image, Environment::open(image_path(database), Environment::Mode::Image));
  WriteTransaction transaction;
  bool needs_adoption = false;
  HW_TRY_VOID(transaction.begin(image, needs_adoption));
  HW_TRY(const RegionHeader own, read_region_header(transaction, image_path(database)));
  const RegionHeader header = with_place_of(from, own);
  if (encode_region_header(header) == encode_region_header(own)) return {};
  HW_TRY_VOID(put_header(transaction, header));
  return transaction.commit();
}

Status write_image_header(const std::string& database, const RegionHeader& header) {
  HW_TRY(Environment image, Environment::open(image_path(database), Environment::Mode::Image));
  WriteTransaction transaction;
  bool needs_adoption = false;
  HW_TRY_VOID(transaction.begin(image, needs_adoption));
  HW_TRY_VOID(put_header(transaction, header));
  return transaction.commit();
}

Error image_not_opened(const std::string& database, Error why) {
  if (why.os_errno == ENOENT) return make_error<MsgId::HWDBNOTCLEAN>(database).with_errno(ENOENT);
  return rename_error<MsgId::DBOPNERR>(std::move(why), image_path(database));
}

Status restore_image(const std::string& database) {
  const std::string image = image_path(database);
  auto from = File::open(image, O_RDONLY);
  if (!from.has_value()) return image_not_opened(database, std::move(from).error());
  HW_TRY(const std::uint64_t bytes, from->size());
  HW_TRY(File to, File::open(database, O_RDWR));
  HW_TRY(const std::uint64_t room, to.size());
  if (room < bytes) HW_TRY_VOID(to.allocate(room, bytes - room));
  std::string buffer;
  constexpr std::uint64_t kPiece = 4 << 20;
  // Meta pages last: a copy that is broken off leaves a file whose metas still belong to the old content, and the
  // control file still says "not clean", so that the copy is made again.
  for (std::uint64_t at = 2 * kLivePageBytes; at < bytes; at += buffer.size()) {
    buffer.resize(std::min(kPiece, bytes - at));
    HW_TRY_VOID(from->read_exact(at, std::as_writable_bytes(std::span(buffer))));
    HW_TRY_VOID(to.write_all(at, as_bytes(buffer)));
  }
  buffer.resize(2 * kLivePageBytes);
  HW_TRY_VOID(from->read_exact(0, std::as_writable_bytes(std::span(buffer))));
  // An image's last pages may be free ones that were never written; a live file has room for all of them.
  if (const auto meta = newest_meta(as_bytes(buffer))) {
    const std::uint64_t reach = (meta->last_page + 1) * kLivePageBytes;
    const std::uint64_t present = std::max(room, bytes);
    if (present < reach) HW_TRY_VOID(to.allocate(present, reach - present));
  }
  HW_TRY_VOID(sync_at(SyncPoint::RestoredPages, to));
  HW_TRY_VOID(to.write_all(0, as_bytes(buffer)));
  return sync_at(SyncPoint::RestoredMetas, to);
}

}  // namespace hw

#include "engine/checkpoint.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>

#include "engine/base/clock.h"
#include "engine/base/failpoint.h"
#include "engine/recovery.h"
#include "journal/generations.h"
#include "journal/reader.h"

namespace hw {
namespace {

constexpr std::uint64_t kBatchTransactions = 20'000;
constexpr std::uint64_t kBatchBytes = 32ull << 20;
constexpr std::uint64_t kLivePageBytes = 4096;

Status put_header(WriteTransaction& transaction, const RegionHeader& header) {
  return transaction.put(kHeaderKey, encode_region_header(header));
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

/// The journal file of a generation, found along the chain from the current one.
Result<std::string> generation_path(const PoolRegion& region, std::uint64_t generation) {
  HW_TRY(const GenerationChain chain, generation_chain(std::string(region.journal.view())));
  for (const JournalGeneration& file : chain.files)
    if (file.info.header.generation == generation) return file.path;
  errno = ENOENT;
  return rename_error<MsgId::JNLFILEOPNERR>(system_error("open()", region.journal.view()),
                                            fmt::format("generation {} before {}", generation, region.journal.view()));
}

}  // namespace

void take_due_checkpoints(Domain& domain, const std::function<bool()>& stop) {
  PoolHeader& pool = domain.header();
  bool any = false;
  for (const PoolRegion& region : pool.regions) any = any || is_due(region);
  if (!any || pool.checkpoint_lock.try_lock() == RobustMutex::Acquired::Busy) return;
  for (OpenRegion* region : domain.regions()) {
    if (stop()) break;
    if (!is_due(domain.facts(*region))) continue;
    // The image stays at its last good place; the journal is kept, so nothing is lost and the next period tries again.
    if (Status status = advance_image(domain, *region, stop); !status.has_value()) continue;
  }
  pool.checkpoint_lock.unlock();
}

Status advance_image(Domain& domain, OpenRegion& region, const std::function<bool()>& stop,
                     const std::optional<JournalPlace>& until) {
  PoolRegion& facts = domain.facts(region);
  const std::uint64_t done = domain.header().commit_done.load();
  HW_TRY_VOID(domain.wait_durable(done));

  HW_TRY(Environment image, Environment::open(image_path(region.path), Environment::Mode::Image));
  RegionHeader header;
  {
    ReadTransaction reader;
    bool needs_adoption = false;
    HW_TRY_VOID(reader.renew(image, needs_adoption));
    HW_TRY(header, read_region_header(reader, image_path(region.path)));
  }
  {
    // Settings that were changed meanwhile; the place is the image's own.
    ReadTransaction reader;
    HW_TRY_VOID(region.take_stored_snapshot(reader));
    auto live = read_region_header(reader, region.path);
    region.release_snapshot(reader);
    if (!live.has_value()) return std::move(live).error();
    live->reg_seqno = header.reg_seqno;
    live->generation = header.generation;
    live->offset = header.offset;
    live->last_record_bytes = header.last_record_bytes;
    header = std::move(live).value();
  }
  for (;;) {
    HW_TRY(const std::string path, generation_path(facts, header.generation));
    HW_TRY(JournalReader journal, JournalReader::open(path));
    journal.seek(header.offset);
    const bool last = until && until->generation == header.generation;
    const bool current = !last && facts.generation == header.generation;
    std::uint64_t end = 0;
    if (last) journal.set_end(until->offset);
    if (current) {
      end = facts.synced_generation.load() == header.generation ? facts.synced_offset.load() : header.offset;
      if (facts.generation != header.generation) continue;  // Switched while we looked.
      journal.set_end(end);
    }
    bool at_end = false;
    while (!at_end) {
      if (stop()) return {};
      WriteTransaction transaction;
      bool needs_adoption = false;
      HW_TRY_VOID(transaction.begin(image, needs_adoption));
      const std::uint64_t begin = journal.offset();
      std::uint64_t transactions = 0;
      while (transactions < kBatchTransactions && journal.offset() - begin < kBatchBytes) {
        Record record;
        HW_TRY(const bool more, journal.next(record));
        if (!more) {
          at_end = true;
          break;
        }
        if (record.header.type == RecordType::Transaction) {
          TransactionBody body;
          if (!decode_transaction(record.body, body))
            return make_error<MsgId::JNLBADRECFMT>(path, fmt::format("0x{:X}", journal.offset()));
          HW_TRY_VOID(redo(transaction, body));
          header.reg_seqno = next(record.header.seqno);
          ++transactions;
        }
        // Only between transactions: a group of Removed records belongs to the record that follows it.
        if (record.header.type != RecordType::Removed) header.offset = journal.offset();
      }
      fail_here(FailPoint::ImageHalfApplied);
      if (at_end && !current && !last) {
        ++header.generation;
        header.offset = kJournalHeaderBytes;
      }
      HW_TRY_VOID(put_header(transaction, header));
      HW_TRY_VOID(transaction.commit());
      facts.image_offset.store(header.offset);
      facts.image_generation.store(header.generation);
    }
    if (current || last) break;
  }
  facts.last_checkpoint_us.store(wall_clock_us());
  return {};
}

Status build_image(OpenRegion& region, const RegionHeader& header) {
  const std::string path = image_path(region.path);
  const std::string temporary = path + "_new";
  HW_TRY_VOID(remove_file(temporary));
  {
    HW_TRY(Environment image, Environment::open(temporary, Environment::Mode::Image));
    ReadTransaction snapshot;
    HW_TRY_VOID(region.take_snapshot(snapshot));
    Status status = [&]() -> Status {
      HW_TRY(auto node, snapshot.seek({}));
      while (node) {
        WriteTransaction transaction;
        bool needs_adoption = false;
        HW_TRY_VOID(transaction.begin(image, needs_adoption));
        for (std::uint64_t bytes = 0; node && bytes < kBatchBytes; bytes += node->key.size() + node->value.size()) {
          HW_TRY_VOID(transaction.put(node->key, node->value));
          HW_TRY(node, snapshot.next());
        }
        HW_TRY_VOID(transaction.commit());
      }
      WriteTransaction transaction;
      bool needs_adoption = false;
      HW_TRY_VOID(transaction.begin(image, needs_adoption));
      HW_TRY_VOID(put_header(transaction, header));
      return transaction.commit();
    }();
    region.release_snapshot(snapshot);
    HW_TRY_VOID(std::move(status));
  }
  fail_here(FailPoint::ImageNotRenamed);
  HW_TRY_VOID(rename_file(temporary, path));
  return sync_folder_of(path);
}

Result<RegionHeader> read_image_header(const std::string& database) {
  HW_TRY(Environment image, Environment::open(image_path(database), Environment::Mode::Image));
  ReadTransaction reader;
  bool needs_adoption = false;
  HW_TRY_VOID(reader.renew(image, needs_adoption));
  return read_region_header(reader, image_path(database));
}

Status write_image_header(const std::string& database, const RegionHeader& header) {
  HW_TRY(Environment image, Environment::open(image_path(database), Environment::Mode::Image));
  WriteTransaction transaction;
  bool needs_adoption = false;
  HW_TRY_VOID(transaction.begin(image, needs_adoption));
  HW_TRY_VOID(put_header(transaction, header));
  return transaction.commit();
}

Status restore_image(const std::string& database) {
  const std::string image = image_path(database);
  auto from = File::open(image, O_RDONLY);
  if (!from.has_value()) return make_error<MsgId::HWDBNOTCLEAN>(database).with_errno(from.error().os_errno);
  HW_TRY(const std::uint64_t bytes, from->size());
  HW_TRY(File to, File::open(database, O_RDWR | O_CREAT));
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
  HW_TRY_VOID(to.sync());
  buffer.resize(2 * kLivePageBytes);
  HW_TRY_VOID(from->read_exact(0, std::as_writable_bytes(std::span(buffer))));
  HW_TRY_VOID(to.write_all(0, as_bytes(buffer)));
  return to.sync();
}

}  // namespace hw

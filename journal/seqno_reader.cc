#include "journal/seqno_reader.h"

#include <algorithm>
#include <limits>
#include <optional>

#include "engine/base/limits.h"
#include "journal/tail.h"

namespace hw {
namespace {

constexpr std::uint64_t kNoSeqno = std::numeric_limits<std::uint64_t>::max();
/// A run of records that is longer than this cannot be inside a key, a value or an old value.
constexpr std::uint64_t kTrustedRunBytes = kValueBytesMax + kKeyBytesMax;
/// Parts of a file shorter than this are walked instead of halved further.
constexpr std::uint64_t kWalkBytes = 4 << 20;
constexpr std::size_t kProbeBytes = 64 << 10;

bool may_start_record(Bytes in, std::uint64_t room) {
  if (get_le<std::uint32_t>(in, 8) != kRecordMagic) return false;
  const auto total = get_le<std::uint32_t>(in, 12);
  return total >= kRecordHeaderBytes && total <= kRecordBytesMax && total % 8 == 0 && total <= room;
}

/// Follows the records from `offset`. True when they form a run that cannot be inside a value; `first_seqno` is then
/// the first one of a transaction, 0 when the file ends before. The reader is where it stopped.
Result<bool> is_run_of_records(JournalReader& reader, std::uint64_t offset, std::uint64_t end, Seqno& first_seqno) {
  reader.seek(offset);
  reader.set_end(end);
  first_seqno = Seqno{0};
  Record record;
  while (true) {
    Result<bool> more = reader.next(record);
    if (!more.has_value()) {
      if (more.error().id != MsgId::JNLBADRECFMT) return std::move(more).error();
      return false;  // Not a run from here; nothing is known about the file.
    }
    const bool trusted = reader.offset() - offset > kTrustedRunBytes;
    if (!*more) return trusted;
    if (first_seqno.value == 0 && record.header.type == RecordType::Transaction && record.header.seqno.value != 0)
      first_seqno = record.header.seqno;
    if (trusted && first_seqno.value != 0) return true;
  }
}

/// The first record at or after `from` from which a trusted run goes on; `end` when there is none.
Result<std::uint64_t> find_record(JournalReader& reader, std::uint64_t from, std::uint64_t end, Seqno& first_seqno) {
  std::vector<std::byte> piece(kProbeBytes);
  for (std::uint64_t at = (from + 7) / 8 * 8; at + kTrustedRunBytes < end;) {
    const std::size_t bytes = std::min<std::uint64_t>(piece.size(), end - at);
    if (Status status = reader.file().read_exact(at, MutableBytes(piece).first(bytes)); !status.has_value())
      return rename_error<MsgId::JNLFILEOPNERR>(std::move(status).error(), reader.path());
    const Bytes in = Bytes(piece).first(bytes);
    std::size_t i = 0;
    while (i + kRecordHeaderBytes <= bytes) {
      const std::uint64_t candidate = at + i;
      i += 8;
      if (!may_start_record(in.subspan(i - 8), end - candidate)) continue;
      HW_TRY(const bool found, is_run_of_records(reader, candidate, end, first_seqno));
      if (found) return candidate;
      // A short run is inside one value, and so does everything up to where it stopped.
      i = std::max<std::uint64_t>(i, reader.offset() - at);
    }
    at += i;
  }
  return end;
}

/// Sets the reader to a record at or before the first one of `wanted`, close to it.
Status seek_near(JournalReader& reader, Seqno wanted, std::uint64_t end) {
  std::uint64_t low = kJournalHeaderBytes;  // A record starts here, and `wanted` is not before it.
  std::uint64_t high = end;                 // `wanted` is not at or after a record that starts from here on.
  while (high > low && high - low > kWalkBytes) {
    const std::uint64_t middle = low + (high - low) / 2;
    Seqno seqno;
    HW_TRY(const std::uint64_t found, find_record(reader, middle, end, seqno));
    if (found < end && seqno.value != 0 && seqno < wanted)
      low = found;
    else
      high = middle;
  }
  reader.seek(low);
  reader.set_end(end);
  return {};
}

}  // namespace

/// One region's journal and its next transaction.
class SeqnoReader::Region {
 public:
  explicit Region(std::string current_path) : current_path_(std::move(current_path)) {}

  /// Goes to the generation in which `first` may be; the place inside is found at the first advance.
  Status position(Seqno first) {
    HW_TRY(chain_, generation_chain(current_path_));
    reader_.reset();
    head_seqno_ = kNoSeqno;
    search_ = first;
    ended_ = false;
    // A file's first_seqno is above everything in older files.
    for (const JournalGeneration& file : chain_.files) {
      oldest_first_seqno_ = file.info.header.first_seqno;
      start_generation_ = file.info.header.generation;
      if (oldest_first_seqno_ <= first) break;
    }
    return open_generation(start_generation_);
  }

  void set_live_end(LiveEnd live) {
    live_ = std::move(live);
    ended_ = false;
    bound_known_ = bound_final_;
  }

  /// Moves to the first transaction with at least `wanted`; its seqno, or kNoSeqno when there is none yet.
  Result<std::uint64_t> advance_to(Seqno wanted) {
    while (head_seqno_ == kNoSeqno || head_seqno_ < wanted.value) {
      if (ended_) return kNoSeqno;
      HW_TRY(const bool found, step());
      if (!found) {
        ended_ = true;
        return kNoSeqno;
      }
    }
    return head_seqno_;
  }

  const Record& head() const { return head_; }
  const std::string& path() const { return reader_->path(); }
  std::uint64_t head_offset() const { return reader_->offset() - head_.header.total_bytes; }

  /// Why `seqno` cannot be here, when the chain of files ends after it.
  std::optional<Error> chain_ends_behind(Seqno seqno) const {
    if (oldest_first_seqno_ <= seqno) return std::nullopt;
    if (chain_.end == ChainEnd::MissingFile) {
      Error error = make_error<MsgId::JNLFILEOPNERR>(chain_.missing_path);
      return error.with_errno(ENOENT);
    }
    return make_error<MsgId::NOPREVLINK>(chain_.files.back().path);
  }

 private:
  /// Finds the generation by its number, whatever its file is called by now.
  Status open_generation(std::uint64_t number) {
    constexpr int kRoundsMax = 100;  // Each round that fails has seen the region switch its journal.
    for (int round = 0; round < kRoundsMax; ++round) {
      for (std::size_t i = 0; i < chain_.files.size(); ++i) {
        if (chain_.files[i].info.header.generation != number) continue;
        Result<JournalReader> reader =
            i == 0 ? open_current_journal(current_path_) : JournalReader::open(chain_.files[i].path);
        if (!reader.has_value()) return std::move(reader).error();
        if (reader->header().generation != number) break;
        reader_ = std::move(reader).value();
        bound_known_ = bound_final_ = false;
        return {};
      }
      HW_TRY(GenerationChain chain, generation_chain(current_path_));
      const bool reaches = chain.files.back().info.header.generation <= number;
      chain_ = std::move(chain);
      if (reaches) continue;
      if (chain_.end == ChainEnd::MissingFile) {
        Error error = make_error<MsgId::JNLFILEOPNERR>(chain_.missing_path);
        return error.with_errno(ENOENT);
      }
      return make_error<MsgId::NOPREVLINK>(chain_.files.back().path);
    }
    return make_error<MsgId::JNLBADLABEL>(current_path_, fmt::format("generation {}", number), "none");
  }

  /// What is open is the region's. A current file that has been put back under its name since is opened again there.
  Status require_own() {
    const CurrentJournal& current = *live_.current;
    if (reader_->header().database_id != current.database_id) return replaced_error(current);
    if (reader_->header().generation != current.generation ||
        require_current(reader_->file(), reader_->header(), current).has_value())
      return {};
    const std::uint64_t offset = reader_->offset();
    HW_TRY_VOID(open_generation(current.generation));
    reader_->seek(offset);
    return require_current(reader_->file(), reader_->header(), current);
  }

  /// Decides how far the open file may be read.
  Status find_bound() {
    if (live_.current) HW_TRY_VOID(require_own());
    const std::uint64_t generation = reader_->header().generation;
    if (generation >= live_.generation) {
      // A file newer than the pool's was opened in the middle of a switch: nothing of it counts yet.
      bound_ = generation == live_.generation ? live_.offset : kJournalHeaderBytes;
    } else {
      HW_TRY(bound_, end_of_old_generation());
      bound_final_ = true;
    }
    reader_->set_end(bound_);
    bound_known_ = true;
    return {};
  }

  Result<std::uint64_t> end_of_old_generation() {
    HW_TRY_VOID(reader_->refresh_closing());
    if (reader_->closing().has_value()) return reader_->closing()->end_offset;
    // Never closed: its writers died with the machine. The file may have another name than when it was opened.
    HW_TRY(chain_, generation_chain(current_path_));
    std::string path = reader_->path();
    for (const JournalGeneration& file : chain_.files)
      if (file.info.header.generation == reader_->header().generation) path = file.path;
    HW_TRY(const JournalTail tail, find_tail(path));
    return tail.end_offset;
  }

  /// Takes the next transaction record, over the end of a file into the next one.
  Result<bool> step() {
    while (true) {
      if (!bound_known_) {
        HW_TRY_VOID(find_bound());
      }
      if (search_.has_value()) {
        if (reader_->header().generation == start_generation_) {
          HW_TRY_VOID(seek_near(*reader_, *search_, bound_));
        }
        search_.reset();
      }
      HW_TRY(const bool more, reader_->next(head_));
      if (more) {
        if (head_.header.type != RecordType::Transaction || head_.header.seqno.value == 0) continue;
        head_seqno_ = head_.header.seqno.value;
        return true;
      }
      head_seqno_ = kNoSeqno;
      if (reader_->header().generation >= live_.generation) return false;
      HW_TRY_VOID(open_generation(reader_->header().generation + 1));
    }
  }

  std::string current_path_;
  GenerationChain chain_;
  Seqno oldest_first_seqno_;
  std::uint64_t start_generation_ = 0;
  std::optional<JournalReader> reader_;
  std::optional<Seqno> search_;  ///< wanted, while the place in the first file is not found yet
  LiveEnd live_;
  std::uint64_t bound_ = 0;
  bool bound_known_ = false;
  bool bound_final_ = false;  ///< the open file is an old generation
  bool ended_ = false;        ///< nothing more below the live end of this read()
  Record head_;
  std::uint64_t head_seqno_ = kNoSeqno;
};

SeqnoReader::SeqnoReader() = default;
SeqnoReader::SeqnoReader(SeqnoReader&&) noexcept = default;
SeqnoReader& SeqnoReader::operator=(SeqnoReader&&) noexcept = default;
SeqnoReader::~SeqnoReader() = default;

Result<SeqnoReader> SeqnoReader::open(std::vector<std::string> current_paths, Seqno first) {
  SeqnoReader reader;
  for (std::string& path : current_paths) reader.regions_.push_back(std::make_unique<Region>(std::move(path)));
  HW_TRY_VOID(reader.position(first));
  return reader;
}

Status SeqnoReader::position(Seqno first) {
  expected_ = Seqno{0};
  for (auto& region : regions_) HW_TRY_VOID(region->position(first));
  expected_ = first;
  return {};
}

Result<std::size_t> SeqnoReader::read(Seqno& next_wanted, Seqno end, std::size_t bytes_max, std::string& out,
                                      const LiveEndOf& live_end) {
  if (next_wanted >= end) return std::size_t{0};
  if (next_wanted != expected_) HW_TRY_VOID(position(next_wanted));
  for (std::size_t i = 0; i < regions_.size(); ++i) regions_[i]->set_live_end(live_end(i));
  const std::size_t before = out.size();
  std::size_t frames = 0;
  while (next_wanted < end && (frames == 0 || out.size() - before < bytes_max)) {
    expected_ = Seqno{0};  // After an error the next call searches again, and meets it first.
    if (Status status = append_frame(next_wanted, out); !status.has_value()) {
      if (frames > 0) return frames;
      return std::move(status).error();
    }
    next_wanted = next(next_wanted);
    expected_ = next_wanted;
    ++frames;
  }
  return frames;
}

Error SeqnoReader::gap(Seqno seqno, const std::string& what) const {
  const std::string needed = fmt::format("Sequence number {} [0x{:016X}] is needed: {}", seqno, seqno.value, what);
  for (const auto& region : regions_) {
    if (auto error = region->chain_ends_behind(seqno)) return std::move(error->note(needed));
  }
  return make_error<MsgId::HWSEQNOGAP>(seqno, seqno.value, what);
}

Status SeqnoReader::append_frame(Seqno seqno, std::string& out) {
  holders_.clear();
  for (const auto& region : regions_) {
    HW_TRY(const std::uint64_t found, region->advance_to(seqno));
    if (found == seqno.value) holders_.push_back(region.get());
  }
  if (holders_.empty()) return gap(seqno, "no journal file has it");

  updates_.clear();
  TransactionBody first;
  for (const Region* region : holders_) {
    TransactionBody body;
    if (!decode_transaction(region->head().body, body))
      return bad_record(region->path(), region->head_offset(), verdict_text(RecordVerdict::BadBody));
    if (region == holders_.front()) {
      if (body.total_updates > kTransactionBytesMax / kFrameUpdateHeaderBytes)
        return bad_record(region->path(), region->head_offset(), verdict_text(RecordVerdict::BadBody));
      first = body;
      updates_.resize(body.total_updates);
    }
    if (body.total_updates != first.total_updates || body.participants != first.participants ||
        region->head().header.time_us != holders_.front()->head().header.time_us || body.tid != first.tid ||
        body.fenced != first.fenced)
      return gap(seqno, fmt::format("{} and {} hold different transactions of that number", holders_.front()->path(),
                                    region->path()));
    for (const JournalUpdate& update : transaction_updates(body)) updates_[update.number - 1] = update;
  }
  if (holders_.size() != first.participants)
    return gap(seqno, fmt::format("{} of its {} regions have it, the first in {}", holders_.size(), first.participants,
                                  holders_.front()->path()));

  builder_.start(first.fenced, first.tid);
  for (std::size_t i = 0; i < updates_.size(); ++i) {
    if (updates_[i].number != i + 1)
      return gap(seqno, fmt::format("update {} of {} is in no region, the first in {}", i + 1, updates_.size(),
                                    holders_.front()->path()));
    HW_TRY_VOID(builder_.add(updates_[i].update));
  }
  out.append(builder_.finish(seqno, holders_.front()->head().header.time_us));
  return {};
}

}  // namespace hw

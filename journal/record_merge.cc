#include "journal/record_merge.h"

#include <compare>
#include <set>

namespace hw {
namespace {

/// What all parts of a transaction have in common, and no other transaction has.
struct Identity {
  std::uint64_t seqno;
  std::uint64_t time_us;
  std::uint32_t pid;
  friend auto operator<=>(const Identity&, const Identity&) = default;
};

Identity identity_of(const RecordHeader& header, const TransactionBody& body) {
  return {header.seqno.value, header.time_us, body.pid};
}

Status open_at_start(JournalReader& reader, const ListedFile& file) {
  HW_TRY(reader, JournalReader::open(file.path));
  reader.set_end(file.tail.end_offset + (file.info.closing ? kRecordHeaderBytes : 0));
  return {};
}

Result<TransactionBody> transaction_of(const Record& record, const std::string& path, std::uint64_t offset) {
  TransactionBody body;
  if (!decode_transaction(record.body, body)) return bad_record(path, offset, verdict_text(RecordVerdict::BadBody));
  return body;
}

/// Which transactions of several regions follow in one region's files. A second reader goes ahead of the merge, as far
/// as it is asked and no further.
class LookAhead {
 public:
  explicit LookAhead(const RegionFiles& files) : files_(files) {}

  /// Whether `wanted` is at or after the place `offset` of file `file`, from which on seqnos do not fall.
  Result<bool> finds(const Identity& wanted, std::size_t file, std::uint64_t offset) {
    if (!open_ || file_ < file || (file_ == file && reader_.offset() < offset)) HW_TRY_VOID(begin_at(file, offset));
    while (!at_end_ && reached_ <= wanted.seqno) HW_TRY_VOID(read_one());
    return seen_.contains(wanted);
  }
  void forget(const Identity& passed) { seen_.erase(passed); }

 private:
  Status begin_at(std::size_t file, std::uint64_t offset) {
    seen_.clear();
    reached_ = 0;
    at_end_ = false;
    open_ = true;
    file_ = file;
    HW_TRY_VOID(open_at_start(reader_, files_[file]));
    reader_.seek(offset);
    return {};
  }

  Status read_one() {
    Record record;
    const std::uint64_t offset = reader_.offset();
    HW_TRY(const bool more, reader_.next(record));
    if (!more) {
      at_end_ = file_ + 1 == files_.size();
      return at_end_ ? Status() : open_at_start(reader_, files_[++file_]);
    }
    if (record.header.type != RecordType::Transaction) return {};
    HW_TRY(const TransactionBody body, transaction_of(record, reader_.path(), offset));
    reached_ = record.header.seqno.value;
    if (body.participants > 1) seen_.insert(identity_of(record.header, body));
    return {};
  }

  const RegionFiles& files_;
  JournalReader reader_;
  std::size_t file_ = 0;
  bool open_ = false;
  bool at_end_ = false;
  std::uint64_t reached_ = 0;  ///< seqno of the last transaction read
  std::set<Identity> seen_;    ///< those of several regions between the merge's place and this one's
};

}  // namespace

/// One region's files and its next record.
class RecordMerge::Region {
 public:
  Region(std::size_t index, const RegionFiles& files) : files_(files), ahead_(files) { part_.region = index; }

  Status open_first() { return open_file(0); }
  bool at_end() const { return at_end_; }
  const Part& part() const { return part_; }
  bool at_transaction() const { return part_.record.header.type == RecordType::Transaction; }
  bool replicated() const { return files_[part_.file].info.header.replicated; }

  Status advance() {
    if (part_.end_offset != 0 && at_transaction()) ahead_.forget(identity());
    for (;;) {
      part_.offset = reader_.offset();
      HW_TRY(const bool more, reader_.next(part_.record));
      if (!more && reader_.at_end_of_file_record() && !end_given_) {
        end_given_ = true;
        return {};
      }
      if (!more) {
        if (part_.file + 1 == files_.size()) {
          at_end_ = true;
          return {};
        }
        HW_TRY_VOID(open_file(part_.file + 1));
        continue;
      }
      part_.end_offset = reader_.offset();
      if (at_transaction()) {
        HW_TRY(part_.transaction, transaction_of(part_.record, reader_.path(), part_.offset));
      }
      return {};
    }
  }

  /// Whether this region's transaction was committed before `other`'s.
  bool is_before(const Region& other) const {
    const RecordHeader& mine = part_.record.header;
    const RecordHeader& its = other.part_.record.header;
    if (replicated() && other.replicated()) return mine.seqno < its.seqno;
    return mine.time_us != its.time_us ? mine.time_us < its.time_us : mine.seqno < its.seqno;
  }
  Identity identity() const { return identity_of(part_.record.header, part_.transaction); }
  const std::string& path() const { return reader_.path(); }

  /// Whether a part of the transaction of `other` is still to come here.
  Result<bool> will_meet(const Region& other) {
    if (part_.record.header.seqno > other.part_.record.header.seqno) return false;  // Seqnos do not fall in a region.
    return ahead_.finds(other.identity(), part_.file, part_.offset);
  }

 private:
  Status open_file(std::size_t index) {
    HW_TRY_VOID(open_at_start(reader_, files_[index]));
    part_.file = index;
    end_given_ = false;
    return {};
  }

  const RegionFiles& files_;
  LookAhead ahead_;
  JournalReader reader_;
  Part part_;
  bool at_end_ = false;
  bool end_given_ = false;  ///< the file's EndOfFile record has been the part
};

RecordMerge::RecordMerge() = default;
RecordMerge::RecordMerge(RecordMerge&&) noexcept = default;
RecordMerge& RecordMerge::operator=(RecordMerge&&) noexcept = default;
RecordMerge::~RecordMerge() = default;

Result<RecordMerge> RecordMerge::open(const std::vector<RegionFiles>& regions) {
  RecordMerge merge;
  for (std::size_t i = 0; i < regions.size(); ++i) {
    merge.regions_.push_back(std::make_unique<Region>(i, regions[i]));
    HW_TRY_VOID(merge.regions_.back()->open_first());
    merge.taken_.push_back(i);  // The first call of next() reads each one's first record.
  }
  return merge;
}

Result<bool> RecordMerge::next(std::vector<Part>& parts) {
  // Those of the last call were views into the readers, so they move on only now.
  for (const std::size_t index : taken_) HW_TRY_VOID(regions_[index]->advance());
  taken_.clear();
  parts.clear();
  for (const auto& region : regions_) {
    if (region->at_end() || region->at_transaction()) continue;
    parts.push_back(region->part());
    taken_.push_back(region->part().region);
    return true;
  }
  HW_TRY(const Region* const chosen, choose());
  if (chosen == nullptr) return false;
  for (const auto& region : regions_) {
    if (region->at_end() || region->identity() != chosen->identity()) continue;
    parts.push_back(region->part());
    taken_.push_back(region->part().region);
  }
  HW_CHECK(!taken_.empty());  // Or the next call would find the same, for ever.
  return true;
}

Result<const RecordMerge::Region*> RecordMerge::choose() {
  waits_.assign(regions_.size(), false);
  const Region* last_waiting = nullptr;
  while (const Region* const first = earliest()) {
    HW_TRY(const bool waits, must_wait(*first));
    if (!waits) return first;
    waits_[first->part().region] = true;
    last_waiting = first;
  }
  if (last_waiting == nullptr) return static_cast<const Region*>(nullptr);
  // Each waits for another one: no commits made these files.
  Error error = bad_record(last_waiting->path(), last_waiting->part().offset,
                           "The transactions of several regions are in another order than in other regions' files");
  for (const auto& region : regions_)
    if (!region->at_end() && region.get() != last_waiting)
      error.note(fmt::format("{} is at offset 0x{:08X}, transaction {}", region->path(), region->part().offset,
                             region->part().record.header.seqno));
  return error;
}

const RecordMerge::Region* RecordMerge::earliest() const {
  // Two candidates, because "before" is no order over regions of both kinds together.
  const Region* first[2] = {nullptr, nullptr};
  for (const auto& region : regions_) {
    if (region->at_end() || waits_[region->part().region]) continue;
    const Region*& best = first[region->replicated() ? 1 : 0];
    if (best == nullptr || region->is_before(*best)) best = region.get();
  }
  if (first[0] == nullptr || first[1] == nullptr) return first[0] == nullptr ? first[1] : first[0];
  return first[1]->is_before(*first[0]) ? first[1] : first[0];
}

Result<bool> RecordMerge::must_wait(const Region& region) const {
  std::vector<Region*> others;
  std::size_t found = 0;
  for (const auto& other : regions_) {
    if (other->at_end()) continue;
    if (other->identity() == region.identity())
      ++found;
    else
      others.push_back(other.get());
  }
  if (found >= region.part().transaction.participants) return false;
  for (Region* const other : others) {
    HW_TRY(const bool comes, other->will_meet(region));
    if (comes) return true;
  }
  return false;
}

}  // namespace hw

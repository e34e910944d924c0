#include "journal/record_merge.h"

namespace hw {

/// One region's files and its next record.
class RecordMerge::Region {
 public:
  Region(std::size_t index, const RegionFiles& files) : files_(files) { part_.region = index; }

  Status open_first() { return open_file(0); }
  bool at_end() const { return at_end_; }
  const Part& part() const { return part_; }
  bool at_transaction() const { return part_.record.header.type == RecordType::Transaction; }
  bool replicated() const { return files_[part_.file].info.header.replicated; }

  Status advance() {
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
      if (at_transaction() && !decode_transaction(part_.record.body, part_.transaction))
        return bad_record(reader_.path(), part_.offset, verdict_text(RecordVerdict::BadBody));
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
  bool is_part_of(const Part& transaction) const {
    return part_.record.header.seqno == transaction.record.header.seqno &&
           part_.record.header.time_us == transaction.record.header.time_us;
  }

 private:
  Status open_file(std::size_t index) {
    HW_TRY(reader_, JournalReader::open(files_[index].path));
    const ListedFile& file = files_[index];
    reader_.set_end(file.tail.end_offset + (file.info.closing ? kRecordHeaderBytes : 0));
    part_.file = index;
    end_given_ = false;
    return {};
  }

  const RegionFiles& files_;
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
  // Two candidates, because "before" is no order over regions of both kinds together.
  const Region* first[2] = {nullptr, nullptr};
  for (const auto& region : regions_) {
    if (region->at_end()) continue;
    if (!region->at_transaction()) {
      parts.push_back(region->part());
      taken_.push_back(region->part().region);
      return true;
    }
    const Region*& best = first[region->replicated() ? 1 : 0];
    if (best == nullptr || region->is_before(*best)) best = region.get();
  }
  const Region* chosen = first[0] == nullptr              ? first[1]
                         : first[1] == nullptr            ? first[0]
                         : first[1]->is_before(*first[0]) ? first[1]
                                                          : first[0];
  if (chosen == nullptr) return false;
  for (const auto& region : regions_) {
    if (region->at_end() || !region->is_part_of(chosen->part())) continue;
    parts.push_back(region->part());
    taken_.push_back(region->part().region);
  }
  return true;
}

}  // namespace hw

#include "journal/transaction_merge.h"

#include <algorithm>

#include "journal/generations.h"

namespace hw {

/// One region's chain of files and its next transaction.
class TransactionMerge::Region {
 public:
  static Result<std::unique_ptr<Region>> open(const MergeSource& source, Seqno first) {
    auto region = std::make_unique<Region>();
    HW_TRY(const GenerationChain chain, generation_chain(source.current_path));
    bool reached = false;
    for (const JournalGeneration& file : chain.files) {
      region->paths_.push_back(file.path);
      reached = file.info.header.first_seqno <= first;
      if (reached) break;
    }
    if (!reached && chain.end == ChainEnd::MissingFile)
      return make_error<MsgId::JNLFILEOPNERR>(chain.missing_path).with_errno(ENOENT);
    if (!reached) return make_error<MsgId::NOPREVLINK>(chain.files.back().path);
    region->end_ = source.end;
    HW_TRY_VOID(region->open_next());
    HW_TRY_VOID(region->advance(first));
    return region;
  }

  bool at_end() const { return at_end_; }
  Seqno seqno() const { return record_.header.seqno; }
  Part part() const { return {0, record_.header, body_}; }

  /// Goes to the next transaction with a seqno of at least `least`.
  Status advance(Seqno least) {
    for (;;) {
      const std::uint64_t at = reader_.offset();
      HW_TRY(const bool more, reader_.next(record_));
      if (!more) {
        if (paths_.empty()) {
          at_end_ = true;
          return {};
        }
        HW_TRY_VOID(open_next());
        continue;
      }
      if (record_.header.type != RecordType::Transaction || record_.header.seqno < least) continue;
      if (!decode_transaction(record_.body, body_))
        return bad_record(reader_.path(), at, verdict_text(RecordVerdict::BadBody));
      return {};
    }
  }

 private:
  Status open_next() {
    HW_TRY(reader_, JournalReader::open(paths_.back()));
    paths_.pop_back();
    if (reader_.header().generation == end_.generation) reader_.set_end(end_.offset);
    return {};
  }

  std::vector<std::string> paths_;  ///< still to read, newest first
  JournalPlace end_;
  JournalReader reader_;
  Record record_;
  TransactionBody body_;
  bool at_end_ = false;
};

TransactionMerge::TransactionMerge() = default;
TransactionMerge::TransactionMerge(TransactionMerge&&) noexcept = default;
TransactionMerge& TransactionMerge::operator=(TransactionMerge&&) noexcept = default;
TransactionMerge::~TransactionMerge() = default;

Result<TransactionMerge> TransactionMerge::open(std::vector<MergeSource> sources, Seqno first) {
  TransactionMerge merge;
  for (const MergeSource& source : sources) {
    HW_TRY(auto region, Region::open(source, first));
    merge.regions_.push_back(std::move(region));
  }
  return merge;
}

Result<bool> TransactionMerge::next(std::vector<Part>& parts) {
  // Those of the last call were views into the readers, so they move on only now.
  for (const Part& part : parts) HW_TRY_VOID(regions_[part.region]->advance(hw::next(part.header.seqno)));
  parts.clear();
  const Region* first = nullptr;
  for (const auto& region : regions_)
    if (!region->at_end() && (first == nullptr || region->seqno() < first->seqno())) first = region.get();
  if (first == nullptr) return false;
  const Seqno seqno = first->seqno();
  for (std::size_t i = 0; i < regions_.size(); ++i) {
    if (regions_[i]->at_end() || regions_[i]->seqno() != seqno) continue;
    parts.push_back(regions_[i]->part());
    parts.back().region = i;
  }
  return true;
}

}  // namespace hw

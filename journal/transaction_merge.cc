#include "journal/transaction_merge.h"

#include <algorithm>

#include "journal/generations.h"

namespace hw {

/// One region's chain of files and its next transaction.
class TransactionMerge::Region {
 public:
  static Result<std::unique_ptr<Region>> open(const MergeSource& source, Seqno first) {
    auto region = std::make_unique<Region>();
    region->source_ = source;
    HW_TRY_VOID(region->find_files(first));
    HW_TRY_VOID(region->open_next());
    if (region->reader_.header().generation == source.begin.generation) region->reader_.seek(source.begin.offset);
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
        if (generations_.empty()) {
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
  /// From the end on, back to the one that has `first`.
  Status find_files(Seqno first) {
    // Nearly always the file that an earlier merge has read is still the current one: the others are not read.
    const std::uint64_t begun = source_.begin.generation;
    if (begun != 0 && begun == source_.end.generation) {
      generations_.push_back({source_.current_path, begun});
      return {};
    }
    HW_TRY(const GenerationChain chain, generation_chain(source_.current_path));
    bool reached = false;
    for (const JournalGeneration& file : chain.files) {
      if (file.info.header.generation > source_.end.generation) continue;  // Of a region in use: begun since.
      generations_.push_back({file.path, file.info.header.generation});
      reached = begun != 0 ? file.info.header.generation <= begun : file.info.header.first_seqno <= first;
      if (reached) return {};
    }
    if (chain.end == ChainEnd::MissingFile)
      return make_error<MsgId::JNLFILEOPNERR>(chain.missing_path).with_errno(ENOENT);
    return make_error<MsgId::NOPREVLINK>(chain.files.back().path);
  }

  Status open_next() {
    const Generation wanted = generations_.back();
    generations_.pop_back();
    HW_TRY(reader_,
           wanted.path == source_.current_path ? open_current_journal(wanted.path) : JournalReader::open(wanted.path));
    const auto& current = source_.current;
    if (current && reader_.header().database_id != current->database_id) return replaced_error(*current);
    if (reader_.header().generation != wanted.number) HW_TRY_VOID(open_renamed(wanted.number));
    if (wanted.number != source_.end.generation) return {};
    if (current) HW_TRY_VOID(require_current(reader_.file(), reader_.header(), *current));
    reader_.set_end(source_.end.offset);
    return {};
  }

  /// A switch has renamed it since the names were read.
  Status open_renamed(std::uint64_t generation) {
    HW_TRY(const GenerationChain chain, generation_chain(source_.current_path));
    for (const JournalGeneration& file : chain.files) {
      if (file.info.header.generation != generation) continue;
      HW_TRY(reader_, JournalReader::open(file.path));
      if (reader_.header().generation == generation) return {};
    }
    return make_error<MsgId::JNLBADLABEL>(source_.current_path, fmt::format("generation {}", generation), "none");
  }

  struct Generation {
    std::string path;
    std::uint64_t number;
  };
  MergeSource source_;
  std::vector<Generation> generations_;  ///< still to read, newest first
  JournalReader reader_;
  Record record_;
  TransactionBody body_;
  bool at_end_ = false;
};

TransactionMerge::TransactionMerge() = default;
TransactionMerge::TransactionMerge(TransactionMerge&&) noexcept = default;
TransactionMerge& TransactionMerge::operator=(TransactionMerge&&) noexcept = default;
TransactionMerge::~TransactionMerge() = default;

Result<TransactionMerge> TransactionMerge::open(const std::vector<MergeSource>& sources, Seqno first) {
  TransactionMerge merge;
  for (const MergeSource& source : sources) {
    HW_TRY(auto region, Region::open(source, first));
    merge.regions_.push_back(std::move(region));
  }
  return merge;
}

Result<bool> TransactionMerge::next(std::vector<Part>& parts) {
  // Those of the last call were views into the readers, so they move on only now.
  for (const Part& part : parts) {
    HW_CHECK_LT(part.region, regions_.size());
    HW_TRY_VOID(regions_[part.region]->advance(hw::next(part.header.seqno)));
  }
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
  HW_CHECK(!parts.empty());
  return true;
}

}  // namespace hw

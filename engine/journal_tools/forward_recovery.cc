#include "engine/journal_tools/forward_recovery.h"

#include <algorithm>

#include "engine/base/boot.h"
#include "engine/base/failpoint.h"
#include "engine/base/shared_memory.h"
#include "engine/base/sync_point.h"
#include "engine/commit/redo_batch.h"
#include "engine/extract/transaction_text.h"
#include "engine/recovery/checkpoint.h"
#include "engine/recovery/recovery.h"
#include "engine/region/region_write.h"

namespace hw {
namespace {

constexpr std::uint64_t kProgressTransactions = 20'000;

/// After everything that a database holds.
struct Place {
  std::uint64_t generation = 0;
  std::uint64_t offset = 0;
  friend auto operator<=>(const Place&, const Place&) = default;
};

Place place_of(const RegionHeader& header) { return {header.generation, header.offset}; }

/// One database under recovery.
class Target {
 public:
  Target(RegionFiles& files, const std::string& database) : files_(files), database_(database) {}

  Status take() {
    HW_TRY(access_, RegionAccess::take(database_, nullptr));
    HW_TRY_VOID(access_->require_alone());
    OpenRegion& region = access_->region();
    const ControlState& state = access_->state();
    const bool same_boot = is_this_boot(state.boot);
    if (!state.clean && (!same_boot || state.pool_id >= 0)) return make_error<MsgId::HWNOTRESTORED>(database_);
    HW_TRY_VOID(region.open_environment(Environment::Mode::LiveWriter));
    // Without a journal, and in the same boot, the file is good however its last user ended: settle(), for one.
    if (!state.clean && !header().recovering && header().journal_state == JournalState::On)
      return make_error<MsgId::HWNOTRESTORED>(database_);
    result.path = database_;
    result.was_journaled = header().journal_state == JournalState::On;
    result.was_replicated = header().replicated;
    return {};
  }

  RegionHeader& header() { return access_->region().header; }
  const RegionHeader& header() const { return access_->region().header; }
  NullCollation nulls() const { return access_->region().nulls(); }

  /// The generations before those named, as far as the database needs them.
  Result<std::vector<std::string>> add_earlier() {
    return add_earlier_files(files_, [&](const JournalFileHeader& oldest) {
      return oldest.generation > header().generation && !is_where_it_begins(oldest);
    });
  }

  /// Decides where to begin. Errors: those of recover_forward about files that do not go with the database.
  Status find_start(bool check_place) {
    const ListedFile& first = files_.front();
    const JournalFileHeader& oldest = first.info.header;
    start_ = place_of(header());
    next_seqno_ = header().reg_seqno;
    if (!check_place) {
      if (!header().recovering) start_ = {oldest.generation, kJournalHeaderBytes};
      return {};
    }
    if (oldest.database_id != header().database_id)
      return make_error<MsgId::JNLBADLABEL>(first.path, "a journal of " + database_, "another database's journal");
    if (!is_past_of(header().undone, header().reg_seqno, undone_by_end()))
      return make_error<MsgId::HWUNDONE>(files_.back().path, database_);
    if (start_.generation < oldest.generation) {
      if (!is_where_it_begins(oldest)) return no_match("beginning");
      start_ = {oldest.generation, kJournalHeaderBytes};
    }
    if (start_ > end_of_files()) return no_match("ending");
    seqno_at_start_ = oldest.first_seqno;
    start_found_ = start_ == Place{oldest.generation, kJournalHeaderBytes};
    return {};
  }

  /// Takes note of a record, of which all before `start` are to tell whether the database is what it says.
  void pass(const RecordMerge::Part& part) {
    const Place behind = place_behind(part);
    const bool transaction = part.record.header.type == RecordType::Transaction;
    if (behind > start_) {
      if (transaction && seqno_behind_ == Seqno{0}) seqno_behind_ = part.record.header.seqno;
      return;
    }
    start_found_ = start_found_ || behind == start_;
    if (transaction) seqno_at_start_ = std::max(seqno_at_start_, next(part.record.header.seqno));
  }

  /// After all records have passed. The region's seqno is between its transactions before and after that place: a
  /// backup's copy has the instance's, and the last transactions may have been in other regions. Errors: JNLDBTNNOMATCH
  /// when the database has been changed since it was at that place.
  Status check_start() const {
    const bool at_a_file = start_.offset == kJournalHeaderBytes;
    const bool before = seqno_behind_ == Seqno{0} || header().reg_seqno <= seqno_behind_;
    if ((start_found_ || at_a_file) && seqno_at_start_ <= header().reg_seqno && before) return {};
    return no_match("beginning");
  }

  /// The database does not have this part.
  bool lacks(const RecordMerge::Part& part) const { return place_behind(part) > start_; }
  /// Whether a part of transaction `seqno` would be in the files, if there is one.
  bool files_reach(Seqno seqno) const { return files_.front().info.header.first_seqno <= seqno; }

  Status mark() {
    OpenRegion& region = access_->region();
    place_ = start_;
    header().recovering = true;
    header().undone = undone_by_end();
    header().journal_state = JournalState::Off;
    header().replicated = false;
    move_header();
    HW_TRY_VOID(region.write_header());
    HW_TRY_VOID(access_->write_state(ControlState::open_alone(header().database_id)));
    return remove_file(image_path(database_));
  }

  /// Takes its part of a transaction into the batch, unless the database has it. Returns how many bytes more the batch
  /// takes.
  std::size_t add(const RecordMerge::Part& part) {
    if (!lacks(part)) return 0;
    place_ = place_behind(part);
    next_seqno_ = std::max(next_seqno_, next(part.record.header.seqno));
    ++result.transactions;
    if (!batch_) batch_ = std::make_unique<RedoBatch>(access_->region().environment.used_bytes());
    const std::size_t before = batch_->bytes();
    batch_->add(part.transaction);
    return batch_->bytes() - before;
  }
  bool batch_is_full() const { return batch_ != nullptr && batch_->full(); }

  Status write_batch() {
    if (!batch_) return {};
    OpenRegion& region = access_->region();
    move_header();
    HW_TRY_VOID(commit_growing(region, [&](WriteTransaction& transaction) -> Status {
      HW_TRY_VOID(batch_->apply(transaction));
      return transaction.put(kHeaderKey, encode_region_header(header()));
    }));
    batch_.reset();
    fail_here(FailPoint::ForwardBatchHalf);
    return {};
  }

  /// Everything in the files is in the database.
  void reach_end() {
    place_ = std::max(place_, end_of_files());
    next_seqno_ = std::max(next_seqno_, files_.back().tail.next_seqno);
  }

  Status settle() {
    OpenRegion& region = access_->region();
    header().recovering = false;
    move_header();
    HW_TRY_VOID(region.write_header());
    HW_TRY_VOID(sync_at(SyncPoint::ForwardSettled, region.environment));
    HW_TRY_VOID(access_->write_state(ControlState::closed(header().database_id)));
    result.next_seqno = next_seqno_;
    return {};
  }

  ForwardResult::Database result;

 private:
  Place place_behind(const RecordMerge::Part& part) const {
    return {files_[part.file].info.header.generation, part.end_offset};
  }
  const Undone& undone_by_end() const { return files_.back().info.header.undone; }
  Place end_of_files() const { return {files_.back().info.header.generation, files_.back().tail.end_offset}; }

  /// The file was made when the database was as it is now, or the database has all that was before it. Both numbers,
  /// because a region without replication in an instance that has it does not count its own transactions, and settings
  /// count as commits.
  bool is_where_it_begins(const JournalFileHeader& file) const {
    return file.first_seqno <= header().reg_seqno && file.first_tn <= access_->region().environment.last_tn();
  }

  Error no_match(std::string_view which) const {
    const ListedFile& first = files_.front();
    const ListedFile& last = files_.back();
    Error error = make_error<MsgId::JNLDBTNNOMATCH>(first.path, which, first.info.header.first_tn.value + 1, database_,
                                                    access_->region().environment.last_tn().value + 1,
                                                    last.tail.last_tn.value + 1);
    error.note(
        fmt::format("The database is at sequence number {}, at 0x{:X} in generation {} of its journal; the files "
                    "are generations {} to {}, sequence numbers {} to {}",
                    header().reg_seqno, header().offset, header().generation, first.info.header.generation,
                    last.info.header.generation, first.info.header.first_seqno, last.tail.next_seqno));
    return error;
  }

  void move_header() {
    header().generation = place_.generation;
    header().offset = place_.offset;
    header().reg_seqno = next_seqno_;
  }

  RegionFiles& files_;
  const std::string database_;
  std::unique_ptr<RegionAccess> access_;
  Place start_;            ///< the database has everything before this already
  Seqno seqno_at_start_;   ///< next of the last transaction before it
  Seqno seqno_behind_{0};  ///< of the first one after it; 0: there is none
  bool start_found_ = false;
  Place place_;  ///< after everything that is in the database or in the batch
  Seqno next_seqno_;
  std::unique_ptr<RedoBatch> batch_;
};

class ForwardRecovery {
 public:
  ForwardRecovery(ForwardRequest request, const FileRights& model)
      : request_(std::move(request)),
        broken_("Broken transactions extract", request_.broken_path, extract_heading(extract_label(request_.layout)),
                model),
        lost_("Lost transactions extract", request_.lost_path,
              extract_heading(extract_label(request_.layout), "RECOVER"), model),
        judge_(request_.fences),
        text_(request_.layout) {}

  Result<ForwardResult> run() {
    HW_TRY_VOID(take_all());
    HW_TRY_VOID(check_files());
    for (Target& target : targets_) {
      HW_TRY_VOID(target.mark());
      fail_here(FailPoint::ForwardMarked);
    }
    HW_TRY_VOID(apply());
    HW_TRY_VOID(write_batch());
    HW_TRY(result_.broken, broken_.finish());
    HW_TRY(result_.lost, lost_.finish());
    for (Target& target : targets_) {
      if (complete_) target.reach_end();
      HW_TRY_VOID(target.settle());
      fail_here(FailPoint::ForwardNotSettled);
      result_.databases.push_back(target.result);
    }
    return std::move(result_);
  }

 private:
  /// In the order of their paths, as every process does.
  Status take_all() {
    std::vector<std::size_t> order;
    targets_.reserve(request_.regions.size());
    for (std::size_t i = 0; i < request_.regions.size(); ++i) {
      targets_.emplace_back(request_.regions[i], request_.databases[i]);
      order.push_back(i);
    }
    const auto& paths = request_.databases;
    std::sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) { return paths[a] < paths[b]; });
    for (std::size_t i = 1; i < order.size(); ++i)
      if (paths[order[i]] == paths[order[i - 1]])
        return make_error<MsgId::JNLBADLABEL>(request_.regions[order[i]].front().path,
                                              "a journal of " + paths[order[i]], "another database's journal");
    for (const std::size_t i : order) HW_TRY_VOID(targets_[i].take());
    return {};
  }

  Status check_files() {
    for (std::size_t i = 0; i < targets_.size(); ++i) {
      if (request_.follow_links && request_.check_place) {
        HW_TRY(const auto added, targets_[i].add_earlier());
        for (const std::string& path : added)
          if (request_.on_earlier_file) request_.on_earlier_file(path, request_.databases[i]);
      }
      HW_TRY_VOID(check_continuity(request_.regions[i]));
      HW_TRY_VOID(targets_[i].find_start(request_.check_place));
    }
    return check_records();
  }

  /// Reads everything once before anything is changed: no record is damaged, each database is where it says, and no
  /// transaction that one of them lacks reaches back to before another one's files.
  Status check_records() {
    HW_TRY(RecordMerge merge, RecordMerge::open(request_.regions));
    std::vector<RecordMerge::Part> parts;
    for (;;) {
      HW_TRY(const bool more, merge.next(parts));
      if (!more) break;
      for (const RecordMerge::Part& part : parts) targets_[part.region].pass(part);
      const RecordMerge::Part& first = parts.front();
      if (first.record.header.type != RecordType::Transaction || request_.fences == Fences::None ||
          parts.size() >= first.transaction.participants || !is_lacking(parts))
        continue;
      const Seqno seqno = first.record.header.seqno;
      if (!all_reach(seqno))
        return make_error<MsgId::HWRECOVERPART>(seqno, seqno.value, first.transaction.participants, parts.size());
    }
    for (const Target& target : targets_)
      if (request_.check_place) HW_TRY_VOID(target.check_start());
    return {};
  }

  /// One of the databases does not have its part yet.
  bool is_lacking(const std::vector<RecordMerge::Part>& parts) const {
    return std::any_of(parts.begin(), parts.end(),
                       [&](const RecordMerge::Part& part) { return targets_[part.region].lacks(part); });
  }
  bool all_reach(Seqno seqno) const {
    return std::all_of(targets_.begin(), targets_.end(),
                       [&](const Target& target) { return target.files_reach(seqno); });
  }

  Status apply() {
    HW_TRY(RecordMerge merge, RecordMerge::open(request_.regions));
    std::vector<RecordMerge::Part> parts;
    std::optional<Seqno> expected;
    std::uint64_t transactions = 0;
    bool begun = !request_.after_us;
    for (;;) {
      HW_TRY(const bool more, merge.next(parts));
      if (!more) return {};
      const RecordMerge::Part& first = parts.front();
      const RecordHeader& header = first.record.header;
      if (header.type != RecordType::Transaction || !is_lacking(parts)) continue;
      if (request_.before_us && header.time_us > *request_.before_us) {
        complete_ = false;
        return {};
      }
      begun = begun || header.time_us >= *request_.after_us;  // From there on none may be missing between two others.
      if (!begun) {
        complete_ = false;
        continue;
      }
      if (request_.whole_instance && !result_.missing && expected && header.seqno != *expected && all_reach(*expected))
        result_.missing = *expected;
      expected = next(header.seqno);
      const Standing standing = result_.missing ? Standing::Lost : judge_.judge(parts);
      if (standing != Standing::Whole) {
        complete_ = false;
        HW_TRY_VOID(write_down(standing, parts));
        continue;
      }
      bool full = false;
      for (const RecordMerge::Part& part : parts) {
        Target& target = targets_[part.region];
        batch_bytes_ += target.add(part);
        full = full || target.batch_is_full();
      }
      if (full || batch_bytes_ >= request_.batch_bytes) HW_TRY_VOID(write_batch());
      if (++transactions % kProgressTransactions == 0 && request_.on_progress) request_.on_progress(transactions);
    }
  }

  Status write_batch() {
    for (Target& target : targets_) HW_TRY_VOID(target.write_batch());
    batch_bytes_ = 0;
    return {};
  }

  Status write_down(Standing standing, const std::vector<RecordMerge::Part>& parts) {
    TextOutput& output = standing == Standing::Broken ? broken_ : lost_;
    if (!(standing == Standing::Broken ? request_.write_broken : request_.write_lost)) return {};
    std::vector<TextPart> texts;
    for (const RecordMerge::Part& part : parts) {
      const bool replicated = request_.regions[part.region][part.file].info.header.replicated;
      const RecordHeader& header = part.record.header;
      const Seqno shown = replicated ? header.seqno : Seqno{part.transaction.fenced ? header.time_us : 0};
      texts.push_back({{header.time_us, header.tn.value, part.transaction.pid, shown},
                       part.transaction,
                       targets_[part.region].nulls()});
    }
    HW_TRY_VOID(text_.append(output.buffer(), texts));
    return output.wrote();
  }

  ForwardRequest request_;
  TextOutput broken_, lost_;
  FenceJudge judge_;
  TransactionText text_;
  std::vector<Target> targets_;
  ForwardResult result_;
  std::uint64_t batch_bytes_ = 0;
  bool complete_ = true;  ///< every transaction of the files is in the databases
};

}  // namespace

Result<ForwardResult> recover_forward(ForwardRequest request) {
  std::vector<FileRights> models;  // What is lost or broken is for those who may read all of the files.
  for (const RegionFiles& files : request.regions)
    for (const auto& file : files) {
      HW_TRY(models.emplace_back(), rights_of(file.path));
    }
  const FileRights model = models.empty() ? SharedMemory::own_rights() : common_rights(models);
  return ForwardRecovery(std::move(request), model).run();
}

}  // namespace hw

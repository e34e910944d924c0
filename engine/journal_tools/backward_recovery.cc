#include "engine/journal_tools/backward_recovery.h"

#include <algorithm>
#include <cerrno>

#include "engine/base/boot.h"
#include "engine/extract/transaction_text.h"
#include "engine/recovery/journal_end.h"
#include "engine/recovery/recovery.h"
#include "engine/recovery/rollback.h"
#include "engine/recovery/undo.h"
#include "engine/region/copy_check.h"
#include "journal/record_merge.h"

namespace hw {
namespace {

Status refuse_unfit(RegionAccess& access) {
  HW_TRY_VOID(access.require_alone());
  OpenRegion& region = access.region();
  RegionHeader header;
  if (access.needs_recovery()) {
    HW_TRY(header, header_before_recovery(region, is_this_boot(access.state().boot)));
  } else {
    HW_TRY_VOID(region.open_environment(Environment::Mode::LiveWriter));
    header = region.header;
  }
  if (header.recovering) return make_error<MsgId::MUPJNLINTERRUPT>(region.path);
  if (header.replicated) return make_error<MsgId::HWUSEROLLBACK>(region.path);
  if (header.journal_state != JournalState::On) return make_error<MsgId::JNLSTATEOFF>(region.path);
  return {};
}

/// The journal files of a clean region that hold everything later than `time_us`.
Result<RegionFiles> files_since(const OpenRegion& region, std::uint64_t time_us) {
  const RegionHeader& header = region.header;
  const std::string paths[] = {header.journal_path};
  HW_TRY(auto regions, list_journal_files(paths, [&](const std::string&, const JournalFileHeader&) {
           JournalTail tail;
           tail.end_offset = header.offset;
           tail.last_record_bytes = header.last_record_bytes;
           tail.next_seqno = header.reg_seqno;
           return Result<std::optional<JournalTail>>(tail);
         }));
  RegionFiles& files = regions.front();
  HW_TRY_VOID(require_own_journal(region, header.generation, files.back().path, files.back().info.header));
  HW_TRY(const auto added,
         add_earlier_files(files, [&](const JournalFileHeader& oldest) { return oldest.created_us > time_us; }));
  (void)added;
  const JournalFileHeader& oldest = files.front().info.header;
  if (oldest.created_us <= time_us) return std::move(files);
  if (oldest.previous_path.empty()) return make_error<MsgId::NOPREVLINK>(files.front().path);
  return make_error<MsgId::JNLFILEOPNERR>(oldest.previous_path).with_errno(ENOENT);
}

/// What is later than a time, and what a region has after such a transaction, whatever its time: times go back in
/// journals of earlier versions where the clock was set back.
class LaterTransactions {
 public:
  LaterTransactions(std::vector<OpenRegion*> regions, std::uint64_t time_us)
      : regions_(std::move(regions)), time_us_(time_us) {}

  /// Finds the journals, and where each region is to be cut.
  Status find() {
    for (const OpenRegion* region : regions_) {
      HW_TRY(RegionFiles files, files_since(*region, time_us_));
      HW_TRY_VOID(check_continuity(files));
      files_.push_back(std::move(files));
      cuts_.push_back(region->header.reg_seqno);
    }
    std::vector<Seqno> kept(regions_.size());
    std::vector<bool> cut(regions_.size());
    return for_each([&](const std::vector<RecordMerge::Part>& parts) -> Status {
      const RecordHeader& header = parts.front().record.header;
      const unsigned participants = parts.front().transaction.participants;
      // A part in a region that is cut already takes the other parts with it.
      const bool stays =
          header.time_us <= time_us_ &&
          std::none_of(parts.begin(), parts.end(), [&](const RecordMerge::Part& part) { return cut[part.region]; });
      if (!stays && parts.size() < participants)
        return make_error<MsgId::HWRECOVERPART>(header.seqno, header.seqno.value, participants, parts.size());
      for (const RecordMerge::Part& part : parts) {
        if (stays) kept[part.region] = header.seqno;
        if (stays || cut[part.region]) continue;
        // A region without replication in an instance that has it does not count its own transactions.
        if (kept[part.region] == header.seqno) return make_error<MsgId::HWUSEROLLBACK>(regions_[part.region]->path);
        cut[part.region] = true;
        cuts_[part.region] = header.seqno;
      }
      if (!stays) ++count_;
      return {};
    });
  }

  Status write(TextOutput& output, ExtractLayout layout) const {
    TransactionText text(layout);
    return for_each([&](const std::vector<RecordMerge::Part>& parts) -> Status {
      if (!is_cut(parts.front())) return {};  // Then its other parts are not, either.
      std::vector<TextPart> texts;
      for (const RecordMerge::Part& part : parts) {
        const RecordHeader& header = part.record.header;
        const OpenRegion& region = *regions_[part.region];
        texts.push_back({{header.time_us, header.tn.value + region.header.tn_base, part.transaction.pid,
                          Seqno{part.transaction.fenced ? header.time_us : 0}},
                         part.transaction,
                         region.nulls()});
      }
      HW_TRY_VOID(text.append(output.buffer(), texts));
      return output.wrote();
    });
  }

  std::span<const Seqno> cuts() const { return cuts_; }
  std::uint64_t count() const { return count_; }

 private:
  bool is_cut(const RecordMerge::Part& part) const { return part.record.header.seqno >= cuts_[part.region]; }

  template <typename Take>
  Status for_each(const Take& take) const {
    HW_TRY(RecordMerge merge, RecordMerge::open(files_));
    std::vector<RecordMerge::Part> parts;
    for (;;) {
      HW_TRY(const bool more, merge.next(parts));
      if (!more) return {};
      if (parts.front().record.header.type == RecordType::Transaction) HW_TRY_VOID(take(parts));
    }
  }

  std::vector<OpenRegion*> regions_;
  std::uint64_t time_us_;
  std::vector<RegionFiles> files_;
  std::vector<Seqno> cuts_;
  std::uint64_t count_ = 0;
};

}  // namespace

Result<BackwardResult> recover_backward(std::span<RegionAccess* const> regions, const BackwardRequest& request) {
  for (RegionAccess* access : regions) HW_TRY_VOID(refuse_unfit(*access));
  HW_TRY_VOID(make_clean(regions, request.set));
  for (RegionAccess* access : regions) {
    HW_TRY_VOID(refuse_copy(access->path(), access->region().header));
    HW_TRY_VOID(refuse_behind_journal(access->region()));
  }
  BackwardResult result;
  result.lost.path = request.lost_path;
  if (!request.before_us) return result;
  std::vector<OpenRegion*> open;
  for (RegionAccess* access : regions) open.push_back(&access->region());
  LaterTransactions later(open, *request.before_us);
  HW_TRY_VOID(later.find());
  result.transactions = later.count();
  if (later.count() == 0) return result;
  if (request.write_lost) {
    std::vector<FileRights> models;
    for (const OpenRegion* region : open) {
      HW_TRY(models.emplace_back(), rights_of(region->path));
    }
    TextOutput output("Lost transactions extract", request.lost_path,
                      extract_heading(extract_label(request.layout), "RECOVER"), common_rights(models));
    HW_TRY_VOID(later.write(output, request.layout));
    HW_TRY(result.lost, output.finish());
  }
  HW_TRY_VOID(roll_back_regions(open, later.cuts()));
  return result;
}

}  // namespace hw

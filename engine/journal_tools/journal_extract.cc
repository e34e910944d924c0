#include "engine/journal_tools/journal_extract.h"

#include <map>

#include "engine/base/shared_memory.h"
#include "engine/extract/transaction_text.h"

namespace hw {
namespace {

/// What the lines of one region need to know beyond its records.
struct RegionFacts {
  NullCollation nulls = NullCollation::Standard;
  std::map<std::uint32_t, std::string> users;  ///< of the processes that have said who they are
};

class Extraction {
 public:
  Extraction(const std::vector<RegionFiles>& regions, const JournalExtractRequest& request, const FileRights& model)
      : regions_(regions),
        request_(request),
        label_(request.detail ? kDetailLabel : extract_label(request.layout)),
        extract_(request.stream != nullptr
                     ? TextOutput(*request.stream, extract_heading(label_))
                     : TextOutput("Journal extract", request.path, extract_heading(label_), model)),
        broken_("Broken transactions extract", request.broken_path, extract_heading(label_), model),
        lost_("Lost transactions extract", request.lost_path, extract_heading(label_, "EXTRACT"), model),
        judge_(request.fences),
        text_(request.layout),
        facts_(regions.size()) {
    for (std::size_t i = 0; i < regions.size(); ++i)
      if (request.nulls_of) facts_[i].nulls = request.nulls_of(regions[i].back().info.header.database_path);
  }

  Result<JournalExtractResult> run() {
    HW_TRY(RecordMerge merge, RecordMerge::open(regions_));
    std::vector<RecordMerge::Part> parts;
    TextOutput* current = &extract_;
    for (;;) {
      HW_TRY(const bool more, merge.next(parts));
      if (!more) break;
      const RecordMerge::Part& first = parts.front();
      if (first.record.header.type != RecordType::Transaction) {
        HW_TRY_VOID(append_note(*current, first));
        continue;
      }
      // To the end of the files: in those of earlier versions times go back where the clock was set back.
      if (!request_.selection.selects_time(first.record.header.time_us)) continue;
      const Standing standing = judge_.judge(parts);
      TextOutput& output = standing == Standing::Whole ? extract_ : standing == Standing::Broken ? broken_ : lost_;
      if (standing == Standing::Lost) current = &lost_;
      if ((&output == &broken_ && !request_.write_broken) || (&output == &lost_ && !request_.write_lost)) continue;
      HW_TRY_VOID(append_transaction(output, parts));
    }
    JournalExtractResult result;
    HW_TRY(result.broken, broken_.finish());
    HW_TRY(result.lost, lost_.finish());
    HW_TRY(result.extract, extract_.finish());
    return result;
  }

 private:
  ExtractStamp stamp_of(const RecordMerge::Part& part, std::uint32_t pid) const {
    const RecordHeader& header = part.record.header;
    ExtractStamp stamp{header.time_us, header.tn.value, pid, header.seqno};
    // As GT.M: without replication an update has no sequence number, and a transaction a token of its own.
    if (!regions_[part.region][part.file].info.header.replicated)
      stamp.seqno =
          Seqno{part.record.header.type == RecordType::Transaction && part.transaction.fenced ? header.time_us : 0};
    if (request_.detail) stamp.place = RecordPlace{part.offset, header.total_bytes, header.checksum};
    return stamp;
  }

  Status append_transaction(TextOutput& output, const std::vector<RecordMerge::Part>& parts) {
    const JournalSelection& selection = request_.selection;
    const RecordMerge::Part& first = parts.front();
    const std::uint32_t pid = first.transaction.pid;
    if (!selection.selects_process(pid, facts_[first.region].users[pid])) return {};
    if (!selection.selects_seqno(first.record.header.seqno)) return {};
    texts_.clear();
    for (const RecordMerge::Part& part : parts)
      texts_.push_back({stamp_of(part, pid), part.transaction, facts_[part.region].nulls});
    HW_TRY_VOID(text_.append(output.buffer(), texts_, [&](std::size_t, const JournalUpdate& one) {
      return selection.selects_update(one.update);
    }));
    return output.wrote();
  }

  /// A record that is no transaction.
  Status append_note(TextOutput& output, const RecordMerge::Part& part) {
    const JournalSelection& selection = request_.selection;
    RegionFacts& facts = facts_[part.region];
    const Record& record = part.record;
    const auto unreadable = [&] {
      return bad_record(regions_[part.region][part.file].path, part.offset, verdict_text(RecordVerdict::BadBody));
    };
    ProcessNote process;
    const bool is_process =
        record.header.type == RecordType::ProcessBegin || record.header.type == RecordType::ProcessEnd;
    if (is_process) {
      if (!decode_process(record.body, process)) return unreadable();
      facts.users[process.pid] = process.user;
      if (!selection.selects_process(process.pid, process.user)) return {};
    }
    if (!selection.selects_time(record.header.time_us)) return {};
    const ExtractStamp stamp = stamp_of(part, process.pid);
    std::string& out = output.buffer();
    switch (record.header.type) {
      case RecordType::ProcessBegin:
        append_process_begin_line(out, stamp, process.host, process.user);
        break;
      case RecordType::ProcessEnd:
        append_process_end_line(out, stamp);
        break;
      case RecordType::Epoch:
        if (request_.detail) append_epoch_line(out, stamp);
        break;
      case RecordType::Removed: {
        std::uint32_t number = 0;
        if (!decode_removed(record.body, number, removed_)) return unreadable();
        if (request_.detail) append_removed_line(out, stamp, number, removed_.size());
        break;
      }
      case RecordType::EndOfFile:
        append_end_of_file_line(out, stamp);
        break;
      case RecordType::Transaction:
        break;
    }
    return output.wrote();
  }

  const std::vector<RegionFiles>& regions_;
  const JournalExtractRequest& request_;
  const std::string_view label_;
  TextOutput extract_, broken_, lost_;
  FenceJudge judge_;
  TransactionText text_;
  std::vector<RegionFacts> facts_;
  std::vector<TextPart> texts_;
  std::vector<RemovedNode> removed_;
};

}  // namespace

Result<JournalExtractResult> extract_journals(const std::vector<RegionFiles>& regions,
                                              const JournalExtractRequest& request) {
  std::vector<FileRights> models;  // What is extracted is for those who may read all of the files.
  for (const RegionFiles& files : regions)
    for (const auto& file : files) {
      HW_TRY(models.emplace_back(), rights_of(file.path));
    }
  return Extraction(regions, request, models.empty() ? SharedMemory::own_rights() : common_rights(models)).run();
}

}  // namespace hw

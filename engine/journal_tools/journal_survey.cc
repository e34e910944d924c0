#include "engine/journal_tools/journal_survey.h"

#include <algorithm>
#include <map>

#include "journal/reader.h"

namespace hw {
namespace {

RecordCount kind_of(UpdateType type, bool fenced, bool first) {
  switch (type) {
    case UpdateType::Kill:
      return !fenced ? RecordCount::Kill : first ? RecordCount::TKill : RecordCount::UKill;
    case UpdateType::Set:
      return !fenced ? RecordCount::Set : first ? RecordCount::TSet : RecordCount::USet;
    case UpdateType::ZKill:
      break;
  }
  return !fenced ? RecordCount::ZKill : first ? RecordCount::TZKill : RecordCount::UZKill;
}

class Surveyor {
 public:
  Surveyor(const std::vector<RegionFiles>& regions, const JournalSelection& selection)
      : regions_(regions), selection_(selection), users_(regions.size()) {
    for (const RegionFiles& files : regions) surveys_.emplace_back(files.size());
  }

  Status take(std::span<const RecordMerge::Part> parts, Standing standing) {
    for (const RecordMerge::Part& part : parts) HW_TRY_VOID(take(part, standing));
    return {};
  }

  std::vector<std::vector<FileSurvey>> done() {
    for (auto& files : surveys_)
      for (FileSurvey& survey : files)
        std::erase_if(survey.processes, [](const SeenProcess& process) { return !process.seen; });
    return std::move(surveys_);
  }

 private:
  static void count(FileSurvey& survey, RecordCount kind) { ++survey.counts[static_cast<std::size_t>(kind)]; }

  /// Every record is decoded, selected or not: a bad one is an error.
  Status take(const RecordMerge::Part& part, Standing standing) {
    FileSurvey& survey = surveys_[part.region][part.file];
    const Record& record = part.record;
    bool good = true;
    switch (record.header.type) {
      case RecordType::Transaction:
        take_transaction(part, standing);
        break;
      case RecordType::ProcessBegin:
      case RecordType::ProcessEnd:
        good = take_process(part, survey);
        break;
      case RecordType::Epoch: {
        Epoch epoch;
        good = decode_epoch(record.body, epoch);
        count_without_process(survey, record, RecordCount::Epoch);
        break;
      }
      case RecordType::Removed: {
        std::uint32_t number = 0;
        good = decode_removed(record.body, number, nodes_);
        count_without_process(survey, record, RecordCount::Removed);
        break;
      }
      case RecordType::EndOfFile:
        count_without_process(survey, record, RecordCount::Eof);
        break;
    }
    if (good) return {};
    return bad_record(regions_[part.region][part.file].path, part.offset, verdict_text(RecordVerdict::BadBody));
  }

  void count_without_process(FileSurvey& survey, const Record& record, RecordCount kind) const {
    if (!selection_.users.empty() || !selection_.pids.empty()) return;
    if (selection_.selects_time(record.header.time_us) && selection_.selects_seqno(record.header.seqno))
      count(survey, kind);
  }

  void take_transaction(const RecordMerge::Part& part, Standing standing) {
    const RecordHeader& header = part.record.header;
    const TransactionBody& body = part.transaction;
    if (!selection_.selects_time(header.time_us) || !selection_.selects_seqno(header.seqno)) return;
    if (!selection_.selects_process(body.pid, users_[part.region][body.pid])) return;
    FileSurvey& survey = surveys_[part.region][part.file];
    count_transaction(survey, body);
    if (SeenProcess* process = latest(survey, body.pid)) process->seen = true;
    if (standing != Standing::Broken) return;
    // It may have said who it is in an earlier file.
    for (FileSurvey& file : surveys_[part.region])
      for (SeenProcess& process : file.processes) process.broken = process.broken || process.pid == body.pid;
  }

  void count_transaction(FileSurvey& survey, const TransactionBody& body) const {
    const auto updates = transaction_updates(body);
    if (updates.empty()) count(survey, RecordCount::Null);
    bool first = true;
    for (const JournalUpdate& one : updates) {
      if (selection_.selects_update(one.update)) count(survey, kind_of(one.update.type, body.fenced, first));
      first = false;
    }
    if (body.fenced) count(survey, RecordCount::TCom);
  }

  /// False when the record cannot be read.
  bool take_process(const RecordMerge::Part& part, FileSurvey& survey) {
    const RecordHeader& header = part.record.header;
    ProcessNote note;
    if (!decode_process(part.record.body, note)) return false;
    users_[part.region][note.pid] = note.user;
    if (!selection_.selects_process(note.pid, note.user)) return true;
    const bool in_time = selection_.selects_time(header.time_us);
    if (header.type == RecordType::ProcessBegin) {
      if (in_time) count(survey, RecordCount::Pini);
      survey.processes.push_back({.pid = note.pid,
                                  .node = std::string(note.host),
                                  .user = std::string(note.user),
                                  .begun_us = header.time_us,
                                  .seen = in_time});
    } else if (in_time) {
      count(survey, RecordCount::Pfin);
      if (SeenProcess* process = latest(survey, note.pid)) process->ended = process->seen = true;
    }
    return true;
  }

  /// The process of that number that has begun last in the file; null: it began in another one.
  static SeenProcess* latest(FileSurvey& survey, std::uint32_t pid) {
    const auto its = std::find_if(survey.processes.rbegin(), survey.processes.rend(),
                                  [&](const SeenProcess& process) { return process.pid == pid; });
    return its == survey.processes.rend() ? nullptr : &*its;
  }

  const std::vector<RegionFiles>& regions_;
  const JournalSelection& selection_;
  std::vector<std::map<std::uint32_t, std::string>> users_;  ///< by region and process
  std::vector<std::vector<FileSurvey>> surveys_;
  std::vector<RemovedNode> nodes_;
};

}  // namespace

Result<std::vector<std::vector<FileSurvey>>> survey_journals(const std::vector<RegionFiles>& regions, Fences fences,
                                                             const JournalSelection& selection) {
  HW_TRY(RecordMerge merge, RecordMerge::open(regions));
  Surveyor surveyor(regions, selection);
  FenceJudge judge(fences);
  std::vector<RecordMerge::Part> parts;
  for (;;) {
    HW_TRY(const bool more, merge.next(parts));
    if (!more) return surveyor.done();
    const bool transaction = parts.front().record.header.type == RecordType::Transaction;
    HW_TRY_VOID(surveyor.take(parts, transaction ? judge.judge(parts) : Standing::Whole));
  }
}

Status verify_journal(const ListedFile& file) {
  HW_TRY(const auto surveys, survey_journals({{file}}, Fences::None));
  (void)surveys;
  return {};
}

}  // namespace hw

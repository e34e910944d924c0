#include "engine/journal_tools/journal_survey.h"

#include <algorithm>

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
  explicit Surveyor(const std::vector<RegionFiles>& regions) : regions_(regions) {
    for (const RegionFiles& files : regions) surveys_.emplace_back(files.size());
  }

  Status take(std::span<const RecordMerge::Part> parts, Standing standing) {
    for (const RecordMerge::Part& part : parts) HW_TRY_VOID(take(part, standing));
    return {};
  }

  std::vector<std::vector<FileSurvey>> done() { return std::move(surveys_); }

 private:
  static void count(FileSurvey& survey, RecordCount kind) { ++survey.counts[static_cast<std::size_t>(kind)]; }

  Status take(const RecordMerge::Part& part, Standing standing) {
    FileSurvey& survey = surveys_[part.region][part.file];
    const Record& record = part.record;
    bool good = true;
    switch (record.header.type) {
      case RecordType::Transaction:
        count_transaction(survey, part.transaction);
        if (standing == Standing::Broken) {
          // It may have said who it is in an earlier file.
          for (FileSurvey& file : surveys_[part.region])
            for (SeenProcess& process : file.processes)
              process.broken = process.broken || process.pid == part.transaction.pid;
        }
        break;
      case RecordType::ProcessBegin:
      case RecordType::ProcessEnd:
        good = take_process(survey, record);
        break;
      case RecordType::Epoch: {
        Epoch epoch;
        good = decode_epoch(record.body, epoch);
        count(survey, RecordCount::Epoch);
        break;
      }
      case RecordType::Removed: {
        std::uint32_t number = 0;
        good = decode_removed(record.body, number, nodes_);
        count(survey, RecordCount::Removed);
        break;
      }
      case RecordType::EndOfFile:
        count(survey, RecordCount::Eof);
        break;
    }
    if (good) return {};
    return bad_record(regions_[part.region][part.file].path, part.offset, verdict_text(RecordVerdict::BadBody));
  }

  static void count_transaction(FileSurvey& survey, const TransactionBody& body) {
    const auto updates = transaction_updates(body);
    if (updates.empty()) count(survey, RecordCount::Null);
    bool first = true;
    for (const JournalUpdate& one : updates) {
      count(survey, kind_of(one.update.type, body.fenced, first));
      first = false;
    }
    if (body.fenced) count(survey, RecordCount::TCom);
  }

  static bool take_process(FileSurvey& survey, const Record& record) {
    ProcessNote note;
    if (!decode_process(record.body, note)) return false;
    if (record.header.type == RecordType::ProcessBegin) {
      count(survey, RecordCount::Pini);
      survey.processes.push_back({note.pid, std::string(note.host), std::string(note.user), record.header.time_us});
      return true;
    }
    count(survey, RecordCount::Pfin);
    const auto its = std::find_if(survey.processes.rbegin(), survey.processes.rend(),
                                  [&](const SeenProcess& process) { return process.pid == note.pid; });
    if (its != survey.processes.rend()) its->ended = true;
    return true;
  }

  const std::vector<RegionFiles>& regions_;
  std::vector<std::vector<FileSurvey>> surveys_;
  std::vector<RemovedNode> nodes_;
};

}  // namespace

Result<std::vector<std::vector<FileSurvey>>> survey_journals(const std::vector<RegionFiles>& regions, Fences fences) {
  HW_TRY(RecordMerge merge, RecordMerge::open(regions));
  Surveyor surveyor(regions);
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

// journal -show: what was asked for, gathered from the files.
#include "mupip/journal/show_files.h"

#include <algorithm>

#include "engine/journal_tools/journal_files.h"
#include "engine/journal_tools/journal_survey.h"
#include "journal/reader.h"

namespace hw::mupip {
namespace {

/// The first process that wrote to the file; none when there was none. Reads no further than that.
Result<std::optional<SeenProcess>> first_process(const ListedFile& file) {
  HW_TRY(JournalReader reader, JournalReader::open(file.path));
  reader.set_end(file.tail.end_offset);
  Record record;
  for (;;) {
    HW_TRY(const bool more, reader.next(record));
    ProcessNote note;
    if (!more) return std::optional<SeenProcess>();
    if (record.header.type != RecordType::ProcessBegin || !decode_process(record.body, note)) continue;
    return std::optional(SeenProcess{.pid = note.pid,
                                     .node = std::string(note.host),
                                     .user = std::string(note.user),
                                     .begun_us = record.header.time_us});
  }
}

}  // namespace

ShowWhat what_to_show(const QualifierSet& asked) {
  constexpr std::string_view kParts[] = {"HEADER", "PROCESSES", "ACTIVE_PROCESSES", "BROKEN_TRANSACTIONS",
                                         "STATISTICS"};
  // Where none is named, a negated one is left out of all.
  const bool all = asked.has("ALL") || std::ranges::none_of(kParts, [&](auto name) { return asked.has(name); });
  const auto wanted = [&](std::string_view name) { return asked.has(name) || (all && !asked.negated(name)); };
  return {wanted("HEADER"), wanted("PROCESSES"), wanted("ACTIVE_PROCESSES"), wanted("BROKEN_TRANSACTIONS"),
          wanted("STATISTICS")};
}

Result<FileUse> use_of(const ListedFile& file) {
  if (file.info.closing) return FileUse::Closed;
  HW_TRY(const DatabaseUse use, database_use(file.path, file.info.header));
  return use == DatabaseUse::Closed ? FileUse::Closed : use == DatabaseUse::Live ? FileUse::Open : FileUse::Crashed;
}

Status show_files(const ShowWhat& what, const Request& request, const std::vector<RegionFiles>& regions,
                  Console& console) {
  std::vector<std::vector<FileSurvey>> surveys;
  if (what.needs_records()) {
    HW_TRY(surveys, survey_journals(regions, request.fences, request.selection));
  }
  for (std::size_t i = 0; i < regions.size(); ++i) {
    for (std::size_t k = 0; k < regions[i].size(); ++k) {
      const ListedFile& file = regions[i][k];
      HW_TRY(const FileUse use, use_of(file));
      std::optional<SeenProcess> first;
      if (what.header) {
        HW_TRY(first, first_process(file));
      }
      show_journal(console.err, file, surveys.empty() ? nullptr : &surveys[i][k], first ? &*first : nullptr, use, what);
    }
  }
  return {};
}

}  // namespace hw::mupip

/// engine/journal_tools/journal_survey.h -- what journal files hold, counted; and whether every record in them is
/// whole.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "engine/journal_tools/fences.h"
#include "engine/journal_tools/journal_selection.h"
#include "journal/file_list.h"

namespace hw {

/// What GT.M's statistics call the records, and ours that have no counterpart there.
enum class RecordCount {
  Pini,
  Pfin,
  Kill,
  Set,
  Epoch,
  Eof,
  TKill,
  UKill,
  TSet,
  USet,
  TCom,
  Null,
  ZKill,
  TZKill,
  UZKill,
  Removed,
  End
};

struct SeenProcess {
  std::uint32_t pid = 0;
  std::string node;
  std::string user;
  std::uint64_t begun_us = 0;
  bool ended = false;   ///< it closed the database in this file
  bool broken = false;  ///< it has a transaction of which the files at hand lack a part
  bool seen = false;    ///< a record of it is within the times asked for
};

struct FileSurvey {
  std::array<std::uint64_t, static_cast<std::size_t>(RecordCount::End)> counts{};
  std::vector<SeenProcess> processes;  ///< in the order of their ProcessBegin records
};

/// Reads all records of all files. [region][file]. Counts what `selection` lets through: times and processes of every
/// record, and a process without a selected record is left out; seqnos of all but the processes' records; globals,
/// values and kinds of updates. What has no process (epochs, ends of files) is not counted where processes are named.
/// Source: `mupip journal -show=statistics` of GT.M V7.0-005.
/// Errors: JNLBADRECFMT with file and offset; JNLFILEOPNERR. Blocks: reads every file once. Memory: one record a
/// region.
Result<std::vector<std::vector<FileSurvey>>> survey_journals(const std::vector<RegionFiles>& regions, Fences fences,
                                                             const JournalSelection& selection = {});

/// Checks every record of one file up to its end, bodies included. Errors: as survey_journals.
Status verify_journal(const ListedFile& file);

}  // namespace hw

/// mupip/journal/journal_show.h -- the texts of mupip journal -show.
#pragma once

#include <ostream>

#include "engine/journal_tools/journal_survey.h"

namespace hw::mupip {

/// What of a file is asked for.
struct ShowWhat {
  bool header = false;
  bool processes = false;
  bool active_processes = false;
  bool broken_transactions = false;
  bool statistics = false;
  bool needs_records() const { return processes || active_processes || broken_transactions || statistics; }
};

/// How a file was left, which only the database beside it knows.
enum class FileUse { Closed, Open, Crashed };

/// `survey` may be null when only the header is asked for. `first`: the first process that wrote to the file; null:
/// none.
void show_journal(std::ostream& out, const ListedFile& file, const FileSurvey* survey, const SeenProcess* first,
                  FileUse use, const ShowWhat& what);

}  // namespace hw::mupip

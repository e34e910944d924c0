/// engine/journal_tools/journal_extract.h -- `mupip journal -extract`: what journal files hold, as lines of text.
///
/// Three files: the extract itself; broken transactions, of which the files given lack a part; lost transactions, those
/// after a broken one, which may have been made on top of it. Source: layouts and files observed on GT.M V7.0-005.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "engine/extract/extract_line.h"
#include "engine/extract/text_output.h"
#include "engine/journal_tools/fences.h"
#include "engine/journal_tools/journal_selection.h"
#include "journal/file_list.h"

namespace hw {

struct JournalExtractRequest {
  std::string path;                ///< of the extract
  std::ostream* stream = nullptr;  ///< where it goes in place of `path`
  std::string broken_path;
  std::string lost_path;
  bool write_broken = true;
  bool write_lost = true;
  bool detail = false;
  ExtractLayout layout = ExtractLayout::V7;
  Fences fences = Fences::Process;
  JournalSelection selection;
  /// How a region stores the empty subscript, by the path of its database; none: standard.
  std::function<NullCollation(const std::string& database)> nulls_of;
};

struct JournalExtractResult {
  TextOutcome extract;
  TextOutcome broken;
  TextOutcome lost;
};

/// Errors: FILENOTCREATE, EXTRIOERR with the system's reason; JNLBADRECFMT naming file and offset; JNLFILEOPNERR.
/// Nothing is left under any of the three names then. Blocks: reads the files once. Memory: one transaction.
Result<JournalExtractResult> extract_journals(const std::vector<RegionFiles>& regions,
                                              const JournalExtractRequest& request);

}  // namespace hw

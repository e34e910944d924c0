/// mupip/journal/show_files.h -- journal -show: reads the files and shows them.
#pragma once

#include "mupip/journal/journal_request.h"
#include "mupip/journal/journal_show.h"

namespace hw::mupip {

/// `asked`: the keywords of -show.
ShowWhat what_to_show(const QualifierSet& asked);

/// Errors: those of the database that the file names.
Result<FileUse> use_of(const ListedFile& file);

/// Shows each file on `err`: of the records those that the request selects, of the header everything.
/// Errors: those of survey_journals and use_of. Blocks: reads the files, unless only headers are asked for.
Status show_files(const ShowWhat& what, const Request& request, const std::vector<RegionFiles>& regions,
                  Console& console);

}  // namespace hw::mupip

/// mupip/journal/journal_qualifiers.h -- what mupip journal's qualifiers say, checked.
#pragma once

#include <string>
#include <vector>

#include "engine/cli/qualifier.h"
#include "engine/journal_tools/fences.h"
#include "engine/journal_tools/journal_selection.h"

namespace hw::mupip {

/// A time as given: of the clock, or so long before the last record of the journals. It names a whole second.
struct GivenTime {
  std::uint64_t us = 0;
  bool before_last = false;
  /// Where the second begins. `last_us`: time of the last record of all files.
  std::uint64_t begin(std::uint64_t last_us) const {
    const std::uint64_t at = !before_last ? us : us < last_us ? last_us - us : 0;
    return at - at % 1'000'000;
  }
  /// Its last microsecond.
  std::uint64_t end(std::uint64_t last_us) const { return begin(last_us) + 999'999; }
};

/// `25-NOV-2026 10:00[:00[:00]]`, `25-NOV-2026`, `-- 10:00[:00[:00]]` or without the dashes (today), or
/// `days hours:minutes[:seconds[:hundredths]]`; local time. Hundredths do not count. None for anything else.
/// Source: observed on GT.M V7.0-005, which has no form with neither date nor dashes.
std::optional<GivenTime> parse_time(std::string_view text);

/// The qualifier's time; none when it is not given. Errors: INVQUALTIME with MUPCLIERR.
Result<std::optional<GivenTime>> time_of(const QualifierSet& command, std::string_view name);

/// -global, -gvpatfile, -user, -id, -seqno and -transaction; not the times. Errors: FILEOPENFAIL for the pattern file,
/// INVGLOBALQUAL, INVIDQUAL, INVSEQNOQUAL, INVTRNSQUAL, each with MUPCLIERR.
Result<JournalSelection> selection_of(const QualifierSet& command);

Fences fences_of(const QualifierSet& command);

/// -redirect=old=new,…: absolute paths. Errors: INVREDIRQUAL with MUPCLIERR.
Result<std::vector<std::pair<std::string, std::string>>> redirections_of(const QualifierSet& command);

/// `2026/11/25 16:22:48`, local time.
std::string display_time(std::uint64_t time_us);

}  // namespace hw::mupip

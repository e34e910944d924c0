/// mupip/journal_qualifiers.h -- what mupip journal's qualifiers say, checked.
#pragma once

#include <string>
#include <vector>

#include "engine/base/qualifier.h"
#include "engine/fences.h"
#include "engine/journal_selection.h"

namespace hw::mupip {

/// A time as given: of the clock, or so long before the last record of the journals.
struct GivenTime {
  std::uint64_t us = 0;
  bool before_last = false;
  /// `last_us`: time of the last record of all files.
  std::uint64_t at(std::uint64_t last_us) const {
    if (!before_last) return us;
    return us < last_us ? last_us - us : 0;
  }
};

/// `25-NOV-2026 10:00:00[:00]`, `25-NOV-2026`, `10:00:00` (today), or `days hours:minutes:seconds`; local time.
/// None for anything else.
std::optional<GivenTime> parse_time(std::string_view text);

/// The qualifier's time; none when it is not given. Errors: INVQUALTIME with MUPCLIERR.
Result<std::optional<GivenTime>> time_of(const QualifierSet& command, std::string_view name);

/// -global, -user, -id, -seqno and -transaction; not the times. Errors: INVGLOBALQUAL, INVIDQUAL, INVSEQNOQUAL,
/// INVTRNSQUAL, each with MUPCLIERR.
Result<JournalSelection> selection_of(const QualifierSet& command);

Fences fences_of(const QualifierSet& command);

/// -redirect=old=new,…: absolute paths. Errors: INVREDIRQUAL with MUPCLIERR.
Result<std::vector<std::pair<std::string, std::string>>> redirections_of(const QualifierSet& command);

/// `2026/11/25 16:22:48`, local time.
std::string display_time(std::uint64_t time_us);

}  // namespace hw::mupip

/// mupip/journal/journal_request.h -- what a mupip journal command is to do, and on which files; all but -rollback.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "engine/cli/qualifier.h"
#include "journal/file_list.h"
#include "mupip/command.h"
#include "mupip/journal/journal_qualifiers.h"

namespace hw::mupip {

inline constexpr std::string_view kExtractFile = "Journal extract";
inline constexpr std::string_view kBrokenFile = "Broken transactions extract";
inline constexpr std::string_view kLostFile = "Lost transactions extract";

/// What the command line says, before any file is opened.
struct Request {
  std::vector<std::string> paths;  ///< empty: all regions of the global directory
  bool forward = true;
  std::optional<GivenTime> after, before, since, lookback;
  JournalSelection selection;
  Fences fences = Fences::Process;
  std::optional<std::string> extract_path;  ///< as given; none: from the first journal's name
  std::optional<std::string> broken_path;
  std::optional<std::string> lost_path;
};

/// `files`: the parameter. Errors: those of mupip/journal/journal_qualifiers.h; MUNOACTION for an empty name.
Result<Request> read_request(const ParsedCommand& command, const std::string& files);

/// The files named; for -backward also those before them, as far as the times given reach, which are told on `err`.
/// Errors: those of list_journal_files and current_journals.
Result<std::vector<RegionFiles>> find_files(const Request& request, Console& console);

/// Puts the times asked for on the clock, into the selection. Errors: JNLTMQUAL1, JNLTMQUAL3, JNLTMQUAL4.
Status settle_times(Request& request, const std::vector<RegionFiles>& regions);

/// `gtm.mjl` and `gtm.mjl_2026326015510` give `gtm<suffix>`, beside the first journal.
std::string beside_journal(const std::vector<RegionFiles>& regions, std::string_view suffix);

/// -recover -forward: restored copies of databases are brought forward. -recover -backward: databases without
/// replication go back to a time. Errors: those of recover_forward and recover_backward.
Status recover(const ParsedCommand& command, const Request& request, const std::vector<RegionFiles>& regions,
               Console& console);

}  // namespace hw::mupip

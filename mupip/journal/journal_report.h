/// mupip/journal/journal_report.h -- the lines that every mupip journal command prints.
#pragma once

#include <ostream>

#include "engine/extract/text_output.h"
#include "journal/file_list.h"
#include "mupip/command.h"
#include "replic/process/server_log.h"

namespace hw::mupip {

/// `Forward processing started at <now>`.
inline void say_phase(Console& console, std::string_view what) {
  console.err << make_line<MsgId::MUJNLSTAT>(what, log_time()) << '\n' << std::flush;
}

/// `Verify successful`.
inline void say_success(Console& console, std::string_view what) {
  console.err << make_line<MsgId::JNLSUCCESS>(what) << '\n';
}

/// The file's processes, or the machine, stopped while it was written.
inline void say_torn(Console& console, const ListedFile& file) {
  console.err << make_line<MsgId::HWTORNTAIL>(file.path, fmt::format("0x{:08X}", file.tail.end_offset)) << '\n';
}

/// What became of an output file. `asked`: the operator named it, so that he wants to know that it was not made.
inline void say_outcome(Console& console, std::string_view kind, const TextOutcome& outcome, bool asked) {
  if (!outcome.renamed_to.empty())
    console.err << make_line<MsgId::FILERENAME>(outcome.path, outcome.renamed_to) << '\n';
  if (outcome.created)
    console.err << make_line<MsgId::FILECREATE>(kind, outcome.path) << '\n';
  else if (asked)
    console.err << make_line<MsgId::FILENOTCREATE>(kind, outcome.path) << '\n';
}

}  // namespace hw::mupip

/// engine/gbl/program.h -- the program gbl: one command of its arguments, or the statements of a file.
#pragma once

#include <iosfwd>

#include "engine/gbl/executor.h"

namespace hw::gbl {

struct Streams {
  std::istream& in;
  std::ostream& out;
  std::ostream& err;
  bool interactive;       ///< `in` is a terminal: prompt, and go on after an error
  Executor::Sleep sleep;  ///< for `hang`
  bool terminal = false;  ///< `in` and `out` are the process's own terminal: lines may be edited
};

/// `argv` without the program's name; none at all reads statements from `in`. Opens the database that gtmgbldir
/// names for what needs it.
///
/// Returns: the exit status, 0, or 1 after an error (77 after HWUNSEEN), which is printed on `err`. Blocks: as long as
/// the statements.
int run_program(int argc, const char* const* argv, Streams& streams);

}  // namespace hw::gbl

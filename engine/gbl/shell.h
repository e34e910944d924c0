/// engine/gbl/shell.h -- gbl at a terminal: a prompt, line editing with history and completion, timing, help.
///
/// An error is shown and the next line is read: what is open as a transaction stays open, and the prompt says how deep.
/// Line editing is libedit's where gbl was built with it (engine/gbl/edited_lines.cc); without it lines are read
/// plainly.
#pragma once

#include <iosfwd>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/result.h"
#include "engine/gbl/executor.h"

namespace hw::gbl {

struct Streams;

/// The next line, with its newline taken off; false at the end.
/// Errors: HWSTATEMENT for a line that is too long; SYSCALL of a read that failed. Blocks: reads `in`.
Result<bool> read_line(std::istream& in, std::string& line);

/// Parses and runs one line of statements.
Status run_line(Executor& executor, std::string_view line);

/// Reads and runs lines until halt or the end of the input. Errors: HWTROPEN when a transaction is open then;
/// SYSCALL when they cannot be read.
Status run_shell(Session& session, Executor& executor, Streams& streams);

/// What could stand for the last word before the cursor: statements' names, or for `^…` the names in `globals`.
std::vector<std::string> completions(std::string_view before_cursor, const std::vector<std::string>& globals);
/// The longest beginning that all have.
std::string common_beginning(const std::vector<std::string>& texts);
/// Where the word that is completed begins.
std::size_t word_begin(std::string_view before_cursor);

/// Where lines come from.
class LineSource {
 public:
  virtual ~LineSource() = default;
  /// False at the end. Errors: HWSTATEMENT for a line that is too long; SYSCALL of a read that failed.
  virtual Result<bool> next(std::string_view prompt, std::string& line) = 0;
};

/// Editing by libedit on the process's terminal; null where gbl was built without it. `globals` is asked at each
/// completion. History is kept in ~/.gbl_history, the last 1000 lines.
std::unique_ptr<LineSource> edited_lines(std::function<std::vector<std::string>()> globals);

}  // namespace hw::gbl

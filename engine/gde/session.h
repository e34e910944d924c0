/// engine/gde/session.h -- one run of gde: the directory being edited, and the commands.
///
/// A session begins by loading the directory that gtmgbldir names, or with defaults when there is none. Commands
/// change a copy in memory. EXIT checks the copy as a whole and writes it in one step; QUIT writes nothing. The end
/// of the input is an EXIT. A command that fails changes nothing and does not end the session.
///
/// Tables go to `out`, messages to `err`. The exit status is that of the last error (also of an EXIT that was
/// refused), 0 when there was none.
///
/// Source: GT.M Administration and Operations Guide, chapter 4; texts observed on GDE V7.0-005.
#pragma once

#include <fstream>
#include <istream>
#include <ostream>
#include <string>
#include <string_view>

#include "engine/gde/outcome.h"
#include "engine/gde/scanner.h"
#include "engine/globals/global_directory.h"

namespace hw::gde {

class Session {
 public:
  Session(std::ostream& out, std::ostream& err) : out_(out), err_(err) {}

  /// Runs the commands of `in` up to EXIT, QUIT or the end; `prompt` is printed before each line. Input that cannot be
  /// read to its end saves nothing. Returns the exit status. Blocks: on `in`.
  int run(std::istream& in, std::string_view prompt);
  /// Runs one command, then EXIT: `gde show -name`.
  int run_one(std::string_view line);

 private:
  using Step = Outcome<bool>;

  bool load(const std::string& path);
  int give_up(const Error& why);
  void execute(std::string_view line);
  Step execute_verb(std::string_view verb, Scanner& line);
  Outcome<std::string_view> object(Scanner& line, std::span<const std::string_view> choices);

  Step add(Scanner& line);
  Step add_region(Scanner& line);
  Step add_segment(Scanner& line);
  Step change(Scanner& line);
  Step map_name(Scanner& line, bool is_new);
  Step remove(Scanner& line);
  Step rename(Scanner& line);
  Step locks(Scanner& line);
  Step log(Scanner& line);
  Step run_file(Scanner& line);
  Step set_directory(Scanner& line);
  Step show(Scanner& line);
  Step template_command(Scanner& line);
  Step verify(Scanner& line);
  Step help(Scanner& line);

  /// Checks the copy and says how it went.
  bool verify_all();
  /// Writes the copy when it differs from the file. False when it may not or cannot be written.
  bool write();
  void exit();
  void say(const Message& message);
  Step end_of_line(Scanner& line);

  std::ostream& out_;
  std::ostream& err_;
  std::ofstream log_;
  std::string log_path_;
  std::string path_;
  bool is_new_ = false;
  bool finished_ = false;
  int status_ = 0;
  int depth_ = 0;  ///< Of nested @files.
  GlobalDirectoryContents contents_;
  GlobalDirectoryContents saved_;
};

}  // namespace hw::gde

#include "engine/gbl/shell.h"

#include <cerrno>
#include <chrono>
#include <istream>
#include <ostream>

#include "engine/base/ascii.h"
#include "engine/base/limits.h"
#include "engine/base/line_input.h"
#include "engine/gbl/program.h"
#include "engine/globals/key.h"

namespace hw::gbl {
namespace {

constexpr std::string_view kShellHelp = R"(Statements, as in M; several may be on a line:

  set ^a(1)="x",^b=^a(1)+2     kill ^a(1)       the node and everything below it
  incr ^a  incr ^a:5           zkill ^a(1)      the node's own value
  write ^a(1),!                zwrite ^a        everything in ^a
  zwrite ^a(1,*)               below ^a(1)      zwrite ^a(1:5,)  first subscript 1 to 5, any second one
  tstart … tcommit             a transaction; trollback gives it up; tstart ():transactionid="BATCH" does not wait for disk
  hang 1                       waits            halt             leaves; so does the end of the input

At the prompt only:
  timing on | off              shows how long each line took
  help                         this

Tab completes statements and globals; the arrow keys go through the history, which ~/.gbl_history keeps.
)";

constexpr std::string_view kWords[] = {"halt",    "hang ",     "help",   "incr ",  "kill ",  "set ",   "tcommit",
                                       "timing ", "trollback", "tstart", "write ", "zkill ", "zwrite "};

bool is_word_byte(char c) { return is_letter(c) || is_digit(c) || c == '%' || c == '^'; }

class PlainLines : public LineSource {
 public:
  explicit PlainLines(Streams& streams) : streams_(streams) {}
  Result<bool> next(std::string_view prompt, std::string& line) override {
    streams_.out << prompt << std::flush;
    HW_TRY(const bool more, read_line(streams_.in, line));
    if (!more) streams_.out << '\n';
    return more;
  }

 private:
  Streams& streams_;
};

std::vector<std::string> global_names(Session& session) {
  std::vector<std::string> names;
  // A name that cannot be read now is only not offered.
  auto found = session.order({}, Direction::Forward);
  while (found.has_value() && *found) {
    names.push_back("^" + std::string(key_global(**found)));
    found = session.order(**found, Direction::Forward);
  }
  return names;
}

std::string trimmed(std::string_view line) {
  const auto begin = line.find_first_not_of(" \t");
  if (begin == std::string_view::npos) return {};
  return std::string(line.substr(begin, line.find_last_not_of(" \t") + 1 - begin));
}

}  // namespace

Result<bool> read_line(std::istream& in, std::string& line) {
  auto more = hw::read_line(in, line, "the statements", kStatementLineBytesMax);
  if (more.has_value() || more.error().os_errno != EMSGSIZE) return more;
  return make_error<MsgId::HWSTATEMENT>(line.size(), "the line is too long");
}

Status run_line(Executor& executor, std::string_view line) {
  HW_TRY(const auto statements, parse_line(line));
  return executor.run(statements);
}

Status run_shell(Session& session, Executor& executor, Streams& streams) {
  auto lines = streams.terminal ? edited_lines([&] { return global_names(session); }) : nullptr;
  if (!lines) lines = std::make_unique<PlainLines>(streams);
  bool timing = false;
  std::string line;
  while (!executor.halted()) {
    const unsigned level = session.level();
    const std::string prompt = level == 0 ? "GBL> " : fmt::format("GBL ({})> ", level);
    const auto more = lines->next(prompt, line);
    if (more.has_value() && !*more) break;
    if (!more.has_value() && more.error().id == MsgId::SYSCALL) return more.error();  // The next read would fail, too.
    const std::string command = more.has_value() ? trimmed(line) : std::string();
    if (command == "help" || command == "?") {
      streams.out << kShellHelp << std::flush;
      continue;
    }
    if (command == "timing on" || command == "timing off") {
      timing = command == "timing on";
      continue;
    }
    const auto start = std::chrono::steady_clock::now();
    const Status status = more.has_value() ? run_line(executor, line) : Status(more.error());
    streams.out.flush();
    if (!status.has_value()) streams.err << status.error().render() << std::flush;
    if (timing && !command.empty()) {
      const std::chrono::duration<double, std::milli> took = std::chrono::steady_clock::now() - start;
      streams.out << fmt::format("({:.3f} ms)\n", took.count()) << std::flush;
    }
  }
  if (executor.in_transaction()) return make_error<MsgId::HWTROPEN>();
  return {};
}

std::size_t word_begin(std::string_view before_cursor) {
  std::size_t begin = before_cursor.size();
  while (begin > 0 && is_word_byte(before_cursor[begin - 1])) --begin;
  return begin;
}

std::vector<std::string> completions(std::string_view before_cursor, const std::vector<std::string>& globals) {
  const std::string_view word = before_cursor.substr(word_begin(before_cursor));
  std::vector<std::string> found;
  if (word.starts_with('^')) {
    for (const std::string& name : globals)
      if (name.starts_with(word)) found.push_back(name);
    return found;
  }
  for (const std::string_view name : kWords)
    if (name.starts_with(word)) found.emplace_back(name);
  return found;
}

std::string common_beginning(const std::vector<std::string>& texts) {
  if (texts.empty()) return {};
  std::string common = texts.front();
  for (const std::string& text : texts) {
    std::size_t same = 0;
    while (same < common.size() && same < text.size() && common[same] == text[same]) ++same;
    common.resize(same);
  }
  return common;
}

}  // namespace hw::gbl

#include "engine/gde/session.h"

#include <fcntl.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdlib>
#include <fstream>
#include <sstream>

#include "engine/base/file.h"
#include "engine/base/file_kind.h"
#include "engine/base/limits.h"
#include "engine/base/line_input.h"
#include "engine/base/log_file.h"
#include "engine/base/output_path.h"
#include "engine/gde/objects.h"
#include "engine/gde/qualifiers.h"
#include "engine/gde/show.h"
#include "engine/globals/global_directory_format.h"

namespace hw::gde {
namespace {

using std::string_view;

constexpr int kCommandFileDepthMax = 16;
constexpr std::array<string_view, 14> kVerbs = {"ADD",  "CHANGE", "DELETE", "EXIT", "HELP",     "LOCKS",  "LOG",
                                                "QUIT", "RENAME", "SETGD",  "SHOW", "TEMPLATE", "VERIFY", "@"};
constexpr std::array<string_view, 8> kShowObjects = {"ALL",  "COMMANDS", "GBLNAME", "MAP",
                                                     "NAME", "REGION",   "SEGMENT", "TEMPLATE"};

/// Commands of a directory are written over those of another one, and over nothing else.
bool may_be_written(const std::string& path) {
  if (!file_exists(path)) return true;
  const auto kind = kind_of_file(path);
  return kind.has_value() && (*kind == FileKind::GdeCommands || *kind == FileKind::Empty);
}

/// Without gtmgbldir GT.M makes a file that is called $gtmgbldir.gld, which is never meant.
bool has_no_name(const std::string& path) {
  const char* value = std::getenv("gtmgbldir");
  return (value == nullptr || *value == '\0') && path == global_directory_path_from_environment();
}

/// Opens it without waiting for a process that reads a pipe, where a stream would.
bool open_log(std::ofstream& stream, const std::string& path) {
  const auto target = File::open(path, O_WRONLY | O_APPEND | O_CREAT, 0666);
  if (target.has_value()) stream.open(path, std::ios::app);
  return stream.is_open();
}

/// A file is whole under its name, or what it was; a stream is written to as it is.
bool write_commands(const std::string& path, const GlobalDirectoryContents& contents) {
  const OutputPath to = output_path(path);
  std::ostringstream text;
  show_commands(text, contents);
  if (!to.stream)
    return to.check_is_file().has_value() && may_be_written(to.path) && replace_file(to.path, text.view()).has_value();
  const auto stream = to.open_stream();
  return stream.has_value() && write_stream(*stream, text.view()).has_value();
}

}  // namespace

void Session::say(const Message& message) {
  out_.flush();
  err_ << message.line() << '\n';
  if (message.severity == Severity::Error || message.id == MsgId::NOEXIT) status_ = message.status();
}

bool Session::load(const std::string& path) {
  path_ = path;
  is_new_ = !file_exists(path);
  if (is_new_) {
    say(make<MsgId::GDUSEDEFS>(path_));
    contents_ = saved_ = GlobalDirectoryContents::defaults();
    return true;
  }
  say(make<MsgId::LOADGD>(path_));
  auto text = read_file(path, kGlobalDirectoryBytesMax);
  auto contents = text.has_value() ? decode_global_directory(*text, path) : std::move(text).error();
  if (!contents.has_value()) {
    const int why = contents.error().os_errno;
    if (why != EACCES && why != EPERM) say(make<MsgId::GDUNKNFMT>(path_));
    err_ << contents.error().render();
    say(make<MsgId::INPINTEG>());
    return false;
  }
  contents_ = saved_ = std::move(*contents);
  verify_all();
  return true;
}

int Session::run(std::istream& in, string_view prompt) {
  if (depth_ == 0 && !load(global_directory_path_from_environment())) return status_;
  std::string line;
  while (!finished_) {
    out_ << prompt << std::flush;
    const auto more = read_line(in, line, "the commands", kCommandLineBytesMax);
    if (!more.has_value()) return give_up(more.error());
    if (!*more) break;
    execute(line);
  }
  if (depth_ == 0 && !finished_) {  // The end of the input is an EXIT that nothing can follow.
    exit();
    if (!finished_) say(make<MsgId::NOACTION>(path_));
  }
  return status_;
}

/// Half of a script is not saved. A command file is one more command of whoever runs it: he goes on, as after any
/// error.
int Session::give_up(const Error& why) {
  out_.flush();
  err_ << why.render();
  status_ = why.status();
  if (depth_ > 0) return status_;
  finished_ = true;
  say(make<MsgId::NOACTION>(path_));
  return status_;
}

int Session::run_one(string_view line) {
  if (!load(global_directory_path_from_environment())) return status_;
  execute(line);
  if (!finished_) exit();
  if (!finished_) say(make<MsgId::NOACTION>(path_));
  return status_;
}

void Session::execute(string_view text) {
  if (log_.is_open() && !(log_ << text << '\n' << std::flush)) {
    say(make<MsgId::WRITEERROR>(log_path_));
    log_.close();
  }
  Scanner line(text);
  if (line.at_end()) return;
  const std::string word = line.take('@') ? "@" : line.keyword();
  auto verb = word.empty() ? Outcome<string_view>(make<MsgId::KEYWRDBAD>(line.pattern(), "verb"))
                           : match_keyword(word, kVerbs, "verb");
  Step step = verb.has_value() ? execute_verb(*verb, line) : Step(std::move(verb).error());
  if (step.has_value()) return;
  for (const auto& message : step.error()) say(message);
}

Session::Step Session::execute_verb(string_view verb, Scanner& line) {
  if (verb == "ADD") return add(line);
  if (verb == "CHANGE") return change(line);
  if (verb == "DELETE") return remove(line);
  if (verb == "HELP") return help(line);
  if (verb == "LOCKS") return locks(line);
  if (verb == "LOG") return log(line);
  if (verb == "RENAME") return rename(line);
  if (verb == "SETGD") return set_directory(line);
  if (verb == "SHOW") return show(line);
  if (verb == "TEMPLATE") return template_command(line);
  if (verb == "VERIFY") return verify(line);
  if (verb == "@") return run_file(line);
  HW_TRY(const bool ended, end_of_line(line));
  if (verb == "EXIT") {
    exit();
  } else {
    say(make<MsgId::NOACTION>(path_));
    finished_ = true;
  }
  return ended;
}

Session::Step Session::end_of_line(Scanner& line) {
  if (!line.at_end()) return make<MsgId::VALUEBAD>(line.next_is('-') ? "-" : line.pattern(), "End of line");
  return true;
}

Outcome<string_view> Session::object(Scanner& line, std::span<const string_view> choices) {
  if (line.at_end()) return make<MsgId::QUALREQD>("object");
  if (!line.take('-')) return make<MsgId::MISSINGDELIM>("dash", "object", line.pattern());
  return match_keyword(line.keyword(), choices, "object");
}

Session::Step Session::log(Scanner& line) {
  constexpr std::array<string_view, 2> choices = {"ON", "OFF"};
  if (line.at_end()) {
    if (log_.is_open())
      say(make<MsgId::LOGON>(log_path_));
    else
      say(make<MsgId::NOLOG>(log_path_));
    return true;
  }
  HW_TRY(const auto keyword, object(line, choices));
  std::string path = resolve_file_name("GDELOG.LOG", ".log");
  if (keyword == "ON" && line.next_is('=')) {
    HW_TRY(const auto written, required_value(line, "ON"));
    path = resolve_file_name(written, ".log");
  }
  HW_TRY(const bool ended, end_of_line(line));
  if (keyword == "OFF") {
    if (log_.is_open()) say(make<MsgId::LOGOFF>(log_path_));
    log_.close();
    return ended;
  }
  if (log_.is_open()) log_.close();
  if (!takes_lines(path)) return make<MsgId::WRITEERROR>(path);
  if (!open_log(log_, path)) return make<MsgId::FILENOTFND>(path).as(Severity::Error);
  log_path_ = path;
  say(make<MsgId::LOGON>(log_path_));
  return ended;
}

Session::Step Session::run_file(Scanner& line) {
  HW_TRY(const auto written, line.value(""));
  HW_TRY(const bool ended, end_of_line(line));
  const std::string path = resolve_file_name(written, ".com");
  std::ifstream in(path);
  if (!in.is_open() || depth_ == kCommandFileDepthMax) return make<MsgId::FILENOTFND>(path).as(Severity::Error);
  say(make<MsgId::EXECOM>(path));
  ++depth_;
  run(in, "");
  --depth_;
  if (in.bad()) return make<MsgId::FILENOTFND>(path).as(Severity::Error);  // A directory can be opened and not be read.
  return ended;
}

Session::Step Session::set_directory(Scanner& line) {
  std::string file;
  bool quit = false;
  constexpr std::array<string_view, 2> choices = {"FILE", "QUIT"};
  while (!line.at_end()) {
    if (!line.take('-')) return make<MsgId::MISSINGDELIM>("dash", "qualifier", line.pattern());
    const std::string word = line.keyword();
    if (word == "NOQUIT") continue;
    HW_TRY(const auto keyword, match_keyword(word, choices, "qualifier"));
    if (keyword == "QUIT") {
      quit = true;
    } else {
      HW_TRY(file, required_value(line, keyword));
    }
  }
  if (file.empty()) return make<MsgId::QUALREQD>("File");
  const bool nothing_yet = contents_ == saved_ && is_new_ && has_no_name(path_);
  if (!quit && !nothing_yet && !write()) return make<MsgId::NOEXIT>();
  if (!load(resolve_file_name(file, ".gld"))) finished_ = true;
  return true;
}

Session::Step Session::show(Scanner& line) {
  string_view kind = "ALL";
  if (!line.at_end()) {
    HW_TRY(kind, object(line, kShowObjects));
  }
  std::string only;
  if (kind == "MAP" && !line.at_end()) {
    HW_TRY(only, region_qualifier(line, "Region"));
  } else if (kind == "COMMANDS" && line.take('-')) {
    constexpr std::array<string_view, 1> choices = {"FILE"};
    HW_TRY(const auto keyword, match_keyword(line.keyword(), choices, "qualifier"));
    HW_TRY(const auto written, required_value(line, keyword));
    HW_TRY(const bool ended, end_of_line(line));
    out_.flush();
    if (!write_commands(resolve_file_name(written, ".com"), contents_)) return make<MsgId::WRITEERROR>(written);
    return ended;
  } else if ((kind == "NAME" || kind == "REGION" || kind == "SEGMENT") && !line.at_end()) {
    HW_TRY(only, any_name(line, kind));
  }
  HW_TRY(const bool ended, end_of_line(line));

  const auto has = [&](auto& objects) { return only.empty() || find_object(objects, only) != objects.end(); };
  if ((kind == "REGION" || kind == "MAP") && !has(contents_.regions)) return make<MsgId::OBJNOTFND>("Region", only);
  if (kind == "SEGMENT" && !has(contents_.segments)) return make<MsgId::OBJNOTFND>("Segment", only);
  if (kind == "NAME" && !only.empty() &&
      std::none_of(contents_.names.begin(), contents_.names.end(), [&](const auto& n) { return n.pattern == only; }))
    return make<MsgId::OBJNOTFND>("Name", only);

  const bool all = kind == "ALL";
  if (all || kind == "TEMPLATE") show_templates(out_, contents_);
  if (all || kind == "NAME") show_names(out_, contents_, only);
  if (all || kind == "REGION") show_regions(out_, contents_, only);
  if (all || kind == "SEGMENT") show_segments(out_, contents_, only);
  if (all || kind == "MAP") show_map(out_, contents_, only);
  if (kind == "COMMANDS") show_commands(out_, contents_);
  return ended;
}

Session::Step Session::verify(Scanner& line) {
  std::string only;
  if (!line.at_end()) {
    HW_TRY(const auto kind, object(line, kShowObjects));
    if ((kind == "NAME" || kind == "REGION" || kind == "SEGMENT") && !line.at_end()) {
      HW_TRY(only, any_name(line, kind));
    }
    HW_TRY(const bool ended, end_of_line(line));
    (void)ended;
    const auto is_named = [&](const auto& o) { return o.name == only; };
    const bool found =
        only.empty() ||
        (kind == "NAME" ? std::any_of(contents_.names.begin(), contents_.names.end(),
                                      [&](const auto& n) { return n.pattern == only; })
                        : std::any_of(contents_.regions.begin(), contents_.regions.end(), is_named) ||
                              std::any_of(contents_.segments.begin(), contents_.segments.end(), is_named));
    if (!found) return make<MsgId::OBJNOTFND>(capital_noun(kind), only);
  }
  verify_all();
  return true;
}

Session::Step Session::help(Scanner&) {
  out_ << "\n"
          "Commands     ADD CHANGE DELETE EXIT HELP LOCKS LOG QUIT RENAME SETGD SHOW TEMPLATE VERIFY @file\n"
          "Objects      -NAME -REGION -SEGMENT; SHOW also -ALL -COMMANDS -MAP -TEMPLATE\n"
          "Names        x   x*   x(1:10)   *\n"
          "Keywords may be shortened. ! begins a comment. EXIT checks and writes, QUIT writes nothing.\n"
          "\n"
          "  ADD -NAME x* -REGION=XREG\n"
          "  ADD -REGION XREG -DYNAMIC_SEGMENT=XSEG -RECORD_SIZE=4000 -KEY_SIZE=255\n"
          "  ADD -SEGMENT XSEG -FILE_NAME=\"x.dat\"\n"
          "  CHANGE -REGION DEFAULT -JOURNAL=(BEFORE_IMAGE,FILE_NAME=\"x.mjl\")\n\n";
  const auto list = [&](string_view title, const std::vector<Attribute>& attributes) {
    out_ << title;
    for (const auto& a : attributes)
      if (!a.of_journal) out_ << "\n  -" << (a.negatable ? "[NO]" : "") << a.name;
    out_ << "\n\n";
  };
  list("Qualifiers of a region", attributes_of(contents_.region_template));
  list("Qualifiers of a segment", attributes_of(contents_.segment_template_bg));
  return true;
}

bool Session::verify_all() {
  const auto messages = check(contents_);
  for (const auto& message : messages) say(Message(message).as(Severity::Info));
  say(make<MsgId::VERIFY>(messages.empty() ? "OK" : "FAILED"));
  return messages.empty();
}

bool Session::write() {
  if (!is_new_ && contents_ == saved_) {
    say(make<MsgId::NOACTION>(path_));
    return true;
  }
  if (!verify_all()) return false;
  if (is_new_ && has_no_name(path_)) {
    say(make<MsgId::HWNOGBLDIR>());
    return false;
  }
  const auto directory = GlobalDirectory::build(contents_, path_);
  if (!directory.has_value()) {
    err_ << directory.error().render();
    return false;
  }
  if (is_new_)
    say(make<MsgId::GDCREATE>(path_));
  else
    say(make<MsgId::GDUPDATE>(path_));
  const auto saved = directory->save(path_);
  if (!saved.has_value()) {
    err_ << saved.error().render();
    say(make<MsgId::WRITEERROR>(path_));
    return false;
  }
  is_new_ = false;
  saved_ = contents_;
  return true;
}

void Session::exit() {
  if (write())
    finished_ = true;
  else
    say(make<MsgId::NOEXIT>());
}

}  // namespace hw::gde

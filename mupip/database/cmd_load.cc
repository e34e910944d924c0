// load: nodes from an extract file into the database.
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <istream>
#include <ostream>

#include "engine/base/file.h"
#include "engine/base/interrupt.h"
#include "engine/base/limits.h"
#include "engine/base/line_input.h"
#include "engine/extract/load.h"
#include "engine/session/database.h"
#include "mupip/commands.h"
#include "mupip/file_argument.h"
#include "mupip/in_order.h"

namespace hw::mupip {
namespace {

constexpr int kOpenFailedStatus = 255;  // GT.M's, whatever the message says

Result<std::optional<ExtractFormat>> wanted_format(const ParsedCommand& command) {
  const auto& format = command.keywords("FORMAT");
  if (format.empty()) return std::optional<ExtractFormat>();
  if (!format.is_one_word()) return value_error("Illegal file format for load");
  if (format.has("BINARY")) return std::optional(ExtractFormat::Binary);
  return std::optional(format.has("GO") ? ExtractFormat::Go : ExtractFormat::Zwr);
}

/// Asks the operator; a program that has no terminal is not asked, and stops, as GT.M does.
bool ask_to_proceed(Console& console) {
  if (isatty(STDIN_FILENO) == 0) return false;
  std::string answer;
  for (;;) {
    console.err << "Proceed? [Y/N]: " << std::flush;
    const auto more = read_line(console.in, answer, "the answer", kCommandLineBytesMax);
    if (!more.has_value()) console.err << more.error().render();
    if (!more.has_value() || !*more) break;
    if (answer.starts_with('y') || answer.starts_with('Y')) return true;
    if (answer.starts_with('n') || answer.starts_with('N')) break;
  }
  console.err << "Load terminated by operator\n\n";
  return false;
}

Result<OnError> wanted_on_error(const ParsedCommand& command) {
  const auto& on_error = command.keywords("ONERROR");
  if (on_error.empty()) return OnError::Proceed;
  if (!on_error.is_one_word()) return value_error("Illegal ONERROR parameter for load");
  if (on_error.has("STOP")) return OnError::Stop;
  return on_error.has("INTERACTIVE") ? OnError::Ask : OnError::Proceed;
}

Result<int> load_from(std::istream& in, const LoadOptions& options, Console& console) {
  HW_TRY(const auto database, Database::open());
  Result<LoadResult> loaded = [&] {
    Session session{*database};
    return load(session, in, options, console.err);
  }();
  const auto closed = database->close();
  if (!loaded) return std::move(loaded).error();
  if (!closed) return closed.error();
  return loaded->status;
}

Result<int> load_as_told(const ParsedCommand& command, Console& console) {
  LoadOptions options;
  HW_TRY(options.format, wanted_format(command));
  options.begin = command.number("BEGIN");
  options.end = command.number("END");
  HW_TRY(options.on_error, wanted_on_error(command));
  options.ignore_charset = command.has("IGNORECHSET");
  options.end_requested = end_requested;
  options.ask = [&console] { return ask_to_proceed(console); };
  if (isatty(STDERR_FILENO) != 0) options.progress = &console.err;

  if (command.has("STDIN")) {
    if (!command.parameters().empty())
      return value_error(fmt::format(
          "%GTM-E-CLIERR, Qualifier string missing - \nSTDIN and FILE ({}) cannot be specified at the same time",
          command.parameters().front()));
    return load_from(console.in, options, console);
  }
  HW_TRY(const auto written, ask_parameter(command, 0, console.in, console.out));
  const std::string path = file_argument(written);
  // Of a named pipe, the reads wait for a writer, and not open(), which no signal ends for certain.
  const auto file = File::open(path, O_RDONLY | O_NOCTTY | O_NONBLOCK);
  struct stat facts {};
  if (!file.has_value() || ::fstat(file->fd(), &facts) != 0) {
    console.err << make_error<MsgId::FILEOPENFAIL>(path).with_errno(errno).render();
    return kOpenFailedStatus;
  }
  if (S_ISDIR(facts.st_mode)) {
    console.err << make_error<MsgId::FILEOPENFAIL>(path).with_errno(EISDIR).render();
    return kOpenFailedStatus;
  }
  options.input_bytes = static_cast<std::uint64_t>(facts.st_size);
  DescriptorInput input(file->fd());
  std::istream in(&input);
  return load_from(in, options, console);
}

}  // namespace

Result<int> run_load(const ParsedCommand& command, Console& console) {
  return in_order([&] { return load_as_told(command, console); });
}

}  // namespace hw::mupip

// load: nodes from an extract file into the database.
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <fstream>
#include <iostream>

#include "engine/database.h"
#include "engine/load.h"
#include "mupip/commands.h"

namespace hw::mupip {
namespace {

constexpr int kOpenFailedStatus = 255;  // GT.M's, whatever the message says

Result<std::optional<ExtractFormat>> wanted_format(const ParsedCommand& command) {
  const auto& format = command.keywords("FORMAT");
  const int given = format.has("BINARY") + format.has("GO") + format.has("ZWR");
  if (given > 1) return value_error("Load error: bad format type");
  if (given == 0) return std::optional<ExtractFormat>();
  if (format.has("BINARY")) return std::optional(ExtractFormat::Binary);
  return std::optional(format.has("GO") ? ExtractFormat::Go : ExtractFormat::Zwr);
}

/// Asks the operator; a program that has no terminal is not asked, and stops, as GT.M does.
bool ask_to_proceed(Console& console) {
  if (isatty(STDIN_FILENO) == 0) return false;
  std::string answer;
  while (console.err << "Proceed? [Y/N]: " << std::flush, std::getline(console.in, answer)) {
    if (answer.starts_with('y') || answer.starts_with('Y')) return true;
    if (answer.starts_with('n') || answer.starts_with('N')) break;
  }
  console.err << "Load terminated by operator\n\n";
  return false;
}

OnError wanted_on_error(const ParsedCommand& command) {
  const auto& on_error = command.keywords("ONERROR");
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

}  // namespace

Result<int> run_load(const ParsedCommand& command, Console& console) {
  LoadOptions options;
  HW_TRY(options.format, wanted_format(command));
  options.begin = command.number("BEGIN");
  options.end = command.number("END");
  options.on_error = wanted_on_error(command);
  options.ask = [&console] { return ask_to_proceed(console); };
  if (isatty(STDERR_FILENO) != 0) options.progress = &console.err;

  if (command.has("STDIN")) {
    if (!command.parameters().empty())
      return value_error(fmt::format(
          "%GTM-E-CLIERR, Qualifier string missing - \nSTDIN and FILE ({}) cannot be specified at the same time",
          command.parameters().front()));
    return load_from(console.in, options, console);
  }
  HW_TRY(const auto path, ask_parameter(command, 0, console.in, console.out));
  struct stat facts {};
  std::ifstream file;
  if (::stat(path.c_str(), &facts) == 0) {
    options.input_bytes = static_cast<std::uint64_t>(facts.st_size);
    file.open(path, std::ios::binary);
  }
  if (!file.is_open()) {
    console.err << make_error<MsgId::FILEOPENFAIL>(path).with_errno(errno).render();
    return kOpenFailedStatus;
  }
  return load_from(file, options, console);
}

}  // namespace hw::mupip

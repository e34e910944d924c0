// load: nodes from an extract file into the database.
#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <iostream>
#include <streambuf>
#include <vector>

#include "engine/base/file.h"
#include "engine/base/interrupt.h"
#include "engine/base/program.h"
#include "engine/database.h"
#include "engine/load.h"
#include "mupip/commands.h"

namespace hw::mupip {
namespace {

constexpr int kOpenFailedStatus = 255;  // GT.M's, whatever the message says

/// A file, pipe or terminal whose end comes early when the user asks the command to end.
class Input : public std::streambuf {
 public:
  Input(int fd, const InterruptWatch& watch) : fd_(fd), watch_(watch), buffer_(1 << 16) {}

 protected:
  int_type underflow() override {
    while (!watch_.interrupted()) {
      struct pollfd wait {
        fd_, POLLIN, 0
      };
      const int ready = ::poll(&wait, 1, kLookAgain_ms);
      if (ready == 0 || (ready < 0 && errno == EINTR)) continue;
      const ssize_t got = ready < 0 ? -1 : ::read(fd_, buffer_.data(), buffer_.size());
      if (got < 0 && errno == EINTR) continue;
      // A throw is what makes istream say that it is bad, and not at its end.
      if (got < 0) throw std::ios_base::failure("read()", std::error_code(errno, std::system_category()));
      if (got == 0) break;
      setg(buffer_.data(), buffer_.data(), buffer_.data() + got);
      return traits_type::to_int_type(buffer_.front());
    }
    return traits_type::eof();
  }

 private:
  static constexpr int kLookAgain_ms = 1000;  // For a signal that comes between the look and the wait.
  int fd_;
  const InterruptWatch& watch_;
  std::vector<char> buffer_;
};

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
  if (!loaded && loaded.error().id == MsgId::FORCEDHALT) {
    console.err << loaded.error().render();
    return kTerminatedStatus;
  }
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
  options.ignore_charset = command.has("IGNORECHSET");
  const InterruptWatch watch;
  options.end_requested = [&watch] { return watch.interrupted(); };
  options.ask = [&console] { return ask_to_proceed(console); };
  if (isatty(STDERR_FILENO) != 0) options.progress = &console.err;

  if (command.has("STDIN")) {
    if (!command.parameters().empty())
      return value_error(fmt::format(
          "%GTM-E-CLIERR, Qualifier string missing - \nSTDIN and FILE ({}) cannot be specified at the same time",
          command.parameters().front()));
    if (&console.in != &std::cin) return load_from(console.in, options, console);
    Input input(STDIN_FILENO, watch);
    std::istream in(&input);
    return load_from(in, options, console);
  }
  HW_TRY(const auto path, ask_parameter(command, 0, console.in, console.out));
  const auto file = File::open(path, O_RDONLY | O_NOCTTY);
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
  Input input(file->fd(), watch);
  std::istream in(&input);
  return load_from(in, options, console);
}

}  // namespace hw::mupip

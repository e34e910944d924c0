#include "engine/base/mapping_fault.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <charconv>
#include <csignal>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

#include "engine/base/operator_log.h"
#include "engine/base/result.h"

namespace hw {
namespace {

struct sigaction former_action;

struct Place {
  std::string path;
  std::uint64_t offset = 0;
};

std::string own_mappings() {
  std::string text;
  const int fd = ::open("/proc/self/maps", O_RDONLY | O_CLOEXEC);
  if (fd < 0) return text;
  char piece[4096];
  for (;;) {
    const ssize_t got = ::read(fd, piece, sizeof piece);
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) break;
    text.append(piece, static_cast<std::size_t>(got));
  }
  ::close(fd);
  return text;
}

/// A hexadecimal number at the front, which is taken away together with what ends it.
std::uint64_t take_hex(std::string_view& line) {
  std::uint64_t value = 0;
  const auto parsed = std::from_chars(line.data(), line.data() + line.size(), value, 16);
  line.remove_prefix(std::min<std::size_t>(static_cast<std::size_t>(parsed.ptr - line.data()) + 1, line.size()));
  return value;
}

/// The file behind an address, by the kernel's list: `begin-end rw-s offset device inode   /path`. None for memory of
/// another kind.
std::optional<Place> place_of(std::uint64_t address) {
  const std::string text = own_mappings();
  for (std::string_view left = text; !left.empty();) {
    const std::size_t end = std::min(left.find('\n'), left.size());
    std::string_view line = left.substr(0, end);
    left.remove_prefix(std::min(end + 1, left.size()));
    const std::size_t slash = line.find('/');
    const std::uint64_t begin = take_hex(line);
    const std::uint64_t limit = take_hex(line);
    if (address < begin || address >= limit) continue;
    if (slash == line.npos || line.size() < 5 || line[3] != 's') return std::nullopt;
    line.remove_prefix(5);
    const std::uint64_t offset = take_hex(line);
    return Place{std::string(line.substr(std::min(line.find('/'), line.size()))), offset + (address - begin)};
  }
  return std::nullopt;
}

std::string reason(const Place& place) {
  struct stat info {};
  if (::stat(place.path.c_str(), &info) != 0) return "it is not there any more";
  const auto bytes = static_cast<std::uint64_t>(info.st_size);
  if (bytes <= place.offset) return fmt::format("it was cut to {} bytes", bytes);
  return "its disk is full or has failed";
}

/// The fault is an access to a mapped file, which is made outside of all functions that hold a lock of the C library:
/// so memory may be taken and syslog called, as nowhere else in a signal handler.
void on_fault(int signal, siginfo_t* info, void* context) {
  const auto place = place_of(reinterpret_cast<std::uintptr_t>(info->si_addr));
  if (!place) {
    if ((former_action.sa_flags & SA_SIGINFO) != 0) return former_action.sa_sigaction(signal, info, context);
    if (former_action.sa_handler != SIG_DFL && former_action.sa_handler != SIG_IGN)
      return former_action.sa_handler(signal);
    ::sigaction(signal, &former_action, nullptr);  // The access is made again, and ends the process.
    return;
  }
  static std::atomic_flag reported;
  while (reported.test_and_set()) ::pause();  // Another thread is about to end the process.
  Error error = make_error<MsgId::SYSCALL>("mmap()", place->path);
  error.note(fmt::format("Byte {} could not be used: {}. This process ends; nothing more was written", place->offset,
                         reason(*place)));
  const std::string text = error.render();
  for (std::string_view left = text; !left.empty();) {
    const ssize_t put = ::write(STDERR_FILENO, left.data(), left.size());
    if (put < 0 && errno == EINTR) continue;
    if (put <= 0) break;  // The operator log has it.
    left.remove_prefix(static_cast<std::size_t>(put));
  }
  to_operator_log({program_invocation_short_name, ""}, error);
  ::_exit(error.status());
}

}  // namespace

void report_mapping_faults() {
  static std::once_flag once;
  std::call_once(once, [] {
    struct sigaction action {};
    action.sa_sigaction = on_fault;
    ::sigemptyset(&action.sa_mask);
    action.sa_flags = SA_SIGINFO;  // A second fault, in the handler, ends the process.
    ::sigaction(SIGBUS, &action, &former_action);
  });
}

}  // namespace hw

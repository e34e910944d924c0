#include "engine/base/bus_error.h"

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cerrno>
#include <csignal>
#include <cstdint>
#include <cstring>
#include <string_view>

#include "engine/base/message.h"

namespace hw {
namespace {

/// Zero in `path`: a free slot. A slot is taken once and keeps its path; the file of that path may change.
struct NotedFile {
  std::atomic<std::uint64_t> path;
  std::atomic<std::uint64_t> inode;
  std::atomic<MappedKind> kind;
};

constexpr std::size_t kFilesMax = 4000;
std::array<NotedFile, kFilesMax> noted;
struct sigaction former_action;
std::atomic<bool> installed{false};
std::atomic<bool> handling{false};

std::uint64_t hash_of(std::string_view path) {  // FNV-1a.
  std::uint64_t hash = 0xcbf29ce484222325;
  for (const char c : path) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3;
  return hash == 0 ? 1 : hash;
}

// ---- what follows runs in the handler: async-signal-safe calls only, no memory is taken ----

/// A text of bounded length. What does not fit is left out.
class Text {
 public:
  Text& operator<<(std::string_view what) {
    const std::size_t fits = std::min(what.size(), bytes_.size() - used_);
    std::memcpy(bytes_.data() + used_, what.data(), fits);
    used_ += fits;
    return *this;
  }
  Text& operator<<(std::uint64_t number) {
    std::array<char, 20> digits{};
    std::size_t at = digits.size();
    do {
      digits[--at] = static_cast<char>('0' + number % 10);
      number /= 10;
    } while (number != 0);
    return *this << std::string_view(digits.data() + at, digits.size() - at);
  }
  std::string_view view() const { return {bytes_.data(), used_}; }
  void clear() { used_ = 0; }

 private:
  std::array<char, 8192> bytes_{};
  std::size_t used_ = 0;
};

struct MapLine {
  std::uint64_t begin = 0;
  std::uint64_t end = 0;
  std::uint64_t offset = 0;
  std::uint64_t inode = 0;
  std::string_view path;
};

std::uint64_t take_number(std::string_view& text, unsigned base) {
  std::uint64_t number = 0;
  while (!text.empty()) {
    const char c = text.front();
    unsigned digit = 16;
    if (c >= '0' && c <= '9') digit = static_cast<unsigned>(c - '0');
    if (c >= 'a' && c <= 'f') digit = static_cast<unsigned>(c - 'a' + 10);
    if (digit >= base) break;
    number = number * base + digit;
    text.remove_prefix(1);
  }
  return number;
}

void skip(std::string_view& text, bool blanks) {
  while (!text.empty() && (text.front() == ' ') == blanks) text.remove_prefix(1);
}

/// `7f00-7f10 rw-s 00000000 fd:01 1234     /the/path`
MapLine parse_line(std::string_view text) {
  MapLine line;
  line.begin = take_number(text, 16);
  if (!text.empty()) text.remove_prefix(1);
  line.end = take_number(text, 16);
  skip(text, true);
  skip(text, false);  // Its rights.
  skip(text, true);
  line.offset = take_number(text, 16);
  skip(text, true);
  skip(text, false);  // Its device.
  skip(text, true);
  line.inode = take_number(text, 10);
  skip(text, true);
  line.path = text;
  return line;
}

Text line_text;

/// The line of /proc/self/maps that holds the address; its path points into line_text.
bool find_map(std::uint64_t address, MapLine& found) {
  const int fd = ::open("/proc/self/maps", O_RDONLY | O_CLOEXEC);
  if (fd < 0) return false;
  std::array<char, 4096> piece;
  bool is_found = false;
  ssize_t got = 0;
  while (!is_found && ((got = ::read(fd, piece.data(), piece.size())) > 0 || (got < 0 && errno == EINTR))) {
    for (ssize_t i = 0; i < got && !is_found; ++i) {
      if (piece[static_cast<std::size_t>(i)] != '\n') {
        line_text << std::string_view(&piece[static_cast<std::size_t>(i)], 1);
        continue;
      }
      found = parse_line(line_text.view());
      is_found = address >= found.begin && address < found.end;
      if (!is_found) line_text.clear();
    }
  }
  ::close(fd);
  return is_found;
}

/// Some file systems tell /proc another inode than stat(2): then the path decides.
const NotedFile* find_noted(const MapLine& line) {
  if (line.inode == 0) return nullptr;
  const std::uint64_t path = hash_of(line.path);
  for (const NotedFile& file : noted) {
    const std::uint64_t own = file.path.load(std::memory_order_acquire);
    if (own == 0) break;
    if (own == path || file.inode.load(std::memory_order_relaxed) == line.inode) return &file;
  }
  return nullptr;
}

Text message;
Text entry;

void tell_operator() {
  const int log = ::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (log < 0) return;  // Where no log is, standard error has to do.
  constexpr std::string_view kUserCritical = "<10>";
  entry << kUserCritical << ::program_invocation_short_name << "[" << static_cast<std::uint64_t>(::getpid())
        << "]: " << message.view();
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::memcpy(address.sun_path, "/dev/log", sizeof "/dev/log");
  (void)::sendto(log, entry.view().data(), entry.view().size(), MSG_NOSIGNAL,
                 reinterpret_cast<const sockaddr*>(&address), sizeof address);
  ::close(log);
}

template <MsgId Id>
int begin_message(std::string_view path) {
  constexpr std::string_view kText = MsgInfo<Id>::text;
  constexpr std::size_t kPlace = kText.find("{}");
  message << "%GTM-F-" << MsgInfo<Id>::name << ", " << kText.substr(0, kPlace) << path << kText.substr(kPlace + 2)
          << "\n";
  return exit_status(Id, Severity::Fatal);
}

[[noreturn]] void end_with_message(const NotedFile& file, const MapLine& line, std::uint64_t address) {
  const int status = file.kind.load(std::memory_order_relaxed) == MappedKind::Journal
                         ? begin_message<MsgId::JNLFILEOPNERR>(line.path)
                         : begin_message<MsgId::DBFILERR>(line.path);
  const std::uint64_t offset = address - line.begin + line.offset;
  std::array<char, 4096> path{};  // Ended by a zero, for stat(2).
  std::memcpy(path.data(), line.path.data(), std::min(line.path.size(), path.size() - 1));
  struct stat info {};
  message << "%GTM-I-TEXT, ";
  if (::stat(path.data(), &info) != 0) {
    message << "It was cut or removed while it was open: byte " << offset << " is not there";
  } else if (static_cast<std::uint64_t>(info.st_size) <= offset) {
    message << "It was cut while it was open: byte " << offset << " is needed, and the file has "
            << static_cast<std::uint64_t>(info.st_size) << " bytes";
  } else {
    message << "The system cannot read or write byte " << offset << " of it: its disk is full or fails";
  }
  message << "\n";
  (void)!::write(STDERR_FILENO, message.view().data(), message.view().size());
  tell_operator();
  ::_exit(status);
}

void on_bus_error(int number, siginfo_t* info, void*) {
  while (handling.exchange(true)) ::pause();  // Another thread ends the process.
  MapLine line;
  const auto address = reinterpret_cast<std::uint64_t>(info->si_addr);
  const bool is_fault = info->si_code > 0;  // Not sent by kill(2) and its like.
  if (is_fault && find_map(address, line)) {
    if (const NotedFile* const file = find_noted(line); file != nullptr) end_with_message(*file, line, address);
  }
  // The access is made again when this returns, and faults again.
  ::sigaction(number, &former_action, nullptr);
  if (!is_fault) (void)::raise(number);
}

}  // namespace

void handle_bus_errors() {
  if (installed.exchange(true)) return;
  if (::sigaction(SIGBUS, nullptr, &former_action) != 0) return;
  if ((former_action.sa_flags & SA_SIGINFO) != 0 || former_action.sa_handler != SIG_DFL)
    return;  // The application's own.
  struct sigaction action {};
  action.sa_sigaction = on_bus_error;
  action.sa_flags = SA_SIGINFO | SA_ONSTACK;
  ::sigemptyset(&action.sa_mask);
  ::sigaction(SIGBUS, &action, nullptr);
}

void note_mapped_file(int fd, const std::string& path, MappedKind kind) {
  handle_bus_errors();
  struct stat info {};
  if (::fstat(fd, &info) != 0) return;  // It cannot be told from others, then.
  const std::uint64_t own = hash_of(path);
  for (NotedFile& file : noted) {
    std::uint64_t present = file.path.load(std::memory_order_acquire);
    if (present == 0 && file.path.compare_exchange_strong(present, own)) present = own;
    if (present != own) continue;
    file.kind.store(kind, std::memory_order_relaxed);
    file.inode.store(info.st_ino, std::memory_order_relaxed);
    return;
  }
}

}  // namespace hw

#include "engine/base/program.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/resource.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <iostream>
#include <new>
#include <string>

#include "engine/base/bus_error.h"
#include "engine/base/file.h"

namespace hw {
namespace {

constexpr int kIgnored[] = {SIGHUP,  SIGUSR1, SIGUSR2, SIGALRM, SIGVTALRM, SIGPROF, SIGPIPE,
                            SIGXFSZ, SIGXCPU, SIGIO,   SIGPWR,  SIGSTKFLT, SIGSYS};

constexpr std::string_view kForcedHalt = "%GTM-F-FORCEDHALT, Image HALTed by MUPIP STOP\n";
static_assert(kTerminatedStatus == 256 - SIGTERM);

std::array<bool, 3> closed{};

/// A commit that was under way is finished or erased by whoever takes the lock next, as after any death. Nothing is
/// said into a pipe that is full: its reader may never read.
[[noreturn]] void end_at_once(std::string_view text, int status) {
  struct pollfd room {
    STDERR_FILENO, POLLOUT, 0
  };
  if (::poll(&room, 1, 0) == 1) (void)!::write(STDERR_FILENO, text.data(), text.size());
  ::_exit(status);
}

void end_on_signal(int) { end_at_once(kForcedHalt, kTerminatedStatus); }

/// Made beforehand: there will be no memory to make it.
std::string no_memory_text;
int no_memory_status = 1;
void end_without_memory() { end_at_once(no_memory_text, no_memory_status); }

void open_closed_streams() {
  for (int fd = 0; fd < 3; ++fd) {
    if (::fcntl(fd, F_GETFD) >= 0 || errno != EBADF) continue;
    closed[static_cast<std::size_t>(fd)] = true;
    // The lowest free number is the one that is missing. Without /dev/null the stream stays closed.
    (void)::open("/dev/null", fd == STDIN_FILENO ? O_RDONLY : O_WRONLY);
  }
}

/// A region takes six descriptors where it is updated: database twice (LMDB's, and ours for locks that must be there
/// before LMDB has it open), its lock file, control file, journal twice (for commits, and for syncs, which are also of
/// regions that this process does not write). Where it is read they are four. The lower limit is for programs that use
/// select(), which ours do not.
void allow_descriptors() {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur == limit.rlim_max) return;
  limit.rlim_cur = limit.rlim_max;
  (void)::setrlimit(RLIMIT_NOFILE, &limit);  // Too few: said when a file cannot be opened.
}

/// A thread's stack is as large as the limit says, and one that is too small ends the process by a signal.
void check_stack() {
  constexpr rlim_t kStackBytesMin = 64 << 10;
  rlimit limit{};
  if (::getrlimit(RLIMIT_STACK, &limit) != 0 || limit.rlim_cur >= kStackBytesMin) return;
  const Error error = make_error<MsgId::HWNOMEMORY>().note(
      fmt::format("Stacks may have {} bytes, and {} are needed: ulimit -s", limit.rlim_cur, kStackBytesMin));
  end_at_once(error.render(), error.status());
}

}  // namespace

void begin_program() {
  open_closed_streams();
  allow_descriptors();
  check_stack();
  for (const int number : kIgnored) ::signal(number, SIG_IGN);
  // What others use for purposes of their own: service managers, container run-times, timers.
  for (int number = SIGRTMIN; number <= SIGRTMAX; ++number) ::signal(number, SIG_IGN);
  struct sigaction action {};
  action.sa_handler = end_on_signal;
  ::sigemptyset(&action.sa_mask);
  ::sigaction(SIGTERM, &action, nullptr);
  handle_bus_errors();
  const Error no_memory = make_error<MsgId::HWNOMEMORY>();
  no_memory_text = no_memory.render();
  no_memory_status = no_memory.status();
  std::set_new_handler(end_without_memory);
}

bool stream_was_closed(int fd) { return fd >= 0 && fd < 3 && closed[static_cast<std::size_t>(fd)]; }

int end_program(int status) {
  errno = 0;
  std::cout.flush();
  if (status != 0 || (std::cout.good() && std::cerr.good())) return status;
  if (std::cout.good()) return make_error<MsgId::SYSCALL>("write()", "standard error").status();  // No one can be told.
  const Error error = system_error("write()", "standard output");
  std::cerr << error.render() << std::flush;
  return error.status();
}

void set_plain_signals(posix_spawnattr_t& attributes) {
  sigset_t none, all;
  ::sigemptyset(&none);
  ::sigfillset(&all);
  ::posix_spawnattr_setsigmask(&attributes, &none);
  ::posix_spawnattr_setsigdefault(&attributes, &all);
  short flags = 0;
  ::posix_spawnattr_getflags(&attributes, &flags);
  ::posix_spawnattr_setflags(&attributes, static_cast<short>(flags | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF));
}

}  // namespace hw

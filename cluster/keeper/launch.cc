#include "cluster/keeper/launch.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdint>
#include <cstdlib>
#include <cstring>

#include "cluster/keeper/output_files.h"
#include "engine/base/bytes.h"
#include "engine/base/file.h"

namespace hw::cluster {
namespace {

// Descriptors of the child. Those above kReadyFd are closed when its program runs.
constexpr int kTalkFd = 4;
constexpr int kFolderFd = 5;
constexpr unsigned kFirstClosedFd = 6;
constexpr rlim_t kClosedOneByOneMax = 65536;
/// What the parent hands down has numbers from here on: none is overwritten before it has been moved.
constexpr int kFirstHandedDownFd = 10;

constexpr int kNotStartedStatus = 127;

/// What the child was at when it failed.
enum class Step : std::uint32_t { Session, Descriptors, Groups, GroupId, UserId, Folder, Out, Err, Exec };

/// All that the child needs, made before the fork: afterwards it may not even allocate memory.
struct Plan {
  const char* program = nullptr;
  std::vector<char*> arguments;
  std::vector<char*> environment;
  const char* folder = nullptr;
  mode_t umask = 0;
  const RunAs* user = nullptr;
  uid_t agent = 0;
  bool becomes_user = false;
  int null = -1, talk = -1, ready = -1, log_folder = -1, out = -1, err = -1;
  const char* out_name = nullptr;
  const char* err_name = nullptr;
};

[[noreturn]] void give_up(Step step) {
  std::array<std::byte, 8> text{};
  const int why = errno;
  put_le(text, 0, static_cast<std::uint32_t>(step));
  put_le(text, 4, static_cast<std::uint32_t>(why));
  // Where the parent has gone nobody is to be told.
  (void)!::send(kTalkFd, text.data(), text.size(), MSG_NOSIGNAL);
  ::_exit(kNotStartedStatus);
}

void move_to(int from, int to, int flags) {
  if (::dup3(from, to, flags) < 0) give_up(Step::Descriptors);
}

void close_from(unsigned first) {
  if (::syscall(SYS_close_range, first, ~0U, 0) == 0) return;
  // A kernel before 5.9, or a container that knows what was there then. All that hwd opens is closed by exec().
  struct rlimit files {};
  if ((errno != ENOSYS && errno != EPERM) || ::getrlimit(RLIMIT_NOFILE, &files) != 0) give_up(Step::Descriptors);
  const auto end = static_cast<unsigned>(std::min<rlim_t>(files.rlim_cur, kClosedOneByOneMax));
  for (unsigned fd = first; fd < end; ++fd) ::close(static_cast<int>(fd));
}

void arrange_descriptors(const Plan& plan) {
  move_to(plan.talk, kTalkFd, O_CLOEXEC);  // First: by it the others say what failed.
  move_to(plan.null, STDIN_FILENO, 0);
  move_to(plan.out >= 0 ? plan.out : plan.null, STDOUT_FILENO, 0);
  move_to(plan.err >= 0 ? plan.err : plan.null, STDERR_FILENO, 0);
  if (plan.ready >= 0) move_to(plan.ready, kReadyFd, 0);
  if (plan.log_folder >= 0) move_to(plan.log_folder, kFolderFd, O_CLOEXEC);
  if (plan.ready < 0) ::close(kReadyFd);
  if (plan.log_folder < 0) ::close(kFolderFd);
  close_from(kFirstClosedFd);
}

/// As fork has left them, handlers and masks are the agent's.
void reset_signals() {
  struct sigaction plain {};
  plain.sa_handler = SIG_DFL;
  for (int number = 1; number < NSIG; ++number) ::sigaction(number, &plain, nullptr);
  sigset_t none;
  ::sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
}

/// By the kernel's calls: those of the C library speak to the other threads that the parent had.
void become_user(const RunAs& user) {
  if (::syscall(SYS_setgroups, user.groups.size(), user.groups.data()) != 0) give_up(Step::Groups);
  if (::syscall(SYS_setresgid, user.gid, user.gid, user.gid) != 0) give_up(Step::GroupId);
  if (::syscall(SYS_setresuid, user.uid, user.uid, user.uid) != 0) give_up(Step::UserId);
}

void take_output(const Plan& plan, const char* name, int fd, Step step) {
  const int opened = open_output(kFolderFd, name, plan.user->uid, plan.agent);
  if (opened < 0 || ::dup2(opened, fd) < 0) give_up(step);
  ::close(opened);
}

[[noreturn]] void be_child(const Plan& plan) {
  arrange_descriptors(plan);
  reset_signals();
  if (::setsid() < 0) give_up(Step::Session);
  char go = 0;
  if (::read(kTalkFd, &go, 1) != 1) ::_exit(kNotStartedStatus);
  if (plan.becomes_user) become_user(*plan.user);
  ::umask(plan.umask);
  if (::chdir(plan.folder) != 0) give_up(Step::Folder);
  if (plan.out_name != nullptr) {
    take_output(plan, plan.out_name, STDOUT_FILENO, Step::Out);
    take_output(plan, plan.err_name, STDERR_FILENO, Step::Err);
  }
  ::execve(plan.program, plan.arguments.data(), plan.environment.data());
  give_up(Step::Exec);
}

std::vector<char*> pointers(const std::vector<std::string>& texts) {
  std::vector<char*> out;
  out.reserve(texts.size() + 1);
  for (const std::string& text : texts) out.push_back(const_cast<char*>(text.c_str()));
  out.push_back(nullptr);
  return out;
}

/// A copy that is out of the way of the numbers that the child has.
Result<Descriptor> handed_down(int fd) {
  Descriptor copy(::fcntl(fd, F_DUPFD_CLOEXEC, kFirstHandedDownFd));
  if (!copy.is_open()) return system_error("fcntl(F_DUPFD_CLOEXEC)", "start of a process");
  return copy;
}

struct Ends {
  Descriptor parent, child;
};

Result<Ends> talk_ends() {
  std::array<int, 2> ends{};
  if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()) != 0)
    return system_error("socketpair()", "start of a process");
  Ends out{Descriptor(ends[0]), Descriptor(ends[1])};
  HW_TRY(out.child, handed_down(out.child.get()));
  return out;
}

Result<Ends> output_ends() {
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) return system_error("pipe2()", "start of a process");
  Ends out{Descriptor(ends[0]), Descriptor(ends[1])};
  HW_TRY(out.child, handed_down(out.child.get()));
  if (::fcntl(out.parent.get(), F_SETFL, O_NONBLOCK) != 0) return system_error("fcntl(F_SETFL)", "start of a process");
  return out;
}

/// While one lives no handler of the agent runs, so that none runs in its child.
class AllBlocked {
 public:
  AllBlocked() {
    sigset_t all;
    ::sigfillset(&all);
    ::pthread_sigmask(SIG_SETMASK, &all, &before_);
  }
  ~AllBlocked() { ::pthread_sigmask(SIG_SETMASK, &before_, nullptr); }
  AllBlocked(const AllBlocked&) = delete;
  AllBlocked& operator=(const AllBlocked&) = delete;

 private:
  sigset_t before_{};
};

/// The agent's own parent may have ignored SIGCHLD, and then the kernel reports no child's end.
void keep_ended_children() {
  struct sigaction now {};
  if (::sigaction(SIGCHLD, nullptr, &now) == 0 && now.sa_handler == SIG_IGN) ::signal(SIGCHLD, SIG_DFL);
}

}  // namespace

Result<Launched> launch(const LaunchSpec& spec) {
  keep_ended_children();
  const bool has_pipes = spec.output_base.empty();
  OutputFiles files;
  Ends out, err;
  Descriptor folder, ready;
  if (has_pipes) {
    HW_TRY(out, output_ends());
    HW_TRY(err, output_ends());
  } else {
    HW_TRY(files, prepare_output(spec.output_base, spec.what.user, spec.what.umask));
    HW_TRY(folder, handed_down(files.folder.get()));
  }
  if (spec.ready_fd >= 0) {
    HW_TRY(ready, handed_down(spec.ready_fd));
  }
  HW_TRY(Ends talk, talk_ends());
  HW_TRY(const File null, File::open("/dev/null", O_RDWR | O_NOCTTY));
  HW_TRY(const Descriptor null_down, handed_down(null.fd()));

  std::vector<std::string> words{spec.what.program};
  words.insert(words.end(), spec.what.arguments.begin(), spec.what.arguments.end());
  std::vector<std::string> environment = environment_for(spec.what.user, spec.what.variables);
  if (ready.is_open()) environment.push_back(fmt::format("HW_READY_FD={}", kReadyFd));
  Plan plan{spec.what.program.c_str(), pointers(words), pointers(environment),
            spec.what.folder.c_str(),  spec.what.umask, &spec.what.user};
  plan.agent = ::geteuid();
  plan.becomes_user = plan.agent == 0 || plan.agent != spec.what.user.uid;
  plan.null = null_down.get();
  plan.talk = talk.child.get();
  plan.ready = ready.get();
  plan.log_folder = folder.get();
  plan.out = out.child.get();
  plan.err = err.child.get();
  if (!has_pipes) {
    plan.out_name = files.out_name.c_str();
    plan.err_name = files.err_name.c_str();
  }
  pid_t pid = -1;
  {
    const AllBlocked blocked;
    pid = ::fork();
    if (pid == 0) be_child(plan);
  }
  if (pid < 0) return system_error("fork()", spec.what.program);
  return Launched{pid, std::move(talk.parent), std::move(out.parent), std::move(err.parent)};
}

void let_go(const Launched& child) {
  const char go = 1;
  // A child that has been killed meanwhile is seen by its end.
  (void)!::send(child.talk.get(), &go, 1, MSG_NOSIGNAL);
}

Status launch_failure(const Launched& child, const LaunchSpec& spec) {
  std::array<std::byte, 8> text{};
  const ssize_t got = ::recv(child.talk.get(), text.data(), text.size(), MSG_DONTWAIT);
  // One that was killed before it read has left something unread.
  if (got == 0 || (got < 0 && errno == ECONNRESET)) return {};
  if (got != static_cast<ssize_t>(text.size()))
    return system_error("recv()", spec.what.program, got < 0 ? errno : EPROTO);
  const int why = static_cast<int>(get_le<std::uint32_t>(text, 4));
  switch (Step{get_le<std::uint32_t>(text, 0)}) {
    case Step::Session:
      return system_error("setsid()", spec.what.program, why);
    case Step::Descriptors:
      return system_error("close_range()", spec.what.program, why);
    case Step::Groups:
      return system_error("setgroups()", spec.what.user.name, why);
    case Step::GroupId:
      return system_error("setresgid()", spec.what.user.name, why);
    case Step::UserId:
      return system_error("setresuid()", spec.what.user.name, why);
    case Step::Folder:
      return system_error("chdir()", spec.what.folder, why);
    case Step::Out:
      return system_error("open()", spec.output_base + ".out", why);
    case Step::Err:
      return system_error("open()", spec.output_base + ".err", why);
    case Step::Exec:
      return system_error("execve()", spec.what.program, why);
  }
  return system_error("recv()", spec.what.program, EPROTO);
}

}  // namespace hw::cluster

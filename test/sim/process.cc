#include "test/sim/process.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <fstream>
#include <sstream>

#include <fmt/format.h>

#include "test/sim/failure.h"

namespace hw::sim {
namespace {

using Clock = std::chrono::steady_clock;

std::map<pid_t, int>& ended() {
  static std::map<pid_t, int> children;
  return children;
}

void collect() {
  int status = 0;
  for (pid_t pid; (pid = ::waitpid(-1, &status, WNOHANG)) > 0;) ended()[pid] = status;
}

std::string content_of(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  std::ostringstream out;
  out << in.rdbuf();
  return out.str();
}

/// The writer shares the file's position: it is read without moving it.
std::string everything(int fd, std::size_t from = 0) {
  std::string out;
  char piece[16384];
  for (ssize_t n; (n = ::pread(fd, piece, sizeof piece, static_cast<off_t>(from + out.size()))) > 0;)
    out.append(piece, static_cast<std::size_t>(n));
  return out;
}

/// What the threads of a process that does not end wait for.
std::string stacks(pid_t pid) {
  std::string out;
  const std::string tasks = fmt::format("/proc/{}/task", pid);
  DIR* folder = ::opendir(tasks.c_str());
  if (folder == nullptr) return out;
  while (const dirent* entry = ::readdir(folder)) {
    if (entry->d_name[0] == '.') continue;
    const std::string task = tasks + "/" + entry->d_name;
    out += fmt::format("  thread {}: {} in {}\n", entry->d_name, content_of(task + "/syscall"),
                       content_of(task + "/wchan"));
  }
  ::closedir(folder);
  return out;
}

[[noreturn]] void become(const Launch& launch, int output) {
  ::setpgid(0, 0);
  const int input = launch.input >= 0 ? launch.input : ::open("/dev/null", O_RDONLY | O_CLOEXEC);
  ::dup2(input, 0);
  ::dup2(output, 1);
  ::dup2(output, 2);
  for (const auto& [name, value] : launch.environment) ::setenv(name.c_str(), value.c_str(), 1);
  if (launch.file_bytes != 0) {
    rlimit limit{};
    ::getrlimit(RLIMIT_FSIZE, &limit);
    limit.rlim_cur = launch.file_bytes;  // The recorder's own files are not bound.
    ::setrlimit(RLIMIT_FSIZE, &limit);
    ::signal(SIGXFSZ, SIG_IGN);  // The call fails then.
  }
  if (!launch.folder.empty() && ::chdir(launch.folder.c_str()) != 0) ::_exit(126);
  std::vector<char*> argv;
  for (const std::string& word : launch.argv) argv.push_back(const_cast<char*>(word.c_str()));
  argv.push_back(nullptr);
  ::execvp(argv[0], argv.data());
  ::dprintf(2, "%s: %s\n", argv[0], std::strerror(errno));
  ::_exit(127);
}

}  // namespace

Running start(const Launch& launch) {
  Running running;
  running.output = launch.output >= 0 ? launch.output : ::memfd_create("said", MFD_CLOEXEC);
  for (const std::string& word : launch.argv) running.line += (running.line.empty() ? "" : " ") + word;
  running.pid = ::fork();
  if (running.pid < 0) throw Failure(fmt::format("fork: {}", std::strerror(errno)));
  if (running.pid == 0) become(launch, running.output);
  if (launch.output >= 0) running.output = -1;
  return running;
}

Said wait(Running& running, std::chrono::milliseconds deadline) {
  int status = 0;
  const bool done = within(deadline, [&] { return reaped(running.pid, &status); });
  const std::string waiting = done ? "" : stacks(running.pid);
  if (!done) {
    ::kill(running.pid, SIGKILL);
    within(std::chrono::seconds(10), [&] { return reaped(running.pid, &status); });
  }
  Said said;
  said.status = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  if (running.output >= 0) {
    said.out = everything(running.output);
    ::close(running.output);
  }
  if (!done)
    throw Failure(
        fmt::format("does not end within {} s: {}\n{}{}", deadline.count() / 1000, running.line, waiting, said.out));
  return said;
}

std::string said_so_far(const Running& running, std::size_t from) { return everything(running.output, from); }

std::vector<Said> run_all(const std::vector<Launch>& launches) {
  std::vector<Running> running;
  for (const Launch& launch : launches) running.push_back(start(launch));
  std::vector<Said> said;
  for (Running& one : running) said.push_back(wait(one));
  return said;
}

bool reaped(pid_t pid, int* status) {
  collect();
  const auto found = ended().find(pid);
  if (found == ended().end()) return false;
  if (status != nullptr) *status = found->second;
  ended().erase(found);
  return true;
}

std::vector<pid_t> processes_with(const std::string& mark) {
  std::vector<pid_t> found;
  DIR* folder = ::opendir("/proc");
  if (folder == nullptr) return found;
  while (const dirent* entry = ::readdir(folder)) {
    const pid_t pid = std::atoi(entry->d_name);
    if (pid <= 0 || pid == ::getpid()) continue;
    if (mark.empty() || content_of(fmt::format("/proc/{}/environ", pid)).find(mark) != std::string::npos)
      found.push_back(pid);
  }
  ::closedir(folder);
  return found;
}

void kill_all(const std::vector<pid_t>& pids) {
  for (const pid_t pid : pids) ::kill(pid, SIGKILL);
  for (const pid_t pid : pids)
    if (!within(std::chrono::seconds(20), [&] { return gone(pid); }))
      throw Failure(fmt::format("process {} does not die\n{}", pid, stacks(pid)));
}

bool gone(pid_t pid) {
  collect();
  if (::kill(pid, 0) != 0 && errno == ESRCH) return true;
  // A zombie whose other threads are still ending is not gone.
  const std::string status = content_of(fmt::format("/proc/{}/status", pid));
  const auto field = [&](const std::string& name) {
    const auto at = status.find("\n" + name + ":");
    return at == std::string::npos ? "" : status.substr(status.find_first_not_of(" \t", at + name.size() + 2), 8);
  };
  if (status.empty() || field("State").starts_with("X")) return true;
  return field("State").starts_with("Z") && std::atoi(field("Threads").c_str()) <= 1;
}

bool within(std::chrono::milliseconds deadline, const std::function<bool()>& done) {
  const auto end = Clock::now() + deadline;
  for (unsigned pause_us = 300; !done();) {
    if (Clock::now() > end) return false;
    ::usleep(pause_us);
    pause_us = std::min(pause_us * 5 / 4, 20'000u);
  }
  return true;
}

}  // namespace hw::sim

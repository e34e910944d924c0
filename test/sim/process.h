/// test/sim/process.h -- starting programs, waiting for them with a deadline, and what they said.
///
/// All waiting goes through one reaper, because a run is the first process of its own process name space: daemons that
/// lose their parent become its children, and it must collect them, or they would look alive to whoever asks /proc.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <functional>
#include <map>
#include <string>
#include <vector>

namespace hw::sim {

using Environment = std::map<std::string, std::string>;

/// What a command said and how it ended.
struct Said {
  int status = 0;   ///< exit status; 128 + the signal that ended it
  std::string out;  ///< standard output and error together
  bool has(const std::string& text) const { return out.find(text) != std::string::npos; }
};

/// A program that was started and not yet waited for.
struct Running {
  pid_t pid = -1;
  int output = -1;  ///< of a file in memory
  std::string line;
};

/// How a process is started; its input is /dev/null unless one is given.
struct Launch {
  std::vector<std::string> argv;
  Environment environment;  ///< added to ours
  std::string folder;
  std::uint64_t file_bytes = 0;  ///< RLIMIT_FSIZE; 0: none
  int input = -1;
  int output = -1;  ///< standard output and error go there; -1: into memory
};

Running start(const Launch& launch);
/// Waits until it ends. Failure when it does not within the deadline: what each of its threads waits for is said.
Said wait(Running& running, std::chrono::milliseconds deadline = std::chrono::seconds(60));
/// What it has said until now, from that byte on.
std::string said_so_far(const Running& running, std::size_t from = 0);
/// Starts all, then waits for all.
std::vector<Said> run_all(const std::vector<Launch>& launches);
inline Said run(const Launch& launch) { return run_all({launch}).front(); }

/// Collects every child that has ended. True when `pid` is one of them; its status is then given once.
bool reaped(pid_t pid, int* status = nullptr);
/// Every process that there is in this process name space but us, or else every one that has `mark` in its environment.
std::vector<pid_t> processes_with(const std::string& mark);
/// SIGKILL, and waits until all are gone.
void kill_all(const std::vector<pid_t>& pids);
/// No such process any more, or one that nobody has collected.
bool gone(pid_t pid);

/// Polls until `done` or the deadline; whether it was done.
bool within(std::chrono::milliseconds deadline, const std::function<bool()>& done);

}  // namespace hw::sim

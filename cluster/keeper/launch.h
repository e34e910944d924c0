/// cluster/keeper/launch.h -- makes a child process out of a program: fork, and all that comes before exec.
///
/// The child waits between fork and exec until the parent lets it go: the parent writes down first that it is there.
/// When the parent dies before, the child ends without having run the program. From then on it says over the same
/// socket what failed; the end of the socket says that the program runs.
#pragma once

#include <sys/types.h>

#include <string>
#include <string_view>
#include <vector>

#include "cluster/keeper/descriptor.h"
#include "cluster/keeper/environment.h"
#include "cluster/keeper/run_as.h"
#include "engine/base/result.h"

namespace hw::cluster {

struct ProgramSpec {
  std::string program;                 ///< full path
  std::vector<std::string> arguments;  ///< after the program's name
  Variables variables;                 ///< added to this process's environment, environment_for
  std::string folder;                  ///< in which it runs
  mode_t umask = 0027;
  RunAs user;
};

struct LaunchSpec {
  ProgramSpec what;
  /// Standard output and error are appended to `<output_base>.out` and `.err`; empty: they are pipes to the parent.
  std::string output_base;
  /// The child has it as descriptor kReadyFd, and HW_READY_FD says so; -1: none.
  int ready_fd = -1;
};

inline constexpr int kReadyFd = 3;

struct Launched {
  pid_t pid = 0;
  Descriptor talk;      ///< let_go writes, launch_failure reads
  Descriptor out, err;  ///< reading ends, when they are pipes
};

/// Starts a child in a session and process group of its own, as spec.what.user, with no descriptors but 0 (/dev/null),
/// 1, 2 and, if asked for, kReadyFd; no signal blocked or ignored. It does not run the program yet.
///
/// An output file is opened by the child as its user. A link is not followed; what is no plain file, has a second name,
/// or belongs to another than that user or this process's is refused. Its folder is made when it is missing; in
/// one that belongs to this process alone the file is made by the parent, and given to the user.
/// Errors: SYSCALL. Thread: any, but it forks: descriptors that the program must not see are closed by number.
Result<Launched> launch(const LaunchSpec& spec);

/// The child may run its program.
void let_go(const Launched& child);

/// What the child says when `talk` is readable: none, its program runs (or it has been killed); an error, what failed,
/// with the errno of the call. Errors: SYSCALL.
Status launch_failure(const Launched& child, const LaunchSpec& spec);

}  // namespace hw::cluster

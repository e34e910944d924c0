/// cluster/keeper/process.h -- one process that the agent looks after: its child, or one that an earlier agent started.
///
/// It is known by pid and start time. Signals go to its whole process group, through its pidfd where the kernel can do
/// that, so that they never reach a stranger who has got its number.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "cluster/keeper/event_loop.h"
#include "cluster/keeper/launch.h"
#include "replic/process/process_watch.h"

namespace hw::cluster {

/// In one boot and one PID name space.
struct ProcessIdentity {
  std::uint32_t pid = 0;
  std::uint64_t start = 0;  ///< process_start (engine/base/liveness.h)
  friend bool operator==(const ProcessIdentity&, const ProcessIdentity&) = default;
};

/// Of a process that runs now. Errors: SYSCALL with errno ESRCH when there is none; with errno 0 where the system does
/// not tell when it was started.
Result<ProcessIdentity> identity_of(std::uint32_t pid);

/// A process group and its session: 0, 0 when it shares them with processes that are not its own.
struct ProcessGroup {
  std::uint32_t group = 0;
  std::uint32_t session = 0;
  friend bool operator==(const ProcessGroup&, const ProcessGroup&) = default;
};
/// Of a process that runs now: the group is its own when the process leads it, or when a daemon has made it together
/// with its session.
ProcessGroup group_of(std::uint32_t pid);

/// How a process ended.
struct ProcessEnd {
  std::optional<int> wait_status;  ///< as wait(2) tells; none: it was no child of this process
  bool well() const;               ///< ended by itself with status 0
  /// `exit status 3`, `signal 9 (Killed)`, `how is not known`
  std::string describe() const;
};

/// Thread: the loop's. Events come from the loop, never from inside a call; each may destroy the object.
class Process {
 public:
  struct Events {
    std::function<void()> runs;                ///< its program does
    std::function<void(const Error&)> failed;  ///< its program does not run, and the process has gone
    std::function<void(const ProcessEnd&)> ended;
    std::function<void()> cleared;  ///< the answer to clear()
  };

  /// A child, which waits for go(). Errors: SYSCALL.
  static Result<std::unique_ptr<Process>> start(EventLoop& loop, LaunchSpec spec, Events events);
  /// One that runs already, or has ended: that is said as of any other.
  static std::unique_ptr<Process> adopt(EventLoop& loop, const ProcessIdentity& identity, const ProcessGroup& group,
                                        Events events);
  /// What is left of the group of one whose end is known: for signal() and clear().
  static std::unique_ptr<Process> adopt_rest(EventLoop& loop, const ProcessIdentity& identity,
                                             const ProcessGroup& group, Events events);
  Process(const Process&) = delete;
  Process& operator=(const Process&) = delete;
  /// It lives on; nothing is said of it any more. A child that waits for go() ends.
  ~Process() = default;

  const ProcessIdentity& identity() const { return identity_; }
  const ProcessGroup& group() const { return group_; }
  /// Reading ends of its standard output and error, when they are pipes.
  int out() const { return child_.out.get(); }
  int err() const { return child_.err.get(); }

  /// The child that start() made runs its program.
  void go() { let_go(child_); }
  /// Instead of go(): the child ends, and `failed` says `why`.
  void give_up(const Error& why);
  /// Sends a signal to all of its group that are left; there may be none.
  void signal(int number);
  /// After its end: says `cleared` when nothing is left of its group. `kill`: ends what is left.
  void clear(bool kill);

 private:
  /// What is left of the group when its leader has ended.
  struct Member {
    std::unique_ptr<ProcessWatch> watch;
    EventLoop::Handle handle;
  };
  Process(EventLoop& loop, Events events) : loop_(loop), events_(std::move(events)) {}
  bool leads_its_group() const { return group_.group == identity_.pid; }
  void watch();
  void on_talk();
  void on_end();
  bool has_gone(ProcessEnd& end) const;
  bool is_group_empty() const;
  bool find_members();
  void signal_members(int number);
  void clear_members();

  EventLoop& loop_;
  Events events_;
  LaunchSpec spec_;
  Launched child_;
  bool is_child_ = false;
  bool has_ended_ = false;
  bool kill_ = false;
  std::optional<Error> failure_;
  ProcessIdentity identity_;
  ProcessGroup group_;
  ProcessWatch watch_;
  EventLoop::Handle talk_handle_, end_handle_, clear_handle_;
  std::vector<Member> members_;
};

}  // namespace hw::cluster

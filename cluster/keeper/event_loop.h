/// cluster/keeper/event_loop.h -- one thread that waits for descriptors, for times, and for what other threads ask of
/// it.
///
/// All callbacks run in the thread that is in run(), one after the other. A callback may arm, disarm and destroy
/// whatever it likes, its own handle too.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <utility>
#include <vector>

#include "engine/base/mutex.h"
#include "engine/base/result.h"
#include "replic/process/wake_up.h"

namespace hw::cluster {

/// Thread: the one that runs it, except post() and stop().
class EventLoop {
 public:
  using Clock = std::chrono::steady_clock;
  using Callback = std::function<void()>;

  /// What is waited for, as long as the handle lives; it must not outlive the loop.
  class Handle {
   public:
    Handle() = default;
    Handle(Handle&& other) noexcept : loop_(std::exchange(other.loop_, nullptr)), id_(other.id_) {}
    Handle& operator=(Handle&& other) noexcept;
    ~Handle() { cancel(); }
    void cancel();
    bool is_armed() const { return loop_ != nullptr; }

   private:
    friend class EventLoop;
    Handle(EventLoop& loop, std::uint64_t id) : loop_(&loop), id_(id) {}
    EventLoop* loop_ = nullptr;
    std::uint64_t id_ = 0;
  };

  EventLoop() = default;
  EventLoop(const EventLoop&) = delete;
  EventLoop& operator=(const EventLoop&) = delete;
  ~EventLoop();

  /// Errors: SYSCALL.
  Status open();

  /// Calls back each time `fd` is found readable, or at its end. The handle goes before the descriptor is closed.
  /// Errors: SYSCALL.
  Result<Handle> when_readable(int fd, Callback callback);
  Result<Handle> when_writable(int fd, Callback callback);
  /// Calls back once.
  Handle at(Clock::time_point due, Callback callback);

  /// Any thread: calls back soon, in the order of the calls. What is posted after stop() may never run.
  void post(Callback callback);
  /// Any thread: run() returns soon.
  void stop();

  /// Blocks: until stop().
  void run();
  /// Blocks: until `done` is true after some callback, or the deadline is there. Returns what `done` says.
  bool run_until(Clock::time_point deadline, const std::function<bool()>& done);

 private:
  struct Entry {
    std::shared_ptr<Callback> callback;
    int fd = -1;  ///< -1: a time
    Clock::time_point due{};
  };
  Result<Handle> watch(int fd, std::uint32_t events, Callback callback);
  void forget(std::uint64_t id);
  void turn(std::optional<Clock::time_point> deadline);
  void call_due();
  void call_posted();
  int wait_ms(std::optional<Clock::time_point> deadline) const;

  int epoll_fd_ = -1;
  WakeUp wake_;
  std::uint64_t next_id_ = 1;
  std::map<std::uint64_t, Entry> entries_;
  std::set<std::pair<Clock::time_point, std::uint64_t>> times_;
  Mutex mutex_;
  std::vector<Callback> posted_ HW_GUARDED_BY(mutex_);
  bool stop_ HW_GUARDED_BY(mutex_) = false;
};

}  // namespace hw::cluster

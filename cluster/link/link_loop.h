/// cluster/link/link_loop.h -- the one thread that serves all of a process's connections of the agents' link.
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <set>
#include <string_view>
#include <thread>

#include "engine/base/mutex.h"
#include "engine/base/result.h"

namespace boost::asio {
class io_context;
}

namespace hw::cluster {

class LinkLoop;

/// What waits for something in the loop, and must end before the loop can. Made, used and destroyed in its thread, or
/// after its end.
class LoopUser {
 public:
  explicit LoopUser(std::shared_ptr<LinkLoop> loop);
  virtual ~LoopUser();
  LoopUser(const LoopUser&) = delete;
  LoopUser& operator=(const LoopUser&) = delete;
  /// Gives up all waits; the loop ends. May be called more than once.
  virtual void loop_ends() = 0;

 protected:
  LinkLoop& loop() const { return *loop_; }
  const std::shared_ptr<LinkLoop>& shared_loop() const { return loop_; }

 private:
  std::shared_ptr<LinkLoop> loop_;
};

/// The loop, for those who use it: outlives its thread as long as anyone holds it.
class LinkLoop {
 public:
  LinkLoop();
  ~LinkLoop();

  /// `work` runs in the loop's thread, in the order of the calls. False when the loop has ended: then it does not.
  /// Thread: any.
  bool post(std::function<void()> work);
  /// As post, and waits until it has run. In the loop's own thread it runs at once.
  bool run(const std::function<void()>& work);
  bool in_loop() const { return thread_.load() == std::this_thread::get_id(); }
  /// For .cc files that know Boost.Asio.
  boost::asio::io_context& context();

 private:
  friend class LinkThread;
  friend class LoopUser;
  void serve();
  void end();
  void end_users();

  struct Parts;
  std::unique_ptr<Parts> parts_;
  std::atomic<std::thread::id> thread_{};
  Mutex mutex_;
  bool ended_ HW_GUARDED_BY(mutex_) = false;
  std::set<LoopUser*> users_ HW_GUARDED_BY(mutex_);
};

/// The loop's thread; its owner's end is the loop's.
class LinkThread {
 public:
  /// Errors: SYSCALL: no thread or no descriptors to be had.
  static Result<LinkThread> start(std::string_view what);
  LinkThread(LinkThread&&) noexcept = default;
  LinkThread& operator=(LinkThread&&) = delete;
  /// Every connection ends, every answer that is still awaited with it; then the thread. Not in the loop's own thread.
  /// Blocks: while a name is being looked up, as long as the resolver.
  ~LinkThread();

  const std::shared_ptr<LinkLoop>& loop() const { return loop_; }

 private:
  LinkThread() = default;
  std::shared_ptr<LinkLoop> loop_;
  std::thread thread_;
};

}  // namespace hw::cluster

#include "cluster/link/link_loop.h"

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/system/system_error.hpp>
#include <utility>
#include <vector>

#include "engine/base/check.h"
#include "engine/base/file.h"
#include "engine/base/start_thread.h"

namespace hw::cluster {

namespace asio = boost::asio;

struct LinkLoop::Parts {
  asio::io_context context{1};
  asio::executor_work_guard<asio::io_context::executor_type> never_done{context.get_executor()};
  /// Makes the reactor with its descriptors now, where their want is an error, and not at the first connection.
  asio::steady_timer first{context};
};

// ---- who waits in the loop ----

LoopUser::LoopUser(std::shared_ptr<LinkLoop> loop) : loop_(std::move(loop)) {
  HW_CHECK(loop_->in_loop());
  const MutexLock guard(loop_->mutex_);
  loop_->users_.insert(this);
}

LoopUser::~LoopUser() {
  const MutexLock guard(loop_->mutex_);
  loop_->users_.erase(this);
}

// ---- the loop ----

LinkLoop::LinkLoop() : parts_(std::make_unique<Parts>()) {}
LinkLoop::~LinkLoop() = default;

asio::io_context& LinkLoop::context() { return parts_->context; }

bool LinkLoop::post(std::function<void()> work) {
  const MutexLock guard(mutex_);
  if (ended_) return false;
  asio::post(parts_->context, std::move(work));
  return true;
}

bool LinkLoop::run(const std::function<void()>& work) {
  if (in_loop()) {
    work();
    return true;
  }
  Mutex mutex;
  Condition changed;
  bool done = false;
  const bool posted = post([&] {
    work();
    const MutexLock guard(mutex);
    done = true;
    changed.notify_one();  // Under the lock: the waiting thread takes all of this away.
  });
  if (!posted) return false;
  MutexLock lock(mutex);
  changed.wait(lock, [&] { return done; });
  return true;
}

void LinkLoop::serve() {
  thread_ = std::this_thread::get_id();
  parts_->context.run();
  thread_ = std::thread::id();
}

void LinkLoop::end() {
  {
    const MutexLock guard(mutex_);
    ended_ = true;
  }
  // After all that was posted before: nothing that is waited for is lost.
  asio::post(parts_->context, [this] {
    end_users();
    parts_->never_done.reset();
  });
}

void LinkLoop::end_users() {
  std::vector<LoopUser*> users;
  {
    const MutexLock guard(mutex_);
    users.assign(users_.begin(), users_.end());
  }
  const auto is_there = [this](LoopUser* user) {
    const MutexLock guard(mutex_);
    return users_.contains(user);
  };
  for (LoopUser* const each : users)
    if (is_there(each)) each->loop_ends();
}

// ---- its thread ----

Result<LinkThread> LinkThread::start(std::string_view what) {
  LinkThread out;
  try {
    out.loop_ = std::make_shared<LinkLoop>();
  } catch (const boost::system::system_error& failure) {
    return system_error("epoll_create()", what, failure.code().value());
  }
  HW_TRY(out.thread_, start_thread(what, [loop = out.loop_] { loop->serve(); }));
  return out;
}

LinkThread::~LinkThread() {
  if (!thread_.joinable()) return;
  HW_CHECK(!loop_->in_loop());
  loop_->end();
  thread_.join();
}

}  // namespace hw::cluster

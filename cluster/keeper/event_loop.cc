#include "cluster/keeper/event_loop.h"

#include <sys/epoll.h>
#include <unistd.h>

#include <algorithm>
#include <array>

#include "engine/base/file.h"

namespace hw::cluster {
namespace {

constexpr std::uint64_t kWakeId = 0;
constexpr int kWaitMax_ms = 3'600'000;

Status add_to(int epoll_fd, int fd, std::uint32_t events, std::uint64_t id) {
  struct epoll_event event {};
  event.events = events;
  event.data.u64 = id;
  if (::epoll_ctl(epoll_fd, EPOLL_CTL_ADD, fd, &event) != 0) return system_error("epoll_ctl()", "event loop");
  return {};
}

}  // namespace

EventLoop::Handle& EventLoop::Handle::operator=(Handle&& other) noexcept {
  if (this == &other) return *this;
  cancel();
  loop_ = std::exchange(other.loop_, nullptr);
  id_ = other.id_;
  return *this;
}

void EventLoop::Handle::cancel() {
  if (EventLoop* const loop = std::exchange(loop_, nullptr)) loop->forget(id_);
}

EventLoop::~EventLoop() {
  if (epoll_fd_ >= 0) ::close(epoll_fd_);
}

Status EventLoop::open() {
  HW_TRY_VOID(wake_.open());
  epoll_fd_ = ::epoll_create1(EPOLL_CLOEXEC);
  if (epoll_fd_ < 0) return system_error("epoll_create1()", "event loop");
  return add_to(epoll_fd_, wake_.fd(), EPOLLIN, kWakeId);
}

Result<EventLoop::Handle> EventLoop::when_readable(int fd, Callback callback) {
  return watch(fd, EPOLLIN, std::move(callback));
}

Result<EventLoop::Handle> EventLoop::when_writable(int fd, Callback callback) {
  return watch(fd, EPOLLOUT, std::move(callback));
}

Result<EventLoop::Handle> EventLoop::watch(int fd, std::uint32_t events, Callback callback) {
  const std::uint64_t id = next_id_++;
  HW_TRY_VOID(add_to(epoll_fd_, fd, events, id));
  entries_.emplace(id, Entry{std::make_shared<Callback>(std::move(callback)), fd});
  return Handle(*this, id);
}

EventLoop::Handle EventLoop::at(Clock::time_point due, Callback callback) {
  const std::uint64_t id = next_id_++;
  entries_.emplace(id, Entry{std::make_shared<Callback>(std::move(callback)), -1, due});
  times_.emplace(due, id);
  return Handle(*this, id);
}

void EventLoop::forget(std::uint64_t id) {
  const auto found = entries_.find(id);
  if (found == entries_.end()) return;  // A time that has come.
  if (found->second.fd >= 0) {
    // Fails only for one that is closed already, which the kernel has taken out by itself.
    (void)::epoll_ctl(epoll_fd_, EPOLL_CTL_DEL, found->second.fd, nullptr);
  } else {
    times_.erase({found->second.due, id});
  }
  entries_.erase(found);
}

void EventLoop::post(Callback callback) {
  {
    const MutexLock guard(mutex_);
    posted_.push_back(std::move(callback));
  }
  wake_.wake();
}

void EventLoop::stop() {
  {
    const MutexLock guard(mutex_);
    stop_ = true;
  }
  wake_.wake();
}

void EventLoop::run() {
  for (;;) {
    {
      const MutexLock guard(mutex_);
      if (stop_) return;
    }
    turn(std::nullopt);
  }
}

bool EventLoop::run_until(Clock::time_point deadline, const std::function<bool()>& done) {
  while (!done()) {
    if (Clock::now() >= deadline) return false;
    turn(deadline);
  }
  return true;
}

int EventLoop::wait_ms(std::optional<Clock::time_point> deadline) const {
  std::optional<Clock::time_point> next = deadline;
  if (!times_.empty()) next = std::min(next.value_or(times_.begin()->first), times_.begin()->first);
  if (!next) return -1;
  const auto left = std::chrono::ceil<std::chrono::milliseconds>(*next - Clock::now()).count();
  return static_cast<int>(std::clamp<std::int64_t>(left, 0, kWaitMax_ms));
}

void EventLoop::turn(std::optional<Clock::time_point> deadline) {
  std::array<struct epoll_event, 64> events{};
  const int count = ::epoll_wait(epoll_fd_, events.data(), static_cast<int>(events.size()), wait_ms(deadline));
  HW_CHECK(count >= 0 || errno == EINTR);
  for (int i = 0; i < count; ++i) {
    const std::uint64_t id = events[static_cast<std::size_t>(i)].data.u64;
    if (id == kWakeId) {
      wake_.clear();
      continue;
    }
    // A callback before it may have disarmed this one; ids are not used again, as descriptors are.
    const auto found = entries_.find(id);
    if (found == entries_.end()) continue;
    const std::shared_ptr<Callback> callback = found->second.callback;
    (*callback)();
  }
  call_due();
  call_posted();
}

void EventLoop::call_due() {
  const Clock::time_point now = Clock::now();
  while (!times_.empty() && times_.begin()->first <= now) {
    const std::uint64_t id = times_.begin()->second;
    times_.erase(times_.begin());
    const auto node = entries_.extract(id);
    (*node.mapped().callback)();
  }
}

void EventLoop::call_posted() {
  std::vector<Callback> posted;
  {
    const MutexLock guard(mutex_);
    posted.swap(posted_);
  }
  for (const Callback& callback : posted) callback();
}

}  // namespace hw::cluster

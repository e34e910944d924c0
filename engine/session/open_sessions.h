/// engine/session/open_sessions.h -- the sessions of a database, which may be closed before they end.
///
/// A program may close its database while its sessions are still in scope. What they hold, places in LMDB's tables and
/// pointers to regions, must be given back before the files go.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <utility>

namespace hw {

/// Owned by the database and by each session together. Thread: any.
class OpenSessions {
 public:
  /// `close` gives back what the session holds. Returns the number to leave with.
  std::uint64_t enter(std::function<void()> close) {
    const std::lock_guard guard(mutex_);
    closers_.emplace(++last_, std::move(close));
    return last_;
  }
  void leave(std::uint64_t number) {
    const std::lock_guard guard(mutex_);
    closers_.erase(number);
  }
  void close_all() {
    const std::lock_guard guard(mutex_);
    for (const auto& [number, close] : closers_) close();
    closers_.clear();
  }

 private:
  std::mutex mutex_;
  std::map<std::uint64_t, std::function<void()>> closers_;
  std::uint64_t last_ = 0;
};

}  // namespace hw

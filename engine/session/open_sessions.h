/// engine/session/open_sessions.h -- the sessions of a database, which may be closed before they end.
///
/// A program may close its database while its sessions are still in scope. What they hold, places in LMDB's tables and
/// pointers to regions, must be given back before the files go.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <utility>

#include "engine/base/mutex.h"

namespace hw {

/// Owned by the database and by each session together. Thread: any.
class OpenSessions {
 public:
  /// `close` gives back what the session holds. Returns the number to leave with.
  std::uint64_t enter(std::function<void()> close) {
    const MutexLock guard(mutex_);
    closers_.emplace(++last_, std::move(close));
    return last_;
  }
  void leave(std::uint64_t number) {
    const MutexLock guard(mutex_);
    closers_.erase(number);
  }
  void close_all() {
    const MutexLock guard(mutex_);
    for (const auto& [number, close] : closers_) close();
    closers_.clear();
  }

 private:
  Mutex mutex_;
  std::map<std::uint64_t, std::function<void()>> closers_ HW_GUARDED_BY(mutex_);
  std::uint64_t last_ HW_GUARDED_BY(mutex_) = 0;
};

}  // namespace hw

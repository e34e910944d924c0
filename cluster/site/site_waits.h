/// cluster/site/site_waits.h -- how threads that are asked something wait for what happens in the loop: one mutex and
/// one condition for a whole site; and who has an instance for itself meanwhile.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>

#include "cluster/jobs/site.h"
#include "engine/base/mutex.h"
#include "engine/base/result.h"

namespace hw::cluster {

/// Thread: any. Waiting not in the loop's.
class SiteWaits {
 public:
  /// Until `holds`, which is called with the mutex held and sees what `change` has changed; more often than once when
  /// it is true. False at the deadline, and after close().
  template <typename Holds>
  bool wait(Deadline deadline, Holds holds) {
    MutexLock lock(mutex_);
    (void)changed_.wait_until(lock, deadline, [&] { return closed_ || holds(); });
    return holds();
  }
  /// Changes something that is waited for, with the mutex held.
  template <typename Change>
  void change(Change what) {
    {
      const MutexLock lock(mutex_);
      what();
    }
    changed_.notify_all();
  }
  /// Looks at it, with the mutex held.
  template <typename Look>
  auto look(Look what) {
    const MutexLock lock(mutex_);
    return what();
  }
  /// Nobody waits any more: the loop has ended.
  void close() {
    change([this] { closed_ = true; });
  }
  bool is_closed() {
    return look([this] { return closed_; });
  }

 private:
  Mutex mutex_;
  Condition changed_;
  bool closed_ = false;
};

/// Said from elsewhere to who is at work: leave it. Changed by SiteWaits::change. Null: never.
using CancelFlag = std::shared_ptr<const bool>;
inline bool is_cancelled(const CancelFlag& cancelled) { return cancelled && *cancelled; }

/// What is done to instances, one thing at a time for each. Thread: any.
class InstanceHolds {
 public:
  /// An instance is one caller's until this goes; a step that runs on keeps it.
  class Hold;

  /// `node` is who answers HWREMOTE.
  InstanceHolds(std::shared_ptr<SiteWaits> waits, std::string node);

  /// Waits for its turn. `deed` is what messages call it: `rollback`. Errors: HWREMOTE at the deadline, and when it is
  /// cancelled, with what is being done.
  Result<std::shared_ptr<Hold>> take(const std::string& instance, const std::string& deed, Deadline deadline,
                                     const CancelFlag& cancelled = {});

 private:
  struct State;
  std::shared_ptr<State> state_;  ///< holds may outlive this
  const std::string node_;
};
using InstanceHold = InstanceHolds::Hold;

/// Keeps apart those who look into an instance's memory and the one that is about to remove it: a look attaches it.
/// Thread: any.
class MemoryGate {
 public:
  explicit MemoryGate(std::shared_ptr<SiteWaits> waits) : waits_(std::move(waits)) {}
  MemoryGate(const MemoryGate&) = delete;
  MemoryGate& operator=(const MemoryGate&) = delete;

  /// Calls `look` with true, or with false where the memory must not be touched now.
  void pass(const std::string& instance, const std::function<void(bool)>& look);

  /// The memory is nobody's in this process as long as this lives.
  class Shut {
   public:
    Shut(MemoryGate& gate, std::string instance);
    ~Shut();
    Shut(const Shut&) = delete;
    Shut& operator=(const Shut&) = delete;

   private:
    MemoryGate& gate_;
    const std::string instance_;
  };

 private:
  struct Entry {
    unsigned inside = 0;
    unsigned shut = 0;
  };
  std::shared_ptr<SiteWaits> waits_;
  std::map<std::string, Entry> entries_;  ///< by instance; changed by waits_->change
};

}  // namespace hw::cluster

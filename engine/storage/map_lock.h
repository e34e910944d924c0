/// engine/storage/map_lock.h -- keeps a file's map where it is while a process looks into it.
///
/// Lock order: a MapLock is taken last. Its shared holders wait for nothing but LMDB's own locks, the disk, and, in
/// a commit, other regions' MapLocks, shared; in particular not for the commit lock, the attach mutex or the caller's
/// code, and no thread that holds one takes another exclusive. So growth, which takes it exclusive under the commit
/// lock, waits microseconds, and never for a snapshot that a session holds (engine/region/region_reader.h).
#pragma once

#include <pthread.h>

#include "engine/base/check.h"
#include "engine/base/thread_annotations.h"

namespace hw {

/// As std::shared_mutex, but who waits for exclusive use is let in before new shared holders: many threads that read
/// would keep a commit that has to grow the file waiting. A thread holds it once at a time.
class HW_CAPABILITY("map lock") MapLock {
 public:
  MapLock() {
    pthread_rwlockattr_t attributes;
    HW_CHECK(pthread_rwlockattr_init(&attributes) == 0);
    HW_CHECK(pthread_rwlockattr_setkind_np(&attributes, PTHREAD_RWLOCK_PREFER_WRITER_NONRECURSIVE_NP) == 0);
    HW_CHECK(pthread_rwlock_init(&lock_, &attributes) == 0);
    (void)pthread_rwlockattr_destroy(&attributes);
  }
  ~MapLock() { (void)pthread_rwlock_destroy(&lock_); }
  MapLock(const MapLock&) = delete;
  MapLock& operator=(const MapLock&) = delete;

  void lock() HW_ACQUIRE() { HW_CHECK(pthread_rwlock_wrlock(&lock_) == 0); }  // EDEADLK: the thread holds it already.
  void unlock() HW_RELEASE() { HW_CHECK(pthread_rwlock_unlock(&lock_) == 0); }
  void lock_shared() HW_ACQUIRE_SHARED() { HW_CHECK(pthread_rwlock_rdlock(&lock_) == 0); }
  void unlock_shared() HW_RELEASE_SHARED() { HW_CHECK(pthread_rwlock_unlock(&lock_) == 0); }

 private:
  pthread_rwlock_t lock_;
};

}  // namespace hw

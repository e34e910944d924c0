/// A loop, what lives in it, and what it tells the test.
#pragma once

#include <gtest/gtest.h>

#include <chrono>
#include <deque>
#include <memory>
#include <optional>
#include <utility>

#include "cluster/link/link_loop.h"
#include "cluster/store/client.h"
#include "engine/base/mutex.h"
#include "test/support/child_process.h"

namespace hw::cluster::store::test {

using hw::test::must;
using namespace std::chrono_literals;
constexpr std::chrono::seconds kLong{20};  ///< two cores, ten processes
/// Of requests that are to be answered.
constexpr std::chrono::milliseconds kPatient{20'000};
/// Of requests that are not.
constexpr std::chrono::milliseconds kShort{50};

/// Values that the loop brings one after the other.
template <typename T>
class Inbox {
 public:
  void bring(T value) {
    const MutexLock guard(mutex_);
    values_.push_back(std::move(value));
    changed_.notify_all();
  }
  /// The next one; none: not within a long time.
  std::optional<T> next(std::chrono::milliseconds patience = kLong) {
    MutexLock lock(mutex_);
    if (!changed_.wait_for(lock, patience, [&]() HW_REQUIRES(mutex_) { return !values_.empty(); })) return std::nullopt;
    T out = std::move(values_.front());
    values_.pop_front();
    return out;
  }
  std::size_t count() {
    const MutexLock guard(mutex_);
    return values_.size();
  }

 private:
  Mutex mutex_;
  Condition changed_;
  std::deque<T> values_ HW_GUARDED_BY(mutex_);
};

class StoreLoop {
 public:
  const std::shared_ptr<LinkLoop>& loop() const { return thread_.loop(); }
  template <typename Work>
  void run(Work work) {
    ASSERT_TRUE(loop()->run(work));
  }

 private:
  LinkThread thread_ = must(LinkThread::start("store of a test"));
};

/// An object that is made, used and destroyed in the loop.
template <typename T>
class InLoop {
 public:
  template <typename... Args>
  explicit InLoop(StoreLoop& loop, Args&&... args) : loop_(loop) {
    loop_.run([&] { object_ = std::make_unique<T>(std::forward<Args>(args)...); });
  }
  ~InLoop() {
    loop_.run([&] { object_.reset(); });
  }
  InLoop(const InLoop&) = delete;
  InLoop& operator=(const InLoop&) = delete;
  template <typename Work>
  void use(Work work) {
    loop_.run([&] { work(*object_); });
  }

 private:
  StoreLoop& loop_;
  std::unique_ptr<T> object_;
};

/// A client and what is needed to let it go in its loop.
class Client {
 public:
  Client(StoreLoop& loop, const EtcdKeys& keys, std::chrono::milliseconds patience = kPatient) : loop_(loop) {
    loop_.run([&] { client_ = must(StoreClient::make(loop_.loop(), keys, patience)); });
  }
  ~Client() {
    loop_.run([&] { client_.reset(); });
  }
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;
  const std::shared_ptr<StoreClient>& get() const { return client_; }

 private:
  StoreLoop& loop_;
  std::shared_ptr<StoreClient> client_;
};

template <typename... Urls>
EtcdKeys keys_of(const Urls&... urls) {
  EtcdKeys out;
  (out.endpoints.push_back(urls), ...);
  return out;
}

}  // namespace hw::cluster::store::test

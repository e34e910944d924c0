/// A store of one or several members in this process: keys, compare-and-put, leases and watches over HTTP on loopback,
/// and whatever goes wrong with them when a test says so.
#pragma once

#include <cstdint>
#include <list>
#include <map>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "engine/base/mutex.h"

namespace hw::cluster::store::test {

/// What all members of a store agree on. Thread: any.
class FakeKeys {
 public:
  struct Value {
    std::string value;
    std::uint64_t mod_revision = 0;
    std::uint64_t lease = 0;
  };
  /// The answer to a request of that path, as the gateway would give it. `status` as well.
  std::string answer(const std::string& path, const std::string& body, int& status);
  /// Lines for a watch of the keys from `first` to before `end` that come after the event of that number, which is
  /// moved on.
  std::vector<std::string> lines_after(std::size_t& event, const std::string& first, const std::string& end);
  std::size_t events() const;
  std::string created_line() const;

  std::string value(const std::string& key) const;
  void put(const std::string& key, const std::string& value);
  void erase(const std::string& key);
  void end_leases();
  /// The store was emptied, and counts from 1 again.
  void forget_all();
  /// From now on requests need this token; empty: none.
  void set_token(std::string token);
  bool takes(const std::string& token) const;

 private:
  std::string header() const HW_REQUIRES(mutex_);
  void put_locked(const std::string& key, const std::string& value, std::uint64_t lease) HW_REQUIRES(mutex_);
  std::string range(const std::string& body) const HW_REQUIRES(mutex_);
  std::string txn(const std::string& body) HW_REQUIRES(mutex_);

  mutable Mutex mutex_;
  std::map<std::string, Value> keys_ HW_GUARDED_BY(mutex_);
  std::vector<std::pair<std::string, bool>> events_ HW_GUARDED_BY(mutex_);
  std::uint64_t revision_ HW_GUARDED_BY(mutex_) = 1;
  std::uint64_t next_lease_ HW_GUARDED_BY(mutex_) = 7001;
  std::map<std::uint64_t, bool> leases_ HW_GUARDED_BY(mutex_);
  std::string token_ HW_GUARDED_BY(mutex_);
  std::uint64_t compacted_ HW_GUARDED_BY(mutex_) = 0;
};

struct Fault {
  enum class Kind {
    None,
    Hang,      ///< not done, no answer
    Late,      ///< done, and answered once release() is called
    Lost,      ///< done, and the connection ends without an answer
    Refused,   ///< not done; `text` is the whole answer, its head too
    Body,      ///< not done; 200 with `text` as body
    CutShort,  ///< done; the answer's first half
    Closes     ///< done and answered; then the connection ends
  };
  Kind kind = Kind::None;
  std::string text{};
};

/// One member. Thread: any.
class FakeEtcd {
 public:
  struct Request {
    std::string path;
    std::string body;
    std::string head;
  };
  explicit FakeEtcd(std::shared_ptr<FakeKeys> keys);
  ~FakeEtcd();
  FakeEtcd(const FakeEtcd&) = delete;
  FakeEtcd& operator=(const FakeEtcd&) = delete;

  std::string url() const;
  /// Of the next request of that path; several follow one another.
  void next(const std::string& path, Fault fault);
  /// Of all requests, until it is taken back.
  void all(Fault fault);
  /// What is late is answered now.
  void release();
  /// Nobody listens; all connections end.
  void stop();
  /// On the same port again.
  void start();

  std::vector<Request> requests(const std::string& path = "") const;
  /// False: not within a long time.
  bool wait_for_requests(const std::string& path, std::size_t count) const;
  std::size_t connections() const;

 private:
  void accept_all(int listening);
  void serve(int socket);
  bool answer(int socket, const Request& request);
  void stream(int socket, const std::string& body);
  Fault fault_of(const std::string& path);
  bool keeps(int socket) const;
  bool wait_for_release(int socket);

  std::shared_ptr<FakeKeys> keys_;
  std::uint16_t port_ = 0;
  mutable Mutex mutex_;
  mutable Condition changed_;
  bool stopped_ HW_GUARDED_BY(mutex_) = true;
  int listening_ HW_GUARDED_BY(mutex_) = -1;
  std::size_t releases_ HW_GUARDED_BY(mutex_) = 0;
  std::vector<int> sockets_ HW_GUARDED_BY(mutex_);
  std::size_t connections_ HW_GUARDED_BY(mutex_) = 0;
  std::map<std::string, std::list<Fault>> next_ HW_GUARDED_BY(mutex_);
  Fault all_ HW_GUARDED_BY(mutex_);
  std::vector<Request> requests_ HW_GUARDED_BY(mutex_);
  std::thread accepting_;
  std::vector<std::thread> serving_ HW_GUARDED_BY(mutex_);
};

}  // namespace hw::cluster::store::test

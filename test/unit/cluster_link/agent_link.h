/// An agent that listens, and those who call it, in one process: each with a thread of its own.
#pragma once

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "cluster/link/agent_client.h"
#include "cluster/link/agent_message.h"
#include "cluster/link/agent_server.h"
#include "cluster/link/frame_flow.h"
#include "cluster/link/handshake.h"
#include "cluster/link/listening_socket.h"
#include "cluster/link/socket_address.h"
#include "engine/base/mutex.h"
#include "test/support/child_process.h"

namespace hw::cluster::test {

using hw::test::must;
using std::chrono::milliseconds;
using std::chrono::seconds;
using std::chrono::steady_clock;

inline Deadline in(milliseconds time) { return steady_clock::now() + time; }
constexpr seconds kLong{20};  ///< two cores, ten processes

class Folder {
 public:
  Folder() {
    std::string pattern = testing::TempDir() + "agent_link_XXXXXX";
    HW_CHECK(::mkdtemp(pattern.data()) != nullptr);
    path_ = pattern;
  }
  ~Folder() { std::filesystem::remove_all(path_); }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  std::string operator/(const std::string& name) const { return path_ + "/" + name; }
  /// Of mode 0600.
  std::string write(const std::string& name, const std::string& content) const {
    const std::string path = *this / name;
    std::ofstream(path + ".new", std::ios::binary) << content;
    HW_CHECK(::chmod((path + ".new").c_str(), 0600) == 0);
    std::filesystem::rename(path + ".new", path);
    return path;
  }

 private:
  std::string path_;
};

/// Answers `echo` at once, `pieces` in three pieces from another thread, and keeps everything else.
class Handler : public RequestHandler {
 public:
  ~Handler() override {
    for (auto& each : threads_) each.join();
  }
  void on_request(AgentRequest request, std::shared_ptr<Answer> answer) override {
    if (request.verb == "echo") return answer->last(request.body);
    if (request.verb == "who") return answer->last(text_of(*request.peer));
    const MutexLock guard(mutex_);
    if (request.verb == "pieces") {
      threads_.emplace_back([answer] {
        for (const std::string piece : {"one", "two", "three"}) answer->partial(piece);
        answer->last("end");
      });
      return;
    }
    peers_.push_back(request.peer);
    answer->on_cancel([this] {
      const MutexLock locked(mutex_);
      ++cancelled_;
      changed_.notify_all();
    });
    kept_.push_back(std::move(answer));
    changed_.notify_all();
  }
  void on_denied(const Error& error) override {
    const MutexLock guard(mutex_);
    denied_.push_back(error.render());
    changed_.notify_all();
  }

  bool wait_for_kept(std::size_t count) {
    return wait([&]() HW_REQUIRES(mutex_) { return kept_.size() >= count; });
  }
  bool wait_for_cancelled(std::size_t count) {
    return wait([&]() HW_REQUIRES(mutex_) { return cancelled_ >= count; });
  }
  bool wait_for_denied(std::size_t count) {
    return wait([&]() HW_REQUIRES(mutex_) { return denied_.size() >= count; });
  }
  std::vector<std::string> denied_lines() {
    const MutexLock guard(mutex_);
    return denied_;
  }
  std::shared_ptr<Answer> kept(std::size_t index) {
    const MutexLock guard(mutex_);
    return kept_.at(index);
  }
  std::shared_ptr<const Peer> peer(std::size_t index) {
    const MutexLock guard(mutex_);
    return peers_.at(index);
  }
  /// The answers that are kept go away.
  void drop_kept() {
    std::vector<std::shared_ptr<Answer>> gone;
    const MutexLock guard(mutex_);
    gone.swap(kept_);
  }

 private:
  template <typename Holds>
  bool wait(Holds holds) {
    MutexLock lock(mutex_);
    return changed_.wait_for(lock, kLong, holds);
  }

  Mutex mutex_;
  Condition changed_;
  std::vector<std::shared_ptr<Answer>> kept_ HW_GUARDED_BY(mutex_);
  std::vector<std::shared_ptr<const Peer>> peers_ HW_GUARDED_BY(mutex_);
  std::vector<std::string> denied_ HW_GUARDED_BY(mutex_);
  std::size_t cancelled_ HW_GUARDED_BY(mutex_) = 0;
  std::vector<std::thread> threads_;
};

/// Node n2, at its socket and at a free port.
class Agent {
 public:
  explicit Agent(LinkSecurity security = {}) {
    settings_.node = "n2";
    settings_.release = "Headwater 0.1.0";
    settings_.socket_path = folder_ / "hwd.sock";
    settings_.nodes = {"n1", "n2"};
    settings_.operators = {"alice"};
    settings_.security = std::move(security);
    settings_.addresses = {{"127.0.0.1", 0}};
  }
  AgentServerSettings& settings() { return settings_; }
  void start() { server_.emplace(must(AgentServer::start(thread_.loop(), settings_, handler_))); }
  void stop() { server_.reset(); }
  AgentServer& server() { return *server_; }
  Handler& handler() { return handler_; }
  const Folder& folder() const { return folder_; }

  AgentTarget over_tcp() { return {"n2", "", server_->addresses().at(0)}; }
  AgentTarget over_socket() { return {"n2", settings_.socket_path, {}}; }
  bool wait_for_connections(std::size_t count) {
    const auto deadline = in(kLong);
    while (server_->connections() != count)
      if (steady_clock::now() > deadline) return false;
    return true;
  }

 private:
  Folder folder_;
  AgentServerSettings settings_;
  Handler handler_;
  LinkThread thread_ = must(LinkThread::start("agent of a test"));
  std::optional<AgentServer> server_;
};

/// Who calls.
class Caller {
 public:
  explicit Caller(const LinkSecurity& security = {}, std::string name = "n1") {
    caller_.name = std::move(name);
    caller_.release = "Headwater 0.1.0";
    caller_.credentials = must(Credentials::load(security));
  }
  const std::shared_ptr<LinkLoop>& loop() const { return thread_.loop(); }
  const AgentCaller& self() const { return caller_; }
  Result<AgentClient> connect(const AgentTarget& target, milliseconds time = kLong) {
    return AgentClient::connect(thread_.loop(), target, caller_, in(time));
  }
  /// The error's line, or what the agent has answered.
  std::string echo(const AgentTarget& target) {
    auto client = connect(target);
    if (!client.has_value()) return client.error().lines();
    const auto answer = client->call("echo", "hello", in(kLong));
    return answer.has_value() ? *answer : answer.error().lines();
  }
  /// Threads of Linux have a user each: from now on the connections of this caller are that user's.
  void become(uid_t user);

 private:
  AgentCaller caller_;
  LinkThread thread_ = must(LinkThread::start("caller of a test"));
};

inline void Caller::become(uid_t user) {
  bool done = false;
  // Not the library's function, which changes all threads.
  thread_.loop()->run([&] { done = ::syscall(SYS_setresuid, user, user, user) == 0; });
  ASSERT_TRUE(done);
}

/// A peer that sends what it likes. Each read ends after kLong.
class RawPeer {
 public:
  explicit RawPeer(const AgentTarget& target) {
    const auto connect_to = [this](const SocketAddress& address) {
      fd_ = ::socket(address.storage.ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
      HW_CHECK(::connect(fd_, address.get(), address.bytes) == 0);
    };
    if (target.socket_path.empty())
      connect_to(must(resolve(target.address)).at(0));
    else
      connect_to(must(SocketPath::make(target.socket_path)).address());
    timeval patience{kLong.count(), 0};
    HW_CHECK(::setsockopt(fd_, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience) == 0);
  }
  ~RawPeer() { ::close(fd_); }
  RawPeer(const RawPeer&) = delete;
  RawPeer& operator=(const RawPeer&) = delete;

  bool send(std::string_view bytes) const {
    return ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL) == static_cast<ssize_t>(bytes.size());
  }
  /// At most that many; fewer only when the other end has closed. None when that took too long.
  std::optional<std::string> receive(std::size_t bytes) const {
    std::string out;
    while (out.size() < bytes) {
      char room[4096];
      const ssize_t got = ::recv(fd_, room, std::min(sizeof room, bytes - out.size()), 0);
      if (got < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) return std::nullopt;
      if (got <= 0) break;
      out.append(room, static_cast<std::size_t>(got));
    }
    return out;
  }
  /// One frame of the agent.
  std::optional<std::string> receive_frame() const {
    auto head = receive(kAgentHeaderBytes);
    if (!head.has_value() || head->size() < kAgentHeaderBytes) return head;
    const auto rest = receive(get_le<std::uint32_t>(as_bytes(*head), 8) + kAgentSealBytes);
    if (!rest.has_value()) return std::nullopt;
    return *head + *rest;
  }
  /// Closed without a further word.
  bool is_closed() const { return receive(1) == ""; }

 private:
  int fd_ = -1;
};

}  // namespace hw::cluster::test

/// cluster/link/agent_client.h -- one connection to an agent, with any number of requests under way.
///
/// Every request ends exactly once: with the last piece of its answer, at its deadline (the agent is told to give it
/// up), or with the connection. All errors are HWREMOTE with the agent's name and the reason.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "cluster/link/credentials.h"
#include "cluster/link/link_loop.h"
#include "cluster/link/peer.h"

namespace hw::cluster {

using Deadline = std::chrono::steady_clock::time_point;

/// Whom to ask.
struct AgentTarget {
  std::string node;         ///< who must answer there; empty: whoever does
  std::string socket_path;  ///< when it is not empty, the address is not used
  AgentAddress address;
};
/// How messages call it: the node, else the path or the address.
std::string text_of(const AgentTarget& target);

/// The caller, as it is sent to the agent.
struct AgentCaller {
  std::string name;                          ///< a node, or `user@host`
  std::string release;                       ///< its software
  std::shared_ptr<Credentials> credentials;  ///< for TCP; nullptr: only sockets
};

/// What becomes of a request. Called in the loop's thread; `on_end` in the caller's when the loop has ended.
struct AgentReply {
  std::function<void(std::string)> on_partial;  ///< empty: pieces are dropped
  std::function<void(Result<std::string>)> on_end;
  /// The request is on its way: without an answer it is not known from now on what came of it. May be empty.
  std::function<void()> on_sent = {};
};

/// Thread: any.
class AgentClient {
 public:
  using Opened = std::function<void(Result<AgentClient>)>;
  /// Connects and proves; `opened` is called once, in the loop's thread, at the deadline at the latest; in this one
  /// when the loop has ended.
  static void open(const std::shared_ptr<LinkLoop>& loop, AgentTarget target, AgentCaller caller, Deadline deadline,
                   const Opened& opened);
  /// The same, waiting. Not in the loop's thread. Blocks: until the deadline.
  static Result<AgentClient> connect(const std::shared_ptr<LinkLoop>& loop, AgentTarget target, AgentCaller caller,
                                     Deadline deadline);

  AgentClient(AgentClient&&) noexcept = default;
  AgentClient& operator=(AgentClient&&) noexcept = default;
  /// The connection ends, and with it what is still awaited.
  ~AgentClient();

  /// The agent, as it was when the connection began.
  const Peer& peer() const;
  bool is_open() const;
  /// `then` is called once in the loop's thread when the connection has ended, or if it has, for whatever reason but
  /// this object's own end.
  void on_closed(std::function<void(const Error&)> then);

  /// Asks. `verb`: 1 to kAgentVerbBytesMax bytes; verb and body together at most kAgentMessageBytesMax, of which an
  /// agent takes less from those who may only watch. Returns the number to cancel it by.
  std::uint64_t request(const std::string& verb, const std::string& body, Deadline deadline, const AgentReply& reply);
  /// Gives a request up: it ends with HWREMOTE, and the agent is told. Nothing when it has ended.
  void cancel(std::uint64_t request);
  /// Asks and waits. Not in the loop's thread. Blocks: until the deadline.
  Result<std::string> call(const std::string& verb, const std::string& body, Deadline deadline,
                           std::function<void(std::string)> on_partial = {});

 private:
  class Core;
  explicit AgentClient(std::shared_ptr<Core> core) : core_(std::move(core)) {}
  std::shared_ptr<Core> core_;
};

}  // namespace hw::cluster

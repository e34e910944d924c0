/// cluster/link/agent_server.h -- listens for those who ask this agent, at a socket in its folder and over TCP.
///
/// Starts: settings. Reads: key or certificates, the user and group database. Writes: the socket file (mode 0666).
/// Ends: with its owner; connections end with it. Not a crash: anything that a peer sends, or does not send.
///
/// A caller over TCP proves itself within kAgentHandshakeMs, or its connection is closed without a message. Limits:
/// kAgent… in engine/base/limits.h. Source: operations, sections 3 and 13.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "cluster/link/answer.h"
#include "cluster/link/credentials.h"
#include "cluster/link/link_loop.h"
#include "cluster/link/peer.h"

namespace hw::cluster {

struct AgentServerSettings {
  std::string node;         ///< what this agent calls itself
  std::string release;      ///< its software, told to peers
  std::string socket_path;  ///< run/hwd.sock; empty: none
  std::string operator_group = "headwater-op";
  std::vector<AgentAddress> addresses;  ///< port 0 takes a free one; without key or certificate none may be here
  LinkSecurity security;
  std::vector<std::string> nodes;      ///< names that a certificate may have; this node's is one
  std::vector<std::string> operators;  ///< more of them
};

/// Thread: any, but not the loop's.
class AgentServer {
 public:
  /// `handler` outlives the server. Errors: HWCFGBAD: key or certificates cannot be used, or the key would go in plain
  /// beyond loopback; SYSCALL: an address or the socket cannot be had.
  static Result<AgentServer> start(std::shared_ptr<LinkLoop> loop, AgentServerSettings settings,
                                   RequestHandler& handler);
  AgentServer(AgentServer&&) noexcept = default;
  AgentServer& operator=(AgentServer&&) = delete;
  /// After this the handler is not called any more.
  ~AgentServer();

  /// Takes other settings: listens where it does not yet, then no more where it shall not. Connections stay but those
  /// over TCP whose proof is no longer asked for, or whose name is no longer known. Errors: as start; then nothing has
  /// changed.
  Status change(AgentServerSettings settings);

  /// Where it listens over TCP, with the ports taken.
  std::vector<AgentAddress> addresses() const;
  /// The handler has refused `peer`: on_denied is called, unless it was told of that peer a short time ago.
  void denied(const Peer& peer, const Error& error);
  /// HWCERT, and why changed files cannot be used: for the problems of the board. Errors of the moment.
  std::vector<Error> certificate_problems() const;
  std::size_t connections() const;

 private:
  class Core;
  explicit AgentServer(std::shared_ptr<Core> core) : core_(std::move(core)) {}
  std::shared_ptr<Core> core_;
};

}  // namespace hw::cluster

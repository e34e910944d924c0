/// cluster/link/server_core.h -- what AgentServer (agent_server.h) is in the loop: listeners, connections, limits.
#pragma once

#include <chrono>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "cluster/link/agent_server.h"
#include "cluster/link/listener.h"
#include "cluster/link/proof_limiter.h"
#include "cluster/link/server_connection.h"
#include "engine/base/denial_log.h"

namespace hw::cluster {

/// Thread: the loop's.
class ServerCore final : public LoopUser, public ConnectionOwner, public std::enable_shared_from_this<ServerCore> {
 public:
  /// What an address of the settings, or the socket's path, has become.
  struct Place {
    AgentAddress asked;  ///< the path: empty
    std::string path;
    std::vector<std::shared_ptr<Listener>> listeners;
    bool is_at(const AgentAddress& address) const { return path.empty() && asked == address; }
  };
  /// A place that is to be listened at from now on.
  struct NewPlace {
    AgentAddress asked;
    std::string path;
    std::vector<ListeningSocket> sockets;
  };
  /// All that a change of settings brings, made ready outside of the loop.
  struct Change {
    AgentServerSettings settings;
    std::shared_ptr<Credentials> credentials;
    std::vector<NewPlace> places;
  };

  ServerCore(std::shared_ptr<LinkLoop> loop, RequestHandler& handler);
  ~ServerCore() override;

  const AgentServerSettings& settings() const { return settings_; }
  const std::shared_ptr<Credentials>& credentials() const { return credentials_; }
  const std::vector<Place>& places() const { return places_; }
  std::size_t connections() const { return connections_.size(); }

  /// Errors: SYSCALL: a new place cannot be watched; nothing has changed then.
  Status change(Change change);
  void close();
  void loop_ends() override { close(); }
  void denied(const std::string& who, Error error);

  std::string known_name(const std::vector<std::string>& names, const std::string& says) override;
  void on_proven(ServerConnection& connection) override;
  void on_bad_proof(ServerConnection& connection, const std::string& why) override;
  void on_request(AgentRequest request, std::shared_ptr<Answer> answer) override;
  void on_ended(ServerConnection& connection) override;

 private:
  Status listen(NewPlace place, std::vector<Place>& to);
  void accepted(int socket, const AgentAddress& from);
  void accepted_local(int socket);
  void accepted_remote(int socket, const AgentAddress& from);
  bool has_room_for(const Peer& peer) const;
  void end_oldest_unproven();
  void start(std::shared_ptr<Channel> channel, Peer peer, std::string key);
  void end_who_is_no_longer_known(bool security_differs);
  std::uint64_t now_ms() const;

  RequestHandler* handler_;  ///< nullptr: closed
  AgentServerSettings settings_;
  std::shared_ptr<Credentials> credentials_;
  std::vector<Place> places_;
  std::vector<std::shared_ptr<ServerConnection>> connections_;  ///< the oldest first
  ProofLimiter limiter_;
  DenialLog denials_;
};

}  // namespace hw::cluster

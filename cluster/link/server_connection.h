/// cluster/link/server_connection.h -- one caller of an agent, from its connection to its end.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "cluster/link/answer.h"
#include "cluster/link/channel.h"
#include "cluster/link/frame_stream.h"
#include "cluster/link/handshake.h"
#include "cluster/link/peer.h"
#include "cluster/link/server_answer.h"

namespace hw::cluster {

class ServerConnection;

/// The owner. Thread: the loop's.
class ConnectionOwner {
 public:
  virtual ~ConnectionOwner() = default;
  /// Which of a certificate's names is a node's or an operator's, `says` when it is one of them; empty: none.
  virtual std::string known_name(const std::vector<std::string>& names, const std::string& says) = 0;
  /// The caller is who it says; peer() is whole.
  virtual void on_proven(ServerConnection& connection) = 0;
  /// It is not; the connection ends.
  virtual void on_bad_proof(ServerConnection& connection, const std::string& why) = 0;
  virtual void on_request(AgentRequest request, std::shared_ptr<Answer> answer) = 0;
  /// Once, as the last.
  virtual void on_ended(ServerConnection& connection) = 0;
};

/// Thread: the loop's.
class ServerConnection final : public AnswerSink, public std::enable_shared_from_this<ServerConnection> {
 public:
  /// `peer`: who it is as far as that is known: of a socket in the file system all but what it says of itself; over TCP
  /// how it will prove and its address. `key`: that it must have; empty where the channel proves.
  static std::shared_ptr<ServerConnection> start(std::shared_ptr<LinkLoop> loop, std::shared_ptr<Channel> channel,
                                                 Peer peer, const Greeting& self, std::string key,
                                                 std::weak_ptr<ConnectionOwner> owner);
  ~ServerConnection() override;

  const Peer& peer() const { return peer_; }
  bool is_proven() const { return proven_ != nullptr; }
  bool is_ended() const { return ended_ || (stream_ != nullptr && stream_->ended()); }
  /// All answers that are awaited are cancelled at once; on_ended follows.
  void end(const std::string& why);

  void on_answer(std::uint64_t request, AgentFrameType type, const std::string& body) override;

 private:
  struct Timer;
  ServerConnection(std::shared_ptr<LinkLoop> loop, std::shared_ptr<Channel> channel, Peer peer, const Greeting& self,
                   std::string key, std::weak_ptr<ConnectionOwner> owner);
  void watch_handshake();
  void open();
  void begin();
  void bad_proof(const std::string& why);
  void on_frame(AgentFrame frame);
  void on_greeting(const AgentFrame& frame);
  bool prove_name();
  void on_message(AgentFrame frame);
  void on_request(std::uint64_t number, const std::string& text);
  void refuse(std::uint64_t request, const std::string& why);
  void on_end(const StreamEnd& end);
  void cancel_all();

  std::shared_ptr<LinkLoop> loop_;
  std::weak_ptr<ConnectionOwner> owner_;
  Peer peer_;
  AgentHandshake handshake_;
  std::vector<std::string> certificate_names_;
  std::unique_ptr<Timer> timer_;
  std::shared_ptr<Channel> channel_;
  std::shared_ptr<FrameStream> stream_;
  std::shared_ptr<const Peer> proven_;
  AgentMessageReader messages_;
  std::map<std::uint64_t, std::shared_ptr<ServerAnswer::State>> answers_;  ///< by request
  bool ended_ = false;
};

}  // namespace hw::cluster

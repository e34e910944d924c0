/// cluster/link/client_core.h -- what AgentClient (agent_client.h) is in the loop.
#pragma once

#include <atomic>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>

#include "cluster/link/agent_client.h"
#include "cluster/link/channel.h"
#include "cluster/link/dial.h"
#include "cluster/link/frame_stream.h"
#include "cluster/link/handshake.h"

namespace hw::cluster {

/// Thread: the loop's, but where it says any.
class ClientCore final : public LoopUser, public std::enable_shared_from_this<ClientCore> {
 public:
  /// With nothing when the connection can be used.
  using Opened = std::function<void(std::optional<Error>)>;

  ClientCore(std::shared_ptr<LinkLoop> loop, AgentTarget target, AgentCaller caller);
  ~ClientCore() override;

  void start(Deadline deadline, Opened opened);
  void request(std::uint64_t number, const std::string& text, Deadline deadline, AgentReply reply);
  void cancel(std::uint64_t number);
  void on_closed(std::function<void(const Error&)> then);
  void close();
  void loop_ends() override { close(); }

  const Peer& peer() const { return peer_; }          ///< any thread, once opened
  bool is_open() const { return open_; }              ///< any thread
  std::uint64_t next_number() { return ++numbers_; }  ///< any thread
  /// HWREMOTE. Any thread.
  Error remote(std::string_view why) const;

 private:
  struct Pending;
  struct Timer;
  void watch_opening(Deadline deadline);
  void connected(Result<Dial::Connected> outcome);
  std::optional<Error> cannot_prove(const AgentAddress& to) const;
  void open_channel();
  void begin();
  void fail(const Error& error);
  void on_frame(AgentFrame frame);
  void on_greeting(const AgentFrame& frame);
  void on_answer(AgentFrame frame);
  void opened();
  void watch_request(std::uint64_t number, Pending& pending, Deadline deadline);
  void end_request(std::uint64_t number, Result<std::string> outcome);
  void end_all(const Error& error);

  const AgentTarget target_;
  const AgentCaller caller_;
  Opened opened_;
  std::unique_ptr<Timer> timer_;
  std::shared_ptr<Dial> dial_;
  std::shared_ptr<Channel> channel_;
  std::shared_ptr<FrameStream> stream_;
  std::optional<CallerHandshake> handshake_;
  Peer peer_;
  AgentMessageReader messages_;
  std::map<std::uint64_t, std::unique_ptr<Pending>> pending_;
  std::optional<Error> end_;  ///< why the connection has ended
  std::function<void(const Error&)> on_closed_;
  std::atomic<bool> open_ = false;
  std::atomic<std::uint64_t> numbers_ = 0;
};

}  // namespace hw::cluster

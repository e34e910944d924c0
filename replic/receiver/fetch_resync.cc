#include "replic/receiver/fetch_resync.h"

#include <unistd.h>

#include <array>
#include <chrono>

#include "engine/base/file.h"
#include "replic/instance/own_identity.h"
#include "replic/link/frame_io.h"
#include "replic/process/daemon.h"
#include "replic/process/server_log.h"
#include "replic/receiver/receiver_machine.h"

namespace hw {
namespace {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

constexpr auto kSilenceMax = 60s;
constexpr auto kWriteMax = 60s;
constexpr auto kCallWaitMax = 3600s;

std::string working_folder() {
  std::array<char, 4096> room{};
  return ::getcwd(room.data(), room.size()) == nullptr ? "." : room.data();
}

/// One conversation after the other, until one gives the answer or an error that no further one would change.
class Rollback {
 public:
  Rollback(const InstanceFile& instance, Seqno next_seqno, const std::function<void(std::string_view)>& say)
      : instance_(instance), next_seqno_(next_seqno), say_(say) {}

  Result<FetchedResync> run(FrameListener& listener, LinkTls& tls, const StopSignal& stop) {
    if (!instance_.is_dual_site())
      say("Assuming primary supports multisite functionality. Connecting using multisite communication protocol.");
    for (;;) {
      say("Waiting for a connection...");
      HW_TRY(auto connection, next_connection(listener, tls, stop));
      say(fmt::format("Connection established, using TCP send buffer size {} receive buffer size {}",
                      connection.send_buffer_bytes(), connection.receive_buffer_bytes()));
      say(fmt::format("Connection information:: Local: {} Remote: {}", connection.local(), connection.remote()));
      if (tls.is_on()) say(encryption_line(connection.encryption()));
      HW_TRY_VOID(converse(connection, stop));
      if (error_) return std::move(*error_);
      if (resync_) return FetchedResync{*resync_, primary_};
    }
  }

 private:
  void say(std::string_view text) const { say_(timed(text)); }

  static Result<FrameConnection> next_connection(FrameListener& listener, LinkTls& tls, const StopSignal& stop) {
    for (;;) {
      HW_TRY(auto connection, listener.accept(tls, Clock::now() + kCallWaitMax, stop.fd()));
      if (connection) return std::move(*connection);
      if (stop.requested()) return make_error<MsgId::FORCEDHALT>();
    }
  }

  Status converse(FrameConnection& connection, const StopSignal& stop) {
    ReceiverMachine::Config config;
    config.self = own_identity(instance_.header(), working_folder());
    config.instance_path = instance_.path();
    config.rollback = true;
    ReceiverMachine machine(std::move(config));
    over_ = false;
    handle(machine, event::Accepted{}, connection);
    while (!over_) {
      ReceivedFrame frame;
      auto outcome = connection.read(frame, Clock::now() + kSilenceMax, stop.fd());
      if (!outcome.has_value()) {
        if (outcome.error().id == MsgId::HWREPLPROTO)
          handle(machine, event::Refused{outcome.error()}, connection);
        else
          handle(machine, event::ConnectionLost{connection_end(outcome.error())}, connection);
        return {};
      }
      if (*outcome == FrameRead::Frame) {
        handle(machine, event::Received{std::move(frame.message), frame.level}, connection);
        continue;
      }
      if (stop.requested()) return make_error<MsgId::FORCEDHALT>();
      handle(machine, event::ConnectionLost{"The other side says nothing"}, connection);
      return {};
    }
    return {};
  }

  void handle(ReceiverMachine& machine, const ReceiverEvent& event, FrameConnection& connection) {
    const InstanceHeader& header = instance_.header();
    const ReceiverMachine::Local local{.next_seqno = next_seqno_,
                                       .applied_next = next_seqno_,
                                       .history = instance_.history(),
                                       .was_root = header.root_primary || header.lost_transactions,
                                       .dual_site_allowed = true,
                                       .known_epoch = header.fencing_epoch};
    for (const ReceiverAction& wanted : machine.step(event, local))
      std::visit([&](const auto& a) { perform(a, connection); }, wanted);
    if (machine.state() == ReceiverState::Listening) over_ = true;
  }

  void perform(const action::Log& a, FrameConnection&) { say(a.text); }
  void perform(const action::Report& a, FrameConnection&) { say(a.error.lines()); }
  void perform(const action::Send& a, FrameConnection& connection) {
    const Status sent = connection.write(a.level, a.message, Clock::now() + kWriteMax);
    if (sent.has_value()) return;
    say(fmt::format("Sending {} failed. {}", name_of(a.message), connection_end(sent.error())));
    over_ = true;
  }
  void perform(const action::Disconnect&, FrameConnection&) { over_ = true; }
  void perform(const action::StopServer& a, FrameConnection&) {
    error_ = a.error;
    over_ = true;
  }
  void perform(const action::Identified& a, FrameConnection&) { primary_ = a.peer; }
  void perform(const action::ResyncFound& a, FrameConnection&) { resync_ = a.seqno; }
  void perform(const action::ControlReceived& a, FrameConnection&) {
    say(fmt::format("Control message of kind {} is not known here", a.kind));
  }
  void perform(const action::LearnEpoch&, FrameConnection&) {}  // The first stream brings it, before any transaction.
  // A rollback is sent no stream: the machine gives none of the other actions.
  template <typename Other>
  void perform(const Other&, FrameConnection&) {
    HW_CHECK(false);
  }

  const InstanceFile& instance_;
  const Seqno next_seqno_;
  const std::function<void(std::string_view)>& say_;
  bool over_ = false;
  std::optional<Identity> primary_;
  std::optional<Seqno> resync_;
  std::optional<Error> error_;
};

}  // namespace

Result<FetchedResync> fetch_resync(const InstanceFile& instance, Seqno next_seqno, std::uint16_t port,
                                   const TlsOptions& tls_options, const std::function<void(std::string_view)>& say) {
  StopSignal stop;
  HW_TRY_VOID(stop.open());
  HW_TRY(LinkTls tls, LinkTls::load(tls_options, "Rollback", "source server",
                                    [&say](const Error& error) { say(timed(error.lines())); }));
  HW_TRY(FrameListener listener, FrameListener::listen(port));
  return Rollback(instance, next_seqno, say).run(listener, tls, stop);
}

}  // namespace hw

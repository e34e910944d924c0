#include "cluster/link/agent_server.h"

#include <algorithm>
#include <utility>

#include "cluster/link/server_core.h"
#include "cluster/link/socket_address.h"
#include "engine/base/check.h"
#include "engine/base/mutex.h"

namespace hw::cluster {

class AgentServer::Core {
 public:
  Core(std::shared_ptr<LinkLoop> its_loop, RequestHandler& handler) : loop(std::move(its_loop)) {
    // Whoever starts a server has a loop that runs.
    HW_CHECK(loop->run([&] { core = std::make_shared<ServerCore>(loop, handler); }));
  }
  ~Core() {
    // When the loop has ended, it has closed it.
    (void)loop->run([this] { core->close(); });
    (void)loop->post([last = std::move(core)] {});
  }

  /// The settings take effect as a whole, one after the other.
  Status change(AgentServerSettings settings) {
    const MutexLock one_at_a_time(changing);
    ServerCore::Change ready;
    HW_TRY_VOID(prepare(settings, ready));
    ready.settings = std::move(settings);
    Status out;
    // A loop that has ended serves nobody any more, whatever the settings are.
    (void)loop->run([&] { out = core->change(std::move(ready)); });
    return out;
  }

  const std::shared_ptr<LinkLoop> loop;
  std::shared_ptr<ServerCore> core;
  Mutex changing;

 private:
  Status prepare(const AgentServerSettings& settings, ServerCore::Change& out);
};

namespace {

Error would_be_plain(const AgentAddress& address) {
  return make_error<MsgId::HWCFGBAD>(
      "security.allow_plain",
      fmt::format("false, but mode key does not encrypt, and {} is not loopback", text_of(address)));
}

}  // namespace

Status AgentServer::Core::prepare(const AgentServerSettings& settings, ServerCore::Change& out) {
  std::vector<ServerCore::Place> places;
  (void)loop->run([&] {
    places = core->places();
    if (core->credentials() != nullptr && core->settings().security == settings.security)
      out.credentials = core->credentials();
  });
  if (out.credentials == nullptr) {
    HW_TRY(out.credentials, Credentials::load(settings.security));
  }
  const bool has_socket =
      std::ranges::any_of(places, [&](const auto& place) { return place.path == settings.socket_path; });
  if (!settings.socket_path.empty() && !has_socket) {
    HW_TRY(ListeningSocket socket, ListeningSocket::at_path(settings.socket_path));
    out.places.push_back({{}, settings.socket_path, {}});
    out.places.back().sockets.push_back(std::move(socket));
  }
  if (settings.security.mode == LinkSecurity::Mode::None) return {};
  const bool only_loopback = settings.security.mode == LinkSecurity::Mode::Key && !settings.security.allow_plain;
  for (const AgentAddress& address : settings.addresses) {
    HW_TRY(const auto resolved, resolve(address));
    if (only_loopback && !std::ranges::all_of(resolved, is_loopback)) return would_be_plain(address);
    if (std::ranges::any_of(places, [&](const auto& place) { return place.is_at(address); })) continue;
    HW_TRY(auto sockets, ListeningSocket::at_addresses(resolved, text_of(address)));
    out.places.push_back({address, "", std::move(sockets)});
  }
  return {};
}

Result<AgentServer> AgentServer::start(std::shared_ptr<LinkLoop> loop, AgentServerSettings settings,
                                       RequestHandler& handler) {
  auto core = std::make_shared<Core>(std::move(loop), handler);
  HW_TRY_VOID(core->change(std::move(settings)));
  return AgentServer(std::move(core));
}

AgentServer::~AgentServer() = default;

Status AgentServer::change(AgentServerSettings settings) { return core_->change(std::move(settings)); }

std::vector<AgentAddress> AgentServer::addresses() const {
  std::vector<AgentAddress> out;
  (void)core_->loop->run([&] {
    for (const auto& place : core_->core->places())
      for (const auto& listener : place.listeners)
        if (place.path.empty()) out.push_back(listener->address());
  });
  return out;
}

void AgentServer::denied(const Peer& peer, const Error& error) {
  (void)core_->loop->post([core = core_->core, who = peer.name, error] { core->denied(who, error); });
}

std::vector<Error> AgentServer::certificate_problems() const {
  std::vector<Error> out;
  (void)core_->loop->run([&] {
    auto& credentials = *core_->core->credentials();
    if (auto warning = credentials.certificate_warning(core_->core->settings().node))
      out.push_back(*std::move(warning));
    if (auto trouble = credentials.trouble()) out.push_back(*std::move(trouble));
  });
  return out;
}

std::size_t AgentServer::connections() const {
  std::size_t out = 0;
  (void)core_->loop->run([&] { out = core_->core->connections(); });
  return out;
}

}  // namespace hw::cluster

#include "cluster/link/server_core.h"

#include <unistd.h>

#include <algorithm>
#include <utility>

#include "cluster/link/local_peer.h"
#include "engine/base/check.h"
#include "engine/base/limits.h"

namespace hw::cluster {
namespace {

bool contains(const std::vector<std::string>& names, const std::string& name) {
  return std::ranges::find(names, name) != names.end();
}

/// The part of a peer's address by which it is limited.
std::string limited(const Peer& peer) { return limited_address(peer.address.substr(0, peer.address.rfind(':'))); }

}  // namespace

ServerCore::ServerCore(std::shared_ptr<LinkLoop> loop, RequestHandler& handler)
    : LoopUser(std::move(loop)), handler_(&handler) {}

ServerCore::~ServerCore() = default;

std::uint64_t ServerCore::now_ms() const {
  const auto now = std::chrono::steady_clock::now().time_since_epoch();
  return static_cast<std::uint64_t>(std::chrono::duration_cast<std::chrono::milliseconds>(now).count());
}

// ---- settings ----

Status ServerCore::listen(NewPlace place, std::vector<Place>& to) {
  Place out{place.asked, place.path, {}};
  for (ListeningSocket& each : place.sockets) {
    HW_TRY(auto listener, Listener::start(shared_loop(), std::move(each),
                                          [core = weak_from_this()](int socket, const AgentAddress& from) {
                                            if (const auto self = core.lock())
                                              self->accepted(socket, from);
                                            else
                                              ::close(socket);
                                          }));
    out.listeners.push_back(std::move(listener));
  }
  to.push_back(std::move(out));
  return {};
}

Status ServerCore::change(Change change) {
  std::vector<Place> added;
  for (NewPlace& each : change.places) {
    Status listening = listen(std::move(each), added);
    if (listening.has_value()) continue;
    for (const Place& place : added)
      for (const auto& listener : place.listeners) listener->stop();
    return listening;
  }
  const bool listens = change.settings.security.mode != LinkSecurity::Mode::None;
  std::erase_if(places_, [&](const Place& place) {
    const bool stays = place.path.empty() ? listens && std::ranges::find(change.settings.addresses, place.asked) !=
                                                           change.settings.addresses.end()
                                          : place.path == change.settings.socket_path;
    if (!stays)
      for (const auto& listener : place.listeners) listener->stop();
    return !stays;
  });
  std::ranges::move(added, std::back_inserter(places_));
  const bool security_differs = change.settings.security != settings_.security;
  settings_ = std::move(change.settings);
  credentials_ = std::move(change.credentials);
  end_who_is_no_longer_known(security_differs);
  return {};
}

void ServerCore::end_who_is_no_longer_known(bool security_differs) {
  const auto before = connections_;  // An end may change them.
  for (const auto& each : before) {
    const Peer& peer = each->peer();
    const bool renamed =
        peer.way == PeerWay::Certificate && each->is_proven() && known_name({peer.name}, peer.name).empty();
    if ((security_differs && peer.way != PeerWay::Socket) || renamed) each->end("settings have changed");
  }
}

void ServerCore::close() {
  handler_ = nullptr;
  for (const Place& place : std::exchange(places_, {}))
    for (const auto& listener : place.listeners) listener->stop();
  const auto before = connections_;
  for (const auto& each : before) each->end("agent has closed");
}

// ---- connections that come ----

void ServerCore::accepted(int socket, const AgentAddress& from) {
  if (handler_ == nullptr || connections_.size() >= kAgentConnectionsMax) {
    ::close(socket);
  } else if (from.host.empty()) {
    accepted_local(socket);
  } else {
    accepted_remote(socket, from);
  }
}

void ServerCore::accepted_local(int socket) {
  auto peer = local_peer(socket, settings_.operator_group);
  if (!peer.has_value() || !has_room_for(*peer)) {
    ::close(socket);
    return;
  }
  auto channel = plain_channel(loop(), socket);
  // No descriptors: the caller tries again.
  if (channel.has_value()) start(*std::move(channel), *std::move(peer), "");
}

bool ServerCore::has_room_for(const Peer& peer) const {
  if (peer.rights == Rights::All) return true;
  const auto count = [&](auto counts) {
    return static_cast<std::size_t>(std::ranges::count_if(connections_, [&](const auto& each) {
      return each->peer().way == PeerWay::Socket && each->peer().rights != Rights::All && counts(each->peer());
    }));
  };
  return count([](const Peer&) { return true; }) < kAgentLocalConnectionsMax &&
         count([&](const Peer& other) { return other.uid == peer.uid; }) < kAgentUserConnectionsMax;
}

void ServerCore::accepted_remote(int socket, const AgentAddress& from) {
  if (limiter_.silenced(limited_address(from.host), now_ms())) {
    ::close(socket);
    return;
  }
  end_oldest_unproven();
  Peer peer;
  peer.rights = Rights::All;
  peer.address = text_of(from);
  const auto tls = credentials_->tls();
  peer.way = tls == nullptr ? PeerWay::Key : PeerWay::Certificate;
  auto channel = tls == nullptr ? plain_channel(loop(), socket) : tls_channel(loop(), socket, tls, TlsEnd::Server);
  // No descriptors: the caller tries again.
  if (channel.has_value()) start(*std::move(channel), std::move(peer), credentials_->key());
}

void ServerCore::end_oldest_unproven() {
  const auto is_unproven = [](const auto& each) {
    return each->peer().way != PeerWay::Socket && !each->is_proven() && !each->is_ended();
  };
  if (static_cast<std::size_t>(std::ranges::count_if(connections_, is_unproven)) < kAgentUnprovenMax) return;
  const auto oldest = *std::ranges::find_if(connections_, is_unproven);
  oldest->end("too many that have proven nothing");
}

void ServerCore::start(std::shared_ptr<Channel> channel, Peer peer, std::string key) {
  Greeting self;
  self.nonce = fresh_nonce();
  self.name = settings_.node;
  self.release = settings_.release;
  connections_.push_back(ServerConnection::start(shared_loop(), std::move(channel), std::move(peer), self,
                                                 std::move(key), weak_from_this()));
}

// ---- what becomes of them ----

std::string ServerCore::known_name(const std::vector<std::string>& names, const std::string& says) {
  const auto is_known = [&](const std::string& name) {
    return contains(settings_.nodes, name) || contains(settings_.operators, name) || name == settings_.node;
  };
  if (contains(names, says) && is_known(says)) return says;
  const auto found = std::ranges::find_if(names, is_known);
  return found == names.end() ? std::string() : *found;
}

void ServerCore::on_proven(ServerConnection& connection) {
  if (connection.peer().way != PeerWay::Socket) limiter_.proven(limited(connection.peer()));
}

void ServerCore::on_bad_proof(ServerConnection& connection, const std::string& why) {
  const Peer& peer = connection.peer();
  const bool local = peer.way == PeerWay::Socket;
  const std::string who = local ? peer.name : limited(peer);
  const bool silenced = !local && limiter_.failed(who, now_ms());
  denied(who, make_error<MsgId::HWDENIED>(
                  who, fmt::format("connect: {}{}", why,
                                   silenced ? fmt::format("; not listened to for {} s", kBadProofMs / 1000) : "")));
}

void ServerCore::denied(const std::string& who, Error error) {
  if (handler_ == nullptr) return;
  const auto before = denials_.denied(who, now_ms());
  if (!before.has_value()) return;
  if (*before > 0) error.text += fmt::format("; {} more were not told", *before);
  handler_->on_denied(error);
}

void ServerCore::on_request(AgentRequest request, std::shared_ptr<Answer> answer) {
  if (handler_ != nullptr) handler_->on_request(std::move(request), std::move(answer));
}

void ServerCore::on_ended(ServerConnection& connection) {
  if (connection.is_proven() && connection.peer().way != PeerWay::Socket) limiter_.gone(limited(connection.peer()));
  std::erase_if(connections_, [&](const auto& each) { return each.get() == &connection; });
}

}  // namespace hw::cluster

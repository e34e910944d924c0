#include "test/unit/cluster_store/fake_etcd.h"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <nlohmann/json.hpp>
#include <optional>

#include "cluster/store/base64.h"
#include "engine/base/check.h"

namespace hw::cluster::store::test {
namespace {

using Json = nlohmann::json;
using namespace std::chrono_literals;

constexpr auto kLong = 20s;
constexpr auto kLook = 2ms;

std::string bytes_at(const Json& json, const char* key) {
  return json.contains(key) ? from_base64(json[key].get<std::string>()).value_or("") : "";
}
std::uint64_t number_at(const Json& json, const char* key) {
  if (!json.contains(key)) return 0;
  return json[key].is_string() ? std::stoull(json[key].get<std::string>()) : json[key].get<std::uint64_t>();
}

std::string error_body(const std::string& message, int code) {
  return Json{{"error", message}, {"message", message}, {"code", code}}.dump();
}

std::string http_answer(int status, const std::string& body) {
  return fmt::format("HTTP/1.1 {} Some words\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n{}", status,
                     body.size(), body);
}

std::string chunk(const std::string& text) { return fmt::format("{:x}\r\n{}\r\n", text.size(), text); }

bool send_all(int socket, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t sent = ::send(socket, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent <= 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(sent));
  }
  return true;
}

bool other_end_is_gone(int socket) {
  pollfd look{socket, POLLIN | POLLRDHUP, 0};
  return ::poll(&look, 1, 0) != 0;
}

/// One request, of what has come and comes.
std::optional<FakeEtcd::Request> receive(int socket, std::string& unread) {
  const auto more = [&] {
    char room[4096];
    const ssize_t got = ::recv(socket, room, sizeof room, 0);
    if (got > 0) unread.append(room, static_cast<std::size_t>(got));
    return got > 0;
  };
  std::size_t head = 0;
  while ((head = unread.find("\r\n\r\n")) == unread.npos)
    if (!more()) return std::nullopt;
  FakeEtcd::Request out;
  out.head = unread.substr(0, head);
  const std::size_t at = out.head.find("Content-Length: ");
  const std::size_t bytes = at == out.head.npos ? 0 : std::stoul(out.head.substr(at + 16));
  while (unread.size() < head + 4 + bytes)
    if (!more()) return std::nullopt;
  out.body = unread.substr(head + 4, bytes);
  unread.erase(0, head + 4 + bytes);
  out.path = out.head.substr(5, out.head.find(' ', 5) - 5);  // POST PATH
  return out;
}

}  // namespace

// ---- what is stored ----

std::string FakeKeys::header() const {
  return fmt::format(R"("header":{{"cluster_id":"15118495548433857066","revision":"{}","raft_term":"2"}})", revision_);
}

void FakeKeys::put_locked(const std::string& key, const std::string& value, std::uint64_t lease) {
  keys_[key] = {value, ++revision_, lease};
  events_.emplace_back(key, false);
}

void FakeKeys::put(const std::string& key, const std::string& value) {
  const MutexLock guard(mutex_);
  put_locked(key, value, 0);
}

void FakeKeys::erase(const std::string& key) {
  const MutexLock guard(mutex_);
  keys_.erase(key);
  ++revision_;
  events_.emplace_back(key, true);
}

std::string FakeKeys::value(const std::string& key) const {
  const MutexLock guard(mutex_);
  const auto found = keys_.find(key);
  return found == keys_.end() ? "" : found->second.value;
}

void FakeKeys::end_leases() {
  const MutexLock guard(mutex_);
  leases_.clear();
  std::erase_if(keys_, [](const auto& each) { return each.second.lease != 0; });
}

void FakeKeys::forget_all() {
  const MutexLock guard(mutex_);
  keys_.clear();
  revision_ = 1;
}

void FakeKeys::set_token(std::string token) {
  const MutexLock guard(mutex_);
  token_ = std::move(token);
}

bool FakeKeys::takes(const std::string& token) const {
  const MutexLock guard(mutex_);
  return token_.empty() || token_ == token;
}

std::string FakeKeys::range(const std::string& body) const {
  const Json asked = Json::parse(body);
  const std::string first = bytes_at(asked, "key");
  const std::string end = bytes_at(asked, "range_end");
  Json values = Json::array();
  for (const auto& [key, value] : keys_) {
    if (end.empty() ? key != first : key < first || key >= end) continue;
    values.push_back({{"key", to_base64(key)},
                      {"value", to_base64(value.value)},
                      {"mod_revision", std::to_string(value.mod_revision)}});
  }
  if (values.empty()) return fmt::format("{{{}}}", header());
  return fmt::format(R"({{{},"kvs":{},"count":"{}"}})", header(), values.dump(), values.size());
}

std::string FakeKeys::txn(const std::string& body) {
  const Json asked = Json::parse(body);
  bool good = true;
  for (const Json& compare : asked["compare"]) {
    const auto found = keys_.find(bytes_at(compare, "key"));
    if (compare["target"] == "MOD")
      good = good && (found == keys_.end() ? 0 : found->second.mod_revision) == number_at(compare, "mod_revision");
    else
      good = good && found != keys_.end() && found->second.value == bytes_at(compare, "value");
  }
  if (!good) return fmt::format("{{{}}}", header());
  const Json put = asked["success"][0]["request_put"];
  put_locked(bytes_at(put, "key"), bytes_at(put, "value"), 0);
  return fmt::format(R"({{{},"succeeded":true,"responses":[{{"response_put":{{"header":{{"revision":"{}"}}}}}}]}})",
                     header(), revision_);
}

std::string FakeKeys::answer(const std::string& path, const std::string& body, int& status) {
  const MutexLock guard(mutex_);
  status = 200;
  if (path == "/v3/kv/range") return range(body);
  if (path == "/v3/kv/txn") return txn(body);
  const Json asked = Json::parse(body);
  if (path == "/v3/auth/authenticate") {
    if (asked["password"] == "secret") return fmt::format(R"({{{},"token":"{}"}})", header(), token_);
    status = 400;
    return error_body("etcdserver: authentication failed, invalid user ID or password", 3);
  }
  if (path == "/v3/kv/put") {
    const std::uint64_t lease = number_at(asked, "lease");
    if (lease != 0 && !leases_.contains(lease)) {
      status = 404;
      return error_body("etcdserver: requested lease not found", 5);
    }
    put_locked(bytes_at(asked, "key"), bytes_at(asked, "value"), lease);
    return fmt::format("{{{}}}", header());
  }
  if (path == "/v3/lease/grant") {
    leases_[next_lease_] = true;
    return fmt::format(R"({{{},"ID":"{}","TTL":"10"}})", header(), next_lease_++);
  }
  if (path == "/v3/lease/keepalive") {
    const bool lives = leases_.contains(number_at(asked, "ID"));
    return fmt::format(R"({{"result":{{{},"ID":"{}"{}}}}})", header(), number_at(asked, "ID"),
                       lives ? R"(,"TTL":"10")" : "");
  }
  if (path == "/v3/kv/compaction") {
    if (number_at(asked, "revision") > compacted_) {
      compacted_ = number_at(asked, "revision");
      return fmt::format("{{{}}}", header());
    }
    status = 400;
    return error_body("etcdserver: mvcc: required revision has been compacted", 11);
  }
  status = 404;
  return "Not Found\n";
}

std::size_t FakeKeys::events() const {
  const MutexLock guard(mutex_);
  return events_.size();
}

std::string FakeKeys::created_line() const {
  const MutexLock guard(mutex_);
  return fmt::format("{{\"result\":{{{},\"created\":true}}}}\n", header());
}

std::vector<std::string> FakeKeys::lines_after(std::size_t& event, const std::string& first, const std::string& end) {
  const MutexLock guard(mutex_);
  std::vector<std::string> out;
  for (; event < events_.size(); ++event) {
    const auto& [key, deleted] = events_[event];
    if (key < first || key >= end) continue;
    out.push_back(fmt::format("{{\"result\":{{{},\"events\":[{{{}\"kv\":{{\"key\":\"{}\"}}}}]}}}}\n", header(),
                              deleted ? "\"type\":\"DELETE\"," : "", to_base64(key)));
  }
  return out;
}

// ---- a member ----

FakeEtcd::FakeEtcd(std::shared_ptr<FakeKeys> keys) : keys_(std::move(keys)) { start(); }

FakeEtcd::~FakeEtcd() { stop(); }

std::string FakeEtcd::url() const { return fmt::format("http://127.0.0.1:{}", port_); }

void FakeEtcd::start() {
  const int listening = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  HW_CHECK(listening >= 0);
  const int on = 1;
  HW_CHECK(::setsockopt(listening, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) == 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons(port_);
  socklen_t bytes = sizeof address;
  HW_CHECK(::bind(listening, reinterpret_cast<sockaddr*>(&address), bytes) == 0);
  HW_CHECK(::listen(listening, 64) == 0);
  HW_CHECK(::getsockname(listening, reinterpret_cast<sockaddr*>(&address), &bytes) == 0);
  port_ = ntohs(address.sin_port);
  {
    const MutexLock guard(mutex_);
    stopped_ = false;
    listening_ = listening;
  }
  accepting_ = std::thread([this, listening] { accept_all(listening); });
}

void FakeEtcd::stop() {
  {
    const MutexLock guard(mutex_);
    if (stopped_) return;
    stopped_ = true;
    ::shutdown(listening_, SHUT_RDWR);
    for (const int each : sockets_) ::shutdown(each, SHUT_RDWR);
    changed_.notify_all();
  }
  accepting_.join();
  std::vector<std::thread> serving;
  {
    const MutexLock guard(mutex_);
    ::close(listening_);
    serving.swap(serving_);
  }
  for (std::thread& each : serving) each.join();
}

void FakeEtcd::accept_all(int listening) {
  for (;;) {
    const int socket = ::accept4(listening, nullptr, nullptr, SOCK_CLOEXEC);
    const MutexLock guard(mutex_);
    if (stopped_) {
      if (socket >= 0) ::close(socket);
      return;
    }
    if (socket < 0) continue;
    sockets_.push_back(socket);
    ++connections_;
    serving_.emplace_back([this, socket] { serve(socket); });
  }
}

void FakeEtcd::serve(int socket) {
  std::string unread;
  while (const auto request = receive(socket, unread)) {
    {
      const MutexLock guard(mutex_);
      requests_.push_back(*request);
      changed_.notify_all();
    }
    if (!answer(socket, *request)) break;
  }
  const MutexLock guard(mutex_);
  std::erase(sockets_, socket);
  ::close(socket);
}

Fault FakeEtcd::fault_of(const std::string& path) {
  const MutexLock guard(mutex_);
  const auto found = next_.find(path);
  if (found == next_.end() || found->second.empty()) return all_;
  Fault out = found->second.front();
  found->second.pop_front();
  return out;
}

/// False: the connection is to end.
bool FakeEtcd::answer(int socket, const Request& request) {
  const Fault fault = fault_of(request.path);
  using Kind = Fault::Kind;
  if (fault.kind == Kind::Hang) {
    while (keeps(socket)) std::this_thread::sleep_for(kLook);
    return false;
  }
  if (fault.kind == Kind::Refused) return send_all(socket, fault.text);
  if (fault.kind == Kind::Body) return send_all(socket, http_answer(200, fault.text));
  const std::size_t at = request.head.find("Authorization: ");
  const std::string token =
      at == std::string::npos ? "" : request.head.substr(at + 15, request.head.find('\r', at) - at - 15);
  if (request.path != "/v3/auth/authenticate" && !keys_->takes(token))
    return send_all(socket, http_answer(401, error_body("etcdserver: invalid auth token", 16)));
  if (request.path == "/v3/watch") {
    stream(socket, request.body);
    return false;
  }
  int status = 0;
  const std::string body = keys_->answer(request.path, request.body, status);
  const std::string whole = http_answer(status, body);
  if (fault.kind == Kind::Lost) return false;
  if (fault.kind == Kind::CutShort) {
    send_all(socket, std::string_view(whole).substr(0, whole.size() / 2));
    return false;
  }
  if (fault.kind == Kind::Late && !wait_for_release(socket)) return false;
  return send_all(socket, whole) && fault.kind != Kind::Closes;
}

bool FakeEtcd::keeps(int socket) const {
  const MutexLock guard(mutex_);
  return !stopped_ && !other_end_is_gone(socket);
}

bool FakeEtcd::wait_for_release(int socket) {
  const auto before = [this] {
    const MutexLock guard(mutex_);
    return releases_;
  }();
  for (;;) {
    if (!keeps(socket)) return false;
    {
      const MutexLock guard(mutex_);
      if (releases_ != before) return true;
    }
    std::this_thread::sleep_for(kLook);
  }
}

void FakeEtcd::release() {
  const MutexLock guard(mutex_);
  ++releases_;
}

/// In pieces that are no lines.
void FakeEtcd::stream(int socket, const std::string& body) {
  const Json asked = Json::parse(body)["create_request"];
  std::size_t event = keys_->events();
  send_all(socket, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
  const auto send_line = [&](const std::string& line) {
    const std::size_t half = line.size() / 2;
    send_all(socket, chunk(line.substr(0, half)));
    send_all(socket, chunk(line.substr(half)));
  };
  send_line(keys_->created_line());
  while (keeps(socket)) {
    for (const std::string& line : keys_->lines_after(event, bytes_at(asked, "key"), bytes_at(asked, "range_end")))
      send_line(line);
    std::this_thread::sleep_for(kLook);
  }
}

void FakeEtcd::next(const std::string& path, Fault fault) {
  const MutexLock guard(mutex_);
  next_[path].push_back(std::move(fault));
}

void FakeEtcd::all(Fault fault) {
  const MutexLock guard(mutex_);
  all_ = std::move(fault);
}

std::vector<FakeEtcd::Request> FakeEtcd::requests(const std::string& path) const {
  const MutexLock guard(mutex_);
  std::vector<Request> out;
  for (const Request& each : requests_)
    if (path.empty() || each.path == path) out.push_back(each);
  return out;
}

bool FakeEtcd::wait_for_requests(const std::string& path, std::size_t count) const {
  MutexLock lock(mutex_);
  return changed_.wait_for(lock, kLong, [&]() HW_REQUIRES(mutex_) {
    const auto is_of = [&](const Request& each) { return each.path == path; };
    return static_cast<std::size_t>(std::ranges::count_if(requests_, is_of)) >= count;
  });
}

std::size_t FakeEtcd::connections() const {
  const MutexLock guard(mutex_);
  return connections_;
}

}  // namespace hw::cluster::store::test

#include "test/etcd/real_etcd.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <random>
#include <set>
#include <utility>

#include "engine/base/check.h"

namespace hw::cluster::store::test {
namespace {

constexpr const char* kProgram = "/usr/bin/etcd";

bool is_free(std::uint16_t port) {
  const int socket = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  HW_CHECK(socket >= 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons(port);
  const bool free = ::bind(socket, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0;
  ::close(socket);
  return free;
}

/// Below those that the system gives to connections by itself, and none of etcd's own: a member that is started again
/// finds its port free.
std::uint16_t free_port() {
  static std::mt19937 random{std::random_device{}()};
  static std::set<std::uint16_t> given;
  for (;;) {
    const auto port = static_cast<std::uint16_t>(std::uniform_int_distribution<int>(12000, 31999)(random));
    if (is_free(port) && given.insert(port).second) return port;
  }
}

}  // namespace

bool has_etcd() { return ::access(kProgram, X_OK) == 0; }

RealEtcd::RealEtcd(std::size_t members, std::vector<std::string> tls_arguments)
    : tls_arguments_(std::move(tls_arguments)) {
  for (std::size_t i = 0; i < members; ++i) members_.push_back({fmt::format("m{}", i), free_port(), free_port(), 0});
  for (std::size_t i = 0; i < members; ++i) start(i);
}

RealEtcd::~RealEtcd() {
  for (std::size_t i = 0; i < members_.size(); ++i) kill(i);
}

std::string RealEtcd::url(std::size_t member) const {
  return fmt::format("{}://127.0.0.1:{}", scheme(), members_.at(member).client_port);
}

std::vector<std::string> RealEtcd::urls() const {
  std::vector<std::string> out;
  for (std::size_t i = 0; i < members_.size(); ++i) out.push_back(url(i));
  return out;
}

void RealEtcd::start(std::size_t member) {
  Member& own = members_.at(member);
  const auto peer_url = [](const Member& of) { return fmt::format("http://127.0.0.1:{}", of.peer_port); };
  std::string all;
  for (const Member& each : members_) all += fmt::format("{}{}={}", all.empty() ? "" : ",", each.name, peer_url(each));
  std::vector<std::string> words = {kProgram,
                                    "--name",
                                    own.name,
                                    "--data-dir",
                                    folder_.file(own.name),
                                    "--listen-client-urls",
                                    url(member),
                                    "--advertise-client-urls",
                                    url(member),
                                    "--listen-peer-urls",
                                    peer_url(own),
                                    "--initial-advertise-peer-urls",
                                    peer_url(own),
                                    "--initial-cluster",
                                    all,
                                    "--initial-cluster-token",
                                    folder_.path()};
  words.insert(words.end(), tls_arguments_.begin(), tls_arguments_.end());
  std::vector<char*> arguments;
  for (std::string& word : words) arguments.push_back(word.data());
  arguments.push_back(nullptr);
  const std::string log_file = folder_.file(own.name + ".log");
  std::fflush(nullptr);
  own.pid = ::fork();
  HW_CHECK(own.pid >= 0);
  if (own.pid != 0) return;
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  const int log = ::open(log_file.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
  ::dup2(log, STDOUT_FILENO);
  ::dup2(log, STDERR_FILENO);
  ::execv(kProgram, arguments.data());
  ::_exit(127);
}

void RealEtcd::kill(std::size_t member) {
  const pid_t pid = std::exchange(members_.at(member).pid, 0);
  if (pid == 0) return;
  ::kill(pid, SIGKILL);
  HW_CHECK(::waitpid(pid, nullptr, 0) == pid);
}

void RealEtcd::stop(std::size_t member) const { HW_CHECK(::kill(members_.at(member).pid, SIGSTOP) == 0); }
void RealEtcd::go_on(std::size_t member) const { HW_CHECK(::kill(members_.at(member).pid, SIGCONT) == 0); }

std::string RealEtcd::log(std::size_t member) const {
  return hw::test::file_bytes(folder_.file(members_.at(member).name + ".log"));
}

}  // namespace hw::cluster::store::test

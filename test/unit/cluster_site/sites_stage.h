/// test/unit/cluster_site/sites_stage.h -- three logical nodes with an instance each, made by the real programs: A and
/// B, which may be root, and C, which only follows.
#pragma once

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <signal.h>
#include <sys/socket.h>

#include <filesystem>
#include <fstream>
#include <map>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "cluster/config/read_domain.h"
#include "cluster/site/local_site.h"
#include "engine/base/liveness.h"
#include "test/support/child_process.h"
#include "test/support/test_folder.h"

namespace hw::cluster::test_sites {

using namespace std::chrono_literals;
using hw::test::must;

inline Deadline soon(std::chrono::seconds within = 60s) { return std::chrono::steady_clock::now() + within; }

/// Ports that are free now, all different.
inline std::vector<std::uint16_t> free_ports(std::size_t count) {
  std::vector<std::uint16_t> ports;
  std::vector<int> sockets;
  while (ports.size() < count) {
    const int fd = ::socket(AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in6 address{};
    address.sin6_family = AF_INET6;
    socklen_t bytes = sizeof address;
    HW_CHECK(::bind(fd, reinterpret_cast<const sockaddr*>(&address), bytes) == 0);
    HW_CHECK(::getsockname(fd, reinterpret_cast<sockaddr*>(&address), &bytes) == 0);
    ports.push_back(ntohs(address.sin6_port));
    sockets.push_back(fd);
  }
  for (const int fd : sockets) ::close(fd);
  return ports;
}

/// The site of one node with its loop and thread, as an agent has it.
class NodeAgent {
 public:
  NodeAgent(const LocalSiteSettings& settings) : table_(settings.dir + "/run/processes") {
    must(loop_.open());
    site_ = std::make_unique<LocalSite>(loop_, table_, settings);
    must(site_->adopt());
    thread_ = std::thread([this] { loop_.run(); });
  }
  ~NodeAgent() {
    loop_.stop();
    thread_.join();
  }
  LocalSite& site() { return *site_; }

 private:
  EventLoop loop_;
  ProcessTable table_;
  std::unique_ptr<LocalSite> site_;
  std::thread thread_;
};

class SitesTest : public testing::Test {
 protected:
  void SetUp() override {
    const auto ports = free_ports(9);
    domain_ = std::make_shared<const Domain>(domain_of(ports));
    for (const Instance& instance : domain_->instances) {
      std::filesystem::create_directories(dir_of(instance.node) + "/run");
      std::filesystem::create_directories(instance.dir);
      make_instance(instance);
      begin_agent(instance.node);
    }
  }
  void TearDown() override {
    if (testing::Test::HasFailure()) print_logs();
    for (const Instance& instance : domain_->instances) {
      for (const ServerView& view : site(instance.name).servers())
        (void)site(instance.name).stop(ref_of(view), StopHow::AtOnce, soon());
      agents_.erase(instance.node);
      kill_servers(instance.name);
      (void)run(instance.name, "mupip", "rundown -region '*'");
    }
  }

  // ---- nodes ----

  std::string dir_of(const std::string& node) const { return folder_.file(node); }
  void begin_agent(const std::string& node) {
    LocalSiteSettings settings;
    settings.node = node;
    settings.dir = dir_of(node);
    settings.home = std::filesystem::path(HW_BIN_DIR).parent_path();
    settings.release = "test";
    settings.domain = [domain = domain_](std::uint64_t generation) {
      return generation <= 1 ? domain : std::shared_ptr<const Domain>();
    };
    settings.said = [](const ServerKey& key, const Error& error) {
      std::printf("said of %s: %s", key.name.c_str(), error.render().c_str());
    };
    agents_[node] = std::make_unique<NodeAgent>(settings);
  }
  void end_agent(const std::string& node) { agents_.erase(node); }
  LocalSite& site(const std::string& instance) { return agents_.at(domain_->instance(instance)->node)->site(); }

  // ---- instances ----

  std::string folder(const std::string& instance) const { return domain_->instance(instance)->dir; }
  /// A command as the instance's user gives it. Returns what it printed on both; a status that is not 0 is appended.
  std::string run(const std::string& instance, const std::string& program, const std::string& arguments) const {
    const std::string command =
        fmt::format("cd {0} && gtmgbldir={0}/gtm.gld gtm_repl_instance={0}/gtm.repl PATH={1}:$PATH {2} {3} 2>&1",
                    folder(instance), HW_BIN_DIR, program, arguments);
    FILE* const pipe = ::popen(command.c_str(), "r");
    HW_CHECK(pipe != nullptr);
    std::string out;
    for (int c = std::fgetc(pipe); c != EOF; c = std::fgetc(pipe)) out += static_cast<char>(c);
    const int status = ::pclose(pipe);
    return status == 0 ? out : fmt::format("{}(status {})", out, status);
  }
  std::string get(const std::string& instance, const std::string& global) const {
    return run(instance, "gbl", fmt::format("get '{}'", global));
  }
  /// `^a(from)` to `^a(to)`.
  void update(const std::string& instance, int from, int to) const {
    std::ofstream statements(folder(instance) + "/statements");
    for (int i = from; i <= to; ++i) statements << fmt::format("set ^a({})=\"{}-{}\"\n", i, instance, i);
    statements.close();
    EXPECT_EQ(run(instance, "gbl", "run statements"), "");
  }
  Position at(const std::string& instance) { return must(site(instance).position(instance, soon())); }
  /// Waits until both have the same transactions.
  void expect_equal(const std::string& instance, const std::string& root) {
    must(site(instance).wait_applied(instance, at(root).next_seqno, soon()));
  }

  // ---- servers ----

  static ServerRef source(const std::string& to) { return {ServerKind::Source, "source:" + to, "acct", 1}; }
  static ServerRef receiver(const std::string& of) { return {ServerKind::Receiver, "receiver:" + of, "acct", 1}; }
  static ServerRef ref_of(const ServerView& view) {
    ServerKind kind = ServerKind::Application;
    if (view.key.name.starts_with("source:")) kind = ServerKind::Source;
    if (view.key.name.starts_with("receiver:")) kind = ServerKind::Receiver;
    return {kind, view.key.name, view.key.group, view.key.number};
  }
  StartRequest to_start(const std::string& instance, const ServerRef& server) const {
    StartRequest request;
    request.server = server;
    request.instance = instance;
    return request;
  }
  void start_root(const std::string& root, const std::vector<std::string>& feeds, std::uint64_t epoch) {
    for (const std::string& to : feeds) {
      StartRequest request = to_start(root, source(to));
      request.as_root = true;
      must(site(root).start(request, soon()));
    }
    must(site(root).reign(root, epoch, soon()));
  }
  void start_secondary(const std::string& instance, const std::string& feeder) {
    StartRequest passive = to_start(instance, source(feeder));
    passive.passive = true;
    must(site(instance).start(passive, soon()));
    StartRequest receives = to_start(instance, receiver(instance));
    receives.update_resync = !at(instance).has_history;
    must(site(instance).start(receives, soon()));
  }
  /// All its servers, and then it is closed.
  void take_down(const std::string& instance) {
    for (const ServerView& view : site(instance).servers())
      must(site(instance).stop(
          {view.key.name.starts_with("source:") ? ServerKind::Source : ServerKind::Receiver, view.key.name, "acct", 1},
          StopHow::WorkFirst, soon()));
    must(site(instance).close(instance, soon()));
  }
  /// What dies without a word: the processes that the instance's memory names.
  std::vector<std::uint32_t> server_pids(const std::string& instance) const {
    std::vector<std::uint32_t> pids;
    const auto look = look_at_instance(folder(instance));
    if (!look.has_value()) return pids;
    for (const SourceSeen& one : look->sources)
      if (one.alive) pids.push_back(one.pid);
    if (look->receiver && look->receiver->alive) pids.push_back(look->receiver->pid);
    return pids;
  }
  void kill_servers(const std::string& instance) const {
    for (const std::uint32_t pid : server_pids(instance)) {
      // A daemon has a group of its own; the receiver's has the update process.
      const pid_t group = ::getpgid(static_cast<pid_t>(pid));
      HW_CHECK(group > 1 && group != ::getpgrp());
      ::kill(-group, SIGKILL);
      while (process_start(pid) != 0) std::this_thread::sleep_for(1ms);
    }
  }
  template <typename Holds>
  static bool within(std::chrono::seconds limit, const Holds& holds) {
    for (const auto until = soon(limit); !holds();) {
      if (std::chrono::steady_clock::now() >= until) return false;
      std::this_thread::sleep_for(10ms);
    }
    return true;
  }

  hw::test::TestFolder folder_;
  std::shared_ptr<const Domain> domain_;

 private:
  Domain domain_of(const std::vector<std::uint16_t>& ports) const {
    std::string text = "format = 1\n[domain]\nname = \"bank\"\n[security]\nkey_file = \"/etc/headwater/key\"\n";
    text += "[agent]\nmax_fail = 3\nstop_s = 10\n";
    for (int i = 0; i < 3; ++i)
      text += fmt::format("[node.n{0}]\nport = {1}\ndir = \"{2}\"\n", i + 1, ports[6 + i],
                          dir_of(fmt::format("n{}", i + 1)));
    const char* const feeders[] = {"\"B\"", "\"A\"", "\"A\", \"B\""};
    for (int i = 0; i < 3; ++i)
      text += fmt::format(
          "[instance.{0}]\nnode = \"n{1}\"\ndir = \"{2}\"\nlisten = {3}\nrefresh_port = {4}\nupstreams = "
          "[{5}]\npriority = {6}\n",
          std::string(1, static_cast<char>('A' + i)), i + 1, folder_.file(std::string(1, static_cast<char>('A' + i))),
          ports[i], ports[3 + i], feeders[i], i < 2 ? 100 : 0);
    text += "[group.acct]\ninstances = [\"A\", \"B\", \"C\"]\n";
    text += "[server.sleeper]\ngroup = \"acct\"\nrun = \"/bin/sleep\"\nargs = [\"1000\"]\nplace = \"each\"\n";
    text += "[server.failing]\ngroup = \"acct\"\nrun = \"/bin/false\"\n";
    CheckedDomain checked = read_domain(text, "/opt/hw");
    for (const auto& finding : checked.findings.all()) std::printf("%s\n", finding.error.render().c_str());
    HW_CHECK(checked.domain.has_value());
    return *checked.domain;
  }

  void make_instance(const Instance& instance) const {
    const std::string& name = instance.name;
    std::ofstream(instance.dir + "/gde.in")
        << fmt::format("change -segment DEFAULT -file={}/gtm.dat\nexit\n", instance.dir);
    EXPECT_EQ(run(name, "gde", "< gde.in > gde.out").find("status"), std::string::npos);
    EXPECT_EQ(run(name, "mupip", "create").find("status"), std::string::npos);
    EXPECT_EQ(run(name, "mupip", "set -replication=on -region '*'").find("status"), std::string::npos);
    EXPECT_EQ(run(name, "mupip", "replicate -instance_create -name=" + name).find("status"), std::string::npos);
  }

  void print_logs() const {
    for (const auto& entry : std::filesystem::recursive_directory_iterator(folder_.path()))
      if (entry.path().extension() == ".log")
        std::printf("==== %s\n%s\n", entry.path().c_str(), hw::test::file_bytes(entry.path()).c_str());
  }

  std::map<std::string, std::unique_ptr<NodeAgent>> agents_;
};

}  // namespace hw::cluster::test_sites

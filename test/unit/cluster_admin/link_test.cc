// hwadm's agents over the real link: which one answers.
#include <cstdlib>

#include "cluster/admin/linked_agents.h"
#include "test/unit/cluster_link/agent_link.h"

namespace hw::cluster::hwadm {
namespace {

using cluster::test::Agent;
using cluster::test::Folder;
using hw::test::must;

const Person kPerson{"root", "n1"};

/// A domain's folder: its agent's socket, its configuration.
class DomainFolder {
 public:
  explicit DomainFolder(const std::string& name = "n1") : path_(folder_ / name) {
    std::filesystem::create_directories(path_ + "/run");
    std::filesystem::create_directories(path_ + "/config");
  }
  const std::string& path() const { return path_; }
  std::string base() const { return folder_ / ""; }
  std::string key() const { return folder_.write("key", std::string(32, 'k')); }
  void add_folder(const std::string& name) const { std::filesystem::create_directories(folder_ / name); }
  /// Generation 4, with the agents of these ports as n1, n2.
  void configure(const std::vector<std::uint16_t>& ports) const {
    std::string text = "format=1\n[domain]\nname=\"bank\"\n[security]\nkey_file=\"" + key() + "\"\n";
    std::size_t number = 0;
    for (const std::uint16_t port : ports)
      text += fmt::format("[node.n{}]\nport={}\ndir=\"/d/n{}\"\n", number + 1, port, number + 1), ++number;
    std::ofstream(path_ + "/config/4.toml") << text;
    std::ofstream(path_ + "/config/current") << "4\n";
  }

 private:
  Folder folder_;
  std::string path_;
};

/// An agent that listens at the socket of a domain's folder alone.
struct SocketAgent : Agent {
  explicit SocketAgent(const DomainFolder& folder) {
    settings().socket_path = socket_of(folder.path());
    settings().addresses = {};
    start();
  }
};

LinkedAgents agents_of(const DomainFolder& folder) {
  return LinkedAgents({.given = folder.path(), .environment = {}}, kPerson, "/opt/hw/bin/hwadm");
}

/// What `echo` answers, and who; or the error.
struct Reached {
  std::string who;
  std::string answer;
  std::vector<std::string> tried;
};
Reached reach(LinkedAgents& agents, const Domain* domain = nullptr) {
  Reached reached;
  const auto line =
      agents.connect(domain, [&](const Error& error) { reached.tried.push_back(std::string(error.lines())); });
  if (!line.has_value()) {
    reached.answer = line.error().lines();
    return reached;
  }
  reached.who = (*line)->name();
  const auto answer = (*line)->call("echo", "hello", 20, {});
  reached.answer = answer.has_value() ? *answer : answer.error().lines();
  return reached;
}

/// A port where nobody listens.
std::uint16_t silent_port() {
  Agent agent;
  agent.settings().security = {};
  const Folder folder;
  agent.settings().security = LinkSecurity::with_key(folder.write("key", std::string(32, 'x')));
  agent.start();
  return agent.server().addresses().at(0).port;
}

TEST(LinkedAgents, TheSocketAnswersFirst) {
  const DomainFolder folder;
  SocketAgent agent(folder);
  LinkedAgents agents = agents_of(folder);
  const Reached reached = reach(agents);
  EXPECT_EQ(reached.answer, "hello");
  EXPECT_EQ(reached.who, "n2");
  EXPECT_TRUE(reached.tried.empty());
  EXPECT_EQ(reach(agents).answer, "hello") << "the connection stays";
  EXPECT_EQ(agent.server().connections(), 1u);
}

TEST(LinkedAgents, ThenTheNodesInFileOrder) {
  const DomainFolder folder;
  Agent agent(LinkSecurity::with_key(folder.key()));
  agent.start();
  const std::uint16_t silent = silent_port();
  folder.configure({silent, agent.server().addresses().at(0).port});
  LinkedAgents agents = agents_of(folder);
  const Reached reached = reach(agents);
  EXPECT_EQ(reached.answer, "hello");
  EXPECT_EQ(reached.who, "n2");
  EXPECT_TRUE(reached.tried.empty()) << "one answers";
}

TEST(LinkedAgents, WhatAnswersWithoutTheKeyIsNone) {
  const DomainFolder folder;
  const Folder other;
  Agent agent(LinkSecurity::with_key(other.write("key", std::string(32, 'o'))));
  agent.start();
  const std::uint16_t port = agent.server().addresses().at(0).port;
  folder.configure({silent_port(), port});
  LinkedAgents agents = agents_of(folder);
  const Reached reached = reach(agents);
  EXPECT_NE(reached.answer.find("%GTM-E-HWREMOTE, n2: "), std::string::npos) << reached.answer;
  ASSERT_EQ(reached.tried.size(), 2u);
  EXPECT_NE(reached.tried[0].find("hwd.sock"), std::string::npos) << reached.tried[0];
  EXPECT_NE(reached.tried[1].find("n1: "), std::string::npos) << reached.tried[1];
}

TEST(LinkedAgents, NoneAnswers) {
  const DomainFolder folder;
  LinkedAgents agents = agents_of(folder);
  const Reached reached = reach(agents);
  EXPECT_NE(reached.answer.find("%GTM-E-HWREMOTE, " + socket_of(folder.path())), std::string::npos) << reached.answer;
}

TEST(LinkedAgents, ThoseOfAConfigurationNeedNoFolder) {
  const DomainFolder folder;
  Agent agent(LinkSecurity::with_key(folder.key()));
  agent.start();
  folder.configure({silent_port(), agent.server().addresses().at(0).port});
  const Domain domain = must(current_domain(folder.path(), "/opt/hw"));
  LinkedAgents agents({.given = {}, .environment = {}, .base = "/no/such/folder"}, kPerson, "/opt/hw/bin/hwadm");
  EXPECT_NE(reach(agents).answer.find("no domain is there"), std::string::npos);
  EXPECT_EQ(reach(agents, &domain).answer, "hello");
}

TEST(LinkedAgents, AnAgentThatHasGoneIsCalledAgain) {
  const DomainFolder folder;
  SocketAgent agent(folder);
  LinkedAgents agents = agents_of(folder);
  EXPECT_EQ(reach(agents).answer, "hello");
  agent.stop();
  agent.start();
  // The end of the former connection may be noticed by the first call alone.
  EXPECT_TRUE(reach(agents).answer == "hello" || reach(agents).answer == "hello");
}

TEST(LinkedAgents, AnotherFolderIsAnotherAgent) {
  const DomainFolder folder;
  const DomainFolder empty;
  Agent agent;
  agent.settings().socket_path = socket_of(folder.path());
  agent.settings().addresses = {};
  agent.start();
  LinkedAgents agents({.given = {}, .environment = folder.path()}, kPerson, "/opt/hw/bin/hwadm");
  EXPECT_EQ(reach(agents).answer, "hello");
  agents.set_folder(empty.path());
  EXPECT_NE(reach(agents).answer, "hello");
  agents.set_folder("");
  EXPECT_EQ(reach(agents).answer, "hello");
}

TEST(LinkedAgents, AnAnswerThatTakesTooLongEndsAtTheTimeout) {
  const DomainFolder folder;
  SocketAgent agent(folder);
  LinkedAgents agents = agents_of(folder);
  AgentLine* const line = must(agents.connect(nullptr, [](const Error&) {}));
  const auto answer = line->call("kept", "", 0.05, {});
  ASSERT_FALSE(answer.has_value());
  EXPECT_EQ(answer.error().id, MsgId::HWREMOTE);
  EXPECT_TRUE(agent.handler().wait_for_cancelled(1)) << "the agent is told";
}

TEST(FindFolder, InThisOrder) {
  const DomainFolder folder("bank");
  EXPECT_EQ(must(find_folder({"/a", "/b", folder.base()})), "/a");
  EXPECT_EQ(must(find_folder({"", "/b", folder.base()})), "/b");
  EXPECT_EQ(std::filesystem::path(must(find_folder({"", "", folder.base()}))).filename(), "bank");
  (void)folder.key();
  EXPECT_TRUE(find_folder({"", "", folder.base()}).has_value()) << "a file is no folder";
  folder.add_folder("other");
  EXPECT_EQ(find_folder({"", "", folder.base()}).error().id, MsgId::CLIERR) << "which one is not known";
  EXPECT_EQ(find_folder({"", "", "/no/such/folder"}).error().id, MsgId::HWREMOTE);
}

TEST(CurrentDomain, IsReadFromTheFolder) {
  const DomainFolder folder;
  EXPECT_FALSE(current_domain(folder.path(), "/opt").has_value());
  folder.configure({7600, 7601});
  EXPECT_EQ(targets_of(must(current_domain(folder.path(), "/opt"))).size(), 2u);
  std::ofstream(folder.path() + "/config/current") << "x\n";
  EXPECT_EQ(current_domain(folder.path(), "/opt").error().id, MsgId::HWCFGBAD);
  std::ofstream(folder.path() + "/config/current") << "4\n";
  std::ofstream(folder.path() + "/config/4.toml") << "format=1\n";
  EXPECT_EQ(current_domain(folder.path(), "/opt").error().id, MsgId::HWCFGBAD);
}

}  // namespace
}  // namespace hw::cluster::hwadm

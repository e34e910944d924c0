#include "cluster/agent/config_job.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>
#include <map>

#include "cluster/agent/config_service.h"
#include "cluster/plan/request.h"
#include "engine/base/file.h"
#include "test/support/test_folder.h"
#include "test/unit/cluster_agent/domain_stage.h"

namespace hw::cluster {
namespace {

/// What a command printed.
class NotedSay final : public Say {
 public:
  void line(std::string_view text) override { lines.emplace_back(text); }
  void message(const Error& error, std::string_view) override { messages.push_back(error); }
  std::vector<std::string> lines;
  std::vector<Error> messages;
};

/// Two nodes with folders of their own; n1 asks n2 as an agent would.
class TwoNodes : public testing::Test {
 protected:
  struct OwnNode {
    std::unique_ptr<NodeConfig> config;
    std::unique_ptr<ConfigService> service;
  };
  void SetUp() override {
    for (const char* const part : {"home/bin", "A", "B", "n1", "n2"})
      std::filesystem::create_directories(folder_.file(part));
    hw::test::write_file(folder_.file("home/bin/mupip"), "");
    hw::test::write_file(folder_.file("report"), "");
    ::chmod(folder_.file("home/bin/mupip").c_str(), 0755);
    ::chmod(folder_.file("report").c_str(), 0755);
    for (const char* const name : {"n1", "n2"}) begin(name);
    board_ = std::make_unique<BoardKeeper>(folder_.file("board.json"), "n1");
    ASSERT_TRUE(board_->load(1).has_value());
  }
  void begin(const std::string& name) {
    auto config = NodeConfig::open(folder_.file(name), folder_.file("home"), std::nullopt, false);
    ASSERT_TRUE(config.has_value()) << config.error().text;
    OwnNode& node = nodes_[name];
    node.config = *std::move(config);
    node.service = std::make_unique<ConfigService>(name, folder_.file("home"), *node.config, [] {});
  }
  std::string text() const {
    std::string out = test::kTwoNodes;
    for (const char* const name : {"A", "B"})
      out = test::replaced(out, "\"/db/" + std::string(name) + "\"", "\"" + folder_.file(name) + "\"");
    return test::replaced(out, "/opt/report", folder_.file("report"));
  }
  Result<std::string> ask(const Node& node, const std::string& verb, const std::string& body) {
    if (away_ == node.name) return make_error<MsgId::HWREMOTE>(node.name, "no answer");
    ConfigService& service = *nodes_.at(node.name).service;
    const std::string arguments = decode_command_request(body).value().arguments;
    if (verb == kConfigState) return encode_state(service.state("").value());
    Status status;
    if (verb == kConfigPut) status = service.put(decode_generation(arguments).value());
    if (verb == kConfigCurrent) status = service.make_current(decode_number(arguments).value());
    if (verb == kConfigDrop) status = service.drop(decode_number(arguments).value().number);
    if (verb == kConfigName) status = service.put_named(decode_named(arguments).value());
    CommandResult result;
    if (!status.has_value()) {
      result.outcome = Outcome::Refused;
      result.messages.push_back(message_of(status.error()));
    }
    return encode_command_answer(result);
  }
  Outcome run(const std::string& text, bool add = false, const std::string& store_as = "") {
    say_ = {};
    ConfigNodes nodes(
        "n1", *nodes_.at("n1").service, [] { return std::string(); },
        [this](const Node& node, const std::string& verb, const std::string& body, Deadline) {
          return ask(node, verb, body);
        });
    ConfigJob job({.home = folder_.file("home"),
                   .config = *nodes_.at("n1").config,
                   .board = *board_,
                   .nodes = nodes,
                   .publish =
                       [this](const Domain& domain, const BoardGeneration& generation) {
                         return board_->take_over([&](BoardParts& parts) {
                           apply_domain(parts.orders, domain, generation);
                           return true;
                         });
                       },
                   .say = say_,
                   .by = "root@n1"});
    const ApplyArguments arguments{text, store_as, "bank.toml"};
    return (add ? job.add(arguments) : job.apply(arguments)).result.outcome;
  }
  std::uint64_t current(const char* node) const { return nodes_.at(node).config->current().number; }
  std::string last_line() const { return say_.lines.empty() ? "" : say_.lines.back(); }
  std::string first_message() const { return say_.messages.empty() ? "" : say_.messages.front().text; }

  const hw::test::TestFolder folder_;
  std::map<std::string, OwnNode> nodes_;
  std::unique_ptr<BoardKeeper> board_;
  std::string away_;
  NotedSay say_;
};

TEST_F(TwoNodes, AConfigurationBecomesCurrentAtAll) {
  ASSERT_EQ(run(text()), Outcome::Done) << first_message();
  EXPECT_EQ(last_line(), "generation 1 is current on 2 nodes");
  EXPECT_EQ(current("n1"), 1u);
  EXPECT_EQ(current("n2"), 1u);
  EXPECT_EQ(board_->orders().generation.number, 1u);
  EXPECT_EQ(board_->orders().domain, "bank");
  EXPECT_EQ(nodes_.at("n2").config->text(1).value().by, "root@n1");
}

TEST_F(TwoNodes, TheSameTextIsNoNewGeneration) {
  ASSERT_EQ(run(text()), Outcome::Done);
  EXPECT_EQ(run(text()), Outcome::Done);
  EXPECT_EQ(say_.lines,
            (std::vector<std::string>{"generation 1 has this text already", "generation 1 is current on 2 nodes"}));
  EXPECT_EQ(nodes_.at("n1").config->highest().value(), 1u);
}

TEST_F(TwoNodes, WhenOneNodeIsAwayItIsCurrentNowhere) {
  ASSERT_EQ(run(text()), Outcome::Done);
  away_ = "n2";
  EXPECT_EQ(run(text() + "# more\n"), Outcome::Refused);
  EXPECT_EQ(first_message(), "n2: no answer");
  EXPECT_EQ(current("n1"), 1u);
  EXPECT_EQ(nodes_.at("n1").config->highest().value(), 1u) << "what was stored is dropped";
  away_ = "";
  EXPECT_EQ(run(text() + "# more\n"), Outcome::Done);
  EXPECT_EQ(current("n2"), 2u);
}

TEST_F(TwoNodes, ANodeThatWasCleanedIsLeftOut) {
  ASSERT_EQ(run(text()), Outcome::Done);
  ASSERT_TRUE(board_
                  ->take_over([](BoardParts& parts) {
                    clean_node(parts, "n2");
                    return true;
                  })
                  .has_value());
  away_ = "n2";
  EXPECT_EQ(run(text() + "# more\n"), Outcome::Done);
  EXPECT_EQ(last_line(), "generation 2 is current on 1 nodes");
}

TEST_F(TwoNodes, EachNodeLooksAtItsOwnDisk) {
  std::filesystem::remove_all(folder_.file("B"));
  EXPECT_EQ(run(text()), Outcome::Refused);
  EXPECT_EQ(first_message(), "n2: HWCFGBAD, instance.B.dir: " + folder_.file("B") + ": No such file or directory");
  EXPECT_EQ(current("n1"), 0u);
}

TEST_F(TwoNodes, WhatDoesNotPassTheCheckIsRefused) {
  EXPECT_EQ(run("nonsense = 1\n"), Outcome::Refused);
  EXPECT_FALSE(say_.messages.empty());
}

TEST_F(TwoNodes, AddTakesOnlyAdditions) {
  ASSERT_EQ(run(text()), Outcome::Done);
  EXPECT_EQ(run(test::replaced(text(), "listen = 7701", "listen = 7702"), true), Outcome::Refused);
  EXPECT_EQ(first_message(), "instance.B.listen differs and is in use");
  const std::string more = text() + "[server.other]\ngroup = \"acct\"\nrun = \"" + folder_.file("report") + "\"\n";
  EXPECT_EQ(run(more, true), Outcome::Done) << first_message();
  EXPECT_TRUE(nodes_.at("n2").config->came_by_add(1, 2).value());
}

TEST_F(TwoNodes, StoredUnderANameItIsNoGeneration) {
  ASSERT_EQ(run(text()), Outcome::Done);
  EXPECT_EQ(run(text() + "# more\n", false, "later"), Outcome::Done) << first_message();
  EXPECT_EQ(last_line(), "later.toml is stored on 2 nodes");
  EXPECT_TRUE(file_exists(folder_.file("n2/config/later.toml")));
  EXPECT_EQ(current("n1"), 1u);
}

TEST_F(TwoNodes, ADomainKeepsItsName) {
  ASSERT_EQ(run(text()), Outcome::Done);
  EXPECT_EQ(run(test::replaced(text(), "\"bank\"", "\"other\"")), Outcome::Refused);
  EXPECT_EQ(first_message(), "domain.name: is that of the domain for good");
}

TEST_F(TwoNodes, TheFirstOneTakesNoNodeFromAnotherDomain) {
  ASSERT_EQ(run(text()), Outcome::Done);
  std::filesystem::remove_all(folder_.file("n1"));
  std::filesystem::create_directories(folder_.file("n1"));
  begin("n1");
  EXPECT_EQ(run(text() + "# more\n"), Outcome::Refused);
  EXPECT_EQ(first_message(), "n2: has generation 1 of domain bank; ask it");
}

}  // namespace
}  // namespace hw::cluster

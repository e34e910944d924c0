// hwadm as it is, from its words to its exit status, over the link to an agent of this process.
#include <thread>

#include "cluster/admin/linked_agents.h"
#include "cluster/admin/person.h"
#include "cluster/board/json.h"
#include "cluster/plan/reads.h"
#include "test/unit/cluster_admin/admin_stage.h"
#include "test/unit/cluster_board/board_sample.h"
#include "test/unit/cluster_link/agent_link.h"

namespace hw::cluster::hwadm {
namespace {

using cluster::test::Folder;
using hw::test::must;
using test::Ended;

/// Asks before `down`, boots in pieces from another thread, has the sample's board, and goes away at `pause`.
class SmallAgent final : public RequestHandler {
 public:
  ~SmallAgent() override {
    for (auto& each : threads_) each.join();
  }
  void on_request(AgentRequest request, std::shared_ptr<Answer> answer) override {
    const auto asked = decode_command_request(request.body);
    if (!asked.has_value()) return;  // What goes away without a last piece is given up.
    if (request.verb == "board") return answer->last(encode_board_answer({hw::test::sample_parts(), "n1", false}));
    if (request.verb == "pause") return;
    if (request.verb == "boot") {
      threads_.emplace_back([answer] {
        answer->partial(encode_partial("n1 source:B pid 2787 started"));
        answer->partial(encode_partial(ResultMessage{"HWSVRMAX", 'I', "report at max 1", "n1"}));
        answer->partial(encode_partial("started 1, already up 0, failed 0"));
        answer->last(encode_command_answer({}));
      });
      return;
    }
    CommandResult result;
    result.values = {{"stopped", std::uint64_t{2}}};
    if (asked->yes == 0) return answer->last(encode_command_answer({}, "Stops root A of acct."));
    answer->partial(encode_partial("stopped 2, already down 0, failed 0"));
    answer->last(encode_command_answer(result));
  }
  void on_denied(const Error& error) override { ADD_FAILURE() << error.render(); }

 private:
  std::vector<std::thread> threads_;
};

class Served : public testing::Test {
 protected:
  Served() {
    std::filesystem::create_directories(folder_ / "run");
    AgentServerSettings settings;
    settings.node = "n1";
    settings.release = "Headwater 0.1.0";
    settings.socket_path = socket_of(folder_ / "");
    settings.nodes = {"n1"};
    server_.emplace(must(AgentServer::start(thread_.loop(), settings, agent_)));
  }

  Ended run(const std::string& words, const std::string& input = {}, bool terminal = false) {
    std::istringstream in(input);
    std::ostringstream out;
    std::ostringstream err;
    Console console{in, out, err, terminal};
    const Person person = this_person();
    LinkedAgents agents({.given = {}, .environment = folder_ / ""}, person, "/opt/hw/bin/hwadm");
    Surroundings surroundings{console, agents, person, "/opt/hw/bin/hwadm",
                              [&](const std::string& folder) { agents.set_folder(folder); }};
    const int status = run_program("hwadm", split_line(words).value(), surroundings);
    return {status, out.str(), err.str()};
  }

 private:
  Folder folder_;
  SmallAgent agent_;
  LinkThread thread_ = must(LinkThread::start("agent of a test"));
  std::optional<AgentServer> server_;
};

TEST_F(Served, LinesComeInOrder) {
  const Ended ended = run("boot");
  EXPECT_EQ(ended.status, 0);
  EXPECT_EQ(ended.out, "n1 source:B pid 2787 started\nstarted 1, already up 0, failed 0\n");
  EXPECT_EQ(ended.err, "n1: %GTM-I-HWSVRMAX, report at max 1\n");
}

TEST_F(Served, AQuestionIsARequestOfItsOwn) {
  const Ended ended = run("down", "yes\n", true);
  EXPECT_EQ(ended.status, 0);
  EXPECT_EQ(ended.out, "Stops root A of acct.\nAre you sure? [y, n] stopped 2, already down 0, failed 0\n");
  EXPECT_EQ(run("down").status, 1);
  const Json object = parse_bounded(run("down -y --json").out);
  EXPECT_EQ(object["stopped"], 2);
}

TEST_F(Served, ThePromptKeepsItsConnection) {
  const Ended ended = run("", "psr\nboot\n--dir /no/such/folder psr\nlag\n");
  EXPECT_EQ(ended.status, 0);
  EXPECT_NE(ended.out.find("Prog Name"), std::string::npos);
  EXPECT_NE(ended.out.find("Unsent"), std::string::npos);
  EXPECT_NE(ended.err.find("/no/such/folder/run/hwd.sock"), std::string::npos);
}

TEST_F(Served, WhatIsGivenUpMayStillRun) {
  const Ended ended = run("pause");
  EXPECT_EQ(ended.status, 4);
  EXPECT_NE(ended.err.find("given up"), std::string::npos) << ended.err;
}

}  // namespace
}  // namespace hw::cluster::hwadm

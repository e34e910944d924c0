// pclean, and jobs by their verbs.
#include "cluster/jobs/jobs.h"
#include "test/support/cluster_fake_sites.h"
#include "test/unit/cluster_plan/plan_sample.h"

namespace hw::cluster::test {
namespace {

class Pclean : public testing::Test {
 protected:
  Pclean() : fake(domain_of(kSmall)) {
    JobContext context = fake.context();
    EXPECT_EQ(run(BootCommand{}, context).result.outcome, Outcome::Done);
    fake.said.clear();
  }
  JobEnd clean(const std::string& node, unsigned yes = 1) {
    fake.said.clear();
    JobContext context = fake.context(yes);
    return run(PcleanCommand{node}, context);
  }

  FakeDomain fake;
};

TEST_F(Pclean, ANodeThatIsHeardIsRefused) {
  EXPECT_EQ(clean("n2").result.outcome, Outcome::Refused);
  EXPECT_EQ(fake.said.messages, Names{"n2: %GTM-E-HWNODEALIVE, n2 is heard"});
  EXPECT_EQ(clean("n9").result.outcome, Outcome::Usage);
}

TEST_F(Pclean, AsksOnceWhetherTheNodeRuns) {
  fake.away("n2");
  const JobEnd end = clean("n2", 0);
  ASSERT_TRUE(end.ask.has_value());
  EXPECT_EQ(*end.ask, "Takes n2 off the board: n2 must not run, neither now nor later by itself.");
}

TEST_F(Pclean, ItsServersAndCandidatesLeaveTheBoard) {
  fake.away("n2");
  const JobEnd end = clean("n2");
  EXPECT_EQ(end.result.outcome, Outcome::Done);
  EXPECT_EQ(fake.said.lines, (Names{"Cleaning n2", "4 servers removed, 1 instances off the candidates"}));
  for (const ServerOrder& server : fake.orders.read().servers) EXPECT_NE(server.node, "n2");
  EXPECT_TRUE(fake.group_order("acct").record.candidates.empty());
  EXPECT_EQ(fake.board().node("n2")->state, NodeState::Cleaned);
  EXPECT_EQ(clean("n2", 0).result.outcome, Outcome::Done);
  EXPECT_EQ(fake.said.lines, Names{"n2 is off the board"});
}

TEST_F(Pclean, WithLeasesItWaitsUntilNoneIsValid) {
  fake.domain.domain.dcs = Dcs::Etcd;
  fake.domain.lease.ttl = Milliseconds(200);
  fake.domain.lease.margin = Milliseconds(100);
  fake.away("n2");
  const JobEnd end = clean("n2", 0);
  EXPECT_EQ(end.ask.value_or(""), "Takes n2 off the board, after 0.3 s.");
  const auto begin = std::chrono::steady_clock::now();
  EXPECT_EQ(clean("n2").result.outcome, Outcome::Done);
  EXPECT_GE(std::chrono::steady_clock::now() - begin, std::chrono::milliseconds(300));
  ASSERT_EQ(fake.said.lines.size(), 3U);
  EXPECT_EQ(fake.said.lines[1], "Pausing 0.3 s: no lease of n2 is valid after that");
}

TEST_F(Pclean, OrdersThatCannotBeWrittenStayAsTheyAre) {
  fake.away("n2");
  const Orders before = fake.orders.read();
  fake.orders.fault = make_error<MsgId::HWREMOTE>("n1", "disk full");
  EXPECT_EQ(clean("n2").result.outcome, Outcome::Refused);
  EXPECT_EQ(fake.orders.read().servers, before.servers);
}

TEST_F(Pclean, JobsAreFoundByTheirVerbs) {
  for (const char* const verb : {"boot", "down", "pclean", "plan"}) EXPECT_TRUE(is_job(verb)) << verb;
  for (const char* const verb : {"", "psr", "master", "config.apply"}) EXPECT_FALSE(is_job(verb)) << verb;
  JobContext context = fake.context();
  EXPECT_EQ(run_job("down", R"({"selection":{"nodes":["n3"]}})", context).ask.value_or(""), "Stops 2 servers on n3.");
  EXPECT_EQ(run_job("down", R"({"selection":{"nods":["n3"]}})", context).result.outcome, Outcome::Usage);
  EXPECT_EQ(run_job("down", "{", context).result.outcome, Outcome::Usage);
  EXPECT_EQ(run_job("psr", "{}", context).result.outcome, Outcome::Usage);
}

TEST_F(Pclean, MessagesStandInTheResultOnce) {
  JobContext context = fake.context(1);
  const JobEnd end = run_job("pclean", R"({"node":"n2"})", context);
  ASSERT_EQ(end.result.messages.size(), 1U);
  EXPECT_EQ(end.result.messages[0].code, "HWNODEALIVE");
  EXPECT_EQ(end.result.messages[0].node, "n2");
  EXPECT_EQ(fake.said.messages.size(), 1U);
}

TEST_F(Pclean, PlansOfBootAndDownAreTheirProcesses) {
  JobContext context = fake.context();
  const JobEnd down = run_job("plan", R"({"command":"down","arguments":{"selection":{"nodes":["n3"]}}})", context);
  EXPECT_EQ(down.result.outcome, Outcome::Done);
  EXPECT_EQ(fake.said.lines, (Names{"step     n3 receiver:C", "step     n3 source:B"}));
  EXPECT_FALSE(down.ask.has_value());
  fake.said.clear();
  fake.world.crash("n3");
  ASSERT_TRUE(fake.orders
                  .change([](Orders& orders) {
                    std::erase_if(orders.servers, [](const ServerOrder& server) { return server.node == "n3"; });
                  })
                  .has_value());
  const JobEnd boot = run_job("plan", R"({"command":"boot"})", context);
  EXPECT_EQ(boot.result.outcome, Outcome::Done);
  EXPECT_EQ(fake.said.lines, (Names{"step     n3 source:B", "step     n3 receiver:C"}));
  EXPECT_TRUE(fake.calls("n3 start").empty() || !fake.world.runs("n3", "source:B"));
  EXPECT_EQ(run_job("plan", R"({"command":"boot","arguments":{"selection":{"group":"none"}}})", context).result.outcome,
            Outcome::Usage);
  EXPECT_TRUE(fake.said.has("no such group: none"));
  EXPECT_EQ(run_job("plan", R"({"command":"pclean"})", context).result.outcome, Outcome::Usage);
  EXPECT_EQ(run_job("plan", "{}", context).result.outcome, Outcome::Usage);
}

}  // namespace
}  // namespace hw::cluster::test

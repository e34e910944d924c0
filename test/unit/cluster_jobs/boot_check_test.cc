// boot --check, nodes that are away, generations.
#include "cluster/jobs/jobs.h"
#include "test/support/cluster_fake_sites.h"
#include "test/unit/cluster_plan/plan_sample.h"

namespace hw::cluster::test {
namespace {

class BootCheck : public testing::Test {
 protected:
  JobEnd boot(const BootCommand& command = {}) {
    fake.said.clear();
    fake.world.calls.clear();
    JobContext context = fake.context();
    context.stored = [this](std::uint64_t number) -> Result<Domain> {
      if (const auto found = stored.find(number); found != stored.end()) return found->second;
      return make_error<MsgId::HWCFGBAD>("generation", "not stored");
    };
    return run(command, context);
  }
  static BootCommand check() {
    BootCommand command;
    command.check_only = true;
    return command;
  }

  FakeDomain fake{domain_of(kSmall)};
  std::map<std::uint64_t, Domain> stored;
};

TEST_F(BootCheck, ALineANode) {
  const JobEnd end = boot(check());
  EXPECT_EQ(end.result.outcome, Outcome::Done);
  EXPECT_EQ(fake.said.lines,
            (Names{"n1: agent ok, generation 3, programs ok, scripts ok, database ok, instance file ok",
                   "n2: agent ok, generation 3, programs ok, scripts ok, database ok, instance file ok",
                   "n3: agent ok, generation 3, programs ok, scripts ok, database ok, instance file ok"}));
  EXPECT_TRUE(fake.changes().empty());
  EXPECT_EQ(end.result.rows.rows.size(), 18U);
}

TEST_F(BootCheck, NodesAreToldWhatTheyWouldStart) {
  boot(check());
  EXPECT_EQ(fake.sites.node("n1").last_check.instances, (Names{"A"}));
  EXPECT_EQ(fake.sites.node("n1").last_check.servers, (Names{"report", "vip"}));
  EXPECT_EQ(fake.sites.node("n1").last_check.generation, 3U);
  EXPECT_TRUE(fake.sites.node("n3").last_check.servers.empty());
}

TEST_F(BootCheck, AFaultAnywhereAndNothingStarts) {
  CheckReport report;
  report.findings = {{"programs", std::nullopt},
                     {"scripts", make_error<MsgId::HWSCRIPT>("/etc/headwater/vip.sh", "not executable")}};
  fake.world.reports["n1"] = report;
  const JobEnd end = boot();
  EXPECT_EQ(end.result.outcome, Outcome::Refused);
  // Only the line with the fault.
  EXPECT_EQ(fake.said.lines, (Names{"n1: agent ok, generation 3, programs ok, scripts failed"}));
  EXPECT_EQ(fake.said.messages, (Names{"n1: %GTM-E-HWSCRIPT, /etc/headwater/vip.sh: not executable"}));
  EXPECT_TRUE(fake.changes().empty());
}

TEST_F(BootCheck, AnAgentThatLacksTheGenerationIsAFault) {
  CheckReport report;
  report.findings = {{"agent", make_error<MsgId::HWCFGBAD>("n2", "generation 3 is not here")}};
  fake.world.reports["n2"] = report;
  EXPECT_EQ(boot().result.outcome, Outcome::Refused);
  EXPECT_EQ(fake.said.lines, Names{"n2: agent failed, generation 3"});
}

TEST_F(BootCheck, AWarningIsSaidAndStopsNothing) {
  CheckReport report;
  report.findings = {{"scripts", make_error<MsgId::HWSCRIPT>("/x", "odd").as(Severity::Warning)}};
  fake.world.reports["n3"] = report;
  EXPECT_EQ(boot().result.outcome, Outcome::Done);
  EXPECT_TRUE(fake.said.has("HWSCRIPT"));
}

TEST_F(BootCheck, ANodeThatIsAwayStopsAllButWhatIsNamed) {
  fake.away("n2");
  EXPECT_EQ(boot().result.outcome, Outcome::Refused);
  EXPECT_TRUE(fake.said.has("HWREMOTE"));
  EXPECT_EQ(fake.said.lines, (Names{"n2: agent not heard"}));
  EXPECT_TRUE(fake.changes().empty());
  BootCommand named;
  named.selection.nodes = {"n1"};
  EXPECT_EQ(boot(named).result.outcome, Outcome::Done);
  fake.cleaned("n2");
  EXPECT_EQ(boot().result.outcome, Outcome::Done);
  EXPECT_FALSE(fake.world.runs("n2", "receiver:B"));
}

TEST_F(BootCheck, ANodeThatDoesNotAnswerIsAFault) {
  fake.world.failures.emplace("n3 check", make_error<MsgId::HWREMOTE>("n3", "no answer in 10 s"));
  EXPECT_EQ(boot().result.outcome, Outcome::Refused);
  EXPECT_TRUE(fake.said.has("HWREMOTE"));
}

TEST_F(BootCheck, AnotherGenerationThanTheOneThatRunsIsStale) {
  boot();
  Domain other = fake.domain;
  other.gateways.front().max = 1;
  stored = {{3, fake.domain}, {4, other}};
  BootCommand command;
  command.generation = 4;
  EXPECT_EQ(boot(command).result.outcome, Outcome::Refused);
  EXPECT_TRUE(fake.said.has("%GTM-E-HWCFGSTALE, Generation 4 asked, 3 runs on n1"));
  EXPECT_TRUE(fake.changes().empty());
  command.generation = 9;
  EXPECT_EQ(boot(command).result.outcome, Outcome::Refused);
  EXPECT_TRUE(fake.said.has("HWCFGBAD"));
}

TEST_F(BootCheck, WhatCameByAddMayStartBesideIt) {
  boot();
  const Domain more = domain_of(kSmall + "[server.extra]\ngroup = \"acct\"\nrun = \"/opt/extra\"\n");
  stored = {{3, fake.domain}, {4, more}};
  // Orders know what the new generation has.
  ASSERT_TRUE(fake.orders.change([&](Orders& orders) {
                           apply_domain(orders, more, {4, std::string(64, 'b')});
                         })
                  .has_value());
  BootCommand command;
  command.generation = 4;
  command.selection.all_of = {"extra"};
  EXPECT_EQ(boot(command).result.outcome, Outcome::Done);
  EXPECT_TRUE(fake.world.runs("n1", "extra"));
  EXPECT_EQ(fake.world.running_generation["n1"], 4U);
  EXPECT_EQ(fake.world.running_generation["n2"], 3U);
}

}  // namespace
}  // namespace hw::cluster::test

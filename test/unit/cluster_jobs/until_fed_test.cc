// A planned change waits for who is to be fed, and for nothing else.
#include "cluster/jobs/until_fed.h"

#include "test/unit/cluster_jobs/change_sample.h"

namespace hw::cluster::test {
namespace {

struct UntilFed : testing::Test {
  JobContext context = fake.context();
  unsigned looks = 0;
  /// The number of looks; the nodes were asked between them.
  unsigned look_until(unsigned enough) {
    return look_until_fed(
        context, [&] { return ++looks; }, [&](unsigned now) { return now < enough; });
  }
  FakeDomain fake{domain_of(kFour)};
};

TEST_F(UntilFed, NodesAreAskedAgainUntilItIsFed) {
  unsigned asked = 0;
  context.look_now = [&] { ++asked; };
  EXPECT_EQ(look_until(3), 3U);
  EXPECT_EQ(asked, 2U);
}

TEST_F(UntilFed, WhereTheBoardIsOfNowThereIsNothingToWaitFor) { EXPECT_EQ(look_until(3), 1U); }

TEST_F(UntilFed, NotBeyondTheCommandsTimeNorWhenItIsCalledOff) {
  context.look_now = [] {};
  context.deadline = std::chrono::steady_clock::now();
  EXPECT_EQ(look_until(100), 1U);
  context.deadline = Deadline::max();
  fake.cancelled = true;
  EXPECT_EQ(look_until(100), 2U);
}

/// Just after the first boot nobody has anything of the first reign.
TEST(SwitchoverAfterTheFirstBoot, WaitsForItsFeeder) {
  DataDomain data(domain_of(kFour));
  data.boot();
  Position& b = data.fake.position("B");
  b.last_root.clear();
  FakeWorld& world = data.fake.world;
  // Nodes boot side by side: A's and the passive ones of others come in any order.
  const auto source = std::ranges::find_if(
      world.servers, [](const FakeServer& one) { return one.server.name == "source:B" && !one.request.passive; });
  ASSERT_NE(source, world.servers.end());
  const FakeServer kept = *source;
  world.servers.erase(source);
  JobContext context = data.fake.context(1);
  EXPECT_EQ(run(SwitchoverCommand{"B", {}}, context).result.outcome, Outcome::Refused);
  EXPECT_TRUE(data.fake.said.has("not fed by A"));
  context.look_now = [&] {
    if (world.feeder_of("B").empty()) world.servers.push_back(kept);
  };
  EXPECT_EQ(run(SwitchoverCommand{"B", {}}, context).result.outcome, Outcome::Done);
}

}  // namespace
}  // namespace hw::cluster::test

// A name that the domain does not have is of the command line: exit 2, whatever command names it, planned or not.
#include "cluster/board/json.h"
#include "test/unit/cluster_jobs/change_sample.h"

namespace hw::cluster::test {
namespace {

struct Row {
  const char* verb;
  const char* arguments;
  const char* said;
  bool planned = true;
};

const Row kRows[] = {
    {"boot", R"({"selection":{"group":"none"}})", "no such group: none"},
    {"boot", R"({"selection":{"nodes":["none"]}})", "no such node: none"},
    {"boot", R"({"selection":{"gateway_of":"none"}})", "no such group: none"},
    {"boot", R"({"selection":{"relays_of":"none"}})", "no such node: none"},
    {"boot", R"({"selection":{"servers":[{"name":"none","count":1}]}})", "no such server"},
    {"boot", R"({"selection":{"all_of":["none"]}})", "no such server"},
    {"boot", R"({"selection":{"group":"acct","all_of":["none"]}})", "no such server"},
    {"boot", R"({"engine_kind":"none"})", "-e none"},
    {"down", R"({"selection":{"group":"none"}})", "no such group: none"},
    {"down", R"({"selection":{"nodes":["none"]}})", "no such node: none"},
    {"down", R"({"selection":{"servers":[{"name":"none","count":1}]}})", "no such server"},
    {"down", R"({"selection":{"all_of":["none"]}})", "no such server"},
    {"down", R"({"process":999999})", "no such process: -p 999999"},
    {"down", R"({"move":true,"selection":{"group":"none"}})", "no such group: none"},
    {"down", R"({"move":true,"selection":{"nodes":["none"]}})", "no such node: none"},
    {"down", R"({"rolling":true,"selection":{"nodes":["none"]}})", "no such node: none"},
    {"switchover", R"({"to":"none"})", "no such instance: none"},
    {"switchover", R"({"group":"none"})", "no such group: none"},
    {"failover", R"({"to":"none"})", "no such instance: none"},
    {"failover", R"({"group":"none"})", "no such group: none"},
    {"rejoin", R"({"instance":"none"})", "no such instance: none"},
    {"reparent", R"({"instance":"none","to":"B"})", "no such instance: none"},
    {"reparent", R"({"instance":"D","to":"none"})", "no such instance: none"},
    {"refresh", R"({"instance":"none"})", "no such instance: none"},
    {"refresh", R"({"instance":"D","from":"none"})", "no such instance: none"},
    {"migg", R"({"group":"none"})", "no such group: none"},
    {"migm", R"({"node":"none"})", "no such node: none"},
    {"losttn", R"({"action":"complete","group":"none"})", "no such group: none"},
    {"resume", R"({"instance":"none","force":true})", "no such instance: none"},
    {"fence", R"({"instance":"none"})", "no such instance: none", false},
    {"drill", R"({"fault":"kill","node":"none"})", "no such node: none"},
    {"drill", R"({"fault":"none","node":"n1"})", "no such fault: none"},
    {"pclean", R"({"node":"none"})", "no such node: none", false},
};

class UnknownNames : public ChangeTest {};

TEST_F(UnknownNames, AreOfTheCommandLine) {
  for (const Row& row : kRows) {
    SCOPED_TRACE(std::string(row.verb) + " " + row.arguments);
    for (const bool planned : {false, true}) {
      if (planned && !row.planned) continue;
      clear();
      JobContext context = data.fake.context(9);
      const JobEnd end =
          planned
              ? run_job("plan", fmt::format(R"({{"command":"{}","arguments":{}}})", row.verb, row.arguments), context)
              : run_job(row.verb, row.arguments, context);
      EXPECT_EQ(end.result.outcome, Outcome::Usage) << (planned ? "planned" : "done");
      EXPECT_TRUE(said(row.said)) << (planned ? "planned" : "done") << data.said();
      EXPECT_EQ(data.fake.changes(), Names{});
    }
  }
}

/// Whatever hwadm plans has a plan.
TEST_F(UnknownNames, EveryCommandThatSaysThatItIsPlannedHasAPlan) {
  for (const char* const command :
       {R"({"command":"pause"})", R"({"command":"pause","arguments":{"seconds":5}})", R"({"command":"resume"})",
        R"({"command":"losttn","arguments":{"action":"complete"}})"}) {
    clear();
    JobContext context = data.fake.context();
    EXPECT_EQ(run_job("plan", command, context).result.outcome, Outcome::Done) << command << data.said();
    EXPECT_EQ(data.fake.changes(), Names{});
  }
}

TEST_F(UnknownNames, WithoutALeaseStoreItsRecordsAreNotMadeAnew) {
  JobContext context = data.fake.context();
  EXPECT_EQ(run_job("config.epoch-base", "{}", context).result.outcome, Outcome::Refused);
  EXPECT_TRUE(said("HWREFUSED"));
}

}  // namespace
}  // namespace hw::cluster::test

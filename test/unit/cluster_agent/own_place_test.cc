// An agent in another node's folder does not start.
#include "cluster/agent/own_place.h"

#include "test/unit/cluster_agent/domain_stage.h"

namespace hw::cluster {
namespace {

TEST(OwnPlace, AgentsOfTheirOwnFoldersStart) {
  struct Case {
    const char* node;
    const char* dir;
    const char* refused;  ///< empty: it starts
  };
  const Domain domain = test::domain_of(test::replaced(test::kTwoNodes, "[node.n1]", "[node.n1]\ndir = \"/hw/n1\""));
  const Case cases[] = {
      {"n1", "/hw/n1", ""},
      {"n1", "/hw/./n1/", ""},
      {"n2", "/var/lib/headwater/n2", ""},
      {"n1", "/elsewhere", ""},
      {"host", "/hw/n1", "/hw/n1 is the folder of node n1, not of host; set HW_NODE=n1"},
      {"n1", "/var/lib/headwater/n2", "/var/lib/headwater/n2 is the folder of node n2, not of n1; set HW_NODE=n2"},
      {"host", "/elsewhere", "domain bank, whose configuration /elsewhere has, has no node host; HW_NODE: n1, n2"},
  };
  EXPECT_EQ(named_elsewhere(domain, "n1", "/hw/./n1"), "");
  EXPECT_EQ(named_elsewhere(domain, "n1", "/elsewhere"), "/hw/n1");
  EXPECT_EQ(named_elsewhere(domain, "host", "/elsewhere"), "");
  for (const Case& one : cases) {
    SCOPED_TRACE(std::string(one.node) + " at " + one.dir);
    const Status status = check_own_place(domain, one.node, one.dir);
    ASSERT_EQ(status.has_value(), *one.refused == '\0');
    if (!status.has_value()) {
      EXPECT_EQ(status.error().id, MsgId::HWNOSTART);
      EXPECT_EQ(status.error().text, std::string("hwd not started: ") + one.refused);
    }
  }
}

}  // namespace
}  // namespace hw::cluster

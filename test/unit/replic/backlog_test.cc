#include <gtest/gtest.h>

#include "replic/control/backlog.h"

namespace hw {
namespace {

TEST(Backlog, LinesAreThoseOfGtm) {
  const Backlog behind{Seqno{83}, Seqno{77}, Seqno{77}};
  EXPECT_EQ(behind.unsent(), 6u);
  const auto lines = behind.lines("INSTB");
  ASSERT_EQ(lines.size(), 4u);
  EXPECT_EQ(lines[0], "%GTM-I-LASTTRANS, Last transaction sequence number posted         : 82");
  EXPECT_EQ(lines[1], "%GTM-I-LASTTRANS, Last transaction sequence number sent           : 76");
  EXPECT_EQ(lines[2], "%GTM-I-LASTTRANS, Last transaction sequence number acknowledged   : 76");
  EXPECT_EQ(lines[3], "%GTM-I-SRCBACKLOGSTATUS, Instance INSTB is behind by 6 transaction(s)");
  EXPECT_EQ((Backlog{Seqno{12}, Seqno{0}, Seqno{0}}.lines("INSTB")[3]),
            "%GTM-I-SRCBACKLOGSTATUS, Instance INSTB has not acknowledged 11 transaction(s)");
}

}  // namespace
}  // namespace hw

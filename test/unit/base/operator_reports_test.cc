#include "engine/base/operator_reports.h"

#include <gtest/gtest.h>

#include <vector>

namespace hw {
namespace {

class OperatorReportsTest : public testing::Test {
 protected:
  std::vector<std::string> told_;
  OperatorReports reports_{[this](const Error& error) { told_.push_back(error.render()); }};
};

TEST_F(OperatorReportsTest, AFailureIsToldOnceForEachReason) {
  const Status full = make_error<MsgId::DBFILERR>("a.dat").with_errno(ENOSPC);
  reports_.outcome("a.dat", full);
  reports_.outcome("a.dat", full);
  EXPECT_EQ(told_.size(), 1U);
  reports_.outcome("a.dat", make_error<MsgId::DBFILERR>("a.dat").with_errno(EIO));
  EXPECT_EQ(told_.size(), 2U);
}

TEST_F(OperatorReportsTest, ASuccessMakesTheSameFailureNew) {
  const Status full = make_error<MsgId::DBFILERR>("a.dat").with_errno(ENOSPC);
  reports_.outcome("a.dat", full);
  reports_.outcome("a.dat", {});
  reports_.outcome("a.dat", full);
  EXPECT_EQ(told_.size(), 2U);
}

TEST_F(OperatorReportsTest, WorksAreToldApart) {
  const Status full = make_error<MsgId::DBFILERR>("a.dat").with_errno(ENOSPC);
  reports_.outcome("a.dat", full);
  reports_.outcome("b.dat", full);
  EXPECT_EQ(told_.size(), 2U);
}

}  // namespace
}  // namespace hw

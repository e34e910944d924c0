#include "engine/gbl/executor.h"

#include <gtest/gtest.h>

#include <sstream>

#include "test/support/temporary_database.h"

namespace hw::gbl {
namespace {

class ExecutorTest : public testing::Test {
 protected:
  /// What the lines print, then the error that ended them.
  std::string run(std::string_view line) {
    const auto statements = parse_line(line);
    if (!statements) return statements.error().render();
    out_.str("");
    const auto status = executor_.run(*statements);
    return out_.str() + (status ? "" : status.error().render());
  }

  test::TemporaryDatabase database_;
  std::ostringstream out_;
  double slept_ = 0;
  Executor executor_{database_.session(), out_, [this](double seconds) { sleep(seconds); }};
  std::function<void()> while_asleep_;

 private:
  void sleep(double seconds) {
    slept_ += seconds;
    if (while_asleep_) while_asleep_();
  }
};

TEST_F(ExecutorTest, ValuesAndExpressions) {
  EXPECT_EQ(run(R"(s ^a=2,^a("x")="b""c" w ^a,^a("x"),!,1+2,!,"1"_2,!,1+"2x"-.5_"a",!,-^a,!)"),
            "2b\"c\n3\n12\n2.5a\n-2\n");
  EXPECT_EQ(run("s ^b(^a)=^a+^a w ^b(2),!"), "4\n");
  EXPECT_EQ(run("incr ^a,^a:3 w ^a"), "6");
}

TEST_F(ExecutorTest, UnsetNodeIsAnErrorAndEndsTheLine) {
  EXPECT_EQ(run(R"(s ^a=1 w ^nosuch(1,"a") s ^a=2)"), "%GTM-E-GVUNDEF, Global variable undefined: ^nosuch(1,\"a\")\n");
  EXPECT_EQ(database_.get("^a"), "1");
}

TEST_F(ExecutorTest, ZwriteShowsNumbersBareAsM) {
  run(R"(s ^q(1)=1,^q(1,2)=2,^q(1,"x y")="3",^q=0,^q(5)="a"_$c(9),^qq=1)");
  EXPECT_EQ(run("zwr ^q(1)"), "^q(1)=1\n");
  EXPECT_EQ(run("zwr ^q(1,*)"), "^q(1)=1\n^q(1,2)=2\n^q(1,\"x y\")=3\n");
  EXPECT_EQ(run("zwr ^q"), "^q=0\n^q(1)=1\n^q(1,2)=2\n^q(1,\"x y\")=3\n^q(5)=\"a\"_$C(9)\n");
  EXPECT_EQ(run("zwr ^nosuch"), "%GTM-E-GVUNDEF, Global variable undefined: ^nosuch\n");
}

TEST_F(ExecutorTest, ZwritePatternsChooseSubscripts) {
  run(R"(s ^p(1)=1,^p(1,"a")=2,^p(2,"a")=3,^p(2,"b")=4,^p(2,"b","c")=5,^p(3,"a")=6,^p(10)=7,^p("x")=8,^p("x","a")=9)");
  EXPECT_EQ(run("zwr ^p(2:3,)"), "^p(2,\"a\")=3\n^p(2,\"b\")=4\n^p(3,\"a\")=6\n");
  EXPECT_EQ(run("zwr ^p(,\"a\")"), "^p(1,\"a\")=2\n^p(2,\"a\")=3\n^p(3,\"a\")=6\n^p(\"x\",\"a\")=9\n");
  EXPECT_EQ(run("zwr ^p(2:2,*)"), "^p(2,\"a\")=3\n^p(2,\"b\")=4\n^p(2,\"b\",\"c\")=5\n");
  EXPECT_EQ(run("zwr ^p(3:)"), "^p(10)=7\n^p(\"x\")=8\n");
  EXPECT_EQ(run("zwr ^p(:1)"), "^p(1)=1\n");
  EXPECT_EQ(run("zwr ^p(2,\"b\":)"), "^p(2,\"b\")=4\n");
  EXPECT_EQ(run("zwr ^p()"), "^p(1)=1\n^p(10)=7\n^p(\"x\")=8\n");
  EXPECT_EQ(run("zwr ^p(10:10)"), "^p(10)=7\n");
  EXPECT_EQ(run("zwr ^p(4:9)"), "%GTM-E-GVUNDEF, Global variable undefined: ^p\n");
}

TEST_F(ExecutorTest, KillAndZkill) {
  run("s ^a=1,^a(1)=2,^a(1,1)=3");
  EXPECT_EQ(run("zk ^a(1) zwr ^a"), "^a=1\n^a(1,1)=3\n");
  EXPECT_EQ(run("k ^a(1) zwr ^a"), "^a=1\n");
}

TEST_F(ExecutorTest, TransactionOverSeveralLinesAndRollback) {
  run("ts ():transactionid=\"BATCH\" s ^a=1");
  EXPECT_TRUE(executor_.in_transaction());
  EXPECT_EQ(run("w ^a,!"), "1\n");
  run("tro");
  EXPECT_EQ(database_.get("^a"), "(none)");
  run("ts  s ^a=1 ts  s ^a=2 tro -1 tc");
  EXPECT_EQ(database_.get("^a"), "1");
  EXPECT_EQ(run("tc"), "%GTM-E-TLVLZERO, Transaction is not in progress\n");
}

TEST_F(ExecutorTest, DisturbedTransactionRunsAgainFromItsStart) {
  run("s ^n=1");
  int disturbances = 2;
  while_asleep_ = [&] {
    if (disturbances-- <= 0) return;
    Session other{database_.database()};
    ASSERT_TRUE(other.set(database_.key("^n"), std::to_string(100 + disturbances)));
  };
  EXPECT_EQ(run("ts  w ^n,! s ^n=^n+1"), "1\n");
  EXPECT_EQ(run("h 1"), "");
  EXPECT_EQ(run("tc"), "101\n100\n");  // printed again on each try, as M does
  EXPECT_EQ(database_.get("^n"), "101");
  EXPECT_FALSE(executor_.in_transaction());
  EXPECT_EQ(slept_, 3);
}

TEST_F(ExecutorTest, HaltEndsEverything) {
  run("s ^a=1 h  s ^a=2");
  EXPECT_TRUE(executor_.halted());
  EXPECT_EQ(database_.get("^a"), "1");
}

}  // namespace
}  // namespace hw::gbl

// The coordinator dies, or a step fails, at each step of each change of root; then the command is given again.
#include "test/unit/cluster_jobs/change_sample.h"

namespace hw::cluster::test {
namespace {

constexpr Trip::How kAllHows[] = {Trip::How::CutBefore, Trip::How::CutAfter, Trip::How::FailBefore,
                                  Trip::How::FailAfter};
/// Whether the next coordinator knows what the one that died wrote last.
enum class KnownOrders : std::uint8_t { Known, Forgotten };

struct Sample : ChangeTest {
  void TestBody() override {}
  using ChangeTest::at;
  using ChangeTest::clear;
  using ChangeTest::data;
  using ChangeTest::feeder;
  using ChangeTest::power_off;
  using ChangeTest::power_on;
};

/// One way of breaking off: what was said is part of each failure's text.
struct Broken {
  std::uint64_t at;
  Trip::How how;
  KnownOrders orders;
  std::string text(const DataDomain& data) const {
    return fmt::format("step {}, how {}, orders {}\n{}", at, static_cast<int>(how), static_cast<int>(orders),
                       data.said());
  }
};

template <typename Value>
void expect_when(const std::optional<JobEnd>& end, Outcome outcome, const Value& is, const Value& shall) {
  if (!end || end->result.outcome != outcome) return;
  EXPECT_EQ(is, shall) << word_of(outcome);
}

/// Runs `command` on a new sample for each step that it has; `prepare` comes before, `check` after it was given again.
template <class Command, class Prepare, class AfterBreak, class Check>
void break_everywhere(const Command& command, const Prepare& prepare, const AfterBreak& after_break,
                      const Check& check) {
  for (const Trip::How how : kAllHows) {
    const bool cuts = how <= Trip::How::CutAfter;
    for (const KnownOrders orders : {KnownOrders::Known, KnownOrders::Forgotten}) {
      if (!cuts && orders == KnownOrders::Forgotten) continue;
      for (std::uint64_t at = 1;; ++at) {
        ASSERT_LT(at, 500U);
        Sample sample;
        prepare(sample);
        sample.clear();
        sample.data.trip = {at, how};
        const std::optional<JobEnd> end = sample.data.run(command);
        if (testing::Test::HasFailure())
          ADD_FAILURE() << "step " << at << " how " << static_cast<int>(how) << "\n"
                        << sample.data.said() << testing::PrintToString(sample.data.questions)
                        << testing::PrintToString(sample.data.fake.changes());
        const bool tripped = sample.data.steps >= at;
        sample.data.trip = {};
        const Broken broken{at, how, orders};
        SCOPED_TRACE(broken.text(sample.data));
        after_break(sample, end);
        if (cuts && orders == KnownOrders::Forgotten) sample.data.forget_last_orders();
        sample.data.write_anywhere(2);
        sample.data.replicate();
        check(sample);
        if (testing::Test::HasFailure()) return;
        if (!tripped) break;
      }
    }
  }
}

TEST(BrokenSwitchover, AtEachStepAndAgain) {
  const SwitchoverCommand command{"B", {}};
  break_everywhere(
      command, [](Sample& sample) { sample.data.write("A", 3); },
      [](Sample& sample, const std::optional<JobEnd>& end) {
        const Names accepting = sample.data.accepting();
        EXPECT_LE(accepting.size(), 1U);
        expect_when(end, Outcome::Refused, accepting, Names{"A"});
        expect_when(end, Outcome::Done, accepting, Names{"B"});
      },
      [&](Sample& sample) {
        sample.clear();
        const std::optional<JobEnd> again = sample.data.run(command);
        ASSERT_TRUE(again.has_value());
        EXPECT_EQ(again->result.outcome, Outcome::Done) << sample.data.said();
        EXPECT_EQ(sample.data.accepting(), Names{"B"}) << sample.data.said();
        sample.data.write_anywhere(2);
        sample.data.replicate();
        EXPECT_EQ(sample.data.missing(true), std::set<std::uint64_t>{});
        for (const char* const name : {"A", "C", "D"})
          EXPECT_EQ(sample.data.of[name], sample.data.of["B"]) << name << "\n" << sample.data.said();
        EXPECT_EQ(sample.data.fake.group_order("acct").state, GroupState::Up);
        EXPECT_TRUE(sample.data.fake.world.runs("n2", "report"));
        EXPECT_FALSE(sample.data.fake.world.runs("n1", "report"));
      });
}

/// The next coordinator ends it unasked: the group has a root again, and nothing moves when it has one.
TEST(BrokenSwitchover, AtEachStepThenUnasked) {
  break_everywhere(
      SwitchoverCommand{"B", {}}, [](Sample& sample) { sample.data.write("A", 3); },
      [](Sample&, const std::optional<JobEnd>&) {},
      [&](Sample& sample) {
        const bool failed = sample.data.fake.group_order("acct").state == GroupState::Failed;
        const Names before = sample.data.accepting();
        sample.clear();
        const std::optional<JobEnd> end = sample.data.run(SwitchoverCommand{{}, "acct", true});
        ASSERT_TRUE(end.has_value());
        if (failed && before.empty()) {
          EXPECT_EQ(end->result.outcome, Outcome::Refused) << "what has failed is an operator's";
          EXPECT_EQ(sample.data.accepting(), before);
          return;
        }
        EXPECT_EQ(sample.data.accepting().size(), 1U) << sample.data.said();
        EXPECT_NE(end->result.outcome, Outcome::Refused) << sample.data.said();
        if (!before.empty()) {
          EXPECT_EQ(sample.data.accepting(), before);
        }
        sample.data.write_anywhere(2);
        sample.data.replicate();
        EXPECT_EQ(sample.data.missing(true), std::set<std::uint64_t>{});
      });
}

/// Whoever is named, and nobody: the change that was begun is ended, or another one is made.
TEST(BrokenSwitchover, AtEachStepThenWithoutAName) {
  break_everywhere(
      SwitchoverCommand{"B", {}}, [](Sample& sample) { sample.data.write("A", 3); },
      [](Sample&, const std::optional<JobEnd>&) {},
      [&](Sample& sample) {
        sample.clear();
        const std::optional<JobEnd> again = sample.data.run(SwitchoverCommand{});
        ASSERT_TRUE(again.has_value());
        EXPECT_EQ(again->result.outcome, Outcome::Done) << sample.data.said();
        EXPECT_EQ(sample.data.accepting().size(), 1U);
        sample.data.replicate();
        EXPECT_EQ(sample.data.missing(true), std::set<std::uint64_t>{});
      });
}

TEST(BrokenSwitchover, AtEachStepThenTheOldRootIsOff) {
  break_everywhere(
      SwitchoverCommand{"B", {}}, [](Sample& sample) { sample.data.write("A", 3); },
      [](Sample&, const std::optional<JobEnd>&) {},
      [&](Sample& sample) {
        sample.power_off("n1");
        sample.clear();
        std::optional<JobEnd> again = sample.data.run(FailoverCommand{"B", {}, false});
        ASSERT_TRUE(again.has_value());
        EXPECT_EQ(again->result.outcome, Outcome::Done) << sample.data.said();
        EXPECT_EQ(sample.data.accepting(), Names{"B"}) << sample.data.said();
        sample.data.write_anywhere(2);
        sample.power_on("n1");
        BootCommand boot;
        boot.selection.nodes = {"n1"};
        again = sample.data.run(boot);
        EXPECT_EQ(again->result.outcome, Outcome::Done) << sample.data.said();
        sample.data.replicate();
        EXPECT_EQ(sample.data.accepting(), Names{"B"}) << sample.data.said();
        EXPECT_EQ(sample.data.missing(true), std::set<std::uint64_t>{}) << sample.data.said();
        EXPECT_EQ(sample.data.of["A"], sample.data.of["B"]);
      });
}

void lose_a(Sample& sample) {
  sample.data.write("A", 3);
  sample.data.receive("C");
  sample.data.write("A", 2);
  sample.data.receive("B");
  sample.data.write("A", 4);
  sample.power_off("n1");
}

void bring_back_a(Sample& sample) {
  sample.power_on("n1");
  BootCommand boot;
  boot.selection.nodes = {"n1"};
  sample.clear();
  const std::optional<JobEnd> booted = sample.data.run(boot);
  EXPECT_EQ(booted->result.outcome, Outcome::Done) << sample.data.said();
  sample.data.replicate();
}

TEST(BrokenFailover, AtEachStepAndAgain) {
  const FailoverCommand command{{}, {}, true};
  break_everywhere(
      command, lose_a,
      [](Sample& sample, const std::optional<JobEnd>& end) {
        EXPECT_LE(sample.data.accepting().size(), 1U);
        expect_when(end, Outcome::Refused, sample.data.accepting(), Names{});
        expect_when(end, Outcome::Done, sample.data.accepting().size(), std::size_t{1});
      },
      [&](Sample& sample) {
        const Names before = sample.data.accepting();
        sample.clear();
        // Whoever reigns already is the one that is asked for.
        const FailoverCommand again_command{before.empty() ? "" : before.front(), {}, true};
        const std::optional<JobEnd> again = sample.data.run(again_command);
        ASSERT_TRUE(again.has_value());
        EXPECT_EQ(again->result.outcome, Outcome::Done) << sample.data.said();
        EXPECT_EQ(sample.data.accepting().size(), 1U) << sample.data.said();
        sample.data.write_anywhere(2);
        bring_back_a(sample);
        EXPECT_EQ(sample.data.accepting().size(), 1U) << sample.data.said();
        EXPECT_EQ(sample.data.missing(true), std::set<std::uint64_t>{}) << sample.data.said();
        for (const char* const name : {"A", "B", "C", "D"})
          EXPECT_EQ(sample.data.of[name], sample.data.of[sample.data.root()]) << name;
      });
}

TEST(BrokenFailover, AtEachStepThenTheOldRootIsBackFirst) {
  break_everywhere(
      FailoverCommand{{}, {}, true}, lose_a, [](Sample&, const std::optional<JobEnd>&) {},
      [&](Sample& sample) {
        sample.power_on("n1");
        sample.clear();
        // It is booted before anybody has ended the failover: it may go on, if nobody else has begun to reign.
        sample.data.run(BootCommand{});
        EXPECT_LE(sample.data.accepting().size(), 1U) << sample.data.said();
        const Names before = sample.data.accepting();
        const std::optional<JobEnd> again =
            sample.data.run(FailoverCommand{before.empty() ? "" : before.front(), {}, true});
        EXPECT_EQ(again->result.outcome, Outcome::Done) << sample.data.said();
        EXPECT_EQ(sample.data.accepting().size(), 1U) << sample.data.said();
        sample.data.run(BootCommand{});
        for (const char* const name : {"A", "B", "C"})
          if (name != sample.data.root()) sample.data.run(RejoinCommand{name});
        sample.data.write_anywhere(1);
        sample.data.replicate();
        EXPECT_EQ(sample.data.missing(true), std::set<std::uint64_t>{}) << sample.data.said();
      });
}

/// What it lost is in no receipt yet, and it is up with source servers alone, as a root that waits.
TEST(BrokenFailover, AfterTheRollbackThenTheOldRootComesUpAsARoot) {
  for (std::uint64_t step = 1;; ++step) {
    ASSERT_LT(step, 200U) << "it never rejoins";
    Sample sample;
    sample.data.write("A", 3);
    sample.data.fake.world.crash("n1");
    sample.clear();
    sample.data.trip = {step, Trip::How::CutAfter};
    sample.data.run(FailoverCommand{{}, {}, true});
    sample.data.trip = {};
    const auto& calls = sample.data.fake.world.calls;
    if (calls.empty() || !calls.back().starts_with("n1 rejoin A")) continue;
    StartRequest source;
    source.server = {ServerKind::Source, "source:B", "acct", 1};
    source.instance = "A";
    source.as_root = true;
    ASSERT_TRUE(sample.data.fake.sites.node("n1").start(source, Deadline::max()).has_value());
    sample.data.run(BootCommand{});
    sample.data.run(FailoverCommand{sample.data.root(), {}, false});
    sample.data.run(RejoinCommand{"A"});
    sample.data.replicate();
    EXPECT_EQ(sample.data.missing(true), std::set<std::uint64_t>{}) << sample.data.said();
    EXPECT_EQ(sample.data.of["A"], sample.data.of[sample.data.root()]);
    return;
  }
}

TEST(BrokenFailover, WithForceAtEachStepAndAgain) {
  const FailoverCommand command{"B", {}, true};
  break_everywhere(
      command,
      [](Sample& sample) {
        sample.data.write("A", 3);
        // The operator sees that it runs.
        sample.data.asked = [](const std::string& question) { return !question.starts_with("A is not heard"); };
      },
      [](Sample& sample, const std::optional<JobEnd>& end) {
        EXPECT_LE(sample.data.accepting().size(), 1U);
        expect_when(end, Outcome::Refused, sample.data.accepting(), Names{"A"});
      },
      [&](Sample& sample) {
        sample.clear();
        const std::optional<JobEnd> again = sample.data.run(command);
        ASSERT_TRUE(again.has_value());
        EXPECT_EQ(again->result.outcome, Outcome::Done) << sample.data.said();
        EXPECT_EQ(sample.data.accepting(), Names{"B"}) << sample.data.said();
        for (const char* const name : {"A", "C"}) sample.data.run(RejoinCommand{name});
        sample.data.write_anywhere(2);
        sample.data.replicate();
        EXPECT_EQ(sample.data.missing(true), std::set<std::uint64_t>{}) << sample.data.said();
        EXPECT_EQ(sample.data.of["A"], sample.data.of["B"]) << sample.data.said();
      });
}

TEST(BrokenRejoin, AtEachStepAndAgain) {
  const RejoinCommand command{"A"};
  break_everywhere(
      command,
      [](Sample& sample) {
        lose_a(sample);
        ASSERT_EQ(sample.data.run(FailoverCommand{})->result.outcome, Outcome::Done) << sample.data.said();
        sample.data.write("B", 2);
        sample.power_on("n1");
      },
      [](Sample& sample, const std::optional<JobEnd>&) { EXPECT_EQ(sample.data.accepting(), Names{"B"}); },
      [&](Sample& sample) {
        sample.clear();
        const std::optional<JobEnd> again = sample.data.run(command);
        ASSERT_TRUE(again.has_value());
        EXPECT_EQ(again->result.outcome, Outcome::Done) << sample.data.said();
        sample.data.replicate();
        EXPECT_EQ(sample.data.missing(true), std::set<std::uint64_t>{}) << sample.data.said();
        EXPECT_EQ(sample.data.in_receipt["acct-2"].size(), 4U);
        EXPECT_EQ(sample.data.of["A"], sample.data.of["B"]);
      });
}

void stop_for_move(Sample& sample) {
  sample.data.write("A", 3);
  DownCommand down;
  down.selection.group = "acct";
  down.move = true;
  ASSERT_EQ(sample.data.run(down)->result.outcome, Outcome::Done) << sample.data.said();
}

TEST(BrokenMove, AtEachStepAndAgain) {
  const MigrateCommand command{"acct", {}, false, false};
  break_everywhere(
      command, stop_for_move,
      [](Sample& sample, const std::optional<JobEnd>& end) {
        expect_when(end, Outcome::Refused, sample.data.accepting(), Names{});
        // C, where B did not answer.
        expect_when(end, Outcome::Done, sample.data.accepting().size(), std::size_t{1});
      },
      [&](Sample& sample) {
        sample.clear();
        const std::optional<JobEnd> again = sample.data.run(command);
        ASSERT_TRUE(again.has_value());
        const GroupState state = sample.data.fake.group_order("acct").state;
        // When all was done but the last line, migg of what is UP is refused.
        const bool was_over = state == GroupState::Up && again->result.outcome == Outcome::Refused;
        EXPECT_TRUE(was_over || again->result.outcome == Outcome::Done) << sample.data.said();
        EXPECT_EQ(sample.data.accepting().size(), 1U) << sample.data.said();
        EXPECT_NE(sample.data.root(), "A");
        EXPECT_EQ(sample.data.missing(true), std::set<std::uint64_t>{});
      });
}

TEST(BrokenMove, AtEachStepThenCalledOff) {
  break_everywhere(
      MigrateCommand{"acct", {}, false, false}, stop_for_move, [](Sample&, const std::optional<JobEnd>&) {},
      [&](Sample& sample) {
        const Names before = sample.data.accepting();
        sample.clear();
        const std::optional<JobEnd> off = sample.data.run(MigrateCommand{"acct", {}, true, false});
        ASSERT_TRUE(off.has_value());
        // It has moved, or nobody takes updates.
        EXPECT_EQ(sample.data.accepting(), before) << sample.data.said();
        EXPECT_EQ(off->result.outcome, before.empty() ? Outcome::Done : Outcome::Refused) << sample.data.said();
        EXPECT_EQ(sample.data.fake.group_order("acct").state == GroupState::Down, before.empty());
        BootCommand boot;
        boot.selection.group = "acct";
        sample.data.run(boot);
        EXPECT_EQ(sample.data.accepting().size(), 1U) << sample.data.said();
        sample.data.write_anywhere(1);
        sample.data.replicate();
        EXPECT_EQ(sample.data.missing(true), std::set<std::uint64_t>{});
      });
}

TEST(BrokenMove, CalledOffAtEachStepAndAgain) {
  const MigrateCommand command{"acct", {}, true, false};
  break_everywhere(
      command, stop_for_move,
      [](Sample& sample, const std::optional<JobEnd>&) { EXPECT_EQ(sample.data.accepting(), Names{}); },
      [&](Sample& sample) {
        sample.clear();
        const std::optional<JobEnd> again = sample.data.run(command);
        EXPECT_EQ(again->result.outcome, Outcome::Done) << sample.data.said();
        EXPECT_EQ(sample.data.fake.group_order("acct").state, GroupState::Down);
        BootCommand boot;
        boot.selection.group = "acct";
        EXPECT_EQ(sample.data.run(boot)->result.outcome, Outcome::Done) << sample.data.said();
        EXPECT_EQ(sample.data.accepting(), Names{"A"}) << sample.data.said();
      });
}

}  // namespace
}  // namespace hw::cluster::test

// The order of an instance's rollback: its process is killed before each step in turn, and what is on disk then is what
// the steps before it leave, and no more. Done again, the rollback ends where the first one should have.
#include "replic/instance/instance_rollback.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <csignal>

#include "engine/journal_tools/journal_files.h"
#include "replic/instance/lost_transactions.h"
#include "replic/instance/rollback_offline.h"
#include "replic/instance/rollback_online.h"
#include "test/support/root_instance.h"

namespace hw::test {
namespace {

using enum RollbackStep;

/// Two reigns of this many updates each; the rollback ends in the middle of the first.
constexpr std::uint64_t kReign = 20;
constexpr Seqno kTo{11};

/// What a rollback leaves outside of its process.
struct OnDisk {
  bool lost_file = false;
  bool crash = false;
  bool regions_back = false;
  bool marked = false;
  bool unfinished = false;  ///< lost transactions are not complete
  bool history_cut = false;
  friend bool operator==(const OnDisk&, const OnDisk&) = default;
};
void PrintTo(const OnDisk& state, std::ostream* out) {
  *out << "lost file " << state.lost_file << ", crash " << state.crash << ", regions back " << state.regions_back
       << ", marked " << state.marked << ", unfinished " << state.unfinished << ", history cut " << state.history_cut;
}

class InstanceRollback : public testing::Test {
 protected:
  InstanceRollback() {
    const int status = in_environment([&] {
      as_root([&](Session& session, Domain&) { set(session, 1, kReign); });
      as_root([&](Session& session, Domain&) { set(session, kReign + 1, 2 * kReign); });
    });
    EXPECT_EQ(status, 0);
  }

  int in_environment(const std::function<void()>& work) const { return root_.in_environment(work); }
  EnteredInstance enter() const { return root_.enter(); }
  void as_root(const std::function<void(Session&, Domain&)>& work) const { root_.as_root(work); }
  void run_down() const { root_.run_down(); }

  /// Every second one in the region of its own.
  static std::string node(std::uint64_t number) {
    return key(number % 2 == 0 ? "a" : "xdata", {std::to_string(number)});
  }
  static void set(Session& session, std::uint64_t first, std::uint64_t last) {
    for (std::uint64_t number = first; number <= last; ++number) must(session.set(node(number), "value"));
  }

  /// As a former root, which asks the one that took over.
  RollbackOptions options() const {
    RollbackOptions options;
    options.asks_primary = true;
    options.lost_path = lost_;
    options.layout = ExtractLayout::V7;
    return options;
  }

  void roll_back_offline(const RollbackOptions& options, const RollbackWatch& watch) const {
    InstanceFile instance = must(InstanceFile::open(path_));
    const GlobalDirectory directory = must(GlobalDirectory::load_from_environment());
    const auto site = must(OfflineSite::take(instance, directory, std::nullopt, options, watch));
    must(site->check(instance, kTo));
    const RolledBack done = must(roll_back_instance(*site, instance, kTo, options, watch));
    EXPECT_EQ(done.next_seqno, kTo);
    EXPECT_FALSE(done.history_gap.has_value());
  }

  OnDisk on_disk() const {
    OnDisk state;
    state.lost_file = file_exists(lost_);
    const InstanceFile instance = must(InstanceFile::open(path_, false));
    state.crash = instance.header().crash;
    state.unfinished = instance.header().lost_transactions;
    const auto& records = instance.history().records();
    state.history_cut = instance.header().seqno == kTo && records.size() == 1 && records.back().start < kTo;
    state.regions_back = state.marked = true;
    for (const char* region : {"DEFAULT", "X"}) {
      const RegionHeader header = must(peek_region_header(root_.scratch().database_path(region)));
      state.regions_back = state.regions_back && header.reg_seqno <= kTo;
      state.marked = state.marked && header.zqgblmod_seqno == kTo;
    }
    return state;
  }

  /// Everything below kTo is in the databases, and nothing else.
  void expect_contents(Session& session) const {
    for (std::uint64_t number = 1; number <= 2 * kReign; ++number)
      EXPECT_EQ(must(session.get(node(number))).has_value(), number < kTo.value) << number;
  }

  RootInstance root_{"ALPHA", {"X"}};
  const std::string& path_ = root_.path();
  const std::string lost_ = root_.file("lost.glo");
};

TEST_F(InstanceRollback, StepsAreMadeInOrderAndAFormerRootIsMarked) {
  const int status = in_environment([&] {
    std::vector<RollbackStep> steps;
    std::vector<std::string> files;
    RollbackWatch watch;
    watch.before = [&](RollbackStep step) -> Status {
      steps.push_back(step);
      return {};
    };
    watch.wrote = [&](std::string_view kind, const LostFile& file) {
      files.push_back(fmt::format("{} {} {}", kind, file.path == lost_, file.transactions));
    };
    roll_back_offline(options(), watch);
    EXPECT_EQ(steps, (std::vector{WriteLost, MarkInstance, UndoRegions, MarkDivergence, CutHistory, Settle}));
    EXPECT_EQ(files, std::vector<std::string>{"Lost transactions extract true 30"});
    EXPECT_EQ(on_disk(), (OnDisk{true, false, true, true, true, true}));
    EXPECT_TRUE(must(read_file(lost_, 1 << 20)).find("ROLLBACK PRIMARY ALPHA") != std::string::npos);
  });
  EXPECT_EQ(status, 0);
  EXPECT_EQ(in_environment([&] { as_root([&](Session& session, Domain&) { expect_contents(session); }); }), 0);
}

TEST_F(InstanceRollback, WhoAsksNoPrimaryIsNotMarked) {
  const int status = in_environment([&] {
    std::vector<RollbackStep> steps;
    RollbackWatch watch;
    watch.before = [&](RollbackStep step) -> Status {
      steps.push_back(step);
      return {};
    };
    RollbackOptions by_resync = options();
    by_resync.asks_primary = false;
    roll_back_offline(by_resync, watch);
    EXPECT_EQ(steps, (std::vector{WriteLost, MarkInstance, UndoRegions, CutHistory, Settle}));
    EXPECT_EQ(on_disk(), (OnDisk{true, false, true, false, false, true}));
    EXPECT_TRUE(must(read_file(lost_, 1 << 20)).find("ROLLBACK SECONDARY ALPHA") != std::string::npos);
  });
  EXPECT_EQ(status, 0);
}

/// Of a mark that was made when a former root asked.
constexpr std::pair<Seqno, Seqno> kMarks[] = {
    {Seqno{0}, Seqno{0}}, {Seqno{5}, Seqno{5}}, {Seqno{11}, Seqno{11}}, {Seqno{12}, kTo}, {Seqno{40}, kTo}};

class InstanceRollbackOfAMark : public InstanceRollback, public testing::WithParamInterface<std::pair<Seqno, Seqno>> {
 protected:
  /// Of both regions.
  std::vector<Seqno> marks() const {
    std::vector<Seqno> found;
    for (const char* region : {"DEFAULT", "X"})
      found.push_back(must(peek_region_header(root_.scratch().database_path(region))).zqgblmod_seqno);
    return found;
  }
  static RollbackOptions by_resync(RollbackOptions options) {
    options.asks_primary = false;
    return options;
  }
};

// What is committed after it has seqnos below the former mark, and no former root has it.
TEST_P(InstanceRollbackOfAMark, NoMarkStaysAboveWhereTheInstanceWentBackTo) {
  const auto& [before, after] = GetParam();
  EXPECT_EQ(in_environment([&] {
              as_root([&](Session&, Domain& domain) {
                InstanceFile instance = must(InstanceFile::open(path_));
                if (before.value != 0) must(mark_divergence(domain, instance, before));
              });
              roll_back_offline(by_resync(options()), {});
              EXPECT_EQ(marks(), (std::vector{after, after}));
            }),
            0);
}

TEST_P(InstanceRollbackOfAMark, NorWhenItIsUp) {
  const auto& [before, after] = GetParam();
  EXPECT_EQ(in_environment([&] {
              EnteredInstance entered = enter();
              InstanceFile instance = must(InstanceFile::open(path_));
              if (before.value != 0) must(mark_divergence(*entered.domain, instance, before));
              must(roll_back_online(*entered.domain, instance, kTo, by_resync(options()), {}));
              EXPECT_EQ(marks(), (std::vector{after, after}));
              EXPECT_TRUE(must(leave_instance(entered, path_)).removed);
            }),
            0);
}

// As when recovery had taken out what a power loss left in pieces, and nothing is left to take out.
TEST_P(InstanceRollbackOfAMark, NorWhereTheDatabasesWentBackBefore) {
  const auto& [before, after] = GetParam();
  EXPECT_EQ(in_environment([&] {
              const GlobalDirectory directory = must(GlobalDirectory::load_from_environment());
              roll_back_offline(by_resync(options()), {});
              {
                InstanceFile instance = must(InstanceFile::open(path_));
                const auto site = must(OfflineSite::take(instance, directory, std::nullopt, by_resync(options()), {}));
                must(mark_closed_divergence(site->regions(), before));
                must(site->check(instance, std::nullopt));
                must(roll_back_instance(*site, instance, std::nullopt, by_resync(options()), {}));
              }
              EXPECT_EQ(marks(), (std::vector{after, after}));
            }),
            0);
}

INSTANTIATE_TEST_SUITE_P(Marks, InstanceRollbackOfAMark, testing::ValuesIn(kMarks),
                         [](const auto& each) { return "Mark" + std::to_string(each.param.first.value); });

TEST_F(InstanceRollback, AnErrorEndsItBeforeTheStepAndIsReturned) {
  const int status = in_environment([&] {
    InstanceFile instance = must(InstanceFile::open(path_));
    const GlobalDirectory directory = must(GlobalDirectory::load_from_environment());
    const auto site = must(OfflineSite::take(instance, directory, std::nullopt, options(), {}));
    must(site->check(instance, kTo));
    RollbackWatch watch;
    watch.before = [](RollbackStep step) -> Status {
      if (step == UndoRegions) return make_error<MsgId::FORCEDHALT>();
      return {};
    };
    const auto done = roll_back_instance(*site, instance, kTo, options(), watch);
    ASSERT_FALSE(done.has_value());
    EXPECT_EQ(done.error().id, MsgId::FORCEDHALT);
  });
  EXPECT_EQ(status, 0);
  EXPECT_EQ(in_environment([&] { EXPECT_EQ(on_disk(), (OnDisk{true, true, false, false, false, false})); }), 0);
}

TEST_F(InstanceRollback, BesideProcessesNobodyGoesOnBeforeItsLastStep) {
  const int status = in_environment([&] {
    EnteredInstance entered = enter();
    PoolHeader& pool = entered.domain->header();
    InstanceFile instance = must(InstanceFile::open(path_));
    std::vector<RollbackStep> steps;
    RollbackWatch watch;
    watch.before = [&](RollbackStep step) -> Status {
      steps.push_back(step);
      // From the first change on, whoever takes the lock of a dead process commits nothing.
      EXPECT_EQ(pool.damaged.load(), step > UndoRegions ? PoolHeader::kGoingBack : 0U);
      return {};
    };
    const RolledBack done = must(roll_back_online(*entered.domain, instance, kTo, options(), watch));
    EXPECT_EQ(done.next_seqno, kTo);
    EXPECT_FALSE(done.history_gap.has_value());
    EXPECT_EQ(steps, (std::vector{WriteLost, MarkInstance, UndoRegions, MarkDivergence, CutHistory, Settle}));
    EXPECT_EQ(pool.damaged.load(), 0U);
    EXPECT_EQ(pool.next_seqno.load(), kTo.value);
    EXPECT_EQ(instance.history().records().size(), 2U) << "the reign that was cut, and a new one";
    EXPECT_EQ(instance.history().last().start, kTo);
    {
      Session session(*entered.database);
      expect_contents(session);
      must(session.set(node(kTo.value), "another"));
    }
    EXPECT_EQ(pool.next_seqno.load(), kTo.value + 1);
    EXPECT_TRUE(must(leave_instance(entered, path_)).removed);
  });
  EXPECT_EQ(status, 0);
}

TEST_F(InstanceRollback, BesideProcessesNobodyIsDisturbedWhenNothingGoesOut) {
  const int status = in_environment([&] {
    EnteredInstance entered = enter();
    PoolHeader& pool = entered.domain->header();
    InstanceFile instance = must(InstanceFile::open(path_));
    const std::uint64_t before = pool.rollbacks.load();
    RollbackWatch watch;
    watch.before = [](RollbackStep) -> Status {
      ADD_FAILURE() << "no step has anything to do";
      return {};
    };
    const Seqno next{pool.next_seqno.load()};
    EXPECT_EQ(must(roll_back_online(*entered.domain, instance, next, options(), watch)).next_seqno, next);
    EXPECT_EQ(pool.rollbacks.load(), before);
    for (OpenRegion* region : entered.domain->regions()) EXPECT_EQ(region->header.zqgblmod_seqno, next);
    EXPECT_TRUE(must(leave_instance(entered, path_)).removed);
  });
  EXPECT_EQ(status, 0);
}

class InstanceRollbackKilled : public InstanceRollback,
                               public testing::WithParamInterface<std::tuple<RollbackStep, bool>> {
 protected:
  RollbackWatch killing() const {
    RollbackWatch watch;
    watch.before = [](RollbackStep step) -> Status {
      if (step == std::get<0>(GetParam())) ::kill(::getpid(), SIGKILL);
      return {};
    };
    return watch;
  }

  /// Killed before the step.
  OnDisk expected() const {
    const auto& [step, online] = GetParam();
    OnDisk state;
    state.lost_file = step > WriteLost;
    state.crash = online || step > MarkInstance;  // An instance that is up has it since its start.
    state.regions_back = step > UndoRegions;
    state.marked = state.unfinished = step > MarkDivergence;
    state.history_cut = step > CutHistory;
    return state;
  }
};

TEST_P(InstanceRollbackKilled, LeavesWhatTheStepsBeforeMadeAndDoneAgainItEndsRight) {
  const bool online = std::get<1>(GetParam());
  const int killed = in_environment([&] {
    if (!online) return roll_back_offline(options(), killing());
    EnteredInstance entered = enter();
    InstanceFile instance = must(InstanceFile::open(path_));
    must(roll_back_online(*entered.domain, instance, kTo, options(), killing()));
  });
  ASSERT_TRUE(WIFSIGNALED(killed) && WTERMSIG(killed) == SIGKILL) << "the step was not reached";
  ASSERT_EQ(in_environment([&] { EXPECT_EQ(on_disk(), expected()); }), 0);

  ASSERT_EQ(in_environment([&] {
              run_down();
              roll_back_offline(options(), {});
              EXPECT_EQ(on_disk(), (OnDisk{true, false, true, true, true, true}));
            }),
            0);
  EXPECT_EQ(in_environment([&] { as_root([&](Session& session, Domain&) { expect_contents(session); }); }), 0);
}

std::string case_name(const testing::TestParamInfo<std::tuple<RollbackStep, bool>>& each) {
  const auto& [step, online] = each.param;
  const std::string_view names[] = {"WriteLost",      "MarkInstance", "UndoRegions",
                                    "MarkDivergence", "CutHistory",   "Settle"};
  return fmt::format("{}{}", names[static_cast<std::size_t>(step)], online ? "Online" : "Offline");
}
INSTANTIATE_TEST_SUITE_P(BeforeEachStep, InstanceRollbackKilled,
                         testing::Combine(testing::Values(WriteLost, MarkInstance, UndoRegions, MarkDivergence,
                                                          CutHistory, Settle),
                                          testing::Bool()),
                         case_name);

}  // namespace
}  // namespace hw::test

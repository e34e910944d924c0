// Rollback: every seqno can be gone back to exactly, and a rollback that is killed, or whose machine stops, leaves all
// regions in the state before it or in the state after it, and done again ends where it should.
#include "engine/recovery/rollback.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <random>
#include <thread>

#include "engine/base/failpoint.h"
#include "engine/base/shared_memory.h"
#include "engine/commit/domain.h"
#include "engine/gbl/apply_lost.h"
#include "engine/integ/integrity.h"
#include "engine/integ/region_look.h"
#include "engine/journal_tools/lost_file.h"
#include "engine/recovery/checkpoint.h"
#include "engine/recovery/region_access.h"
#include "engine/recovery/undo.h"
#include "engine/region/region_reader.h"
#include "journal/generations.h"
#include "test/support/child_process.h"
#include "test/support/random_transactions.h"
#include "test/support/scratch_database.h"

namespace hw::test {
namespace {

constexpr unsigned kTransactions = 300;
constexpr std::uint64_t kJournalBytes = 64 << 10;  // Several generations.

/// The state at each seqno: states[n] is what there is when the next seqno is n.
using States = std::vector<Model>;

class Rollback : public testing::Test {
 protected:
  /// Opens the database as a root primary with its next seqno, and closes it in good order.
  void as_root(std::uint64_t next, const std::function<void(Session&, Domain&)>& work) const {
    DatabaseOptions options;
    options.global_directory = scratch_.directory_path();
    options.instance_file = scratch_.folder() + "/test.repl";
    options.background = false;
    auto database = must(Database::open(options));
    JournalPool::Setup setup;
    setup.replicating = true;
    setup.ring_bytes = 1 << 20;
    setup.instance_name = "TEST";
    setup.instance_file = options.instance_file;
    if (!file_exists(setup.instance_file)) must(replace_file(setup.instance_file, ""));
    setup.instance_identity = must(identity_of(setup.instance_file));  // Who attaches compares it.
    setup.next_seqno = Seqno{next};
    Domain* const domain = must(database->create_domain(setup));
    const int id = domain->pool().id();
    {
      Session session(*database);
      work(session, *domain);
      EXPECT_EQ(domain->header().next_seqno.load(), kTransactions + 1);
    }
    must(database->close());
    must(SharedMemory::remove(id));
  }

  /// Fills the database; nothing of it stays open. What it should hold at each seqno follows from the seed alone.
  void fill() {
    const auto work = [&](Session& session, Domain& domain) {
      Model model;
      for (std::uint64_t number = 1; number <= kTransactions; ++number) {
        random_transaction(seed_, number, &session, model);
        if (number % 70 != 0) continue;
        domain.header().checkpoint_lock.lock();
        for (OpenRegion* region : domain.regions()) must(advance_image(domain, *region, [] { return false; }));
        domain.header().checkpoint_lock.unlock();
      }
    };
    ASSERT_EQ(in_child({},
                       [&] {
                         scratch_.enable_journaling(true, kJournalBytes);
                         as_root(1, work);
                       }),
              0);
  }

  /// Made without a database: failpoints and LMDB belong to the children.
  const States& states() {
    if (!states_.empty()) return states_;
    Model model;
    states_ = {model, model};
    for (std::uint64_t number = 1; number <= kTransactions; ++number) {
      random_transaction(seed_, number, nullptr, model);
      states_.push_back(model);
    }
    return states_;
  }

  struct Site {
    std::vector<std::unique_ptr<RegionAccess>> taken;
    std::vector<OpenRegion*> regions;
  };
  Site take() const {
    Site site;
    site.taken = must(take_all(must(GlobalDirectory::load(scratch_.directory_path()))));
    std::vector<RegionAccess*> all;
    for (const auto& access : site.taken) all.push_back(access.get());
    must(make_clean(all, RegionSet::Whole));
    for (const auto& access : site.taken) site.regions.push_back(&access->region());
    return site;
  }

  static Model contents(const Site& site) {
    Model found;
    for (OpenRegion* region : site.regions) {
      RegionReader reader;
      must(reader.take(*region));
      NodeCopy node;
      for (bool more = must(reader.first("\x01", node)); more; more = must(reader.next(node)))
        found[node.key] = node.value;
    }
    return found;
  }

  /// mupip integ finds nothing in any region, also in one whose last transaction is older than the seqno gone back to.
  static void expect_sound(const Site& site) {
    for (const auto& access : site.taken) {
      must(look_at_region(*access, [](const RegionLook& seen) -> Status {
        IntegrityOptions options;
        options.tell = [](const Error& error) { ADD_FAILURE() << error.render(); };
        HW_TRY(const IntegrityReport report, check_region(seen, nullptr, options));
        EXPECT_FALSE(report.uncompared.has_value());
        return {};
      }));
    }
  }

  void back_to(std::uint64_t seqno) const {
    Site site = take();
    must(roll_back_regions(site.regions, Seqno{seqno}));
  }

  const std::uint64_t seed_ = random_seed();
  ScratchDatabase scratch_{{"X", "Y"}};
  States states_;
};

TEST_F(Rollback, EverySeqnoIsGoneBackToExactly) {
  fill();
  const States& expected = states();
  ASSERT_EQ(in_child({},
                     [&] {
                       EXPECT_TRUE(contents(take()) == expected.back());
                       for (std::uint64_t seqno = kTransactions + 1; seqno > 7; seqno -= 7) {
                         back_to(seqno);
                         {
                           const Site site = take();
                           EXPECT_TRUE(contents(site) == expected[seqno]) << "seqno " << seqno;
                           expect_sound(site);
                         }
                         back_to(seqno);  // The same again changes nothing.
                         EXPECT_TRUE(contents(take()) == expected[seqno]) << "seqno " << seqno << ", again";
                       }
                       back_to(1);
                       EXPECT_TRUE(contents(take()).empty());
                     }),
            0);
}

TEST_F(Rollback, WhatWasTakenOutGivesTheFinalStateWhenItIsAppliedAgain) {
  fill();
  const States& expected = states();
  std::mt19937_64 random(seed_);
  const std::string lost = scratch_.folder() + "/lost.glo";
  for (int round = 0; round < 8; ++round) {
    const std::uint64_t to = 1 + random() % kTransactions;
    SCOPED_TRACE(fmt::format("round {}, back to seqno {}", round, to));
    ASSERT_EQ(in_child({},
                       [&] {
                         Site site = take();
                         const LostFile written = must(write_lost_file(site.regions, Seqno{to}, lost,
                                                                       "ROLLBACK PRIMARY TEST", ExtractLayout::V7));
                         EXPECT_EQ(written.transactions, kTransactions + 1 - to);
                         must(roll_back_regions(site.regions, Seqno{to}));
                         EXPECT_TRUE(contents(site) == expected[to]);
                         for (OpenRegion* region : site.regions) {  // As at the instance that takes over.
                           region->header.zqgblmod_seqno = Seqno{to};
                           must(store_closed_header(*region));
                         }
                       }),
              0);
    ASSERT_EQ(in_child({},
                       [&] {
                         as_root(to, [&](Session& session, Domain&) {
                           const gbl::AppliedLost done = must(gbl::apply_lost(session, lost, lost + ".conflicts"));
                           EXPECT_EQ(done.applied, kTransactions + 1 - to);
                           EXPECT_EQ(done.conflicts, 0);
                         });
                       }),
              0);
    ASSERT_EQ(in_child({}, [&] { EXPECT_TRUE(contents(take()) == expected.back()); }), 0);
  }
}

// What a crash left without a part is cut before the instance goes back further: both end in one file, in order.
TEST_F(Rollback, WhatWasCutBeforeStandsBehindTheRestInOneFile) {
  fill();
  const std::string whole = scratch_.folder() + "/whole.glo";
  const std::string lost = scratch_.folder() + "/lost.glo";
  const auto write = [](const Site& site, std::uint64_t from, const std::string& path, const LostFile& cut = {}) {
    return must(write_lost_file(site.regions, Seqno{from}, path, "ROLLBACK PRIMARY TEST", ExtractLayout::V7, cut));
  };
  ASSERT_EQ(in_child({},
                     [&] {
                       const Site site = take();
                       write(site, 100, whole);
                       const LostFile cut = write(site, 200, lost);
                       must(roll_back_regions(site.regions, Seqno{200}));
                       const LostFile rest = write(site, 100, lost, cut);
                       EXPECT_EQ(rest.transactions, 100);
                       EXPECT_EQ(rest.renamed_to, "");
                       EXPECT_TRUE(must(read_file(lost, 64 << 20)) == must(read_file(whole, 64 << 20)));
                       must(roll_back_regions(site.regions, Seqno{100}));
                       // Nothing more to write: what is there stays.
                       EXPECT_EQ(write(site, 100, lost, rest).transactions, 0);
                       EXPECT_TRUE(must(read_file(lost, 64 << 20)) == must(read_file(whole, 64 << 20)));
                     }),
            0);
}

struct PointCase {
  FailPoint point;
  const char* name;
  int passings;
};

class RollbackAtFailPoint : public Rollback, public testing::WithParamInterface<std::tuple<PointCase, bool>> {};

TEST_P(RollbackAtFailPoint, TheStateBeforeOrTheStateAfterAndDoneAgainItEndsRight) {
  const auto& [point, power_loss] = GetParam();
  fill();
  const States& expected = states();
  std::uint64_t now = kTransactions + 1;
  for (int passing = 1; passing <= point.passings; ++passing) {
    const std::uint64_t to = now - 60;
    const std::string fail = fmt::format("{}:kill:{}", failpoint_name(point.point), passing);
    const int status = in_child({{"HW_FAIL", fail}}, [&, to = to] { back_to(to); });
    ASSERT_TRUE(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL) << fail << " was not reached";
    Variables boot;
    if (power_loss) boot["HW_BOOT_ID"] = fmt::format("boot-{}", passing);
    ASSERT_EQ(in_child(boot,
                       [&, to = to, now = now] {
                         const Model found = contents(take());
                         EXPECT_TRUE(found == expected[now] || found == expected[to]) << fail;
                       }),
              0);
    ASSERT_EQ(in_child(boot,
                       [&, to = to] {
                         back_to(to);
                         const Site site = take();
                         EXPECT_TRUE(contents(site) == expected[to]) << fail;
                         expect_sound(site);
                       }),
              0);
    now = to;
  }
}

constexpr PointCase kPoints[] = {
    {FailPoint::RollbackUndone, "RollbackUndone", 3},
    {FailPoint::RollbackNotDecided, "RollbackNotDecided", 1},
    {FailPoint::RollbackDecided, "RollbackDecided", 3},
    {FailPoint::RollbackCut, "RollbackCut", 3},
};
INSTANTIATE_TEST_SUITE_P(EveryPoint, RollbackAtFailPoint, testing::Combine(testing::ValuesIn(kPoints), testing::Bool()),
                         [](const auto& param_info) {
                           return std::string(std::get<0>(param_info.param).name) +
                                  (std::get<1>(param_info.param) ? "PowerLoss" : "");
                         });

TEST_F(Rollback, AJournalIsNotCutWhereItHasNoRecords) {
  fill();
  const std::string path = scratch_.journal_path("DEFAULT");
  const std::uint64_t bytes = std::filesystem::file_size(path);
  const auto generation = must(generation_chain(path)).files.front().info.header.generation;
  const auto text = [&] {
    std::ifstream in(path, std::ios::binary);
    return std::string(std::istreambuf_iterator<char>(in), {});
  };
  const std::string before = text();
  for (const std::uint64_t offset : {std::uint64_t{0}, kJournalHeaderBytes - 1, bytes + 1}) {
    const Status status = cut_journal(path, {generation, offset, 0}, {});
    ASSERT_FALSE(status.has_value()) << offset;
    EXPECT_TRUE(text() == before) << offset;
  }
}

TEST_F(Rollback, KilledAtRandomMomentsItEndsRightWhenDoneAgain) {
  fill();
  const States& expected = states();
  std::mt19937_64 random(seed_);
  std::uint64_t now = kTransactions + 1;
  int killed = 0;
  std::uint64_t span_us = 30'000;  // What a rollback takes here and now, and some more.
  for (int round = 0; round < 50; ++round) {
    const std::uint64_t to = now - 1 - random() % 5;
    const pid_t pid = start_child({}, [&] { back_to(to); });
    std::this_thread::sleep_for(std::chrono::microseconds(random() % span_us));  // The moment is what is random here.
    ::kill(pid, SIGKILL);
    if (WIFSIGNALED(wait_for(pid))) ++killed;
    const auto begin = std::chrono::steady_clock::now();
    ASSERT_EQ(in_child({},
                       [&] {
                         const Model found = contents(take());
                         EXPECT_TRUE(found == expected[now] || found == expected[to]) << "round " << round;
                         back_to(to);
                         EXPECT_TRUE(contents(take()) == expected[to]) << "round " << round << ", done again";
                       }),
              0);
    span_us = static_cast<std::uint64_t>((std::chrono::steady_clock::now() - begin) / std::chrono::microseconds(1));
    now = to;
  }
  EXPECT_GE(killed, 10) << "the others had come to their end";
}

}  // namespace
}  // namespace hw::test

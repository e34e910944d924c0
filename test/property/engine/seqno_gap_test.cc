// Transactions over random regions, in journals of random generations: what is missing when one region ends early is
// found, and nothing when none does.
#include "engine/recovery/seqno_gap.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <random>
#include <vector>

#include "test/support/journal_files.h"

namespace hw {
namespace {

constexpr unsigned kRegions = 3;

/// A region's journal, and how far it was when each transaction had been written.
struct Site {
  std::unique_ptr<test::RegionJournal> journal;
  std::unique_ptr<OpenRegion> region;
};

class SeqnoGapTest : public ::testing::Test {
 protected:
  SeqnoGapTest() {
    for (unsigned i = 0; i < kRegions; ++i) {
      const std::string path = folder_.file("r" + std::to_string(i) + ".mjl");
      sites_[i].journal = std::make_unique<test::RegionJournal>(path);
      sites_[i].region = std::make_unique<OpenRegion>(definition_, path + ".mdb", i);
      RegionHeader& header = sites_[i].region->header;
      header.journal_path = path;
      header.journal_state = JournalState::On;
      header.replicated = true;
    }
  }

  /// A transaction that sets a node in each region of `mask`.
  void commit(unsigned mask) {
    const Seqno seqno{next_++};
    for (unsigned i = 0; i < kRegions; ++i) {
      if ((mask >> i & 1) == 0) continue;
      test::RegionJournal& journal = *sites_[i].journal;
      if (random_() % 4 == 0) journal.removed(seqno, seqno.value, 1);
      RecordBuilder builder;
      builder.start_transaction(true, "", 4711);
      builder.add_update({UpdateType::Set, std::string_view("a\0", 2), "1"}, OldKind::None, "", 1);
      builder.set_totals(static_cast<std::uint32_t>(std::popcount(mask)),
                         static_cast<std::uint16_t>(std::popcount(mask)));
      journal.append(builder, seqno, journal.next_tn(), seqno.value);
      journal.committed(seqno);
    }
  }

  RegionEnd end_of(unsigned i) const {
    const PoolRegion& facts = sites_[i].journal->facts();
    return {sites_[i].region.get(),
            {facts.generation, facts.write_offset.load(), facts.last_record_bytes},
            Seqno{facts.reg_seqno.load()},
            false};
  }

  std::optional<SeqnoGap> gap(const std::vector<RegionEnd>& ends, Seqno from, bool all_of_them = false) {
    const auto found = first_seqno_gap(ends, from, all_of_them);
    EXPECT_TRUE(found.has_value()) << found.error().render();
    return found.has_value() ? *found : std::nullopt;
  }
  std::optional<SeqnoGap> gap(Seqno from = Seqno{1}) { return gap({end_of(0), end_of(1), end_of(2)}, from); }

  test::TestFolder folder_;
  Region definition_;
  std::array<Site, kRegions> sites_;
  std::uint64_t next_ = 1;
  std::mt19937_64 random_{1};
};

TEST_F(SeqnoGapTest, WhatARegionHasLostIsFoundWhereItBegins) {
  const std::uint64_t seed = test::journal_test_seed();
  SCOPED_TRACE("rerun with HW_SEED=" + std::to_string(seed));
  random_.seed(seed);
  const unsigned loser = static_cast<unsigned>(random_() % kRegions);
  const std::uint64_t cut_at = 50 + random_() % 100;
  RegionEnd early;
  std::optional<std::uint64_t> first_lost;
  std::uint64_t last_of_loser_kept = 0;
  for (int i = 0; i < 200; ++i) {
    if (next_ == cut_at) early = end_of(loser);
    const auto mask = static_cast<unsigned>(1 + random_() % 7);
    if ((mask >> loser & 1) != 0) {
      if (next_ < cut_at) last_of_loser_kept = next_;
      if (next_ >= cut_at && !first_lost) first_lost = next_;
    }
    commit(mask);
    // Notes, and new files; not in the one that is cut, whose end is in the file that it has then.
    const auto other = static_cast<unsigned>(random_() % kRegions);
    if (random_() % 9 == 0) sites_[other].journal->epoch(next_);
    if (random_() % 20 == 0 && (other != loser || next_ < cut_at)) (void)sites_[other].journal->switch_file();
  }
  EXPECT_FALSE(gap()) << gap()->seqno.value;
  EXPECT_FALSE(gap(Seqno{150}));

  std::vector<RegionEnd> ends{end_of(0), end_of(1), end_of(2)};
  ends[loser] = early;
  ASSERT_TRUE(first_lost);
  // Where only the loser had it, the others may end before it.
  std::uint64_t seen = 0;
  for (unsigned i = 0; i < kRegions; ++i)
    if (i != loser) seen = std::max(seen, ends[i].next_seqno.value - 1);
  const auto found = gap(ends, Seqno{1});
  if (*first_lost > seen) {
    EXPECT_FALSE(found);
  } else {
    ASSERT_TRUE(found);
    EXPECT_EQ(found->seqno.value, *first_lost);
    EXPECT_EQ(found->last_time_us, seen);
    EXPECT_FALSE(can_be_lost(ends, *found)) << "it was closed";
    ends[loser].crashed = true;
    EXPECT_TRUE(can_be_lost(ends, *found));
  }
  EXPECT_EQ(early.next_seqno.value, last_of_loser_kept + 1);
}

TEST_F(SeqnoGapTest, ARegionTellsFromItsFirstFileOn) {
  for (int i = 0; i < 10; ++i) commit(7);
  (void)sites_[1].journal->switch_file(/*keep_link=*/false);  // What was before is not looked for.
  RegionEnd other = end_of(0);
  for (int i = 0; i < 10; ++i) commit(2);
  commit(7);
  EXPECT_FALSE(gap());
  // The first of its new file is there, and the end of another one is missed.
  EXPECT_EQ(gap({other, end_of(1), end_of(2)}, Seqno{1})->seqno.value, 21u);
}

TEST_F(SeqnoGapTest, AnEarlierFileThatCannotBeReadTellsNothing) {
  for (int i = 0; i < 10; ++i) commit(7);
  const std::string before = sites_[1].journal->switch_file();
  const RegionEnd other = end_of(0);
  for (int i = 0; i < 10; ++i) commit(7);
  EXPECT_EQ(gap({other, end_of(1), end_of(2)}, Seqno{1})->seqno.value, 11u);
  const std::string whole = test::file_bytes(before);
  for (const std::size_t place : {0ul, 100ul, kJournalHeaderBytes + 200, whole.size() / 2}) {
    std::string damaged = whole;
    damaged[place] = static_cast<char>(damaged[place] + 1);
    test::write_file(before, damaged);
    EXPECT_FALSE(gap()) << place;
    test::write_file(before, std::string_view(whole).substr(0, place));
    EXPECT_FALSE(gap()) << place;
    EXPECT_EQ(gap({other, end_of(1), end_of(2)}, Seqno{1})->seqno.value, 11u) << place;
  }
}

TEST_F(SeqnoGapTest, ANewNumberIsNoGap) {
  for (int i = 0; i < 5; ++i) commit(7);
  next_ = 1000;
  for (Site& site : sites_) {
    site.journal->epoch(6);  // Of the time before.
    site.journal->facts().reg_seqno = 1000;
    site.journal->epoch(6);
  }
  for (int i = 0; i < 5; ++i) commit(static_cast<unsigned>(1 << (i % 3)));
  EXPECT_FALSE(gap());
  next_ = 1010;
  commit(1);
  EXPECT_EQ(gap()->seqno.value, 1005u) << "nobody said so";
}

TEST_F(SeqnoGapTest, TheFirstOneThatIsAskedForMayBeMissing) {
  commit(1);
  next_ = 3;
  commit(7);
  EXPECT_FALSE(gap({end_of(0), end_of(1), end_of(2)}, Seqno{2})) << "the row begins with 3";
  EXPECT_EQ(gap({end_of(0), end_of(1), end_of(2)}, Seqno{2}, true)->seqno.value, 2u);
}

TEST_F(SeqnoGapTest, WhatIsOlderThanWhatACrashTakesIsElsewhere) {
  commit(3);
  const RegionEnd lost = end_of(0);
  commit(3);
  std::vector<RegionEnd> ends{lost, end_of(1)};
  ends[0].crashed = ends[1].crashed = true;
  auto found = gap(ends, Seqno{1});
  ASSERT_TRUE(found);
  EXPECT_EQ(found->seqno.value, 2u);
  EXPECT_TRUE(can_be_lost(ends, *found));
  found->last_time_us += kUnsyncedMaxUs + 1;
  EXPECT_FALSE(can_be_lost(ends, *found)) << "it had long been on disk";
  EXPECT_EQ(part_is_elsewhere(ends, *found).id, MsgId::HWSEQNOGAP);
}

}  // namespace
}  // namespace hw

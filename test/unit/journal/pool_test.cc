#include "journal/pool.h"

#include "test/support/journal_files.h"

namespace hw {
namespace {

/// A pool whose segment goes away with the test.
class Pool : public testing::Test {
 protected:
  void make(std::uint64_t ring_bytes, std::uint64_t first_seqno = 1) {
    JournalPool::Setup setup;
    setup.replicating = true;
    setup.ring_bytes = ring_bytes;
    setup.instance_name = "A";
    setup.instance_file = "/a.repl";
    setup.next_seqno = Seqno{first_seqno};
    auto pool = JournalPool::create(setup);
    ASSERT_TRUE(pool.has_value()) << pool.error().render();
    pool_ = std::move(pool).value();
    ASSERT_TRUE(SharedMemory::remove(pool_.id()).has_value());  // Goes with the last detach.
    first_seqno_ = first_seqno;
  }

  std::string frame(std::uint64_t seqno, std::size_t value_bytes) {
    builder_.start(false, "");
    std::size_t left = value_bytes;
    do {
      const std::size_t bytes = std::min(left, kValueBytesMax);
      EXPECT_TRUE(builder_.add({UpdateType::Set, "^k", std::string(bytes, static_cast<char>('a' + seqno % 26))}));
      left -= bytes;
    } while (left > 0);
    return std::string(builder_.finish(Seqno{seqno}, seqno));
  }

  /// Commits the next seqno.
  void put(std::size_t value_bytes) {
    const std::uint64_t seqno = pool_.header().next_seqno.load();
    frames_.push_back(frame(seqno, value_bytes));
    const std::uint64_t end = pool_.ring_put(pool_.header().ring_written.load(), frames_.back(), Seqno{seqno});
    pool_.ring_publish(end);
    pool_.header().next_seqno.store(seqno + 1);
  }

  const std::string& frame_of(std::uint64_t seqno) const { return frames_.at(seqno - first_seqno_); }

  JournalPool pool_;
  FrameBuilder builder_;
  std::uint64_t first_seqno_ = 1;
  std::vector<std::string> frames_;
};

TEST_F(Pool, AttachingFindsWhatTheCreatorMade) {
  make(kPoolBytesMin);
  JournalPool::Setup setup;
  setup.ring_bytes = 4096;
  auto other = JournalPool::create(setup);
  ASSERT_TRUE(other.has_value());
  auto attached = JournalPool::attach(other->id(), other->uid());
  ASSERT_TRUE(attached.has_value()) << attached.error().render();
  EXPECT_EQ(attached->uid(), other->uid());
  EXPECT_EQ(SharedMemory::attached_count(other->id()).value_or(0), 2u);

  auto wrong = JournalPool::attach(other->id(), other->uid() + 1);
  ASSERT_FALSE(wrong.has_value());
  EXPECT_EQ(wrong.error().id, MsgId::JNLPOOLSETUP);
  EXPECT_NE(wrong.error().render().find("another instance"), std::string::npos);
  other->header().version = kPoolVersion + 1;
  auto newer = JournalPool::attach(other->id(), 0);
  ASSERT_FALSE(newer.has_value());
  EXPECT_NE(newer.error().render().find("another version"), std::string::npos);
  other->header().version = kPoolVersion;
  other->header().ring_bytes = 1ull << 40;
  EXPECT_FALSE(JournalPool::attach(other->id(), 0).has_value());

  const int id = other->id();
  ASSERT_TRUE(SharedMemory::remove(id).has_value());
  other->detach();
  attached->detach();
  EXPECT_FALSE(JournalPool::attach(id, 0).has_value());
}

TEST_F(Pool, RegionsAreFoundByTheirDatabaseFile) {
  make(4096);
  for (std::uint32_t i = 0; i < kRegionsMax; ++i) {
    auto added = pool_.add_region("/db" + std::to_string(i));
    ASSERT_TRUE(added.has_value());
    pool_.header().regions[*added].in_use = 1;
    EXPECT_EQ(*added, i);
  }
  EXPECT_EQ(pool_.find_region("/db77"), 77u);
  EXPECT_EQ(pool_.add_region("/db77").value_or(999), 77u);
  EXPECT_EQ(pool_.find_region("/db7"), 7u);
  EXPECT_FALSE(pool_.find_region("/other").has_value());
  EXPECT_FALSE(pool_.add_region("/other").has_value());
}

TEST_F(Pool, ReaderGetsEveryFrameAcrossManyWrapArounds) {
  make(16384);
  std::uint64_t position = 0;
  for (int i = 0; i < 2000; ++i) {
    put(static_cast<std::size_t>(i * 37 % 3000));
    std::string out;
    ASSERT_EQ(pool_.ring_read(position, 1 << 20, out), JournalPool::ReadOutcome::Copied);
    ASSERT_TRUE(out == frames_.back()) << i;
    ASSERT_EQ(pool_.ring_read(position, 1 << 20, out), JournalPool::ReadOutcome::NothingNew);
  }
}

TEST_F(Pool, ReadStopsAtTheLastWholeFrameButTakesOneAtLeast) {
  make(1 << 20);
  for (int i = 0; i < 10; ++i) put(1000);
  const std::size_t one = frames_[0].size();
  std::uint64_t position = 0;
  std::string out;
  ASSERT_EQ(pool_.ring_read(position, 3 * one + 7, out), JournalPool::ReadOutcome::Copied);
  EXPECT_EQ(out.size(), 3 * one);
  ASSERT_EQ(pool_.ring_read(position, 1, out), JournalPool::ReadOutcome::Copied);
  EXPECT_EQ(out.size(), 4 * one);
  EXPECT_EQ(position, 4 * one);
}

TEST_F(Pool, LappedReaderIsToldAndGetsNothing) {
  make(16384);
  put(100);
  while (pool_.header().ring_written.load() <= 16384) put(100);
  std::uint64_t position = 0;
  std::string out = "kept";
  EXPECT_EQ(pool_.ring_read(position, 1000, out), JournalPool::ReadOutcome::Overwritten);
  EXPECT_EQ(out, "kept");
  EXPECT_EQ(position, 0u);
}

TEST_F(Pool, EverySeqnoStillInTheRingIsFoundAndNoOther) {
  for (const std::uint64_t first : {1ull, 63ull, 64ull, 65ull, 1000ull}) {
    frames_.clear();
    make(65536, first);
    EXPECT_EQ(pool_.ring_find(Seqno{first}), 0u);
    EXPECT_FALSE(pool_.ring_find(Seqno{first + 1}).has_value());
    std::vector<std::uint64_t> places;
    for (int i = 0; i < 700; ++i) {
      places.push_back(pool_.header().ring_written.load());
      put(static_cast<std::size_t>(i % 400));
      const std::uint64_t next = first + places.size();
      ASSERT_EQ(pool_.ring_find(Seqno{next}), pool_.header().ring_written.load()) << "next " << next;
    }
    const std::uint64_t written = pool_.header().ring_written.load();
    const std::uint64_t oldest = written > 65536 ? written - 65536 : 0;
    std::size_t found_count = 0;
    for (std::size_t i = 0; i < places.size(); ++i) {
      const auto found = pool_.ring_find(Seqno{first + i});
      if (!found.has_value()) {
        // Only seqnos whose place is gone, or whose indexed predecessor's is, may be missed.
        EXPECT_LT(places[i / 64 * 64 >= 64 ? i - 64 : 0], oldest) << first + i;
        continue;
      }
      ++found_count;
      ASSERT_EQ(*found, places[i]);
      ASSERT_GE(*found, oldest);
      std::uint64_t position = *found;
      std::string out;
      ASSERT_EQ(pool_.ring_read(position, 1, out), JournalPool::ReadOutcome::Copied);
      ASSERT_TRUE(out == frames_[i]);
    }
    EXPECT_GT(found_count, 100u);
    EXPECT_FALSE(pool_.ring_find(Seqno{0}).has_value());
    EXPECT_FALSE(pool_.ring_find(Seqno{first + places.size() + 1}).has_value());
  }
}

// Frames of one size that fill the ring exactly: the frame of a whole ring ago stands where a reader waits.
TEST_F(Pool, FrameTooLargeForTheRingSendsReadersToTheFiles) {
  const std::size_t one = frame(1, 1000).size();
  make(one * 16);
  for (int i = 0; i < 32; ++i) put(1000);
  std::uint64_t waiting = pool_.header().ring_written.load();
  put(one * 9);  // More than half of the ring.
  std::string out;
  EXPECT_EQ(pool_.ring_read(waiting, 1 << 20, out), JournalPool::ReadOutcome::Overwritten);
  EXPECT_TRUE(out.empty());
  for (std::uint64_t seqno = 1; seqno <= 33; ++seqno) EXPECT_FALSE(pool_.ring_find(Seqno{seqno}).has_value()) << seqno;
  auto found = pool_.ring_find(Seqno{34});
  ASSERT_TRUE(found.has_value());
  EXPECT_EQ(pool_.ring_read(*found, 1 << 20, out), JournalPool::ReadOutcome::NothingNew);
  put(10);
  ASSERT_EQ(pool_.ring_read(*found, 1 << 20, out), JournalPool::ReadOutcome::Copied);
  EXPECT_TRUE(out == frame_of(34));
}

// A process died while it stored a long frame; a short one takes its place. What the long one destroyed stays lost.
TEST_F(Pool, FrameOfADeadCommitDoesNotComeBackAsOldFrames) {
  const std::size_t one = frame(1, 1000).size();
  make(one * 16);
  for (int i = 0; i < 32; ++i) put(1000);
  const std::uint64_t written = pool_.header().ring_written.load();
  // It reaches over the first 8 bytes of an old frame, its checksum: the rest still looks like a frame.
  const std::string dead = frame(33, 4 * one + 8 - frame(33, 6).size() + 6);
  ASSERT_EQ(dead.size(), 4 * one + 8);
  (void)pool_.ring_put(written, dead, Seqno{33});  // Never published.
  put(8);
  std::uint64_t position = written + 4 * one - one * 16;
  std::string out;
  EXPECT_EQ(pool_.ring_read(position, 1, out), JournalPool::ReadOutcome::Overwritten);
  position = written;
  ASSERT_EQ(pool_.ring_read(position, 1 << 20, out), JournalPool::ReadOutcome::Copied);
  EXPECT_TRUE(out == frame_of(33));
}

// A process died between storing a frame and deciding its commit, which is then undone; another commit gets its seqno.
// A source server that waits where the dead frame lies must not send that one.
TEST_F(Pool, FrameOfADeadCommitIsNotReadWhereTheRingBeginsAnew) {
  make(65536);
  for (int i = 0; i < 3; ++i) put(100);
  std::uint64_t waiting = 0;
  std::string out;
  ASSERT_EQ(pool_.ring_read(waiting, 1 << 20, out), JournalPool::ReadOutcome::Copied);
  ASSERT_EQ(waiting, pool_.header().ring_written.load());
  (void)pool_.ring_put(waiting, frame(4, 50), Seqno{4});  // Never published.
  pool_.ring_restart(Seqno{4});
  out.clear();
  EXPECT_EQ(pool_.ring_read(waiting, 1 << 20, out), JournalPool::ReadOutcome::Overwritten);
  put(70);
  EXPECT_EQ(pool_.ring_read(waiting, 1 << 20, out), JournalPool::ReadOutcome::Overwritten);
  EXPECT_TRUE(out.empty());
  auto found = pool_.ring_find(Seqno{4});
  ASSERT_TRUE(found.has_value());
  ASSERT_EQ(pool_.ring_read(*found, 1 << 20, out), JournalPool::ReadOutcome::Copied);
  EXPECT_TRUE(out == frame_of(4));
}

TEST_F(Pool, PoolWithoutARingFindsNothing) {
  make(0);
  EXPECT_EQ(pool_.ring_put(0, frame(1, 10), Seqno{1}), 0u);
  EXPECT_FALSE(pool_.ring_find(Seqno{1}).has_value());
}

TEST_F(Pool, CommitTimesRiseStrictly) {
  make(0);
  std::uint64_t last = 0;
  for (int i = 0; i < 1000; ++i) {
    const std::uint64_t now = next_commit_time_us(pool_.header());
    ASSERT_GT(now, last);
    last = pool_.header().last_time_us = now;
  }
  pool_.header().last_time_us = last + 3'600'000'000;  // The clock was set back by an hour.
  EXPECT_EQ(next_commit_time_us(pool_.header()), last + 3'600'000'001);
}

}  // namespace
}  // namespace hw

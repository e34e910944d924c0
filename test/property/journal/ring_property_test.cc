// Property: whatever the speeds of a writer and of readers, a reader gets the frames in seqno order, whole, and is told
// when it was lapped.
#include <atomic>
#include <thread>

#include "journal/pool.h"
#include "test/support/journal_files.h"

namespace hw {
namespace {

#if defined(__SANITIZE_THREAD__)
constexpr bool kThreadSanitizer = true;
#elif defined(__has_feature)
#if __has_feature(thread_sanitizer)
constexpr bool kThreadSanitizer = true;
#else
constexpr bool kThreadSanitizer = false;
#endif
#else
constexpr bool kThreadSanitizer = false;
#endif

constexpr std::uint64_t kTransactions = 60'000;
constexpr std::uint64_t kRingBytes = 32768;

struct ReaderCounts {
  std::uint64_t frames = 0;
  std::uint64_t lapped = 0;
  std::string fault;
};

/// Reads until the last seqno; jumps ahead when lapped, as a source server does after it was in the files.
ReaderCounts run_reader(const JournalPool& pool, std::uint64_t seed, std::uint64_t last_seqno) {
  std::mt19937_64 random(seed);
  ReaderCounts counts;
  Seqno wanted{1};
  std::uint64_t position = 0;
  std::string out;
  while (wanted.value <= last_seqno) {
    out.clear();
    const auto outcome = pool.ring_read(position, random() % 4096, out);
    if (outcome == JournalPool::ReadOutcome::Overwritten) {
      ++counts.lapped;
      const std::uint64_t next_seqno = pool.header().next_seqno.load(std::memory_order_acquire);
      const Seqno seek{wanted.value + random() % (next_seqno - wanted.value + 1)};
      if (const auto found = pool.ring_find(seek)) {
        position = *found;
        wanted = seek;
      }
      continue;
    }
    if (outcome == JournalPool::ReadOutcome::NothingNew) {
      std::this_thread::yield();
      continue;
    }
    Bytes left = as_bytes(out);
    while (!left.empty()) {
      const auto frame = FrameView::parse(left, "ring");
      if (!frame.has_value()) {
        counts.fault = frame.error().render();
        return counts;
      }
      if (frame->seqno() != wanted) {
        counts.fault = fmt::format("seqno {} where {} was due", frame->seqno(), wanted);
        return counts;
      }
      wanted = next(wanted);
      ++counts.frames;
      left = left.subspan(frame->bytes().size());
    }
  }
  return counts;
}

TEST(Ring, PropertyReadersGetWholeFramesInOrder) {
  if (kThreadSanitizer)
    GTEST_SKIP() << "readers copy bytes that may be overwritten meanwhile and then check whether they were: "
                    "the copy is a race by intent";
  const auto seed = test::journal_test_seed();
  SCOPED_TRACE("rerun with HW_SEED=" + std::to_string(seed));
  std::mt19937_64 random(seed);
  JournalPool::Setup setup;
  setup.ring_bytes = kRingBytes;
  auto pool = JournalPool::create(setup);
  ASSERT_TRUE(pool.has_value()) << pool.error().render();
  ASSERT_TRUE(SharedMemory::remove(pool->id()).has_value());

  std::vector<ReaderCounts> counts(3);
  std::vector<std::thread> readers;
  for (std::size_t i = 0; i < counts.size(); ++i)
    readers.emplace_back([&, i] { counts[i] = run_reader(*pool, seed + i, kTransactions); });

  FrameBuilder builder;
  PoolHeader& header = pool->header();
  for (std::uint64_t seqno = 1; seqno <= kTransactions; ++seqno) {
    builder.start(false, "");
    const bool large = random() % 500 == 0 && seqno < kTransactions - 100;
    const std::size_t bytes = large ? kRingBytes / 2 + random() % kRingBytes : random() % 500;
    ASSERT_TRUE(builder.add({UpdateType::Set, "^k", std::string(bytes, static_cast<char>(seqno))}));
    const auto frame = builder.finish(Seqno{seqno}, seqno);
    if (random() % 50 == 0) {
      // A commit that died: a frame of another length was stored and never published.
      (void)pool->ring_put(header.ring_written.load(), std::string(8 * (random() % 1000), 'D'), Seqno{seqno});
    }
    pool->ring_publish(pool->ring_put(header.ring_written.load(), frame, Seqno{seqno}));
    header.next_seqno.store(seqno + 1, std::memory_order_release);
    if (random() % 64 == 0) std::this_thread::yield();
  }
  for (auto& reader : readers) reader.join();
  for (const auto& count : counts) {
    EXPECT_EQ(count.fault, "");
    EXPECT_GT(count.frames, 0u);
  }
}

}  // namespace
}  // namespace hw

// The receive pool: entries as bytes; one writer and one reader that both die at random.
#include "replic/instance/receive_pool.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <deque>
#include <random>

#include "engine/base/file.h"
#include "test/support/child_process.h"

namespace hw {
namespace {

constexpr std::uint64_t kUid = 4711;

std::string frame_of(std::uint64_t seqno, std::size_t value_bytes = 0) {
  FrameBuilder frame;
  frame.start(false, "");
  std::size_t left = value_bytes;
  while (left > 0) {
    const std::size_t bytes = std::min<std::size_t>(left, kValueBytesMax);
    EXPECT_TRUE(frame.add({UpdateType::Set, std::string_view("a\0", 2), std::string(bytes, 'v')}).has_value());
    left -= bytes;
  }
  return std::string(frame.finish(Seqno{seqno}, seqno));
}

HistoryRecord record_at(std::uint64_t start) {
  HistoryRecord record;
  record.root_name = "INSTA";
  record.start = Seqno{start};
  record.cycle = 2;
  record.creator_pid = 100;
  record.created_s = 1700000000;
  return record;
}

/// A pool that goes away with the test.
struct Pool {
  explicit Pool(std::uint64_t bytes = kPoolBytesMin) {
    auto made = ReceivePool::create(bytes, kUid);
    EXPECT_TRUE(made.has_value());
    pool = std::move(made).value();
    id = pool.id();
  }
  ~Pool() { (void)SharedMemory::remove(id); }  // A segment left behind fails no test.
  ReceivePool pool;
  int id;
};

std::size_t put(const ReceivePool& pool, std::uint64_t first, const std::vector<std::string>& frames) {
  std::vector<Bytes> views;
  for (const auto& frame : frames) views.push_back(as_bytes(frame));
  const auto done = pool.put_transactions(Seqno{first}, views);
  EXPECT_TRUE(done.has_value()) << done.error().render();
  return done.value_or(0);
}

// Version 1 as bytes. If this fails, the layout changed: it takes a new version.
TEST(ReceivePoolEntry, GoldenBytes) {
  std::string entry(96, '\0');
  encode_pool_entry_header(PoolEntryKind::Transactions, 96, 1, Seqno{258}, {},
                           std::as_writable_bytes(std::span(entry)));
  const std::array<std::uint8_t, 24> golden{0x48, 0x57, 0x52, 0x45, 1, 0, 0, 0, 96, 0, 0, 0, 1, 0, 0, 0, 2, 1};
  for (std::size_t i = 0; i < golden.size(); ++i)
    EXPECT_EQ(static_cast<std::uint8_t>(entry[8 + i]), golden[i]) << "at " << 8 + i;
  PoolEntry out;
  ASSERT_TRUE(decode_pool_entry(as_bytes(entry), out));
  EXPECT_EQ(out.kind, PoolEntryKind::Transactions);
  EXPECT_EQ(out.next_seqno(), Seqno{259});
  EXPECT_EQ(out.payload.size(), 64u);
}

TEST(ReceivePoolEntry, EveryDamagedByteOfAHistoryEntryIsNoticed) {
  const std::string payload = encode_history_payload(record_at(7), HistoryKind::UpdateResync);
  std::string entry(kPoolEntryHeaderBytes + payload.size(), '\0');
  std::copy(payload.begin(), payload.end(), entry.begin() + kPoolEntryHeaderBytes);
  encode_pool_entry_header(PoolEntryKind::History, static_cast<std::uint32_t>(entry.size()), 0, Seqno{7},
                           as_bytes(payload), std::as_writable_bytes(std::span(entry)));
  PoolEntry out;
  ASSERT_TRUE(decode_pool_entry(as_bytes(entry), out));
  EXPECT_EQ(out.record, record_at(7));
  EXPECT_EQ(out.first_kind, HistoryKind::UpdateResync);
  for (std::size_t i = 0; i < entry.size(); ++i) {
    std::string damaged = entry;
    damaged[i] = static_cast<char>(damaged[i] ^ 0x10);
    EXPECT_FALSE(decode_pool_entry(as_bytes(damaged), out)) << "at " << i;
  }
}

TEST(ReceivePool, AnotherJournalPoolsSegmentIsRefused) {
  Pool made;
  EXPECT_TRUE(ReceivePool::attach(made.id, kUid).has_value());
  const auto other = ReceivePool::attach(made.id, kUid + 1);
  ASSERT_FALSE(other.has_value());
  EXPECT_EQ(other.error().id, MsgId::RECVPOOLSETUP);
}

TEST(ReceivePool, OneThatMayNotBeLookedAtIsNotTakenForNone) {
  if (::geteuid() != 0) GTEST_SKIP() << "another user is needed";
  JournalPool::Setup setup;
  setup.instance_name = "A";
  setup.instance_file = "gtm.repl";
  const JournalPool journal_pool = test::must(JournalPool::create(setup));
  const auto found = [&] { return ReceivePool::find(journal_pool).error().id; };
  EXPECT_EQ(found(), MsgId::NORECVPOOL);
  const ReceivePool made = test::must(ReceivePool::create(kPoolBytesMin, journal_pool.uid()));
  journal_pool.header().receive_pool_id.store(made.id());
  EXPECT_TRUE(ReceivePool::find(journal_pool).has_value());
  EXPECT_EQ(test::in_child({},
                           [&] {
                             ASSERT_EQ(::setresuid(65534, 65534, 65534), 0);
                             EXPECT_EQ(found(), MsgId::HWUNSEEN);
                           }),
            0);
  for (const int id : {journal_pool.id(), made.id()}) (void)SharedMemory::remove(id);
}

TEST(ReceivePool, WhatIsNotItsFrameIsRefusedAndStoresNothing) {
  Pool made;
  const std::string wrong_seqno = frame_of(6);
  const Bytes views[] = {as_bytes(wrong_seqno)};
  const auto done = made.pool.put_transactions(Seqno{5}, views);
  ASSERT_FALSE(done.has_value());
  EXPECT_EQ(done.error().id, MsgId::HWREPLPROTO);
  const Bytes cut[] = {as_bytes(wrong_seqno).first(40)};
  EXPECT_FALSE(made.pool.put_transactions(Seqno{6}, cut).has_value());
  EXPECT_EQ(made.pool.used_bytes(), 0u);
}

TEST(ReceivePool, AnEntryLargerThanThePoolIsRefusedAndOneAsLargeFits) {
  Pool made;
  const std::string large = frame_of(1, 2 * kPoolBytesMin);
  const Bytes views[] = {as_bytes(large)};
  const auto done = made.pool.put_transactions(Seqno{1}, views);
  ASSERT_FALSE(done.has_value());
  EXPECT_EQ(done.error().id, MsgId::HWRECVPOOLSMALL);

  // Not at the ring's start, so that it has to wait for the whole ring.
  ASSERT_EQ(put(made.pool, 1, {frame_of(1, 1000)}), 1u);
  const std::string fits = frame_of(2, kPoolBytesMin - 200);
  ASSERT_EQ(put(made.pool, 2, {fits}), 0u);
  std::uint64_t position = 0;
  PoolEntry entry;
  ASSERT_EQ(made.pool.read_entry(position, entry), ReceivePool::ReadOutcome::Entry);
  made.pool.release(position);
  ASSERT_EQ(made.pool.read_entry(position, entry), ReceivePool::ReadOutcome::NothingNew);
  made.pool.release(position);  // The padding.
  ASSERT_EQ(put(made.pool, 2, {fits}), 1u);
  ASSERT_EQ(made.pool.read_entry(position, entry), ReceivePool::ReadOutcome::Entry);
  EXPECT_EQ(entry.seqno, Seqno{2});
  EXPECT_TRUE(FrameView::parse(entry.payload, "test").has_value());
}

TEST(ReceivePool, WhatIsThrownAwayIsNotReadAgain) {
  Pool made;
  ASSERT_EQ(put(made.pool, 1, {frame_of(1), frame_of(2)}), 2u);
  made.pool.discard_all();
  EXPECT_FALSE(made.pool.content().next_seqno.has_value());
  ASSERT_EQ(put(made.pool, 2, {frame_of(2)}), 1u);
  EXPECT_EQ(made.pool.content().next_seqno, Seqno{3});
  std::uint64_t position = 0;
  PoolEntry entry;
  ASSERT_EQ(made.pool.read_entry(position, entry), ReceivePool::ReadOutcome::Entry);
  EXPECT_EQ(entry.seqno, Seqno{2});
  EXPECT_EQ(entry.count, 1u);
}

// Writer and reader take turns at random and die at random: the writer between writing and publishing, the reader
// between committing and giving back. In the end everything was applied once, in order.
TEST(ReceivePool, PropertyNothingIsLostOrAppliedTwiceWhoeverDies) {
  const char* given = std::getenv("HW_SEED");
  const std::uint64_t seed = given != nullptr ? std::strtoull(given, nullptr, 10) : std::random_device{}();
  SCOPED_TRACE("rerun with HW_SEED=" + std::to_string(seed));
  std::mt19937_64 random{seed};
  Pool made;
  constexpr std::uint64_t kTransactions = 4000;

  ReceivePool writer = ReceivePool::attach(made.id, kUid).value();
  ReceivePool reader = ReceivePool::attach(made.id, kUid).value();
  std::uint64_t to_send = 1;
  std::uint64_t applied_next = 1;  // Of the database: survives the reader.
  std::uint64_t history_next = 0;
  std::uint64_t position = 0;
  std::uint64_t deaths = 0;
  while (applied_next <= kTransactions) {
    switch (random() % 8) {
      case 0:  // The writer dies in the middle of an entry: garbage behind `written`.
        if (auto& h = writer.header(); h.ring_bytes - writer.used_bytes() > 64) {
          auto* ring = reinterpret_cast<char*>(&h) + h.ring_offset;
          for (std::uint64_t i = 0; i < 64; ++i)
            ring[(h.written.load() + i) % h.ring_bytes] = static_cast<char>(random());
        }
        writer = ReceivePool::attach(made.id, kUid).value();
        to_send = writer.content().next_seqno.value_or(Seqno{applied_next}).value;
        ++deaths;
        break;
      case 1:  // The reader dies after its commit, before giving back.
        reader = ReceivePool::attach(made.id, kUid).value();
        position = reader.header().read.load();
        ++deaths;
        break;
      case 2:
        if (random() % 50 == 0) {  // A drained link: the stream starts anew from what is applied.
          position = reader.header().read.load();
          writer.discard_all();
          to_send = applied_next;
        }
        break;
      case 3:
        (void)writer.put_history(record_at(to_send), HistoryKind::Normal);  // Full: the record is not due in this test.
        break;
      case 4:
      case 5: {
        std::vector<std::string> frames;
        for (auto n = random() % 30 + 1; n > 0; --n)
          frames.push_back(frame_of(to_send + frames.size(), random() % 20 == 0 ? random() % 300000 : random() % 200));
        to_send += put(writer, to_send, frames);
        break;
      }
      default: {
        PoolEntry entry;
        for (auto n = random() % 20; n > 0; --n) {
          const auto outcome = reader.read_entry(position, entry);
          ASSERT_NE(outcome, ReceivePool::ReadOutcome::Damaged);
          if (outcome == ReceivePool::ReadOutcome::NothingNew) break;
          if (entry.kind == PoolEntryKind::History) {
            if (entry.seqno.value < applied_next) continue;
            ASSERT_EQ(entry.record, record_at(applied_next));
            history_next = applied_next;
            continue;
          }
          Bytes left = entry.payload;
          for (std::uint32_t i = 0; i < entry.count; ++i) {
            const auto frame = FrameView::parse(left, "test");
            ASSERT_TRUE(frame.has_value()) << frame.error().render();
            left = left.subspan(frame->bytes().size());
            if (frame->seqno().value < applied_next) continue;
            ASSERT_EQ(frame->seqno().value, applied_next);
            ++applied_next;
          }
        }
        if (random() % 4 != 0) reader.release(position);
      }
    }
  }
  EXPECT_GT(deaths, 0u);
  EXPECT_GT(history_next, 0u);
}

}  // namespace
}  // namespace hw

// The update process against a real database: batches, history before transactions, damaged frames, restarts.
#include "replic/receiver/update_process.h"

#include <gtest/gtest.h>

#include <chrono>

#include "engine/commit/domain.h"
#include "test/support/child_process.h"
#include "test/support/scratch_database.h"

namespace hw {
namespace {

HistoryRecord record_at(std::uint64_t start, std::uint32_t cycle = 1) {
  HistoryRecord record;
  record.root_name = "INSTA";
  record.start = Seqno{start};
  record.cycle = cycle;
  record.creator_pid = 100;
  record.created_s = 1700000000;
  return record;
}

class UpdateProcessTest : public testing::Test {
 protected:
  explicit UpdateProcessTest(bool journaled = false) {
    if (journaled) {
      EXPECT_EQ(test::in_child({}, [&] { scratch_.enable_journaling(true); }), 0);
    }
    const std::string path = scratch_.folder() + "/gtm.repl";
    InstanceFile::Creation creation;
    creation.path = path;
    auto created = InstanceFile::create(InstanceName::parse("INSTB").value(), creation);
    EXPECT_TRUE(created.has_value());
    instance_.emplace(std::move(created->file));
    database_ =
        Database::open({.global_directory = scratch_.directory_path(), .instance_file = path, .background = false})
            .value();
    auto domain = database_->create_domain({.replicating = true,
                                            .ring_bytes = kPoolBytesMin,
                                            .instance_name = "INSTB",
                                            .instance_file = path,
                                            .instance_identity = identity_of(path).value(),
                                            .updates_enabled = false});
    EXPECT_TRUE(domain.has_value()) << domain.error().render();
    domain_ = *domain;
    pool_ = ReceivePool::create(16 * kPoolBytesMin, domain_->pool().uid()).value();
    pool_.header().update.interval.store(1000);
    restart();
  }
  ~UpdateProcessTest() override {
    work_.reset();
    const int ids[] = {pool_.id(), domain_->pool().id()};
    EXPECT_TRUE(database_->close().has_value());
    for (const int id : ids) (void)SharedMemory::remove(id);  // A segment left behind fails no test.
  }

  void restart() {
    work_ = std::make_unique<UpdateProcess>(
        *database_, pool_, *instance_,
        UpdateProcess::Shell{.log = [this](const std::string& line) { lines_.push_back(line); },
                             .report = [this](const Error& error) { errors_.push_back(error); },
                             .traces = [] { return true; },
                             .trace = [this](const std::string& line) { traced_.push_back(line); }});
    const Status opened = work_->open();
    ASSERT_TRUE(opened.has_value()) << opened.error().render();
  }

  static std::string frame(std::uint64_t seqno) {
    FrameBuilder builder;
    builder.start(false, "");
    const std::string name = test::key("a", {std::to_string(seqno)});
    EXPECT_TRUE(builder.add({UpdateType::Set, name, std::to_string(seqno)}).has_value());
    return std::string(builder.finish(Seqno{seqno}, seqno));
  }

  void put(std::uint64_t first, std::uint64_t last) {
    std::vector<std::string> frames;
    for (auto seqno = first; seqno <= last; ++seqno) frames.push_back(frame(seqno));
    put(first, frames);
  }
  void put(std::uint64_t first, const std::vector<std::string>& frames) {
    std::vector<Bytes> views;
    for (const auto& text : frames) views.push_back(as_bytes(text));
    const auto done = pool_.put_transactions(Seqno{first}, views);
    ASSERT_TRUE(done.has_value()) << done.error().render();
    ASSERT_EQ(*done, frames.size());
  }

  /// Steps until there is nothing more.
  UpdateProcess::Outcome apply_all() {
    for (;;) {
      const auto outcome = work_->step();
      EXPECT_TRUE(outcome.has_value()) << outcome.error().render();
      if (!outcome.has_value() || *outcome != UpdateProcess::Outcome::Applied)
        return outcome.value_or(UpdateProcess::Outcome::NothingNew);
    }
  }

  std::string value_of(std::uint64_t seqno) {
    Session session(*database_);
    const auto value = session.get(test::key("a", {std::to_string(seqno)}));
    return value.has_value() && *value ? **value : "none";
  }

  test::ScratchDatabase scratch_;
  std::optional<InstanceFile> instance_;
  std::unique_ptr<Database> database_;
  Domain* domain_ = nullptr;
  ReceivePool pool_;
  std::unique_ptr<UpdateProcess> work_;
  std::vector<std::string> lines_;
  std::vector<std::string> traced_;
  std::vector<Error> errors_;
};

TEST_F(UpdateProcessTest, AppliesInOrderAndGivesTheRoomBack) {
  ASSERT_EQ(pool_.put_history(record_at(1), HistoryKind::Normal), ReceivePool::PutOutcome::Stored);
  put(1, 9000);
  EXPECT_EQ(apply_all(), UpdateProcess::Outcome::NothingNew);
  EXPECT_EQ(work_->next_seqno(), Seqno{9001});
  EXPECT_EQ(pool_.used_bytes(), 0u);
  EXPECT_EQ(value_of(1), "1");
  EXPECT_EQ(value_of(9000), "9000");
  ASSERT_TRUE(instance_->refresh().has_value());
  ASSERT_EQ(instance_->history().records().size(), 1u);
  EXPECT_EQ(instance_->history().last().start, Seqno{1});
}

TEST_F(UpdateProcessTest, ABatchIsTracedBySeqnoAndBytes) {
  ASSERT_EQ(pool_.put_history(record_at(1), HistoryKind::Normal), ReceivePool::PutOutcome::Stored);
  put(1, 3);
  apply_all();
  const std::size_t bytes = frame(1).size() + frame(2).size() + frame(3).size();
  EXPECT_EQ(traced_, std::vector<std::string>{fmt::format("applied seqno 1 to 3, {} bytes", bytes)});
}

TEST_F(UpdateProcessTest, ASuccessorSkipsWhatWasCommittedAndItsHistory) {
  ASSERT_EQ(pool_.put_history(record_at(1, 1), HistoryKind::Normal), ReceivePool::PutOutcome::Stored);
  put(1, 5);
  ASSERT_EQ(pool_.put_history(record_at(6, 2), HistoryKind::Normal), ReceivePool::PutOutcome::Stored);
  put(6, 10);
  apply_all();
  pool_.header().read.store(0);  // It died after its commits and before it gave the room back.
  restart();
  put(11, 12);
  EXPECT_EQ(apply_all(), UpdateProcess::Outcome::NothingNew);
  EXPECT_EQ(work_->next_seqno(), Seqno{13});
  EXPECT_EQ(instance_->history().records().size(), 2u);
  EXPECT_TRUE(errors_.empty());
}

TEST_F(UpdateProcessTest, WhenRootsChangeItIsMarkedBeforeTheNewOnesUpdates) {
  ASSERT_EQ(pool_.put_history(record_at(1), HistoryKind::Normal), ReceivePool::PutOutcome::Stored);
  put(1, 5);
  apply_all();
  EXPECT_EQ(domain_->header().zqgblmod_seqno.load(), 0U);
  domain_->header().lost_tn_complete.store(1);
  HistoryRecord other = record_at(6);
  other.root_name = "INSTC";
  ASSERT_EQ(pool_.put_history(other, HistoryKind::Normal), ReceivePool::PutOutcome::Stored);
  apply_all();
  EXPECT_EQ(domain_->header().zqgblmod_seqno.load(), 6U);
  EXPECT_EQ(instance_->header().zqgblmod_seqno, Seqno{6});
  EXPECT_EQ(domain_->header().lost_tn_complete.load(), 0U) << "nobody is told any more that all is complete";
  pool_.header().lost_tn_complete.store(1);
  apply_all();
  EXPECT_EQ(domain_->header().zqgblmod_seqno.load(), 0U);
  EXPECT_EQ(domain_->header().lost_tn_complete.load(), 1U);
  pool_.header().settled_below.store(8);
  put(6, 6);
  other.start = Seqno{7};
  other.root_name = "INSTD";
  ASSERT_EQ(pool_.put_history(other, HistoryKind::Normal), ReceivePool::PutOutcome::Stored);
  apply_all();
  EXPECT_EQ(instance_->history().records().size(), 3U);
  EXPECT_EQ(domain_->header().zqgblmod_seqno.load(), 0U) << "the primary has said that it is settled";
}

TEST_F(UpdateProcessTest, ADamagedFrameIsNotAppliedAndComesAgain) {
  std::string damaged = frame(3);
  damaged[60] = static_cast<char>(damaged[60] ^ 1);
  put(1, {frame(1), frame(2), damaged, frame(4)});
  EXPECT_EQ(apply_all(), UpdateProcess::Outcome::BadTransaction);
  EXPECT_EQ(work_->next_seqno(), Seqno{3});
  EXPECT_EQ(pool_.header().bad_seqno.load(), 3u);
  EXPECT_EQ(pool_.header().update.state.load(), static_cast<std::uint32_t>(UpdateState::BadTransaction));
  ASSERT_EQ(errors_.size(), 1u);
  EXPECT_EQ(value_of(4), "none");
  pool_.discard_all();
  put(3, 6);
  EXPECT_EQ(apply_all(), UpdateProcess::Outcome::NothingNew);
  EXPECT_EQ(work_->next_seqno(), Seqno{7});
  EXPECT_EQ(value_of(3), "3");
}

class JournaledUpdateProcessTest : public UpdateProcessTest {
 protected:
  JournaledUpdateProcessTest() : UpdateProcessTest(true) {}

  static constexpr std::uint64_t kNodes = 500;
  static std::string node(std::uint64_t seqno) { return test::key("a", {std::to_string(seqno * 379 % kNodes)}); }
  /// The value of a node says which frame was the last one to set it.
  static std::vector<std::string> sets(std::uint64_t first, std::uint64_t last) {
    std::vector<std::string> frames;
    for (auto seqno = first; seqno <= last; ++seqno) {
      FrameBuilder builder;
      builder.start(false, "");
      EXPECT_TRUE(builder.add({UpdateType::Set, node(seqno), fmt::format("{:08}", seqno)}).has_value());
      frames.emplace_back(builder.finish(Seqno{seqno}, seqno));
    }
    return frames;
  }
  void expect_last(std::uint64_t last) {
    Session session(*database_);
    for (auto seqno = last - kNodes + 1; seqno <= last; ++seqno)
      ASSERT_EQ(session.get(node(seqno)).value(), fmt::format("{:08}", seqno));
  }
};

TEST_F(JournaledUpdateProcessTest, SetsOfTheSameLengthAreWrittenInPlace) {
  OpenRegion& region = *database_->writable_region(0).value();
  put(1, sets(1, kNodes));
  EXPECT_EQ(apply_all(), UpdateProcess::Outcome::NothingNew);
  put(kNodes + 1, sets(kNodes + 1, 2 * kNodes));  // Shows the length.
  EXPECT_EQ(apply_all(), UpdateProcess::Outcome::NothingNew);
  const std::uint64_t before = region.last_tn().value;
  put(2 * kNodes + 1, sets(2 * kNodes + 1, 6 * kNodes));
  EXPECT_EQ(apply_all(), UpdateProcess::Outcome::NothingNew);
  EXPECT_EQ(work_->next_seqno(), Seqno{6 * kNodes + 1});
  EXPECT_EQ(region.last_tn().value, before) << "LMDB has no part in it";
  expect_last(6 * kNodes);
  // Somebody has read: the next ones go to LMDB together, and those behind them in place again.
  put(6 * kNodes + 1, sets(6 * kNodes + 1, 7 * kNodes));
  EXPECT_EQ(apply_all(), UpdateProcess::Outcome::NothingNew);
  EXPECT_LE(region.last_tn().value, before + 10);
  expect_last(7 * kNodes);
}

TEST_F(JournaledUpdateProcessTest, ADamagedFrameAmongThemComesAgain) {
  put(1, sets(1, 2 * kNodes));
  apply_all();
  std::vector<std::string> frames = sets(2 * kNodes + 1, 3 * kNodes);
  frames[100][60] = static_cast<char>(frames[100][60] ^ 1);
  put(2 * kNodes + 1, frames);
  EXPECT_EQ(apply_all(), UpdateProcess::Outcome::BadTransaction);
  EXPECT_EQ(work_->next_seqno(), Seqno{2 * kNodes + 101});
  pool_.discard_all();
  put(2 * kNodes + 101, sets(2 * kNodes + 101, 3 * kNodes));
  EXPECT_EQ(apply_all(), UpdateProcess::Outcome::NothingNew);
  expect_last(3 * kNodes);
}

TEST_F(UpdateProcessTest, AGapIsNotApplied) {
  put(1, 2);
  put(4, 5);
  EXPECT_EQ(apply_all(), UpdateProcess::Outcome::BadTransaction);
  EXPECT_EQ(work_->next_seqno(), Seqno{3});
  EXPECT_EQ(value_of(4), "none");
}

TEST_F(UpdateProcessTest, RunEndsWhenItIsAsked) {
  put(1, 10);
  pool_.header().update.shutdown.store(static_cast<std::uint32_t>(ShutdownState::Asked));
  EXPECT_TRUE(work_->run().has_value());
  EXPECT_EQ(lines_.back().substr(0, 42), "REPL INFO - Current Receive Pool Seqno : 1");
}

// Not a limit that a busy machine could miss; the figure is printed for whoever reads the log.
TEST_F(UpdateProcessTest, AppliesManySmallSetsQuickly) {
  constexpr std::uint64_t kTransactions = 100000;
  std::vector<std::string> frames;
  for (std::uint64_t seqno = 1; seqno <= kTransactions; ++seqno) frames.push_back(frame(seqno));
  std::vector<Bytes> views;
  for (const auto& text : frames) views.push_back(as_bytes(text));
  const auto begin = std::chrono::steady_clock::now();
  std::size_t stored = 0;
  while (work_->next_seqno() <= Seqno{kTransactions}) {
    if (stored < kTransactions)
      stored += pool_.put_transactions(Seqno{stored + 1}, std::span(views).subspan(stored)).value();
    apply_all();
  }
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - begin;
  RecordProperty("sets_per_second", static_cast<int>(kTransactions / took.count()));
  std::printf("%.0f sets a second\n", kTransactions / took.count());
  EXPECT_EQ(value_of(kTransactions), std::to_string(kTransactions));
}

}  // namespace
}  // namespace hw

// What an agent does to an instance's fence, and what it may not do.
#include "replic/control/fence.h"

#include <gtest/gtest.h>
#include <sys/wait.h>

#include <thread>

#include "engine/base/boot.h"
#include "engine/base/clock.h"
#include "engine/region/presence.h"
#include "replic/control/applied.h"
#include "replic/instance/instance_file.h"
#include "replic/instance/receive_pool.h"
#include "test/support/child_process.h"
#include "test/support/journal_files.h"
#include "test/support/reign.h"
#include "test/support/shared_stage.h"

namespace hw {
namespace {

using std::chrono::steady_clock;
using test::must;
using namespace std::chrono_literals;

steady_clock::time_point soon() { return steady_clock::now() + 60s; }

template <typename T>
std::optional<MsgId> outcome(const Result<T>& result) {
  return result.has_value() ? std::nullopt : std::optional(result.error().id);
}

/// A secondary with an instance file and a pool, and no databases.
class FenceTest : public testing::Test {
 protected:
  void SetUp() override {
    InstanceFile::Creation creation;
    creation.path = path_;
    InstanceFile file = std::move(must(InstanceFile::create(must(InstanceName::parse("B")), creation)).file);
    JournalPool::Setup setup;
    setup.replicating = true;
    setup.instance_name = "B";
    setup.instance_file = path_;
    setup.instance_identity = must(identity_of(path_));
    std::memcpy(setup.instance_id.data(), file.header().file_id.data(), setup.instance_id.size());
    setup.next_seqno = Seqno{50};
    setup.updates_enabled = false;
    pool_ = must(JournalPool::create(setup));
    must(file.update_header([&](InstanceHeader& header) {
      header.jnlpool_shmid = static_cast<std::uint32_t>(pool_.id());
      header.jnlpool_boot_id = boot_id();
      header.crash = true;
    }));
  }
  void TearDown() override { must(SharedMemory::remove(pool_.id())); }

  InstanceFile file() const { return must(InstanceFile::open(path_)); }
  PoolHeader& pool() const { return pool_.header(); }
  /// As a server that ended in order leaves it.
  void forget_pool() const {
    must(file().update_header([](InstanceHeader& header) { mark_shut_down(header, Seqno{50}); }));
  }

  test::TestFolder folder_;
  const std::string path_ = folder_.file("gtm.repl");
  JournalPool pool_;
};

TEST_F(FenceTest, IsReadWhetherTheInstanceIsUpOrDown) {
  must(require_fence(path_));
  must(learn_epoch(path_, 41));
  Fence fence = must(Fence::open(path_));
  fence.set_epoch(41);
  fence.set_deadline(1234);
  EXPECT_FALSE(must(read_fence(path_)).pool) << "memory that nobody uses";
  test::SharedStage stage;
  const pid_t user = test::start_child({}, [&] {
    const File presence = must(enter_presence(path_));
    stage.reach(1);
    stage.wait_for(2);
  });
  stage.wait_for(1);
  const FenceState up = must(read_fence(path_));
  stage.reach(2);
  EXPECT_EQ(test::wait_for(user), 0);
  EXPECT_EQ(up.instance, "B");
  EXPECT_TRUE(up.required);
  EXPECT_EQ(up.known_epoch, 41U);
  EXPECT_EQ(up.next_seqno, Seqno{50});
  ASSERT_TRUE(up.pool);
  EXPECT_EQ(up.pool->uid, pool_.uid());
  EXPECT_EQ(up.pool->epoch, 41U);
  EXPECT_EQ(up.pool->deadline_ns, 1234U);
  EXPECT_FALSE(up.pool->stopped);
  EXPECT_FALSE(up.pool->updates_enabled);
  EXPECT_TRUE(must(fence.is_current()));
  forget_pool();
  EXPECT_FALSE(must(fence.is_current()));
  const FenceState down = must(read_fence(path_));
  EXPECT_TRUE(down.required && down.known_epoch == 41U && !down.pool);
}

TEST_F(FenceTest, IsNotPutUpInFrontOfUpdatesThatHaveNoLease) {
  pool().updates_enabled.store(1);
  EXPECT_EQ(outcome(require_fence(path_)), MsgId::HWINUSE);
  EXPECT_FALSE(file().header().fence_required);
  EXPECT_EQ(pool().fence.required.load(), 0U);
  pool().fence.stopped.store(1);
  must(require_fence(path_));
  EXPECT_TRUE(file().header().fence_required);
  EXPECT_EQ(pool().fence.deadline_counts.load(), 1U);
}

TEST_F(FenceTest, IsTakenDownOnlyWhenTheInstanceIs) {
  must(require_fence(path_));
  must(learn_epoch(path_, 41));
  EXPECT_EQ(outcome(fence_off(path_)), MsgId::HWINUSE) << "its memory is still there";
  forget_pool();
  test::SharedStage stage;
  const pid_t user = test::start_child({}, [&] {
    const File presence = must(enter_presence(path_));
    stage.reach(1);
    stage.wait_for(2);
  });
  stage.wait_for(1);
  EXPECT_EQ(outcome(fence_off(path_)), MsgId::HWINUSE);
  stage.reach(2);
  EXPECT_EQ(test::wait_for(user), 0);
  must(fence_off(path_));
  EXPECT_FALSE(file().header().fence_required);
  EXPECT_EQ(file().header().fencing_epoch, 41U) << "what is known stays known";
}

TEST_F(FenceTest, AnEpochThatWasHeardOfStandsInFileAndPool) {
  must(learn_epoch(path_, 41));
  EXPECT_EQ(file().header().fencing_epoch, 41U);
  EXPECT_EQ(pool().fence.known_epoch.load(), 41U);
  must(learn_epoch(path_, 40));
  EXPECT_EQ(pool().fence.known_epoch.load(), 41U);
  forget_pool();
  must(learn_epoch(path_, 42));
  EXPECT_EQ(file().header().fencing_epoch, 42U);
}

// ---- promotion in place ----

TEST_F(FenceTest, APromotionBeginsTheReignOnDiskAndThenUpdatesMayBegin) {
  must(require_fence(path_));
  must(file().append_history(test::reign("A", 1, 1)));
  Fence fence = must(Fence::open(path_));
  EXPECT_EQ(outcome(fence.updates_on(soon())), MsgId::HWFENCED) << "there is no reign yet";
  must(fence.promote(42));
  EXPECT_EQ(file().history().last().root_name, "B");
  EXPECT_EQ(file().history().last().start, Seqno{50});
  EXPECT_EQ(file().history().last().fence, 42U);
  EXPECT_EQ(file().header().fencing_epoch, 42U);
  EXPECT_TRUE(file().header().root_primary);
  EXPECT_EQ(fence.state().epoch, 42U);
  EXPECT_FALSE(fence.takes_updates());
  EXPECT_EQ(pool().fence.reigns.load(), 1U) << "source servers read the history again";
  const std::uint32_t ticket = fence.ticket();
  must(fence.updates_on(soon()));
  EXPECT_TRUE(fence.takes_updates());
  EXPECT_NE(fence.ticket(), ticket);
  EXPECT_EQ(outcome(fence.promote(43)), MsgId::HWINUSE) << "while updates may begin";
  EXPECT_EQ(must(fence.stop_updates(soon())), Seqno{50});
  EXPECT_FALSE(fence.takes_updates());
  must(fence.promote(43));
  EXPECT_EQ(file().header().fencing_epoch, 43U);
  must(fence.allow_updates(soon()));
  must(fence.updates_off(soon()));
  EXPECT_FALSE(fence.takes_updates());
}

TEST_F(FenceTest, AnEpochThatIsOverOrAnothersIsNoReign) {
  HistoryRecord other = test::reign("A", 1, 1);
  other.fence = 42;
  must(file().receive_history(other));
  Fence fence = must(Fence::open(path_));
  EXPECT_EQ(outcome(fence.promote(42)), MsgId::HWREFUSED) << "by hand there are no epochs";
  must(require_fence(path_));
  EXPECT_EQ(outcome(fence.promote(41)), MsgId::HWEPOCHOLD);
  EXPECT_EQ(outcome(fence.promote(42)), MsgId::HWEPOCHCLASH);
  EXPECT_EQ(file().history().last().root_name, "A") << "nothing has changed";
  EXPECT_EQ(fence.state().epoch, 0U);
  must(fence.promote(43));
  must(fence.promote(43));
  fence.set_epoch(44);
  EXPECT_EQ(outcome(fence.updates_on(soon())), MsgId::HWFENCED) << "that reign has not begun";
}

TEST_F(FenceTest, NoneIsPromotedWhileItIsFed) {
  must(require_fence(path_));
  Fence fence = must(Fence::open(path_));
  ReceivePool received = must(ReceivePool::create(kPoolBytesMin, pool_.uid()));
  pool().receive_pool_id.store(received.id());
  must(fence.promote(42));
  PoolProcess& update = received.header().update;
  const auto self = static_cast<std::uint32_t>(::getpid());
  update.pid_start.store(process_start(self));
  update.pid_space.store(own_pid_space());
  update.pid.store(self);
  EXPECT_EQ(outcome(fence.promote(43)), MsgId::HWINUSE);
  EXPECT_EQ(outcome(fence.updates_on(soon())), MsgId::HWINUSE);
  EXPECT_EQ(file().header().fencing_epoch, 42U);
  const int id = received.id();
  received.detach();
  must(SharedMemory::remove(id));
}

// ---- waiting ----

TEST_F(FenceTest, AGatewayIsWokenByEachChange) {
  must(require_fence(path_));
  Fence agent = must(Fence::open(path_));
  must(agent.promote(42));
  const auto wakes = [&](const std::function<void()>& change) {
    Fence gateway = must(Fence::open(path_));
    const std::uint32_t ticket = gateway.ticket();
    std::thread later([&] { change(); });
    gateway.wait(ticket, soon());
    later.join();
    return gateway.ticket() != ticket;
  };
  EXPECT_TRUE(wakes([&] { must(agent.updates_on(soon())); }));
  EXPECT_TRUE(wakes([&] { (void)must(agent.stop_updates(soon())); }));
  EXPECT_TRUE(wakes([&] { must(agent.allow_updates(soon())); }));
  EXPECT_TRUE(wakes([&] { agent.set_deadline(0); }));
  const std::uint32_t ticket = agent.ticket();
  agent.set_deadline(boot_clock_ns() + 1'000'000'000);
  const auto begun = steady_clock::now();
  agent.wait(ticket, begun + 30ms);
  EXPECT_GE(steady_clock::now(), begun + 30ms) << "a renewal is no event";
}

TEST_F(FenceTest, WhoWaitsForASecondaryIsToldWhenItHasApplied) {
  const auto enter = [&](std::size_t index, std::string_view name, std::uint64_t applied) {
    PoolSlot& slot = pool().slots[index];
    set_text(slot.name, name);
    slot.applied_seqno.store(applied);
    slot.in_use.store(1);
  };
  enter(2, "C", 40);
  enter(5, "D", 49);
  EXPECT_TRUE(wait_applied(pool(), "D", Seqno{49}, steady_clock::now()));
  EXPECT_FALSE(wait_applied(pool(), "C", Seqno{49}, steady_clock::now()));
  EXPECT_FALSE(wait_applied(pool(), "NOBODY", Seqno{1}, soon()));
  EXPECT_EQ(pool().fence.apply_wanted[2].load(), 49U) << "its source server is to ask";
  EXPECT_EQ(pool().fence.apply_wanted[5].load(), 0U);
  EXPECT_EQ(wait_applied_by(pool(), 1, Seqno{49}, soon()), 1U);
  EXPECT_EQ(wait_applied_by(pool(), 2, Seqno{49}, steady_clock::now() + 10ms), 1U);
  std::thread source_server([&] {
    pool().slots[2].applied_seqno.store(49);
    pool().fence.applied.signal();
  });
  EXPECT_EQ(wait_applied_by(pool(), 2, Seqno{49}, soon()), 2U);
  source_server.join();
}

}  // namespace
}  // namespace hw

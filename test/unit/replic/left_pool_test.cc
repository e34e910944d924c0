// A process that leaves an instance late: what it finds is not the pool that it was attached to.
#include <gtest/gtest.h>

#include "replic/instance/instance.h"
#include "replic/instance/instance_file.h"
#include "test/support/root_instance.h"

namespace hw {
namespace {

using test::must;

class LeftPool : public testing::Test {
 protected:
  InstanceHeader header() const { return must(InstanceFile::open(instance_.path(), /*writable=*/false)).header(); }
  /// Attached when another process had found that nobody was: that one removes the pool and ends.
  JournalPool attached_too_late() const {
    EnteredInstance entered = instance_.enter();
    JournalPool late = must(JournalPool::attach(entered.domain->pool().id(), entered.domain->pool().uid()));
    const Seqno next_seqno{late.header().next_seqno.load()};
    EXPECT_EQ(must(leave_instance(entered, instance_.path())).others, 1U);
    must(must(InstanceFile::open(instance_.path())).update_header([&](InstanceHeader& changed) {
      mark_shut_down(changed, next_seqno);
    }));
    must(SharedMemory::remove(late.id()));
    return late;
  }

  test::RootInstance instance_{"A", {}};
};

TEST_F(LeftPool, AnInstanceStartedAgainStaysUp) {
  EXPECT_EQ(instance_.in_environment([&] {
    JournalPool late = attached_too_late();
    EnteredInstance again = instance_.enter();
    EXPECT_TRUE(again.created);
    const int id = again.domain->pool().id();
    ASSERT_NE(id, late.id());
    EXPECT_TRUE(must(remove_unused_pool(std::move(late), instance_.path())).removed);
    EXPECT_TRUE(header().crash);
    EXPECT_EQ(header().jnlpool_shmid, static_cast<std::uint32_t>(id));
    EXPECT_EQ(must(find_pool(instance_.path())).id(), id);
    {
      Session session(*again.database);
      must(session.set(test::key("a"), "1"));
    }
    EXPECT_TRUE(must(leave_instance(again, instance_.path())).removed);
    EXPECT_FALSE(header().crash);
    EXPECT_EQ(header().seqno.value, 2U);
  }),
            0);
}

TEST_F(LeftPool, AnInstanceShutDownStaysSo) {
  EXPECT_EQ(instance_.in_environment([&] {
    JournalPool late = attached_too_late();
    const InstanceHeader before = header();
    const int id = late.id();
    EXPECT_TRUE(must(remove_unused_pool(std::move(late), instance_.path())).removed);
    EXPECT_FALSE(SharedMemory::attached_count(id).has_value());
    EXPECT_FALSE(header().crash);
    EXPECT_EQ(header().seqno, before.seqno);
    EXPECT_EQ(header().jnlpool_shmid, before.jnlpool_shmid);
  }),
            0);
}

}  // namespace
}  // namespace hw

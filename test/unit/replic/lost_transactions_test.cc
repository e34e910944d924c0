// The mark of where a former root differs, and the word that its lost transactions are complete: one ends the other.
#include "replic/instance/lost_transactions.h"

#include <gtest/gtest.h>

#include "replic/process/server_log.h"
#include "replic/source/slot_requests.h"
#include "test/support/root_instance.h"

namespace hw::test {
namespace {

class LostTransactions : public testing::Test {
 protected:
  void as_root(const std::function<void(Domain&, InstanceFile&)>& work) const {
    EXPECT_EQ(root_.in_environment([&] {
      root_.as_root([&](Session& session, Domain& domain) {
        for (int i = 0; i < 9; ++i) must(session.set(key("a", {std::to_string(i)}), "value"));
        InstanceFile instance = must(InstanceFile::open(root_.path()));
        work(domain, instance);
      });
    }),
              0);
  }
  /// Region headers, instance file and pool.
  static void expect_marks(Domain& domain, InstanceFile& instance, Seqno wanted) {
    for (OpenRegion* region : domain.regions()) {
      must(region->refresh_header());
      EXPECT_EQ(region->header.zqgblmod_seqno, wanted);
    }
    must(instance.refresh());
    EXPECT_EQ(instance.header().zqgblmod_seqno, wanted);
    EXPECT_EQ(Seqno{domain.header().zqgblmod_seqno.load()}, wanted);
  }

  RootInstance root_{"ALPHA", {"X"}};
};

TEST_F(LostTransactions, AMarkIsEverywhereAndTheLowestStays) {
  as_root([](Domain& domain, InstanceFile& instance) {
    must(mark_divergence(domain, instance, Seqno{7}));
    expect_marks(domain, instance, Seqno{7});
    must(mark_divergence(domain, instance, Seqno{9}));
    expect_marks(domain, instance, Seqno{7});
    must(mark_divergence(domain, instance, Seqno{4}));
    expect_marks(domain, instance, Seqno{4});
    must(complete_lost_transactions(domain, instance));
    expect_marks(domain, instance, Seqno{0});
  });
}

TEST_F(LostTransactions, OnceThereIsANewMarkNobodyIsToldThatAnEarlierOneIsComplete) {
  as_root([](Domain& domain, InstanceFile& instance) {
    PoolHeader& pool = domain.header();
    must(complete_lost_transactions(domain, instance));
    EXPECT_NE(pool.lost_tn_complete.load(), 0U);
    for (const PoolSlot& slot : pool.slots) EXPECT_EQ(slot.lost_tn_due.load(), 1U);
    must(mark_divergence(domain, instance, Seqno{7}));
    EXPECT_EQ(pool.lost_tn_complete.load(), 0U);
    for (const PoolSlot& slot : pool.slots) EXPECT_EQ(slot.lost_tn_due.load(), 0U);
  });
}

// A secondary becomes root on the fly: the pool that it was told in lives on.
TEST_F(LostTransactions, SoItIsWhenAReignFollowsAnotherRoots) {
  as_root([](Domain& domain, InstanceFile& instance) {
    must(complete_lost_transactions(domain, instance));
    HistoryRecord other = instance.history().last();
    other.root_name = "BETA";
    other.start = Seqno{5};
    must(instance.receive_history(other, HistoryKind::Normal, Seqno{6}));
    must(publish_mark(domain.header(), instance));
    expect_marks(domain, instance, Seqno{0});
    EXPECT_NE(domain.header().lost_tn_complete.load(), 0U);
    must(instance.begin_reign(Seqno{10}, 1, 1));
    must(publish_mark(domain.header(), instance));
    EXPECT_EQ(domain.header().zqgblmod_seqno.load(), 10U);
    EXPECT_EQ(domain.header().lost_tn_complete.load(), 0U);
  });
}

TEST_F(LostTransactions, AServerHearsOfEachCompletionAlsoWhenAMarkCameBetween) {
  as_root([&](Domain& domain, InstanceFile& instance) {
    ServerLog log;
    PoolSlot& slot = domain.header().slots[0];
    SlotRequests requests(domain.header(), slot, log);
    EXPECT_FALSE(requests.lost_transactions_completed());
    must(complete_lost_transactions(domain, instance));
    EXPECT_TRUE(requests.lost_transactions_completed());
    EXPECT_FALSE(requests.lost_transactions_completed());
    slot.lost_tn_due.store(0);  // It has been told.
    must(mark_divergence(domain, instance, Seqno{7}));
    EXPECT_FALSE(requests.lost_transactions_completed());
    must(complete_lost_transactions(domain, instance));
    EXPECT_TRUE(requests.lost_transactions_completed());
    slot.lost_tn_due.store(0);
    EXPECT_FALSE(requests.lost_transactions_completed());
    must(mark_divergence(domain, instance, Seqno{7}));
    must(complete_lost_transactions(domain, instance));
    EXPECT_TRUE(requests.lost_transactions_completed()) << "nobody looked in between";
  });
}

}  // namespace
}  // namespace hw::test

// The record in a store, as the lease machine has it read and put.
#include "cluster/store/record_store.h"

#include <gtest/gtest.h>

#include "cluster/store/record_text.h"
#include "test/unit/cluster_store/fake_etcd.h"
#include "test/unit/cluster_store/store_loop.h"

namespace hw::cluster::store {
namespace {

using namespace test;
using Kind = Fault::Kind;

const std::string kRecordKey = "/headwater/bank/group/acct";
const std::string kTryKey = "/headwater/bank/try/acct/B";

lease::Record held_by(const std::string& holder, std::uint64_t number) {
  lease::Record out;
  out.holder = holder;
  out.candidates = {"B"};
  out.serial = {1, number};
  return out;
}

struct RecordStoreTest : testing::Test {
  /// The event that an action brings, or the error's line.
  template <typename Event, typename Action>
  Event after(void (RecordStore::*perform)(const Action&), const Action& action) {
    store.use([&](RecordStore& each) { (each.*perform)(action); });
    const auto event = heard.next();
    HW_CHECK(event.has_value() && std::holds_alternative<Event>(*event));
    return std::get<Event>(*event);
  }
  lease::event::RecordRead read() {
    return after<lease::event::RecordRead>(&RecordStore::read, lease::action::ReadRecord{++request, false});
  }
  lease::event::RecordPut put(const lease::Record& record, const std::optional<lease::Stored>& expected,
                              const std::optional<lease::TryMark>& mark = std::nullopt) {
    return after<lease::event::RecordPut>(&RecordStore::put,
                                          lease::action::PutRecord{++request, record, expected, mark, false});
  }
  lease::event::TryPut put_try(const lease::Serial& serial) {
    return after<lease::event::TryPut>(&RecordStore::put_try, lease::action::PutTry{++request, serial, false});
  }

  std::shared_ptr<FakeKeys> keys = std::make_shared<FakeKeys>();
  FakeEtcd etcd{keys};
  Inbox<lease::Event> heard;
  Inbox<std::string> failed;
  lease::RequestId request = 0;
  StoreLoop loop;
  Client client{loop, keys_of(etcd.url())};
  InLoop<RecordStore> store{loop,
                            client.get(),
                            StoreKeys("/headwater", "bank"),
                            std::string("acct"),
                            std::string("B"),
                            RecordStore::Hooks{[this](const lease::Event& event) { heard.bring(event); },
                                               [this](const Error& error) { failed.bring(error.lines()); }}};
};

TEST_F(RecordStoreTest, TheFirstRecordIsMadeWhereThereIsNone) {
  EXPECT_FALSE(read().stored.has_value());
  const auto made = put(held_by("A", 1), std::nullopt);
  EXPECT_EQ(made.request, request);
  ASSERT_TRUE(made.done);
  EXPECT_EQ(made.value, keys->value(kRecordKey));
  const auto found = read();
  EXPECT_EQ(found.request, request);
  ASSERT_TRUE(found.stored.has_value());
  EXPECT_EQ(found.stored->record, held_by("A", 1));
  EXPECT_EQ(found.stored->revision, made.revision);
  EXPECT_EQ(found.stored->value, made.value);
  EXPECT_FALSE(put(held_by("B", 2), std::nullopt).done);
  EXPECT_EQ(keys->value(kRecordKey), made.value);
}

TEST_F(RecordStoreTest, APutNeedsBothRevisionAndValueOfWhatWasRead) {
  put(held_by("A", 1), std::nullopt);
  const auto first = read().stored;
  ASSERT_TRUE(first.has_value());
  EXPECT_TRUE(put(held_by("A", 2), first).done);
  EXPECT_FALSE(put(held_by("B", 3), first).done);
  auto wrong = read().stored;
  ASSERT_TRUE(wrong.has_value());
  wrong->value = encode_record(held_by("A", 1));
  EXPECT_FALSE(put(held_by("B", 3), wrong).done);
  wrong = read().stored;
  --wrong->revision;
  EXPECT_FALSE(put(held_by("B", 3), wrong).done);
  EXPECT_TRUE(put(held_by("B", 3), read().stored).done);
}

TEST_F(RecordStoreTest, AStoreMadeAnewHasAnotherRecordAtTheSameRevision) {
  put(held_by("A", 1), std::nullopt);
  const auto before = read().stored;
  keys->forget_all();
  put(held_by("A", 2), std::nullopt);
  ASSERT_EQ(read().stored->revision, before->revision);
  EXPECT_FALSE(put(held_by("B", 3), before).done);
}

TEST_F(RecordStoreTest, ATakeComparesTheMembersOwnTryKeyToo) {
  put(held_by("A", 1), std::nullopt);
  const auto before = read().stored;
  const auto tried = put_try({1, 7});
  EXPECT_EQ(keys->value(kTryKey), encode_try({1, 7}));
  EXPECT_FALSE(put(held_by("B", 2), before, lease::TryMark{tried.revision, {1, 8}}).done);
  EXPECT_FALSE(put(held_by("B", 2), before, lease::TryMark{tried.revision - 1, {1, 7}}).done);
  EXPECT_TRUE(put(held_by("B", 2), before, lease::TryMark{tried.revision, {1, 7}}).done);
  put_try({1, 9});
  EXPECT_FALSE(put(held_by("B", 3), read().stored, lease::TryMark{tried.revision, {1, 7}}).done);
}

TEST_F(RecordStoreTest, WithoutGoodAnswerThereIsNoEvent) {
  const auto failure_of_read = [&] {
    store.use([&](RecordStore& each) { each.read({++request, false}); });
    return failed.next().value_or("nothing");
  };
  keys->put(kRecordKey, "damaged");
  EXPECT_EQ(failure_of_read(), "%GTM-E-HWREMOTE, etcd: /headwater/bank/group/acct: the record: no record");
  etcd.next("/v3/kv/range", {Kind::Body, "{}"});
  EXPECT_EQ(failure_of_read(), "%GTM-E-HWREMOTE, etcd: /headwater/bank/group/acct: no header");
  etcd.next("/v3/kv/range", {Kind::Body, R"({"header":{"revision":"9"},"kvs":[{"key":"L2E=","mod_revision":"1"}]})"});
  EXPECT_EQ(failure_of_read(), "%GTM-E-HWREMOTE, etcd: /headwater/bank/group/acct: another key than was asked for");
  etcd.next("/v3/kv/range", {Kind::Lost});
  EXPECT_EQ(failure_of_read(), "%GTM-E-HWREMOTE, " + etcd.url() + ": connection closed");
  etcd.next("/v3/kv/txn", {Kind::Body, "{}"});
  store.use([&](RecordStore& each) { each.put({++request, held_by("A", 1), std::nullopt, std::nullopt, false}); });
  EXPECT_EQ(failed.next(), "%GTM-E-HWREMOTE, etcd: /headwater/bank/group/acct: no header");
  EXPECT_EQ(heard.count(), 0U);
}

TEST_F(RecordStoreTest, ALateAnswerOfASupersededPutIsDropped) {
  etcd.next("/v3/kv/txn", {Kind::Late});
  store.use([&](RecordStore& each) { each.put({++request, held_by("A", 1), std::nullopt, std::nullopt, false}); });
  ASSERT_TRUE(etcd.wait_for_requests("/v3/kv/txn", 1));
  while (keys->value(kRecordKey).empty()) std::this_thread::yield();
  // It was done, which only a read tells from now on.
  EXPECT_FALSE(put(held_by("A", 2), std::nullopt).done);
  etcd.release();
  EXPECT_EQ(read().stored->record, held_by("A", 1));
  EXPECT_EQ(heard.count(), 0U);
}

}  // namespace
}  // namespace hw::cluster::store

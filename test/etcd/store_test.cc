// The store's client and a real etcd: leaders that die, a quorum that is lost, compaction, certificates, users.
#include <gtest/gtest.h>

#include <sys/stat.h>

#include <nlohmann/json.hpp>

#include "cluster/store/base64.h"
#include "cluster/store/compaction.h"
#include "cluster/store/key_value_calls.h"
#include "cluster/store/keys.h"
#include "cluster/store/lease_calls.h"
#include "cluster/store/node_liveness.h"
#include "cluster/store/record_store.h"
#include "cluster/store/watch.h"
#include "test/etcd/real_etcd.h"
#include "test/support/certificates.h"
#include "test/unit/cluster_store/store_loop.h"

namespace hw::cluster::store {
namespace {

using hw::test::Certificate;
using hw::test::kDay_s;
using std::chrono::steady_clock;
using test::Client;
using test::Inbox;
using test::InLoop;
using test::kPatient;
using test::RealEtcd;
using test::StoreLoop;

const StoreKeys kKeys("/headwater", "bank");
constexpr std::chrono::seconds kVeryLong{90};  ///< elections on a loaded machine
constexpr std::chrono::milliseconds kRetry{500};

EtcdKeys settings_of(std::vector<std::string> urls) {
  EtcdKeys out;
  out.endpoints = std::move(urls);
  return out;
}

/// A store, and what is asked of it from outside of the loop.
class Asker {
 public:
  Asker(StoreLoop& loop, const EtcdKeys& settings, std::chrono::milliseconds patience = kRetry)
      : client_(loop, settings, patience), caller_(loop, client_.get()) {}

  Result<std::string> call(std::string_view path, const std::string& body, bool other_member = false) {
    caller_.use([&](StoreCaller& each) {
      each.call(path, body, other_member, [this](Result<std::string> answer) { answers_.bring(std::move(answer)); });
    });
    return *answers_.next(kVeryLong);
  }
  /// Asked again until it is answered.
  std::string until_answered(std::string_view path, const std::string& body) {
    const auto deadline = steady_clock::now() + kVeryLong;
    for (;;) {
      const auto answer = call(path, body);
      if (answer.has_value()) return *answer;
      if (steady_clock::now() > deadline) return answer.error().lines();
    }
  }
  std::uint64_t put(const std::string& key, const std::string& value) {
    return decode_put(until_answered(kPutPath, encode_put(key, value))).value_or(0);
  }
  std::string value(const std::string& key) {
    const auto range = decode_range(until_answered(kRangePath, encode_read(key)));
    return range.has_value() && range->values.size() == 1 ? range->values.front().value : "none";
  }
  const std::shared_ptr<StoreClient>& client() const { return client_.get(); }

 private:
  Client client_;
  Inbox<Result<std::string>> answers_;
  InLoop<StoreCaller> caller_;
};

/// Waits until all members answer.
void wait_for_all(StoreLoop& loop, const RealEtcd& etcd) {
  for (const std::string& url : etcd.urls()) {
    Asker asker(loop, settings_of({url}));
    ASSERT_NE(asker.put("/ready", "yes"), 0U) << url;
  }
}

std::size_t leader_of(StoreLoop& loop, const RealEtcd& etcd) {
  for (;;) {
    for (std::size_t member = 0; member < etcd.members(); ++member) {
      Asker asker(loop, settings_of({etcd.url(member)}));
      const auto answer = asker.call("/v3/maintenance/status", "{}");
      if (!answer.has_value()) continue;
      const auto status = nlohmann::json::parse(*answer, nullptr, false);
      if (status.contains("leader") && status["leader"] == status["header"]["member_id"]) return member;
    }
  }
}

struct EtcdStore : testing::Test {
  StoreWatch::Hooks hooks() {
    return {[this] { told.bring("began"); }, [this](const std::string& key) { told.bring(key); },
            [this](const Error&) { told.bring("ended"); }};
  }
  /// The next thing that the watch tells which is not `other`.
  std::string told_but(const std::string& other) {
    for (;;) {
      const auto next = told.next(kVeryLong);
      if (!next.has_value()) return "nothing";
      if (*next != other) return *next;
    }
  }

  StoreLoop loop;
  Inbox<std::string> told;
};

lease::Record held_by(const std::string& holder, std::uint64_t number) {
  lease::Record out;
  out.holder = holder;
  out.serial = {1, number};
  return out;
}

/// The record of a group, from outside of the loop. Each action is one request; none: no good answer came.
class Records {
 public:
  Records(StoreLoop& loop, const std::shared_ptr<StoreClient>& client)
      : store_(loop, client, kKeys, std::string("acct"), std::string("B"),
               RecordStore::Hooks{[this](const lease::Event& event) { events_.bring(event); },
                                  [this](const Error&) { events_.bring(std::nullopt); }}) {}
  std::optional<lease::event::RecordRead> read() {
    store_.use([&](RecordStore& each) { each.read({++request_, false}); });
    return of<lease::event::RecordRead>(events_.next());
  }
  std::optional<lease::event::RecordPut> put(const lease::Record& record, const std::optional<lease::Stored>& expected,
                                             const std::optional<lease::TryMark>& mark = std::nullopt) {
    store_.use([&](RecordStore& each) { each.put({++request_, record, expected, mark, false}); });
    return of<lease::event::RecordPut>(events_.next());
  }
  std::optional<lease::event::TryPut> put_try(const lease::Serial& serial) {
    store_.use([&](RecordStore& each) { each.put_try({++request_, serial, false}); });
    return of<lease::event::TryPut>(events_.next());
  }
  /// Read until it is answered.
  std::optional<lease::Stored> stored() {
    for (const auto deadline = steady_clock::now() + kVeryLong; steady_clock::now() < deadline;)
      if (auto answer = read()) return answer->stored;
    return std::nullopt;
  }

 private:
  using Answer = std::optional<lease::Event>;
  template <typename Event>
  static std::optional<Event> of(const std::optional<Answer>& answer) {
    HW_CHECK(answer.has_value());
    if (!answer->has_value()) return std::nullopt;
    return std::get<Event>(**answer);
  }
  Inbox<Answer> events_;
  lease::RequestId request_ = 0;
  InLoop<RecordStore> store_;
};

TEST_F(EtcdStore, ARecordIsComparedAndPutThroughDeathsOfLeaders) {
  RealEtcd etcd(3);
  wait_for_all(loop, etcd);
  Asker asker(loop, settings_of(etcd.urls()));
  Records records(loop, asker.client());
  std::uint64_t number = 1;
  EXPECT_FALSE(records.stored().has_value());
  // What is not answered may have been done: only a read tells.
  const auto put_until_done = [&](const std::string& holder) {
    for (const auto deadline = steady_clock::now() + kVeryLong; steady_clock::now() < deadline;) {
      const lease::Record record = held_by(holder, number++);
      const auto before = records.stored();
      const auto put = records.put(record, before);
      const auto after = records.stored();
      if (!after.has_value()) continue;
      if (after->record == record) {
        EXPECT_TRUE(!put.has_value() || (put->done && put->revision == after->revision && put->value == after->value));
        return *after;
      }
      EXPECT_TRUE(!put.has_value() || !put->done);
    }
    ADD_FAILURE() << etcd.log(0);
    return lease::Stored{};
  };
  const auto first = put_until_done("A");
  for (int round = 0; round < 2; ++round) {
    const std::size_t leader = leader_of(loop, etcd);
    etcd.kill(leader);
    EXPECT_EQ(put_until_done("B").record.holder, "B");
    etcd.start(leader);
  }
  const auto refused = records.put(held_by("C", number++), first);
  EXPECT_TRUE(!refused.has_value() || !refused->done);
  EXPECT_EQ(records.stored()->record.holder, "B");
  // A take, with the member's try key.
  const auto before = records.stored();
  std::optional<lease::event::TryPut> tried;
  while (!tried.has_value()) tried = records.put_try({1, number});
  std::optional<lease::event::RecordPut> voided;
  while (!voided.has_value())
    voided = records.put(held_by("C", number), before, lease::TryMark{tried->revision, {1, number + 1}});
  EXPECT_FALSE(voided->done);
  const auto taken = records.put(held_by("C", number + 2), before, lease::TryMark{tried->revision, {1, number}});
  EXPECT_TRUE(!taken.has_value() || taken->done);
}

TEST_F(EtcdStore, WithoutQuorumNothingIsAnsweredAndThenAllGoesOn) {
  RealEtcd etcd(3);
  wait_for_all(loop, etcd);
  Asker asker(loop, settings_of(etcd.urls()));
  EXPECT_NE(asker.put(kKeys.record("acct"), "one"), 0U);
  InLoop<StoreWatch> watch(loop, asker.client(), kKeys.all(), hooks());
  EXPECT_EQ(told_but("ended"), "began");
  etcd.kill(0);
  etcd.kill(1);
  // The third may have been told of the last leader a moment ago.
  const auto deadline = steady_clock::now() + kVeryLong;
  while (asker.call(kRangePath, encode_read(kKeys.record("acct"))).has_value())
    ASSERT_LT(steady_clock::now(), deadline);
  for (int round = 0; round < 4; ++round)
    EXPECT_FALSE(asker.call(kPutPath, encode_put(kKeys.record("acct"), "two")).has_value());
  etcd.start(0);
  etcd.start(1);
  EXPECT_NE(asker.put(kKeys.record("acct"), "three"), 0U);
  EXPECT_EQ(asker.value(kKeys.record("acct")), "three");
  // The watch tells of it, or begins anew after it; until it tells of one, keys are put.
  for (;;) {
    const auto next = told.next(kRetry);
    if (next == kKeys.record("acct")) break;
    ASSERT_LT(steady_clock::now(), deadline + kVeryLong);
    asker.put(kKeys.record("acct"), "again");
  }
}

TEST_F(EtcdStore, AWatchGoesOnOverCompactions) {
  RealEtcd etcd(1);
  wait_for_all(loop, etcd);
  Asker asker(loop, settings_of(etcd.urls()), kPatient);
  InLoop<StoreWatch> watch(loop, asker.client(), kKeys.all(), hooks());
  ASSERT_EQ(told_but("ended"), "began");
  for (int i = 0; i < 3; ++i) {
    asker.put(kKeys.record("acct"), "x");
    EXPECT_EQ(told_but("began"), kKeys.record("acct"));
  }
  Inbox<std::uint64_t> compacted;
  {
    InLoop<Compaction> compaction(
        loop, asker.client(), kKeys,
        [&](const Result<std::uint64_t>& outcome) {
          if (outcome.has_value()) compacted.bring(*outcome);
        },
        std::chrono::milliseconds(5));
    EXPECT_GE(compacted.next(kVeryLong).value_or(0), 4U);
  }
  asker.put(kKeys.record("acct"), "y");
  EXPECT_EQ(told_but("began"), kKeys.record("acct"));
  // And one that begins where nothing is kept any more is told so.
  const auto old = asker.call(kRangePath, R"({"key":")" + to_base64(kKeys.record("acct")) + R"(","revision":"2"})");
  ASSERT_FALSE(old.has_value());
  EXPECT_EQ(old.error().text, "etcd: 400 etcdserver: mvcc: required revision has been compacted");
}

TEST_F(EtcdStore, ANodeIsThereWhileItsLeaseLives) {
  RealEtcd etcd(1);
  wait_for_all(loop, etcd);
  Asker asker(loop, settings_of(etcd.urls()), kPatient);
  const auto wait_for_value = [&](const std::string& expected) {
    for (const auto deadline = steady_clock::now() + kVeryLong; steady_clock::now() < deadline;)
      if (asker.value(kKeys.node("n1")) == expected) return true;
    return false;
  };
  std::uint64_t lost = 0;
  {
    InLoop<NodeLiveness> node(
        loop, asker.client(), kKeys, std::string("n1"), [](const Error&) {}, std::chrono::milliseconds(50));
    EXPECT_TRUE(wait_for_value("n1"));
    node.use([&](NodeLiveness& each) { lost = each.lease(); });
    // Its lease goes, and the key with it: both come anew.
    asker.until_answered(kRevokePath, encode_revoke(lost));
    std::uint64_t now = lost;
    for (const auto deadline = steady_clock::now() + kVeryLong; now == lost || now == 0;) {
      ASSERT_LT(steady_clock::now(), deadline);
      node.use([&](NodeLiveness& each) { now = each.lease(); });
    }
    EXPECT_TRUE(wait_for_value("n1"));
  }
  EXPECT_TRUE(wait_for_value("none"));  // kNodeTtl_s later.
}

// ---- certificates ----

struct EtcdTls : EtcdStore {
  EtcdTls() : ca({"authority"}, 1000 * kDay_s, nullptr), other_ca({"other"}, 1000 * kDay_s, nullptr) {
    ca.write(folder.file("ca"));
    other_ca.write(folder.file("other.ca"));
    write("server", ca, {"", "IP:127.0.0.1"});
  }
  void write(const std::string& name, const Certificate& issuer, const std::vector<std::string>& names) {
    const Certificate made(names, 400 * kDay_s, &issuer);
    made.write(folder.file(name + ".crt"));
    made.write_key(folder.file(name + ".key"));
  }
  std::vector<std::string> arguments() const {
    return {"--cert-file",       folder.file("server.crt"), "--key-file",        folder.file("server.key"),
            "--trusted-ca-file", folder.file("ca"),         "--client-cert-auth"};
  }
  EtcdKeys settings(const RealEtcd& etcd, const std::string& own) {
    EtcdKeys out = settings_of(etcd.urls());
    out.ca = folder.file("ca");
    if (own.empty()) return out;
    out.cert = folder.file(own + ".crt");
    out.key = folder.file(own + ".key");
    return out;
  }
  std::string failure(const EtcdKeys& with) {
    Asker asker(loop, with, kPatient);
    const auto answer = asker.call(kRangePath, encode_read("/k"));
    return answer.has_value() ? "none" : answer.error().text;
  }

  hw::test::TestFolder folder;
  Certificate ca;
  Certificate other_ca;
};

TEST_F(EtcdTls, BothEndsShowCertificatesOfTheAuthority) {
  write("client", ca, {""});
  write("stranger", other_ca, {""});
  RealEtcd etcd(1, arguments());
  const std::string before = etcd.url(0) + ": ";
  {
    Asker asker(loop, settings(etcd, "client"), kPatient);
    EXPECT_NE(asker.put("/k", "v"), 0U) << etcd.log(0);
    EXPECT_EQ(asker.value("/k"), "v");
    InLoop<StoreWatch> watch(loop, asker.client(), kKeys.all(), hooks());
    ASSERT_EQ(told_but("ended"), "began");
    asker.put(kKeys.record("acct"), "x");
    EXPECT_EQ(told_but("began"), kKeys.record("acct"));
  }
  EXPECT_NE(failure(settings(etcd, "")), "none");
  EXPECT_NE(failure(settings(etcd, "stranger")), "none");
  EtcdKeys wrong = settings(etcd, "client");
  wrong.ca = folder.file("other.ca");
  EXPECT_EQ(failure(wrong), before + "TLS: unable to get local issuer certificate");
  // The member's certificate is for the number.
  wrong = settings(etcd, "client");
  wrong.endpoints = {"https://localhost:" + etcd.url(0).substr(etcd.url(0).rfind(':') + 1)};
  EXPECT_EQ(failure(wrong), wrong.endpoints.front() + ": TLS: the certificate there is not for localhost");
}

// ---- users ----

struct EtcdUsers : EtcdStore {
  /// A user hw that may use what is below the prefix; from then on all need a token.
  static void enable(Asker& asker) {
    const auto must_be_done = [&](const std::string& path, const nlohmann::json& body) {
      const auto answer = asker.call("/v3/auth/" + path, body.dump());
      EXPECT_TRUE(answer.has_value()) << path << ' ' << answer.error().lines();
    };
    must_be_done("user/add", {{"name", "root"}, {"password", "top"}});
    must_be_done("role/add", {{"name", "root"}});
    must_be_done("user/grant", {{"user", "root"}, {"role", "root"}});
    must_be_done("user/add", {{"name", "hw"}, {"password", "secret"}});
    must_be_done("role/add", {{"name", "hw"}});
    must_be_done("role/grant", {{"name", "hw"},
                                {"perm",
                                 {{"permType", "READWRITE"},
                                  {"key", to_base64(kKeys.all())},
                                  {"range_end", to_base64(end_of(kKeys.all()))}}}});
    must_be_done("user/grant", {{"user", "hw"}, {"role", "hw"}});
    must_be_done("enable", nlohmann::json::object());
  }
  EtcdKeys settings(const RealEtcd& etcd, const std::string& user, const std::string& password) {
    const std::string path = folder.file(user);
    hw::test::write_file(path, password + "\n");
    ::chmod(path.c_str(), 0600);
    EtcdKeys out = settings_of(etcd.urls());
    out.user = user;
    out.password_file = path;
    return out;
  }
  hw::test::TestFolder folder;
};

TEST_F(EtcdUsers, AUserMayDoWhatIsBelowThePrefix) {
  RealEtcd etcd(1);
  wait_for_all(loop, etcd);
  Asker nobody(loop, settings_of(etcd.urls()), kPatient);
  enable(nobody);
  EXPECT_EQ(nobody.call(kPutPath, encode_put(kKeys.record("acct"), "v")).error().text,
            "etcd: 400 etcdserver: user name is empty");
  Asker wrong(loop, settings(etcd, "hw", "guess"), kPatient);
  EXPECT_NE(wrong.call(kRangePath, encode_read(kKeys.all())).error().text.find("authentication failed"),
            std::string::npos);
  Asker asker(loop, settings(etcd, "hw", "secret"), kPatient);
  EXPECT_NE(asker.put(kKeys.record("acct"), "v"), 0U);
  EXPECT_EQ(asker.call(kPutPath, encode_put("/elsewhere", "v")).error().text,
            "etcd: 403 etcdserver: permission denied");
  InLoop<StoreWatch> watch(loop, asker.client(), kKeys.all(), hooks());
  ASSERT_EQ(told_but("ended"), "began");
  InLoop<NodeLiveness> node(
      loop, asker.client(), kKeys, std::string("n1"), [](const Error&) {}, std::chrono::milliseconds(50));
  EXPECT_EQ(told_but("began"), kKeys.node("n1"));
  InLoop<Compaction> compaction(
      loop, asker.client(), kKeys,
      [&](const Result<std::uint64_t>& outcome) {
        told.bring(outcome.has_value() ? "compacted" : outcome.error().lines());
      },
      std::chrono::milliseconds(5));
  EXPECT_EQ(told_but(kKeys.node("n1")), "compacted");
  // A member keeps its tokens in memory.
  etcd.kill(0);
  etcd.start(0);
  EXPECT_NE(asker.put(kKeys.record("acct"), "w"), 0U);
  EXPECT_EQ(asker.value(kKeys.record("acct")), "w");
}

}  // namespace
}  // namespace hw::cluster::store

// The calls of Site over the link: what arrives is what was asked, and nothing that is not understood does anything.
#include "cluster/site/site_calls.h"

#include <gtest/gtest.h>

#include <optional>
#include <random>

#include "cluster/site/remote_site.h"
#include "engine/base/limits.h"

namespace hw::cluster {
namespace {

using std::chrono::steady_clock;
using namespace std::chrono_literals;

/// Notes what it is asked, and answers with what is set.
class NotingSite final : public Site {
 public:
  const std::string& node() const override { return node_; }
  Result<CheckReport> check(const CheckRequest& request, Deadline deadline) override {
    note(
        "check",
        fmt::format("{} {} {}", request.generation, fmt::join(request.instances, "+"), fmt::join(request.servers, "+")),
        deadline);
    return answer(report);
  }
  Result<Position> position(const std::string& instance, Deadline deadline) override {
    note("position", instance, deadline);
    return answer(at);
  }
  Status recover(const std::string& instance, Deadline deadline) override {
    return plain("recover", instance, deadline);
  }
  Result<StartOutcome> start(const StartRequest& request, Deadline deadline) override {
    started = request;
    note("start", request.server.name, deadline);
    return answer(StartOutcome{4711, true});
  }
  Result<StopOutcome> stop(const ServerRef& server, StopHow how, Deadline deadline) override {
    note("stop", fmt::format("{} {} {}", server.name, server.copy, how == StopHow::AtOnce), deadline);
    return answer(StopOutcome{4712, false, true});
  }
  Status close(const std::string& instance, Deadline deadline) override { return plain("close", instance, deadline); }
  Status note_generation(std::uint64_t generation, Deadline deadline) override {
    return plain("note_generation", std::to_string(generation), deadline);
  }
  Status reign(const std::string& instance, std::uint64_t epoch, Deadline deadline) override {
    return plain("reign", fmt::format("{} {}", instance, epoch), deadline);
  }
  Result<std::uint64_t> stop_updates(const std::string& instance, Deadline deadline) override {
    note("stop_updates", instance, deadline);
    return answer(std::uint64_t{918234});
  }
  Status allow_updates(const std::string& instance, Deadline deadline) override {
    return plain("allow_updates", instance, deadline);
  }
  Status give_up(const std::string& instance, Deadline deadline) override {
    return plain("give_up", instance, deadline);
  }
  Status learn_epoch(const std::string& instance, std::uint64_t epoch, Deadline deadline) override {
    return plain("learn_epoch", fmt::format("{} {}", instance, epoch), deadline);
  }
  Status fence_off(const std::string& instance, Deadline deadline) override {
    return plain("fence_off", instance, deadline);
  }
  Result<LeaseOutcome> lease(const LeaseRequest& request, Deadline deadline) override {
    note("lease",
         fmt::format("{} {} {} {} {} {}", static_cast<int>(request.wish), request.instance, request.to,
                     request.none_known, request.force, request.confirmed),
         deadline);
    return answer(LeaseOutcome{43});
  }
  Status wait_applied(const std::string& instance, std::uint64_t next_seqno, Deadline deadline) override {
    return plain("wait_applied", fmt::format("{} {}", instance, next_seqno), deadline);
  }
  Result<RejoinOutcome> rejoin(const RejoinRequest& request, Deadline deadline) override {
    note("rejoin", fmt::format("{} {} {}", request.instance, request.new_root, request.receipt), deadline);
    return answer(lost);
  }
  Status refresh(const RefreshRequest& request, Deadline deadline) override {
    return plain("refresh", fmt::format("{} {} {}", request.instance, request.from, request.discard), deadline);
  }
  Status put_receipt(const Receipt& receipt, const std::string& lost_text, Deadline deadline) override {
    kept = receipt;
    kept_text = lost_text;
    return plain("put_receipt", receipt.id, deadline);
  }
  Result<std::string> receipt_text(const std::string& id, Deadline deadline) override {
    note("receipt_text", id, deadline);
    return answer(std::string("{\"a\":1}\n\xff"));
  }
  Result<Applied> apply_receipt(const std::string& id, Deadline deadline) override {
    note("apply_receipt", id, deadline);
    return answer(Applied{3, 1});
  }
  Status complete_receipt(const std::string& id, Deadline deadline) override {
    return plain("complete_receipt", id, deadline);
  }
  Result<std::string> lost_text(const std::string& id, Deadline deadline) override {
    note("lost_text", id, deadline);
    return answer(kept_text);
  }
  Result<std::vector<LostNode>> compare_lost(const std::string& id, Deadline deadline) override {
    note("compare_lost", id, deadline);
    return answer(std::vector<LostNode>{{918230, "^acct(17)", "\"1\"", std::nullopt, true}});
  }

  std::string asked;  ///< the calls, with what they were given
  Deadline until;
  std::optional<Error> fault;
  CheckReport report;
  Position at;
  StartRequest started;
  RejoinOutcome lost;
  Receipt kept;
  std::string kept_text;

 private:
  void note(const std::string& call, const std::string& what, Deadline deadline) {
    asked += call + " " + what + ";";
    until = deadline;
  }
  Status plain(const std::string& call, const std::string& what, Deadline deadline) {
    note(call, what, deadline);
    return fault ? Status(*fault) : Status();
  }
  template <typename Outcome>
  Result<Outcome> answer(Outcome outcome) {
    if (fault) return *fault;
    return outcome;
  }
  std::string node_ = "n2";
};

class SiteCalls : public testing::Test {
 protected:
  NotingSite site_;
  std::string body_;  ///< of the last request
  RemoteSite remote_{"n2", [this](const std::string& verb, const std::string& body, Deadline) {
                       body_ = body;
                       return Result<std::string>(answer_site_call(site_, verb, body, Deadline::max()));
                     }};
  const Deadline soon_ = steady_clock::now() + 60s;
};

TEST_F(SiteCalls, ArriveAsTheyWereMade) {
  ASSERT_TRUE(remote_.recover("A", soon_).has_value());
  ASSERT_TRUE(remote_.close("A", soon_).has_value());
  ASSERT_TRUE(remote_.note_generation(3, soon_).has_value());
  ASSERT_TRUE(remote_.reign("A", 0xFFFF'FFFF'FFFF'FFFF, soon_).has_value());
  ASSERT_TRUE(remote_.allow_updates("A", soon_).has_value());
  ASSERT_TRUE(remote_.give_up("A", soon_).has_value());
  ASSERT_TRUE(remote_.learn_epoch("A", 42, soon_).has_value());
  ASSERT_TRUE(remote_.fence_off("A", soon_).has_value());
  ASSERT_TRUE(remote_.wait_applied("A", 100, soon_).has_value());
  ASSERT_TRUE(remote_.refresh({"B", "A", true}, soon_).has_value());
  ASSERT_TRUE(remote_.complete_receipt("acct-42", soon_).has_value());
  EXPECT_EQ(site_.asked,
            "recover A;close A;note_generation 3;reign A 18446744073709551615;allow_updates A;give_up A;learn_epoch A "
            "42;fence_off A;wait_applied A 100;refresh B A true;complete_receipt acct-42;");
}

TEST_F(SiteCalls, WhatTheyGiveComesBack) {
  EXPECT_EQ(remote_.stop_updates("A", soon_).value(), 918234U);
  const LeaseRequest wanted{LeaseWish::Failover, "A", "B", true, true, true};
  EXPECT_EQ(remote_.lease(wanted, soon_).value().epoch, 43U);
  EXPECT_NE(site_.asked.find("lease 1 A B true true true;"), std::string::npos) << site_.asked;
  site_.at.role = BoardRole::Root;
  site_.at.up = site_.at.accepting = true;
  site_.at.known_epoch = 42;
  site_.at.next_seqno = 918230;
  site_.at.last_root = "A";
  site_.at.last_epoch = 41;
  const Position at = remote_.position("B", soon_).value();
  EXPECT_EQ(at.role, BoardRole::Root);
  EXPECT_TRUE(at.up && at.accepting && !at.clean);
  EXPECT_EQ(at.known_epoch, 42U);
  EXPECT_EQ(at.next_seqno, 918230U);
  EXPECT_EQ(at.last_root, "A");
  EXPECT_EQ(at.last_epoch, 41U);
  const StartOutcome started = remote_
                                   .start({.server = {ServerKind::Receiver, "receiver:B", "acct", 2},
                                           .instance = "B",
                                           .as_root = true,
                                           .passive = true,
                                           .update_resync = true,
                                           .options = "-x \"y z\"",
                                           .wait_ready = false},
                                          soon_)
                                   .value();
  EXPECT_TRUE(started.pid == 4711 && started.already_up);
  EXPECT_EQ(site_.started.server.kind, ServerKind::Receiver);
  EXPECT_EQ(site_.started.server.copy, 2U);
  EXPECT_EQ(site_.started.options, "-x \"y z\"");
  EXPECT_TRUE(site_.started.as_root && site_.started.passive && site_.started.update_resync);
  EXPECT_FALSE(site_.started.wait_ready);
  const StopOutcome stopped = remote_.stop({ServerKind::Source, "source:A", "acct", 1}, StopHow::AtOnce, soon_).value();
  EXPECT_TRUE(stopped.pid == 4712 && !stopped.already_down && stopped.killed);
  EXPECT_NE(site_.asked.find("stop source:A 1 true;"), std::string::npos);
  const Site::Applied applied = remote_.apply_receipt("acct-42", soon_).value();
  EXPECT_TRUE(applied.applied == 3 && applied.conflicts == 1);
  EXPECT_EQ(remote_.receipt_text("acct-42", soon_).value(), "{\"a\":1}\n\xff") << "bytes of any kind";
  const auto diff = remote_.compare_lost("acct-42", soon_).value();
  ASSERT_EQ(diff.size(), 1U);
  EXPECT_EQ(diff[0].global, "^acct(17)");
  EXPECT_EQ(diff[0].lost, "\"1\"");
  EXPECT_FALSE(diff[0].present.has_value());
  EXPECT_TRUE(diff[0].zqgblmod);
}

TEST_F(SiteCalls, AReportKeepsItsFaults) {
  site_.report.running_generation = 3;
  site_.report.findings = {{"programs", std::nullopt}, {"scripts", make_error<MsgId::HWSCRIPT>("/x", "not there")}};
  const CheckReport report = remote_.check({3, {"A", "B"}, {"report"}}, soon_).value();
  EXPECT_EQ(site_.asked, "check 3 A+B report;");
  EXPECT_EQ(report.running_generation, 3U);
  ASSERT_EQ(report.findings.size(), 2U);
  EXPECT_FALSE(report.findings[0].fault.has_value());
  ASSERT_TRUE(report.findings[1].fault.has_value());
  EXPECT_EQ(report.findings[1].fault->render(), make_error<MsgId::HWSCRIPT>("/x", "not there").render());
}

TEST_F(SiteCalls, AnErrorComesBackAsItWas) {
  site_.fault = make_error<MsgId::HWEPOCHOLD>("A", 41, 42).note("a note");
  site_.fault->os_errno = ENOSPC;
  const Status refused = remote_.reign("A", 41, soon_);
  ASSERT_FALSE(refused.has_value());
  EXPECT_EQ(refused.error().id, MsgId::HWEPOCHOLD);
  EXPECT_EQ(refused.error().render(), site_.fault->render());
  EXPECT_EQ(refused.error().os_errno, ENOSPC);
  site_.fault = make_error<MsgId::HWIPCLEFT>("77", "process 1");
  EXPECT_EQ(remote_.close("A", soon_).error().severity, Severity::Warning);
  site_.fault = make_error<MsgId::HWREMOTE>("n2", "late");
  EXPECT_EQ(remote_.position("A", soon_).error().text, site_.fault->text);
}

TEST_F(SiteCalls, LargeTextsOfLostTransactionsGoInOneMessage) {
  std::string text = "GDSJEX07 ROLLBACK PRIMARY A\n";
  for (int i = 0; i < 200'000; ++i)
    text +=
        fmt::format("05\\67896,6637\\{}\\8749\\0\\{}\\0\\0\\0\\0\\^acct({},\"balance\")=\"{}\"\n", i, i, i % 1000, i);
  ASSERT_GT(text.size(), 10'000'000U);
  Receipt receipt;
  receipt.id = "acct-42";
  receipt.count = 200'000;
  ASSERT_TRUE(remote_.put_receipt(receipt, text, soon_).has_value());
  EXPECT_TRUE(site_.kept == receipt);
  EXPECT_TRUE(site_.kept_text == text);
  EXPECT_TRUE(remote_.lost_text("acct-42", soon_).value() == text);
  EXPECT_LT(body_.size(), kAgentMessageBytesMax / 2);
  site_.lost = {.count = 200'000, .first = 1, .last = 200'000, .lost_text = text};
  const RejoinOutcome lost = remote_.rejoin({"A", "B", "acct-42"}, soon_).value();
  EXPECT_TRUE(lost.count == 200'000 && lost.first == 1 && lost.last == 200'000);
  EXPECT_TRUE(lost.lost_text == text);
  ASSERT_TRUE(remote_.put_receipt(receipt, "", soon_).has_value());
  EXPECT_EQ(site_.kept_text, "");
  const Status refused = remote_.put_receipt(receipt, std::string(kReceiptFileBytesMax + 1, 'x'), soon_);
  ASSERT_FALSE(refused.has_value());
  EXPECT_EQ(refused.error().id, MsgId::HWREMOTE);
}

TEST_F(SiteCalls, TheCallersDeadlineHoldsThereToo) {
  ASSERT_TRUE(remote_.recover("A", soon_).has_value());
  EXPECT_LE(site_.until, soon_);
  EXPECT_GT(site_.until, soon_ - 30s);
  ASSERT_TRUE(remote_.recover("A", Deadline::max()).has_value());
  EXPECT_EQ(site_.until, Deadline::max());
  EXPECT_EQ(body_, R"({"format":1,"arguments":{"instance":"A"}})");
  const Deadline own = steady_clock::now() + 1s;
  (void)answer_site_call(site_, "site.recover", R"({"format":1,"timeout_ms":60000,"arguments":{"instance":"A"}})", own);
  EXPECT_EQ(site_.until, own);
  const RemoteSite silent("n2", [](const std::string&, const std::string&, Deadline) {
    return Result<std::string>(make_error<MsgId::HWREMOTE>("n2", "no answer in 3 s"));
  });
  EXPECT_EQ(RemoteSite(silent).recover("A", soon_).error().text, "n2: no answer in 3 s");
}

// ---- what is not understood ----

struct BadBody {
  const char* body;
  const char* why;
};

TEST_F(SiteCalls, WhatIsNotUnderstoodIsRefusedByName) {
  const BadBody bodies[] = {
      {"", "no JSON object"},
      {"[]", "no JSON object"},
      {"{", "no JSON object"},
      {R"({"arguments":{"instance":"A","number":1}})", "format: not 1"},
      {R"({"format":2,"arguments":{"instance":"A","number":1}})", "format: not 1"},
      {R"({"format":1})", "arguments: no object"},
      {R"({"format":1,"arguments":[]})", "arguments: no object"},
      {R"({"format":1,"arguments":{},"more":1})", "more: no such key"},
      {R"({"format":1,"timeout_ms":-1,"arguments":{}})", "timeout_ms: not a whole number up to 1000000000000"},
      {R"({"format":1,"timeout_ms":"1","arguments":{}})", "timeout_ms: not a whole number up to 1000000000000"},
      {R"({"format":1,"arguments":{"instance":"A","epoch":1}})", "arguments.epoch: no such key"},
      {R"({"format":1,"arguments":{"instance":7}})", "arguments.instance: not a text of at most 16777216 bytes"},
      {R"({"format":1,"arguments":{"instance":"A","number":-1}})",
       "arguments.number: not a whole number up to 18446744073709551615"},
      {R"({"format":1,"arguments":{"instance":"A","number":1.5}})",
       "arguments.number: not a whole number up to 18446744073709551615"},
      {R"({"format":1,"arguments":{"instance":"A","number":18446744073709551616}})",
       "arguments.number: not a whole number up to 18446744073709551615"},
  };
  for (const auto& [body, why] : bodies) {
    const std::string answer = answer_site_call(site_, "site.reign", body, soon_);
    EXPECT_NE(answer.find(fmt::format("request not understood: {}\"", why)), std::string::npos)
        << body << ": " << answer;
  }
  for (const char* const verb : {"", "site.", "site.nothing", "reign", "site.reign.x"})
    EXPECT_NE(answer_site_call(site_, verb, R"({"format":1,"arguments":{}})", soon_).find("no verb"),
              std::string::npos);
  const std::string start = R"({"format":1,"arguments":{"server":{"kind":"machine"}}})";
  EXPECT_NE(answer_site_call(site_, "site.start", start, soon_).find("arguments.server.kind: not one of its words"),
            std::string::npos);
  const std::string copy = R"({"format":1,"arguments":{"server":{"copy":4294967296}}})";
  EXPECT_NE(answer_site_call(site_, "site.stop", copy, soon_).find("arguments.server.copy: not a whole number"),
            std::string::npos);
  const std::string inner = R"({"format":1,"arguments":{"server":{"name":"x","pid":1}}})";
  EXPECT_NE(answer_site_call(site_, "site.stop", inner, soon_).find("arguments.server.pid: no such key"),
            std::string::npos);
  const std::string lost = R"({"format":1,"arguments":{"receipt":{"id":"a-1"},"lost":{"bytes":4,"digits":"00zz"}}})";
  EXPECT_NE(answer_site_call(site_, "site.put_receipt", lost, soon_).find("no text as agents send it"),
            std::string::npos);
  EXPECT_EQ(site_.asked, "") << "nothing was done";
}

TEST_F(SiteCalls, AnAnswerThatIsNotUnderstoodIsHwremote) {
  const auto outcome_of = [this](const std::string& answer) {
    RemoteSite odd("n2", [&](const std::string&, const std::string&, Deadline) { return Result<std::string>(answer); });
    const auto at = odd.position("A", soon_);
    return at.has_value() ? std::string("taken") : at.error().render();
  };
  EXPECT_EQ(outcome_of(R"({"format":1,"result":{"up":true}})"), "taken");
  EXPECT_EQ(outcome_of("x"), "%GTM-E-HWREMOTE, n2: site.position: answer not understood: no JSON object\n");
  EXPECT_EQ(outcome_of(R"({"format":1,"result":{"up":1}})"),
            "%GTM-E-HWREMOTE, n2: site.position: answer not understood: result.up: neither true nor false\n");
  EXPECT_EQ(outcome_of(R"({"format":1,"result":{"above":true}})"),
            "%GTM-E-HWREMOTE, n2: site.position: answer not understood: result.above: no such key\n");
  EXPECT_EQ(outcome_of(R"({"format":1,"error":{"code":"FROMLATER","severity":"E","text":"of a later release"}})"),
            "%GTM-E-HWREMOTE, n2: FROMLATER, of a later release\n");
  EXPECT_EQ(outcome_of(R"({"format":1,"error":{"code":"HWINUSE","severity":"Q","text":"x"}})"),
            "%GTM-E-HWREMOTE, n2: HWINUSE, x\n");
}

TEST_F(SiteCalls, GarbageIsAnsweredAndHarmsNothing) {
  const unsigned seed = std::random_device{}();
  SCOPED_TRACE(fmt::format("seed {}", seed));
  std::mt19937 random(seed);
  const std::string whole =
      R"({"format":1,"timeout_ms":5,"arguments":{"receipt":{"id":"a-1","state":"open","count":null,"first":7},)"
      R"("lost":{"bytes":3,"packed":false,"digits":"616263"}}})";
  for (int round = 0; round < 20'000; ++round) {
    std::string body = whole;
    for (auto changes = 1 + random() % 4; changes > 0; --changes) {
      const std::size_t at = random() % body.size();
      switch (random() % 3) {
        case 0:
          body[at] = static_cast<char>(random() % 256);
          break;
        case 1:
          body.erase(at, random() % 5);
          break;
        default:
          body.insert(at, 1, "{}[]\",:0-"[random() % 9]);
          break;
      }
      if (body.empty()) body = "x";
    }
    const std::string answer = answer_site_call(site_, "site.put_receipt", body, soon_);
    ASSERT_TRUE(answer.starts_with(R"({"format":1,"error":)") || answer == R"({"format":1,"result":{}})") << body;
  }
}

}  // namespace
}  // namespace hw::cluster

// Files of lost transactions, and messages of commands, as this room reads them.
#include "cluster/site/lost_text.h"

#include <gtest/gtest.h>

#include <random>

#include "cluster/site/message_text.h"
#include "test/unit/cluster_board/board_sample.h"

namespace hw::cluster {
namespace {

const std::string kText =
    "GDSJEX07 ROLLBACK PRIMARY A\n"
    "01\\67896,6637\\1\\8749\\host\\root\\\\0\\\\\\\n"
    "08\\67902,73901\\11\\8749\\0\\918230\\0\\0\n"
    "05\\67902,73901\\11\\8749\\0\\918230\\0\\0\\1\\0\\^acct(17,\"balance\")=\"100\"\n"
    "04\\67902,73901\\11\\8749\\0\\918230\\0\\0\\2\\0\\^log(991)\n"
    "09\\67902,73901\\11\\8749\\0\\918230\\0\\0\\1\\BATCH\n"
    "; a comment\n"
    "05\\67902,73902\\12\\8749\\0\\918231\\0\\0\\0\\0\\^x(\"a=\"\"b)\",2)=\"v=w\"\n"
    "00\\67902,73902\\13\\8749\\0\\918232\\0\\0\n"
    "05\\67902,73902\\14\\8749\\0\\918233\\0\\0\\0\\0\\^plain=5\n";

TEST(LostText, HasTransactionsWithTheirNodes) {
  const hw::test::TimeZone utc("UTC");
  const LostText lost = parse_lost_text(kText, "acct-42.los").value();
  EXPECT_EQ(lost.instance, "A");
  EXPECT_TRUE(lost.primary);
  ASSERT_EQ(lost.transactions.size(), 4U);
  EXPECT_EQ(lost.transactions[0].seqno, 918230U);
  EXPECT_EQ(lost.transactions[0].nodes, (std::vector<std::string>{"^acct(17,\"balance\")", "^log(991)"}));
  EXPECT_EQ(lost.transactions[0].time_us, hw::test::at(20, 31, 41));
  EXPECT_EQ(lost.transactions[1].nodes, (std::vector<std::string>{"^x(\"a=\"\"b)\",2)"}));
  EXPECT_TRUE(lost.transactions[2].nodes.empty()) << "a null transaction";
  ASSERT_EQ(lost.updates.size(), 4U);
  EXPECT_EQ(lost.updates[0].value, "\"100\"");
  EXPECT_FALSE(lost.updates[1].value.has_value());
  EXPECT_EQ(lost.updates[2].value, "\"v=w\"");
  EXPECT_EQ(lost.updates[3].global, "^plain");
  EXPECT_EQ(lost.updates[3].value, "5");
}

TEST(LostText, OfTheOlderLayoutAndOfASecondary) {
  const LostText lost =
      parse_lost_text("GDSJEX03 ROLLBACK SECONDARY B UTF-8\n05\\67896,6637\\11\\8749\\0\\5\\^a=1\n", "x").value();
  EXPECT_EQ(lost.instance, "B");
  EXPECT_FALSE(lost.primary);
  ASSERT_EQ(lost.transactions.size(), 1U);
  EXPECT_EQ(lost.transactions[0].nodes, std::vector<std::string>{"^a"});
  EXPECT_TRUE(parse_lost_text("", "x").value().transactions.empty());
}

TEST(LostText, WhatIsNoneIsRefusedWithItsLine) {
  const auto why = [](const std::string& text) {
    const auto lost = parse_lost_text(text, "x.los");
    return lost.has_value() ? std::string("taken") : lost.error().text;
  };
  const std::string head = "GDSJEX07 ROLLBACK PRIMARY A\n";
  EXPECT_EQ(why("GDSJDX08\n"), "Journal extract file x.los, line 1: GDSJEX07 or GDSJEX03 was expected");
  EXPECT_EQ(why("GDSJEX07\n"), "Journal extract file x.los, line 1: ROLLBACK PRIMARY or SECONDARY was expected");
  EXPECT_EQ(why(head + "05\\1\\2\n"), "Journal extract file x.los, line 2: no line of a journal extract");
  EXPECT_EQ(why(head + "05\\67896,1\\1\\1\\0\\zero\\0\\0\\0\\0\\^a=1\n"),
            "Journal extract file x.los, line 2: its seqno is no number");
  EXPECT_EQ(why(head + "05\\67896,1\\1\\1\\0\\0\\0\\0\\0\\0\\^a=1\n"),
            "Journal extract file x.los, line 2: its seqno is no number");
  EXPECT_EQ(why(head + "05\\67896,1\\1\\1\\0\\5\\0\\0\\0\\0\\^a(1=1\n"), "Journal extract file x.los, line 2: no node");
  EXPECT_EQ(why(head + "05\\67896,1\\1\\1\\0\\5\\0\\0\\0\\0\\^a\n"), "Journal extract file x.los, line 2: no node");
  EXPECT_EQ(why(head + "04\\67896,1\\1\\1\\0\\5\\0\\0\\0\\0\\^a=1\n"), "Journal extract file x.los, line 2: no node");
  EXPECT_EQ(why(head + "00\\67896,1\\1\\1\\0\\5\\0\\0\n00\\67896,1\\1\\1\\0\\4\\0\\0\n"),
            "Journal extract file x.los, line 3: its seqno is below the one before");
}

TEST(LostText, PropertyAnyBytesAreReadOrRefused) {
  const unsigned seed = std::random_device{}();
  SCOPED_TRACE(fmt::format("seed {}", seed));
  std::mt19937 random(seed);
  for (int round = 0; round < 20'000; ++round) {
    std::string text = kText;
    for (auto changes = 1 + random() % 5; changes > 0; --changes)
      text[random() % text.size()] = static_cast<char>(random() % 256);
    text.resize(text.size() - random() % 100);
    const auto lost = parse_lost_text(text, "x");
    if (!lost.has_value()) continue;
    for (const LostTransaction& one : lost->transactions)
      for (const std::string& node : one.nodes) ASSERT_EQ(reference_at_front(node), node);
  }
}

// ---- messages ----

TEST(MessageText, ALineIsAnErrorAgain) {
  const Error error = make_error<MsgId::HWINUSE>("Instance A", "its processes");
  const auto again = error_of_line(message_line(error.id, error.severity, error.text));
  ASSERT_TRUE(again.has_value());
  EXPECT_EQ(again->id, error.id);
  EXPECT_EQ(again->render(), error.render());
  for (const char* const line : {"", "%GTM-", "%GTM-E-", "%GTM-E-HWINUSE", "%GTM-E-NOSUCHCODE, x", "%GTM-Q-HWINUSE, x",
                                 "%GDE-E-HWINUSE, x", "GTM-E-HWINUSE, x"})
    EXPECT_FALSE(error_of_line(line).has_value()) << line;
}

TEST(MessageText, ACommandsFirstErrorIsTheOneThatCounts) {
  const auto error = error_of_output(
      "Initial processing started\n%GTM-I-FILERENAME, File x is renamed to y\n%GTM-E-JNLFILEOPNERR, Error opening "
      "journal file z\n%SYSTEM-E-ENO2, No such file or directory\n%GTM-E-MUNOACTION, MUPIP unable to perform requested "
      "action\n");
  ASSERT_TRUE(error.has_value());
  EXPECT_EQ(error->id, MsgId::JNLFILEOPNERR);
  ASSERT_EQ(error->extra.size(), 2U);
  EXPECT_TRUE(error->extra[0].starts_with("%SYSTEM-E-ENO2"));
  EXPECT_FALSE(error_of_output("all is well\n%GTM-W-HWFENCED, Instance A has no current lease\n").has_value());
}

}  // namespace
}  // namespace hw::cluster

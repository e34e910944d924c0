// What the specification prints, byte for byte, and the situations beside its examples.
#include "cluster/board/board_tables.h"
#include "cluster/board/history.h"
#include "cluster/board/receipt.h"
#include "cluster/board/status.h"
#include "cluster/board/topology.h"
#include "test/unit/cluster_board/board_sample.h"

namespace hw::test {
namespace {

Board sample_board() { return join(sample_parts(), "n1", kNow_us); }

TEST(Psr, AsInTheSpecification) {
  EXPECT_EQ(text_of(psr_table(sample_board(), {})),
            R"(Prog Name     Queue Name       Grp Name   ID   RqDone  Load Done  Current Service
---------     ----------       --------   --   ------  ---------  ---------------
coordinator   127.0.0.1:7600   n1          1       12          -  ( - )
agent         127.0.0.1:7600   n1          1      340          -  ( IDLE )
source:B      127.0.0.1:7701   acct      101   918233      40112  ( - )
gateway:gwA   127.0.0.1:6379   acct      102        -          -  ( IDLE )
handler:gwA   127.0.0.1:6379   acct      103   918240      40110  ( - )
report        -                acct      104        -          -  ( - MIGRATING )
agent         127.0.0.1:7601   n2          2        -          -  ( PARTITIONED )
)");
}

TEST(Psr, SelectionLeavesTheRowsOfOneGroupOrNode) {
  const Board board = sample_board();
  EXPECT_EQ(psr_table(board, {.group = "acct", .node = ""}).rows.size(), 4u);
  EXPECT_TRUE(psr_table(board, {.group = "other", .node = ""}).rows.empty());
  EXPECT_EQ(psr_table(board, {.group = "", .node = "n2"}).rows.size(), 1u);
  EXPECT_EQ(psr_table(board, {.group = "", .node = "n1"}).rows.size(), 6u);
}

TEST(Psr, WhatWasTakenDownHasNoRow) {
  BoardParts parts = sample_parts();
  for (ServerReport& server : parts.reports.front().servers)
    if (server.name == "source:B") server.state = BoardServerState::Down;
  const std::string text = text_of(psr_table(join(parts, "n1", kNow_us), {}));
  EXPECT_EQ(text.find("source:B"), text.npos);
  EXPECT_NE(text.find("gateway:gwA"), text.npos);
}

TEST(Psr, ServersOfASilentNodeArePartitioned) {
  BoardParts parts = sample_parts();
  parts.heard = {{"n1", kLastHeard_us, NodeState::Silent}, {"n2", kNow_us, NodeState::Running}};
  const std::string text = text_of(psr_table(join(parts, "n2", kNow_us), {}));
  EXPECT_NE(text.find("coordinator   127.0.0.1:7600   n1          1        -          -  ( PARTITIONED )\n"), text.npos)
      << text;
  EXPECT_NE(text.find("source:B      127.0.0.1:7701   acct      101        -          -  ( PARTITIONED )\n"), text.npos)
      << text;
}

TEST(Psr, ANodeOffTheBoardHasNoRow) {
  BoardParts parts = sample_parts();
  clean_node(parts, "n2");
  EXPECT_EQ(text_of(psr_table(join(parts, "n1", kNow_us), {})).find("n2"), std::string::npos);
}

TEST(Psr, ColumnsWidenForTheLongestEntry) {
  BoardParts parts = sample_parts();
  for (ServerReport& server : parts.reports.front().servers)
    if (server.name == "source:B") server.queue = "[2001:db8:0:1::17]:7701";
  const std::string text = text_of(psr_table(join(parts, "n1", kNow_us), {}));
  EXPECT_NE(text.find("Prog Name     Queue Name               Grp Name   ID"), text.npos) << text;
  EXPECT_NE(text.find("source:B      [2001:db8:0:1::17]:7701  acct      101"), text.npos) << text;
}

TEST(Status, AsInTheSpecification) {
  const TimeZone zone("UTC");
  EXPECT_EQ(
      status_text(sample_board()),
      R"(domain bank  dcs manual (by operator only)  generation 3 9f2c01ab44d1  coordinator n1 since 2026-11-28 20:24:02
node n1  127.0.0.1:7600  running  acct
node n2  127.0.0.1:7601  not heard since 2026-11-28 20:31:40  acct
group acct  UP  place n1  root A  epoch 41
instance A  n1  root  epoch 41  next 918234  lag 0 / 0.0 s
  gateway:gwA  n1  127.0.0.1:6379  READY
instance B  n2  secondary  epoch 41  next 918230  lag 4 / 0.1 s
problem W HWREMOTE n2: no answer in 3 s
)");
}

TEST(Status, TimesAreLocal) {
  const TimeZone zone("EST5");
  EXPECT_NE(status_text(sample_board()).find("coordinator n1 since 2026-11-28 15:24:02"), std::string::npos);
}

TEST(Status, PauseIsInTheFirstLine) {
  const TimeZone zone("UTC");
  BoardParts parts = sample_parts();
  const auto first_line = [&](std::uint64_t until_us) {
    parts.orders.paused_until_us = until_us;
    const std::string text = status_text(join(parts, "n1", kNow_us));
    return text.substr(0, text.find('\n'));
  };
  EXPECT_TRUE(first_line(at(21, 0, 0)).ends_with("  paused until 2026-11-28 21:00:00"));
  EXPECT_TRUE(first_line(kUntilResume_us).ends_with("  paused until resume"));
  EXPECT_TRUE(first_line(kNow_us).ends_with("since 2026-11-28 20:24:02")) << "it is over";
}

TEST(Status, WhatIsNotKnownIsADash) {
  BoardParts parts;
  parts.report("n1").release = "0.1.0";
  EXPECT_EQ(status_text(join(parts, "n1", kNow_us)),
            "domain -  dcs manual (by operator only)  generation -  coordinator -\n"
            "node n1  -  running  -\n");
}

TEST(Status, NoTextOfAUserBreaksALine) {
  BoardParts parts = sample_parts();
  parts.reports.front().problems = {{'W', "HWKEYIDLE", "a\nproblem W FORGED b\x1b[2J", "n1"}};
  const std::string text = status_text(join(parts, "n1", kNow_us));
  EXPECT_NE(text.find("problem W HWKEYIDLE a?problem W FORGED b?[2J\n"), text.npos) << text;
}

TEST(StatusCheck, OkCountsNodesAndGroups) {
  BoardParts parts = sample_parts();
  hear(parts, "n2", kNow_us);
  const HealthCheck check = check_health(join(parts, "n1", kNow_us));
  EXPECT_EQ(check.line, "OK bank: 2 nodes, 1 groups");
  EXPECT_EQ(check.exit(), 0);
}

TEST(StatusCheck, AnyProblemIsAWarning) {
  const HealthCheck check = check_health(sample_board());
  EXPECT_EQ(check.line, "WARNING bank: HWREMOTE n2: no answer in 3 s");
  EXPECT_EQ(check.exit(), 1);
}

TEST(StatusCheck, AGroupWithoutAcceptingRootIsCritical) {
  BoardParts parts = sample_parts();
  parts.report("n1").instances.front().accepting = false;
  HealthCheck check = check_health(join(parts, "n1", kNow_us));
  EXPECT_EQ(check.line, "CRITICAL bank: group acct has no root that accepts updates");
  EXPECT_EQ(check.exit(), 2);
  parts = sample_parts();
  parts.orders.groups.front().state = GroupState::Failed;
  check = check_health(join(parts, "n1", kNow_us));
  EXPECT_EQ(check.line, "CRITICAL bank: group acct is FAILED");
  // Its root is not heard: nobody knows whether it accepts.
  parts = sample_parts();
  parts.heard = {{"n1", kLastHeard_us, NodeState::Silent}};
  check = check_health(join(parts, "n2", kNow_us));
  EXPECT_EQ(check.line, "CRITICAL bank: group acct is PARTITIONED");
}

TEST(StatusCheck, NoAgentIsUnknown) {
  const HealthCheck check = health_unknown("bank", "no agent answers");
  EXPECT_EQ(check.line, "UNKNOWN bank: no agent answers");
  EXPECT_EQ(check.exit(), 3);
  EXPECT_EQ(health_unknown("", "no agent answers").line, "UNKNOWN -: no agent answers");
}

/// The sample with D, which B feeds.
BoardParts parts_with_d() {
  BoardParts parts = sample_parts();
  hear(parts, "n2", kNow_us);
  hear(parts, "n3", kNow_us);
  parts.orders.nodes.push_back({"n3", "127.0.0.1:7602", Wanted::Up, false});
  parts.orders.instances.push_back({"D", "acct", "n3", "B"});
  NodeReport& report = parts.report("n3");
  report.stamp = {1, 0, 1};
  report.instances = {sample_instance("D", BoardRole::Secondary, 918'229)};
  report.instances.front().last_commit_us -= 75'000;  // Its last transaction is 0.2 s older than the root's.
  report.instances.front().fed_by = "B";
  return parts;
}

TEST(Topology, AsInTheSpecification) {
  EXPECT_EQ(topology_text(join(parts_with_d(), "n1", kNow_us)), R"(acct  epoch 41
A  root  next 918234
  B  secondary  next 918230  root 4 / 0.1 s  feeder 4 / 0.1 s
    D  secondary  next 918229  root 5 / 0.2 s  feeder 1 / 0.1 s
)");
}

TEST(Topology, WithoutARootWhatShallFeedCounts) {
  BoardParts parts = sample_parts();
  parts.reports.clear();
  EXPECT_EQ(topology_text(join(parts, "n1", kNow_us)), R"(acct  epoch 41
A  down  next -  root - / -  feeder - / -
  B  down  next -  root - / -  feeder - / -
)");
}

TEST(Topology, InstancesThatFeedOneAnotherInARingEndTheWalk) {
  BoardParts parts = parts_with_d();
  parts.report("n1").instances.front().role = BoardRole::Secondary;
  parts.report("n1").instances.front().fed_by = "D";
  const Board board = join(parts, "n1", kNow_us);
  const auto places = tree_of(board, board.groups.front());
  ASSERT_EQ(places.size(), 3u);
  EXPECT_EQ(places[0].instance->name, "A");
  EXPECT_EQ(places[1].instance->name, "B");
  EXPECT_EQ(places[2].instance->name, "D");
}

TEST(Lag, AsInTheSpecification) {
  EXPECT_EQ(text_of(lag_table(sample_board(), "")), R"(From  To  Unsent  Unacked  Seconds  Bytes/s
A     B        0        4      0.1    51200
)");
}

TEST(Lag, OfAnInstanceIsTheWayFromItsRoot) {
  BoardParts parts = parts_with_d();
  Hop hop;
  hop.from = "B";
  hop.to = "D";
  parts.report("n2").hops = {hop};
  const Board board = join(parts, "n1", kNow_us);
  EXPECT_EQ(text_of(lag_table(board, "D")), R"(From  To  Unsent  Unacked  Seconds  Bytes/s
A     B        0        4      0.1    51200
B     D        0        0        -        -
)");
  EXPECT_EQ(lag_table(board, "B").rows.size(), 1u);
  EXPECT_TRUE(lag_table(board, "A").rows.empty());
}

TEST(Processes, AsInTheSpecification) {
  const TimeZone zone("UTC");
  BoardParts parts = sample_parts();
  std::erase_if(parts.reports.front().servers, [](const ServerReport& server) { return server.name != "source:B"; });
  EXPECT_EQ(text_of(process_table(join(parts, "n1", kNow_us), {})),
            R"(Server    Group  Node  Spr_no   Pid  Status  Restarts   Count  Since
source:B  acct   n1       101  2787  READY          0  918233  2026-11-28 20:24:02
)");
}

TEST(History, AsInTheSpecification) {
  const TimeZone zone("UTC");
  HistoryEntry boot;
  boot.node = boot.host = "n1";
  boot.number = 1;
  boot.time_us = kBooted_us;
  boot.user = "root";
  boot.what = "boot";
  boot.result = HistoryResult::Done;
  HistoryEntry take;
  take.node = take.host = "n2";
  take.number = 1;
  take.time_us = at(20, 31, 43);
  take.user = "agent";
  take.what = "B takes acct";
  take.why = "lease of A over";
  take.result = HistoryResult::Done;
  take.epoch = 42;
  EXPECT_EQ(text_of(history_table(merge_history({{take}, {boot}}))),
            R"(Time                 Who        What              Why              Result  Epoch
2026-11-28 20:24:02  root@n1    boot              -                done    -
2026-11-28 20:31:43  agent@n2   B takes acct      lease of A over  done    42
)");
}

TEST(LostTransactions, ShowAsInTheSpecification) {
  const TimeZone zone("UTC");
  const ReceiptFile file{sample_receipt(), {{918'230, at(20, 31, 41), {"^acct(17,\"balance\")", "^log(991)"}}}};
  EXPECT_EQ(receipt_text(file), R"(Id       acct-42
State    collected
Old      A, epoch 41, last known 918233
New      B, epoch 42, first own 918230
Count    4
Seqno   Time                 Nodes
918230  2026-11-28 20:31:41  ^acct(17,"balance") ^log(991)
)");
}

TEST(LostTransactions, DiffShowsWhatEachNodeWasAndIs) {
  const std::vector<LostNode> nodes{{918'230, "^acct(17,\"balance\")", "\"100\"", "\"90\"", true},
                                    {918'231, "^log(991)", std::nullopt, std::nullopt, false}};
  EXPECT_EQ(diff_text(sample_receipt(), nodes),
            receipt_head(sample_receipt()) + R"(Global               Lost   Present  Zqgblmod
^acct(17,"balance")  "100"  "90"     1
^log(991)            -      -        0
)");
}

TEST(LostTransactions, ListHasALineForEachReceipt) {
  BoardParts parts = sample_parts();
  Receipt open;
  open.id = "acct-43";
  open.group = "acct";
  open.old_instance = "B";
  open.old_epoch = 42;
  Receipt conflicts = sample_receipt();
  conflicts.id = "acct-41";
  conflicts.state = ReceiptState::Conflicts;
  conflicts.conflicts = 3;
  parts.report("n2").receipts = {sample_receipt(), open, conflicts};
  EXPECT_EQ(text_of(receipt_table(join(parts, "n1", kNow_us))),
            R"(Id       Instance  Epoch  Count   First    Last  State
acct-42  A            41      4  918230  918233  collected
acct-43  B            42      -       -       -  open
acct-41  A            41      4  918230  918233  conflicts 3
)");
}

TEST(ConfigList, HasALineForEachGeneration) {
  const TimeZone zone("UTC");
  const auto row = [](std::uint64_t number, char digit) {
    GenerationRow made;
    made.generation.number = number;
    made.generation.time_s = static_cast<std::int64_t>(kBooted_us / 1'000'000 + number);
    made.generation.by = "root@n1";
    made.generation.sha256 = std::string(64, digit);
    return made;
  };
  std::vector<GenerationRow> rows{row(1, 'a'), row(2, 'b'), row(3, 'c')};
  rows[1].running = true;
  rows[2].current = true;
  rows.emplace_back().generation.number = 4;
  rows.back().damage = make_error<MsgId::HWCFGBAD>("config/4.note", "no note");
  EXPECT_EQ(text_of(generation_table(rows)), R"(Generation  Time                 By       Sha256        State
1           2026-11-28 20:24:03  root@n1  aaaaaaaaaaaa  stored
2           2026-11-28 20:24:04  root@n1  bbbbbbbbbbbb  running
3           2026-11-28 20:24:05  root@n1  cccccccccccc  current
4           -                    -        -             stored, damaged
)");
}

}  // namespace
}  // namespace hw::test

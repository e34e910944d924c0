// What an agent does to the instances of its node, with real instances, servers and commands.
#include "cluster/site/local_site.h"

#include <sys/stat.h>

#include <atomic>

#include "cluster/board/receipt.h"
#include "replic/control/fence.h"
#include "test/unit/cluster_site/sites_stage.h"

namespace hw::cluster {
namespace {

using namespace std::chrono_literals;
using hw::test::must;
using test_sites::soon;

class LocalSites : public test_sites::SitesTest {};

template <typename T>
std::optional<MsgId> outcome(const Result<T>& result) {
  return result.has_value() ? std::nullopt : std::optional(result.error().id);
}

// ---- looking ----

TEST_F(LocalSites, ACheckFindsWhatIsMissing) {
  const auto faults = [&](const CheckRequest& request) {
    std::string out;
    for (const CheckFinding& finding : must(site("A").check(request, soon())).findings)
      out += finding.what + (finding.fault ? ": " + finding.fault->text + "; " : "; ");
    return out;
  };
  EXPECT_EQ(faults({1, {"A"}, {"sleeper"}}), "agent; programs; scripts; database; instance file; ");
  EXPECT_NE(faults({2, {"A"}, {}}).find("agent: n1: generation 2 is not here"), std::string::npos);
  std::filesystem::rename(folder("A") + "/gtm.dat", folder("A") + "/aside");
  EXPECT_NE(faults({1, {"A"}, {}}).find("database: "), std::string::npos);
  std::filesystem::rename(folder("A") + "/aside", folder("A") + "/gtm.dat");
  std::filesystem::copy_file(folder("B") + "/gtm.repl", folder("A") + "/gtm.repl",
                             std::filesystem::copy_options::overwrite_existing);
  EXPECT_NE(faults({1, {"A"}, {}}).find("it is of instance B, not A"), std::string::npos);
  EXPECT_EQ(must(site("A").check({1, {}, {}}, soon())).running_generation, 0U);
  must(site("A").note_generation(1, soon()));
  EXPECT_EQ(must(site("A").check({1, {}, {}}, soon())).running_generation, 1U);
  EXPECT_EQ(outcome(site("A").position("B", soon())), MsgId::HWCFGBAD) << "another node's";
}

TEST_F(LocalSites, APositionTellsEachStateFromTheOthers) {
  const Position fresh = at("A");
  EXPECT_EQ(fresh.role, BoardRole::Down);
  EXPECT_TRUE(!fresh.up && fresh.clean && !fresh.accepting && !fresh.has_history && !fresh.fence_required);
  EXPECT_EQ(fresh.next_seqno, 1U);
  EXPECT_GT(fresh.bytes_free, 0U);
  StartRequest root = to_start("A", source("B"));
  root.as_root = true;
  must(site("A").start(root, soon()));
  const Position fenced = at("A");
  EXPECT_TRUE(fenced.up && fenced.fence_required && !fenced.accepting && !fenced.clean);
  EXPECT_EQ(fenced.pool_epoch, 0U);
  EXPECT_EQ(fenced.last_epoch, 0U);
  must(site("A").reign("A", 41, soon()));
  update("A", 1, 10);
  const Position reigning = at("A");
  EXPECT_EQ(reigning.role, BoardRole::Root);
  EXPECT_TRUE(reigning.accepting && reigning.has_history);
  EXPECT_EQ(reigning.pool_epoch, 41U);
  EXPECT_EQ(reigning.known_epoch, 41U);
  EXPECT_EQ(reigning.next_seqno, 11U);
  EXPECT_EQ(reigning.last_root, "A");
  EXPECT_EQ(reigning.last_epoch, 41U);
  EXPECT_GT(reigning.last_commit_us, 0U);
  start_secondary("B", "A");
  expect_equal("B", "A");
  const Position following = at("B");
  EXPECT_EQ(following.role, BoardRole::Secondary);
  EXPECT_TRUE(following.up && !following.accepting && following.has_history);
  EXPECT_EQ(following.received_seqno, 10U);
  EXPECT_EQ(following.last_root, "A");
  EXPECT_EQ(following.known_epoch, 41U) << "it has come over the link";
  EXPECT_EQ(must(site("B").look("B")).receiver->fed_by, "A");
  take_down("A");
  const Position down = at("A");
  EXPECT_TRUE(!down.up && down.clean && !down.accepting);
  EXPECT_EQ(down.next_seqno, 11U);
  EXPECT_EQ(down.known_epoch, 41U);
}

TEST_F(LocalSites, MemoryThatMayNotBeSeenIsNotTakenForAnInstanceThatIsDown) {
  start_root("A", {"B"}, 1);
  // A copy in its place: what the processes use is another file.
  std::filesystem::copy_file(folder("A") + "/gtm.repl", folder("A") + "/copy");
  std::filesystem::rename(folder("A") + "/gtm.repl", folder("A") + "/aside");
  std::filesystem::rename(folder("A") + "/copy", folder("A") + "/gtm.repl");
  EXPECT_EQ(outcome(site("A").position("A", soon())), MsgId::HWUNSEEN);
  std::filesystem::rename(folder("A") + "/aside", folder("A") + "/gtm.repl");
  EXPECT_TRUE(at("A").up);
}

// ---- recovery ----

TEST_F(LocalSites, AnInstanceIsRecoveredWhateverEndedIt) {
  must(site("A").recover("A", soon()));
  EXPECT_TRUE(at("A").clean && at("A").fence_required);
  start_root("A", {"B"}, 1);
  EXPECT_EQ(outcome(site("A").recover("A", soon())), MsgId::HWINUSE);
  update("A", 1, 100);
  end_agent("n1");  // Or it would start them again.
  kill_servers("A");
  const auto crashed = must(look_at_instance(folder("A")));
  EXPECT_TRUE(!crashed.position.up && !crashed.position.clean);
  begin_agent("n1");
  take_down("A");
  EXPECT_TRUE(at("A").clean);
  EXPECT_EQ(at("A").next_seqno, 101U);
  EXPECT_EQ(get("A", "^a(100)"), "A-100\n");
}

TEST_F(LocalSites, WhatThePowerTookIsRolledBack) {
  start_root("A", {"B"}, 1);
  update("A", 1, 100);
  end_agent("n1");
  kill_servers("A");
  // As after a power loss: the memory is gone, and the instance file says that there was one.
  const auto look = must(look_at_instance(folder("A")));
  ASSERT_TRUE(look.memory.has_value());
  must(SharedMemory::remove(*look.memory));
  std::filesystem::remove(dir_of("n1") + "/run/processes");
  begin_agent("n1");
  EXPECT_FALSE(at("A").clean);
  must(site("A").recover("A", soon()));
  EXPECT_TRUE(at("A").clean);
  EXPECT_EQ(at("A").next_seqno, 101U);
}

// ---- servers ----

TEST_F(LocalSites, ServersStartStopAndAreFoundAgain) {
  StartRequest root = to_start("A", source("B"));
  root.as_root = true;
  const StartOutcome started = must(site("A").start(root, soon()));
  EXPECT_TRUE(started.pid != 0 && !started.already_up);
  const StartOutcome again = must(site("A").start(root, soon()));
  EXPECT_TRUE(again.pid == started.pid && again.already_up);
  end_agent("n1");
  EXPECT_NE(process_start(started.pid), 0U) << "servers outlive the agent";
  begin_agent("n1");
  EXPECT_TRUE(within(10s, [&] { return site("A").servers().size() == 1; }));
  const StartOutcome found = must(site("A").start(root, soon()));
  EXPECT_TRUE(found.pid == started.pid && found.already_up);
  const StopOutcome stopped = must(site("A").stop(source("B"), StopHow::WorkFirst, soon()));
  EXPECT_TRUE(stopped.pid == started.pid && !stopped.already_down && !stopped.killed);
  EXPECT_EQ(process_start(started.pid), 0U);
  EXPECT_TRUE(must(site("A").stop(source("B"), StopHow::WorkFirst, soon())).already_down);
  EXPECT_TRUE(site("A").servers().empty());
  must(site("A").close("A", soon()));
  EXPECT_FALSE(must(site("A").look("A")).memory.has_value());
}

TEST_F(LocalSites, OneThatWasStartedByHandIsTakenOver) {
  EXPECT_EQ(run("B", "mupip", "replicate -source -start -passive -instsecondary=A -log=hand.log -propagateprimary")
                .find("status"),
            std::string::npos);
  StartRequest passive = to_start("B", source("A"));
  passive.passive = true;
  const StartOutcome found = must(site("B").start(passive, soon()));
  EXPECT_TRUE(found.already_up);
  EXPECT_EQ(server_pids("B"), std::vector<std::uint32_t>{found.pid});
  EXPECT_EQ(must(site("B").stop(source("A"), StopHow::AtOnce, soon())).pid, found.pid);
}

TEST_F(LocalSites, OneThatDiesIsStartedAgainAndItsInstanceRecoveredFirst) {
  start_root("A", {"B"}, 1);
  update("A", 1, 10);
  const auto before = server_pids("A");
  kill_servers("A");  // All of them, so that the instance crashed.
  ASSERT_TRUE(within(60s, [&] {
    const auto now = server_pids("A");
    return now.size() == 1 && now != before;
  }));
  ASSERT_TRUE(within(60s, [&] { return at("A").up; }));
  EXPECT_FALSE(at("A").accepting) << "a new pool has no reign";
  EXPECT_EQ(at("A").next_seqno, 11U);
  must(site("A").reign("A", 2, soon()));
  update("A", 11, 12);
  EXPECT_EQ(at("A").next_seqno, 13U);
}

TEST_F(LocalSites, AnUpdateProcessThatDiedIsStartedAgainAndOneThatWasStoppedIsNot) {
  StartRequest root = to_start("A", source("B"));
  root.as_root = true;
  must(site("A").start(root, soon()));
  must(site("A").reign("A", 1, soon()));
  start_secondary("B", "A");
  update("A", 1, 10);
  expect_equal("B", "A");
  const ReceiverSeen before = must(site("B").look("B")).receiver.value();
  EXPECT_TRUE(before.applies && !before.update_died);
  ASSERT_EQ(::kill(static_cast<pid_t>(before.update_pid), SIGKILL), 0);
  ASSERT_TRUE(within(60s, [&] { return must(site("B").look("B")).receiver->update_died; }));
  update("A", 11, 20);
  must(site("B").start_update_process("B", soon()));
  expect_equal("B", "A");
  const ReceiverSeen after = must(site("B").look("B")).receiver.value();
  EXPECT_TRUE(after.applies && !after.update_died);
  EXPECT_EQ(after.pid, before.pid) << "the receiver server is the same";
  EXPECT_NE(after.update_pid, before.update_pid);

  run("B", "mupip", "replicate -receiver -shutdown -updateonly -timeout=0");
  ASSERT_TRUE(within(60s, [&] { return !must(site("B").look("B")).receiver->applies; }));
  EXPECT_FALSE(must(site("B").look("B")).receiver->update_died);
  must(site("B").start_update_process("B", soon()));
  EXPECT_FALSE(must(site("B").look("B")).receiver->applies) << "an operator has stopped it";
}

TEST_F(LocalSites, OneThatCannotRunSaysWhy) {
  StartRequest receives = to_start("B", receiver("B"));
  const auto failed = site("B").start(receives, soon());
  ASSERT_EQ(outcome(failed), MsgId::HWGAVEUP) << "there is no journal pool";
  EXPECT_NE(failed.error().render().find("NOJNLPOOL"), std::string::npos) << failed.error().render();
  StartRequest gateway = to_start("B", {ServerKind::Gateway, "gateway:gwB", "acct", 1});
  EXPECT_EQ(outcome(site("B").start(gateway, soon())), MsgId::HWREFUSED);
}

TEST_F(LocalSites, ApplicationServersRunInTheInstancesEnvironment) {
  StartRequest sleeper = to_start("C", {ServerKind::Application, "sleeper", "acct", 1});
  const StartOutcome started = must(site("C").start(sleeper, soon()));
  const std::string variables = hw::test::file_bytes(fmt::format("/proc/{}/environ", started.pid));
  EXPECT_NE(variables.find("HW_INSTANCE=C"), std::string::npos);
  EXPECT_NE(variables.find("gtmgbldir=" + folder("C") + "/gtm.gld"), std::string::npos);
  EXPECT_EQ(must(site("C").stop(sleeper.server, StopHow::WorkFirst, soon())).pid, started.pid);
  StartRequest failing = to_start("C", {ServerKind::Application, "failing", "acct", 1});
  EXPECT_EQ(outcome(site("C").start(failing, soon())), MsgId::HWGAVEUP);
}

TEST_F(LocalSites, WhatStillUsesTheMemoryIsNamed) {
  start_root("A", {"B"}, 1);
  // A program that has the database open.
  FILE* const shell = ::popen(fmt::format("cd {0} && gtmgbldir={0}/gtm.gld gtm_repl_instance={0}/gtm.repl exec {1}/gbl "
                                          "run - > /dev/null",
                                          folder("A"), HW_BIN_DIR)
                                  .c_str(),
                              "w");
  std::fputs("set ^open=1\n", shell);
  std::fflush(shell);
  ASSERT_TRUE(within(30s, [&] { return at("A").next_seqno == 2; }));
  must(site("A").stop(source("B"), StopHow::AtOnce, soon()));
  const Status left = site("A").close("A", soon());
  ASSERT_EQ(outcome(left), MsgId::HWIPCLEFT);
  EXPECT_NE(left.error().text.find("used by process "), std::string::npos) << left.error().text;
  ::pclose(shell);
  must(site("A").close("A", soon()));
}

TEST_F(LocalSites, AnAgentThatIsRootDoesAllAsTheFoldersOwner) {
  if (::geteuid() != 0) GTEST_SKIP() << "only root becomes others";
  constexpr uid_t kOther = 65534;
  std::filesystem::permissions(folder_.path(), std::filesystem::perms(0755));
  for (const char* const instance : {"A", "B"}) {
    must(site(instance).recover(instance, soon()));  // Makes what is missing before the owner changes.
    for (const auto& entry : std::filesystem::recursive_directory_iterator(folder(instance)))
      ASSERT_EQ(::lchown(entry.path().c_str(), kOther, kOther), 0);
    ASSERT_EQ(::chown(folder(instance).c_str(), kOther, kOther), 0);
  }
  start_root("A", {"B"}, 41);
  start_secondary("B", "A");
  for (const char* const instance : {"A", "B"})
    for (const std::uint32_t pid : server_pids(instance))
      EXPECT_NE(hw::test::file_bytes(fmt::format("/proc/{}/status", pid)).find("Uid:\t65534\t65534"),
                std::string::npos);
  update("A", 1, 10);
  expect_equal("B", "A");
  must(site("B").stop(receiver("B"), StopHow::AtOnce, soon()));
  update("A", 11, 12);
  take_down("A");
  must(site("B").reign("B", 42, soon()));
  StartRequest feeds_a = to_start("B", source("A"));
  feeds_a.as_root = true;
  must(site("B").start(feeds_a, soon()));
  const RejoinOutcome lost = must(site("A").rejoin({"A", "B", "acct-42"}, soon()));
  EXPECT_EQ(lost.count, 2U);
  start_secondary("A", "B");
  Receipt receipt;
  receipt.id = "acct-42";
  receipt.group = "acct";
  receipt.old_instance = "A";
  must(site("B").put_receipt(receipt, lost.lost_text, soon()));
  EXPECT_EQ(must(site("B").apply_receipt("acct-42", soon())).applied, 2U);
  expect_equal("A", "B");
  for (const char* const instance : {"A", "B"}) {
    take_down(instance);
    for (const auto& entry : std::filesystem::recursive_directory_iterator(folder(instance))) {
      struct stat about {};
      ASSERT_EQ(::lstat(entry.path().c_str(), &about), 0);
      if (entry.path().filename() == "statements") continue;  // The test's own.
      EXPECT_EQ(about.st_uid, kOther) << entry.path();
    }
  }
}

TEST_F(LocalSites, LooksIntoTheMemoryHinderNoRundown) {
  std::atomic<bool> over = false;
  std::thread looks([&] {
    for (; !over; std::this_thread::sleep_for(2ms)) (void)look_at_instance(folder("A"));
  });
  for (int round = 0; round < 5; ++round) {
    must(site("A").start(to_start("A", source("B")), soon()));
    must(site("A").stop(source("B"), StopHow::AtOnce, soon()));
    const Status closed = site("A").close("A", soon());
    EXPECT_TRUE(closed.has_value()) << closed.error().render();
  }
  over = true;
  looks.join();
}

// ---- reigns ----

TEST_F(LocalSites, AReignBeginsOnceAndEndsInOrder) {
  start_root("A", {"B"}, 41);
  update("A", 1, 5);
  must(site("A").reign("A", 41, soon()));
  EXPECT_EQ(must(site("A").stop_updates("A", soon())), 6U);
  EXPECT_EQ(must(site("A").stop_updates("A", soon())), 6U);
  EXPECT_FALSE(at("A").accepting);
  EXPECT_NE(run("A", "gbl", "set '^a' 1").find("SCNDDBNOUPD"), std::string::npos);
  must(site("A").allow_updates("A", soon()));
  update("A", 6, 6);
  must(site("A").give_up("A", soon()));
  must(site("A").give_up("A", soon()));
  EXPECT_EQ(outcome(site("A").allow_updates("A", soon())), MsgId::HWFENCED);
  EXPECT_FALSE(at("A").accepting);
  must(site("A").learn_epoch("A", 42, soon()));
  EXPECT_EQ(at("A").known_epoch, 42U);
  EXPECT_EQ(outcome(site("A").reign("A", 41, soon())), MsgId::HWEPOCHOLD);
  must(site("A").reign("A", 43, soon()));
  update("A", 7, 7);
  EXPECT_EQ(outcome(site("A").fence_off("A", soon())), MsgId::HWINUSE);
  take_down("A");
  must(site("A").give_up("A", soon()));
  EXPECT_EQ(outcome(site("A").reign("A", 44, soon())), MsgId::NOJNLPOOL);
  EXPECT_EQ(outcome(site("A").stop_updates("A", soon())), MsgId::NOJNLPOOL);
  must(site("A").fence_off("A", soon()));
  EXPECT_FALSE(at("A").fence_required);
}

TEST_F(LocalSites, WhoIsWaitedForAppliesOrSaysHowFarItIs) {
  start_root("A", {"B"}, 1);
  start_secondary("B", "A");
  update("A", 1, 50);
  must(site("B").wait_applied("B", 51, soon()));
  const Status late = site("B").wait_applied("B", 52, std::chrono::steady_clock::now() + 200ms);
  ASSERT_EQ(outcome(late), MsgId::HWREMOTE);
  EXPECT_EQ(late.error().text, "n2: B is at seqno 51, 52 was waited for");
}

TEST_F(LocalSites, AnAgentThatEndsWaitsForNothing) {
  start_root("A", {"B"}, 1);
  std::optional<Status> ended;
  std::thread waits([&] { ended = site("A").wait_applied("A", 100, Deadline::max()); });
  site("A").break_off();
  waits.join();
  EXPECT_EQ(outcome(*ended), MsgId::HWREMOTE);
  EXPECT_EQ(outcome(site("A").stop(source("B"), StopHow::AtOnce, Deadline::max())), MsgId::HWREMOTE);
}

TEST_F(LocalSites, ASecondaryBecomesRootInPlaceAndTheFormerOneFollows) {
  start_root("A", {"B", "C"}, 41);
  start_secondary("B", "A");
  start_secondary("C", "A");
  update("A", 1, 100);
  // S2 to S5: a reader and C's receiver stay.
  const std::uint64_t next = must(site("A").stop_updates("A", soon()));
  must(site("B").wait_applied("B", next, soon()));
  must(site("A").give_up("A", soon()));
  must(site("B").reign("B", 42, soon()));
  EXPECT_TRUE(at("B").accepting);
  update("B", 101, 110);
  // S7.
  take_down("A");
  StartRequest feeds_a = to_start("B", source("A"));
  feeds_a.as_root = true;
  const auto passive = server_pids("B");
  EXPECT_EQ(must(site("B").start(feeds_a, soon())).pid, passive.at(0)) << "the passive one has become active";
  const RejoinOutcome lost = must(site("A").rejoin({"A", "B", ""}, soon()));
  EXPECT_EQ(lost.count, 0U);
  EXPECT_EQ(lost.lost_text, "");
  start_secondary("A", "B");
  // S8.
  StartRequest feeds_c = to_start("B", source("C"));
  feeds_c.as_root = true;
  must(site("B").start(feeds_c, soon()));
  expect_equal("A", "B");
  expect_equal("C", "B");
  EXPECT_EQ(get("A", "^a(110)"), "B-110\n");
  EXPECT_EQ(get("C", "^a(110)"), "B-110\n");
  EXPECT_EQ(at("C").known_epoch, 42U);
}

// ---- lost transactions ----

TEST_F(LocalSites, WhatAFormerRootLostIsAppliedAgain) {
  start_root("A", {"B"}, 41);
  start_secondary("B", "A");
  update("A", 1, 20);
  expect_equal("B", "A");
  must(site("B").stop(receiver("B"), StopHow::AtOnce, soon()));
  update("A", 21, 24);  // B never gets these.
  end_agent("n1");
  kill_servers("A");
  std::filesystem::remove(dir_of("n1") + "/run/processes");
  begin_agent("n1");
  must(site("B").reign("B", 42, soon()));
  EXPECT_EQ(run("B", "gbl", "set '^a(22)' other"), "");
  Receipt receipt;
  receipt.id = "acct-42";
  receipt.group = "acct";
  receipt.node = "n2";
  receipt.old_instance = "A";
  receipt.new_instance = "B";
  receipt.new_epoch = 42;
  must(site("B").put_receipt(receipt, "", soon()));
  const auto nobody = site("A").rejoin({"A", "B", "acct-42"}, std::chrono::steady_clock::now() + 500ms);
  EXPECT_EQ(outcome(nobody), MsgId::HWREMOTE) << "B's source server is passive";
  StartRequest feeds_a = to_start("B", source("A"));
  feeds_a.as_root = true;
  must(site("B").start(feeds_a, soon()));
  const RejoinOutcome lost = must(site("A").rejoin({"A", "B", "acct-42"}, soon()));
  EXPECT_EQ(lost.count, 4U);
  EXPECT_EQ(lost.first, 21U);
  EXPECT_EQ(lost.last, 24U);
  EXPECT_EQ(must(site("A").rejoin({"A", "B", "acct-42"}, soon())).lost_text, lost.lost_text) << "asked again";
  receipt.state = ReceiptState::Collected;
  receipt.count = lost.count;
  must(site("B").put_receipt(receipt, lost.lost_text, soon()));
  const ReceiptFile file = must(decode_receipt(must(site("B").receipt_text("acct-42", soon())), ""));
  ASSERT_EQ(file.transactions.size(), 4U);
  EXPECT_EQ(file.transactions[0].nodes, std::vector<std::string>{"^a(21)"});
  EXPECT_EQ(must(site("B").lost_text("acct-42", soon())), lost.lost_text);
  start_secondary("A", "B");
  const auto diff = must(site("B").compare_lost("acct-42", soon()));
  ASSERT_EQ(diff.size(), 4U);
  EXPECT_EQ(diff[1].global, "^a(22)");
  EXPECT_EQ(diff[1].lost, "\"A-22\"");
  EXPECT_EQ(diff[1].present, "\"other\"");
  EXPECT_TRUE(diff[1].zqgblmod);
  EXPECT_FALSE(diff[0].present.has_value());
  EXPECT_FALSE(diff[0].zqgblmod);
  const Site::Applied applied = must(site("B").apply_receipt("acct-42", soon()));
  EXPECT_EQ(applied.applied, 3U);
  EXPECT_EQ(applied.conflicts, 1U);
  EXPECT_NE(hw::test::file_bytes(dir_of("n2") + "/losttn/acct-42.conflicts").find("^a(22)"), std::string::npos);
  const Site::Applied again = must(site("B").apply_receipt("acct-42", soon()));
  EXPECT_EQ(again.applied, 3U) << "nothing twice";
  EXPECT_EQ(get("B", "^a(24)"), "A-24\n");
  EXPECT_EQ(get("B", "^a(22)"), "other\n");
  std::vector<Error> faults;
  EXPECT_EQ(must(site("B").receipts(faults)).at(0).state, ReceiptState::Conflicts);
  must(site("B").complete_receipt("acct-42", soon()));
  EXPECT_EQ(must(site("B").receipts(faults)).at(0).state, ReceiptState::Complete);
  EXPECT_EQ(run("B", "gbl", "zqgblmod '^a(22)'"), "0\n");
  expect_equal("A", "B");
  EXPECT_EQ(get("A", "^a(24)"), "A-24\n");
}

TEST_F(LocalSites, WithoutItsJournalsAFormerRootNeedsARefresh) {
  start_root("A", {"B"}, 41);
  start_secondary("B", "A");
  update("A", 1, 20);
  expect_equal("B", "A");
  must(site("B").stop(receiver("B"), StopHow::AtOnce, soon()));
  update("A", 21, 24);
  EXPECT_EQ(run("A", "mupip", "set -journal=on,before_images -region '*'").find("status"), std::string::npos);
  update("A", 25, 25);
  take_down("A");
  for (const auto& entry : std::filesystem::directory_iterator(folder("A")))
    if (entry.path().filename().string().starts_with("gtm.mjl_")) std::filesystem::remove(entry.path());
  must(site("B").reign("B", 42, soon()));
  StartRequest feeds_a = to_start("B", source("A"));
  feeds_a.as_root = true;
  must(site("B").start(feeds_a, soon()));
  EXPECT_EQ(outcome(site("A").rejoin({"A", "B", "acct-42"}, soon())), MsgId::HWNEEDREFRESH);
  EXPECT_FALSE(site("A").refresh({"A", "C", false}, soon()).has_value()) << "C is down";
  must(site("A").refresh({"A", "B", true}, soon()));
  const Position copied = at("A");
  EXPECT_TRUE(!copied.up && copied.clean && copied.has_history && copied.fence_required);
  start_secondary("A", "B");
  update("B", 30, 31);
  expect_equal("A", "B");
  EXPECT_EQ(get("A", "^a(31)"), "B-31\n");
}

}  // namespace
}  // namespace hw::cluster

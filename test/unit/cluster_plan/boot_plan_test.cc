// Each letter of boot: what it starts.
#include "cluster/plan/boot_plan.h"

#include "test/unit/cluster_plan/plan_sample.h"

namespace hw::cluster::test {
namespace {

using Names = std::vector<std::string>;

std::string code_of(const Error& error) { return std::string(message_row(error.id).name); }

struct Planned {
  Names starts;  ///< `n1 report`, a copy above the first with its number
  Names notes;   ///< `I HWSVRMAX report at max 1`
  std::string ends_by;
  std::string refused;
};

Planned plan(const PlanSample& sample, const BootCommand& command) {
  Planned out;
  const Result<BootPlan> planned = plan_boot(sample.domain, sample.board(), sample.placements(), command);
  if (!planned) {
    out.refused = code_of(planned.error());
    return out;
  }
  for (const PlannedStart& start : planned->starts)
    out.starts.push_back(start.server.node + " " + start.server.name +
                         (start.copy == 1 ? "" : " " + std::to_string(start.copy)));
  for (const Error& note : planned->notes)
    out.notes.push_back(std::string(1, severity_letter(note.severity)) + " " + code_of(note) + " " + note.text);
  if (planned->ends_by) out.ends_by = code_of(*planned->ends_by) + " " + planned->ends_by->text;
  for (const PlannedRecovery& recovery : planned->recoveries)
    out.starts.push_back(recovery.node + " recovery:" + recovery.instance + (recovery.with_rejoin ? " rejoin" : ""));
  return out;
}

BootCommand boot_of(const Selection& selection) {
  BootCommand command;
  command.selection = selection;
  return command;
}

TEST(BootPlan, AllServersUpToTheirMinButBackups) {
  EXPECT_EQ(plan(PlanSample(kTwoGroups), {}).starts,
            (Names{"n1 source:B", "n1 source:X", "n1 receiver:Y", "n1 gateway:gwA", "n1 handler:gwA", "n1 report",
                   "n1 watch", "n1 vip", "n2 source:Y", "n2 source:C", "n2 receiver:B", "n2 gateway:gwB",
                   "n2 handler:gwB", "n2 watch", "n2 batch", "n2 batch 2", "n3 source:B", "n3 receiver:C"}));
}

TEST(BootPlan, LettersAAndTPartApplicationsFromEngine) {
  const PlanSample sample(kTwoGroups);
  EXPECT_EQ(plan(sample, boot_of({.applications_only = true})).starts,
            (Names{"n1 report", "n1 watch", "n1 vip", "n2 watch", "n2 batch", "n2 batch 2"}));
  EXPECT_EQ(plan(sample, boot_of({.engine_only = true, .group = "stock"})).starts,
            (Names{"n1 source:X", "n1 receiver:Y", "n2 source:Y"}));
  EXPECT_EQ(plan(sample, boot_of({.applications_only = true, .engine_only = true})).refused, "CLIERR");
}

TEST(BootPlan, LetterBTakesBackupsToo) {
  const PlanSample sample(kTwoGroups);
  BootCommand command = boot_of({.applications_only = true, .group = "stock"});
  command.with_backup = true;
  EXPECT_EQ(plan(sample, command).starts, (Names{"n1 watch", "n2 spare", "n2 watch", "n2 batch", "n2 batch 2"}));
  command.selection = {.servers = {{"spare", 1}}};
  EXPECT_EQ(plan(sample, command).starts, Names{"n2 spare"});
  command.with_backup = false;
  EXPECT_EQ(plan(sample, command).refused, "HWREFUSED");
}

TEST(BootPlan, LetterCAddsAHandlerToEachGateway) {
  PlanSample sample(edited(kSmall, {{"backup = [\"gwB\"]\n", "backup = [\"gwB\"]\nmax = 2\n"}}));
  BootCommand command;
  command.one_more_handler = true;
  EXPECT_EQ(plan(sample, command).starts, (Names{"n1 handler:gwA", "n2 handler:gwB"}));
  sample.all_up();
  EXPECT_EQ(plan(sample, command).starts, (Names{"n1 handler:gwA 2", "n2 handler:gwB 2"}));
  sample.up("n1", ServerKind::Handler, "handler:gwA", 2);
  EXPECT_EQ(plan(sample, command).starts, Names{"n2 handler:gwB 2"});
  EXPECT_EQ(plan(sample, command).notes, Names{"I HWSVRMAX handler:gwA at max 2"});
  command.selection.nodes = {"n2"};
  EXPECT_EQ(plan(sample, command).starts, Names{"n2 handler:gwB 2"});
  command.selection = {.group = "acct"};
  EXPECT_EQ(plan(sample, command).ends_by, "HWSVRMAX handler:gwA at max 2");
}

TEST(BootPlan, LettersGAndNSelectGroupsAndNodes) {
  const PlanSample sample(kTwoGroups);
  EXPECT_EQ(plan(sample, boot_of({.nodes = {"n3"}})).starts, (Names{"n3 source:B", "n3 receiver:C"}));
  EXPECT_EQ(plan(sample, boot_of({.group = "stock", .nodes = {"n1"}})).starts,
            (Names{"n1 source:X", "n1 receiver:Y", "n1 watch"}));
  EXPECT_EQ(plan(sample, boot_of({.group = "none"})).refused, "CLIERR");
  EXPECT_EQ(plan(sample, boot_of({.nodes = {"n9"}})).refused, "CLIERR");
}

TEST(BootPlan, ANodeWithoutAServerNowSaysWhereItsGroupsAre) {
  PlanSample sample;
  sample.group("acct").record = {"B", BoardLease::Held, 7, 0, 0, {}};
  const Planned elsewhere = plan(sample, boot_of({.applications_only = true, .nodes = {"n1"}}));
  EXPECT_TRUE(elsewhere.starts.empty());
  EXPECT_EQ(elsewhere.notes, Names{"I HWELSEWHERE Groups of n1 run on n2"});
}

TEST(BootPlan, ANodeThatPcleanTookOffIsLeftOut) {
  PlanSample sample;
  sample.group("acct").record = {"B", BoardLease::Held, 7, 0, 0, {}};
  sample.group("acct").place = "n2";
  sample.seen_by = "n2";
  clean_node(sample.parts, "n1");
  const Planned rest = plan(sample, {});
  EXPECT_EQ(rest.starts.front(), "n2 source:A");
  EXPECT_EQ(plan(sample, boot_of({.nodes = {"n1"}})).notes, Names{"I HWELSEWHERE Groups of n1 run on n2"});
}

TEST(BootPlan, LetterSStartsSoManyMoreAndIsClipped) {
  PlanSample sample(kTwoGroups);
  const auto more = [](std::uint32_t count) { return boot_of({.servers = {{"batch", count}}}); };
  EXPECT_EQ(plan(sample, more(1)).starts, Names{"n2 batch"});
  EXPECT_EQ(plan(sample, more(3)).starts, (Names{"n2 batch", "n2 batch 2", "n2 batch 3"}));
  sample.up("n2", ServerKind::Application, "batch", 1, "stock");
  sample.up("n2", ServerKind::Application, "batch", 3, "stock");
  EXPECT_EQ(plan(sample, more(1)).starts, Names{"n2 batch 2"});
  const Planned clipped = plan(sample, more(5));
  EXPECT_EQ(clipped.starts, (Names{"n2 batch 2", "n2 batch 4"}));
  EXPECT_EQ(clipped.notes, Names{"I HWSVRMAX batch at max 4"});
  EXPECT_EQ(clipped.ends_by, "");
  // Named twice is twice as many.
  EXPECT_EQ(plan(sample, boot_of({.servers = {{"batch", 1}, {"batch", 1}}})).starts,
            (Names{"n2 batch 2", "n2 batch 4"}));
  EXPECT_EQ(plan(sample, boot_of({.servers = {{"none", 1}}})).refused, "CLIERR");
  EXPECT_EQ(plan(sample, boot_of({.group = "acct", .servers = {{"batch", 1}}})).refused, "CLIERR");
}

TEST(BootPlan, LetterCapitalSStartsUpToMin) {
  PlanSample sample(kTwoGroups);
  EXPECT_EQ(plan(sample, boot_of({.all_of = {"batch"}})).starts, (Names{"n2 batch", "n2 batch 2"}));
  // Those that run count, whichever they are.
  sample.up("n2", ServerKind::Application, "batch", 3, "stock");
  EXPECT_EQ(plan(sample, boot_of({.all_of = {"batch"}})).starts, (Names{"n2 batch", "n2 batch 3"}));
  EXPECT_EQ(plan(sample, boot_of({.servers = {{"report", 1}}, .all_of = {"watch"}})).starts,
            (Names{"n1 report", "n1 watch", "n2 watch"}));
}

TEST(BootPlan, WithAGroupAServerAtMaxEndsItUnlessLetterI) {
  PlanSample sample;
  sample.all_up();
  BootCommand command = boot_of({.group = "acct", .servers = {{"report", 1}, {"handler:gwB", 1}}});
  Planned planned = plan(sample, command);
  EXPECT_TRUE(planned.starts.empty());
  EXPECT_EQ(planned.ends_by, "HWSVRMAX report at max 1");
  command.go_on_at_max = true;
  planned = plan(sample, command);
  EXPECT_EQ(planned.starts, Names{"n2 handler:gwB 2"});
  EXPECT_EQ(planned.notes, Names{"I HWSVRMAX report at max 1"});
  command.selection.servers = {{"report", 1}};
  EXPECT_EQ(plan(sample, command).notes, (Names{"I HWSVRMAX report at max 1", "I HWGRPMAX All of acct at max"}));
}

TEST(BootPlan, LetterQIsTheGroupsGatewayAlone) {
  EXPECT_EQ(plan(PlanSample(kTwoGroups), boot_of({.gateway_of = "acct"})).starts,
            (Names{"n1 gateway:gwA", "n2 gateway:gwB"}));
}

TEST(BootPlan, LetterCapitalBIsTheRelaysOfANode) {
  const PlanSample sample(kTwoGroups);
  EXPECT_EQ(plan(sample, boot_of({.relays_of = "n3"})).starts, (Names{"n3 source:B", "n3 receiver:C"}));
  EXPECT_TRUE(plan(sample, boot_of({.relays_of = "n1"})).starts.empty());
}

TEST(BootPlan, LetterEStartsAKindOfEngineServer) {
  const PlanSample sample(kTwoGroups);
  const auto kind = [&](const char* name) {
    BootCommand command;
    command.engine_kind = name;
    return plan(sample, command);
  };
  EXPECT_EQ(kind("rcv").starts, (Names{"n1 receiver:Y", "n2 receiver:B", "n3 receiver:C"}));
  EXPECT_EQ(kind("src").starts, (Names{"n1 source:B", "n1 source:X", "n2 source:Y", "n2 source:C", "n3 source:B"}));
  const Names gateways{"n1 gateway:gwA", "n1 handler:gwA", "n2 gateway:gwB", "n2 handler:gwB"};
  EXPECT_EQ(kind("gw").starts, gateways);
  EXPECT_EQ(kind("clh").starts, gateways);
  for (const char* const none : {"cas", "tlm", "tsm"}) EXPECT_EQ(kind(none).refused, "HWREFUSED") << none;
  EXPECT_EQ(kind("xyz").refused, "CLIERR");
}

TEST(BootPlan, LetterTIsRecoveryAlone) {
  PlanSample sample(kTwoGroups);
  BootCommand command;
  command.recovery_only = true;
  EXPECT_EQ(plan(sample, command).starts, (Names{"n1 recovery:A", "n2 recovery:B", "n3 recovery:C"}));
  command.selection.group = "stock";
  EXPECT_EQ(plan(sample, command).starts, (Names{"n2 recovery:X", "n1 recovery:Y"}));
  command.selection.group.clear();
  command.recover_all = true;
  EXPECT_EQ(plan(sample, command).starts, (Names{"n1 recovery:A", "n2 recovery:B rejoin", "n3 recovery:C rejoin",
                                                 "n2 recovery:X", "n1 recovery:Y rejoin"}));
}

TEST(BootPlan, StatesOfAGroupInWhichItIsNotBooted) {
  struct Case {
    GroupState state;
    const char* refused;
  };
  for (const auto& [state, refused] :
       {Case{GroupState::Up, ""}, Case{GroupState::Down, ""}, Case{GroupState::Failed, ""}, Case{GroupState::Moved, ""},
        Case{GroupState::Quiescing, "HWMOVING"}, Case{GroupState::Migrating, "HWMOVING"}}) {
    PlanSample sample;
    sample.group("acct").state = state;
    EXPECT_EQ(plan(sample, boot_of({.group = "acct"})).refused, refused) << word_of(state);
    EXPECT_EQ(plan(sample, {}).refused, refused) << word_of(state);
    // What is not at its place may come.
    EXPECT_EQ(plan(sample, boot_of({.nodes = {"n3"}})).refused, "") << word_of(state);
  }
}

TEST(BootPlan, AGroupWhosePlaceIsLostIsNotBootedBeforeItMoves) {
  PlanSample sample;
  sample.group("acct").state = GroupState::Up;
  sample.seen_by = "n2";
  note_silence(sample.parts, "n1");
  EXPECT_EQ(plan(sample, boot_of({.group = "acct"})).refused, "HWNOTCLEAN");
  EXPECT_EQ(plan(sample, boot_of({.nodes = {"n2"}})).refused, "");
  // After pclean, and before it has moved.
  clean_node(sample.parts, "n1");
  EXPECT_EQ(plan(sample, boot_of({.group = "acct"})).refused, "HWNOTCLEAN");
  EXPECT_EQ(plan(sample, boot_of({.nodes = {"n1"}})).notes, Names{"I HWELSEWHERE Groups of n1 run on no node"});
}

}  // namespace
}  // namespace hw::cluster::test

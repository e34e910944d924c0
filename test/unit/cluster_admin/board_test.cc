// What is printed of the board that an agent answers.
#include "cluster/board/board_tables.h"
#include "cluster/board/json.h"
#include "cluster/board/show.h"
#include "cluster/board/status.h"
#include "cluster/board/topology.h"
#include "cluster/config/read_domain.h"
#include "cluster/plan/reads.h"
#include "engine/base/file.h"
#include "engine/base/limits.h"
#include "test/unit/cluster_admin/admin_stage.h"
#include "test/unit/cluster_board/board_sample.h"

namespace hw::cluster::hwadm {
namespace {

using test::Ended;
using test::Stage;

std::string bank_text() {
  return read_file(HW_SOURCE_DIR "/test/fuzz/seeds/domain_config/bank.toml", kDomainTextBytesMax).value();
}

/// The sample's agent; `limited`: it hears no coordinator.
class BoardStage : public Stage {
 public:
  explicit BoardStage(bool limited = false) {
    agent.script = [limited](const test::Asked& asked, const auto&) -> Result<std::string> {
      if (asked.verb == "board") return encode_board_answer({hw::test::sample_parts(), "n1", limited});
      if (asked.verb == "config.show") return encode_config_answer({3, "9f2c", bank_text(), "current"});
      CommandResult refused;
      refused.outcome = Outcome::Refused;
      refused.messages = {{"HWDENIED", 'E', "nobody may not " + asked.verb, ""}};
      return encode_command_answer(refused);
    };
  }
};

Board sample() { return join(hw::test::sample_parts(), "n1", hw::test::kNow_us); }

TEST(BoardCommands, PrintTheirTables) {
  const hw::test::TimeZone zone("UTC");
  BoardStage stage;
  EXPECT_EQ(stage.run("psr").out, text_of(psr_table(sample(), {})));
  EXPECT_EQ(stage.run("psr -g acct -n n1").out, text_of(psr_table(sample(), {"acct", "n1"})));
  EXPECT_EQ(stage.run("st -p").out, text_of(process_table(sample(), {})));
  EXPECT_EQ(stage.run("topology").out, topology_text(sample()));
  EXPECT_EQ(stage.run("lag").out, text_of(lag_table(sample(), "")));
  EXPECT_EQ(stage.run("lag B").out, text_of(lag_table(sample(), "B")));
  EXPECT_EQ(stage.run("status").out, status_text(sample()));
  const CheckedDomain bank = read_domain(bank_text(), "/opt/hw");
  ASSERT_TRUE(bank.domain.has_value());
  EXPECT_EQ(stage.run("show all").out, show_text(sample(), *bank.domain, {}));
  EXPECT_EQ(stage.run("show group --name acct").out, show_text(sample(), *bank.domain, {ShowKind::Group, "acct"}));
}

/// As of commands that change something.
TEST(BoardCommands, UnknownNamesAreOfTheCommandLine) {
  BoardStage stage;
  const auto answer = stage.agent.script;
  stage.agent.script = [answer](const test::Asked& asked, const auto& say) -> Result<std::string> {
    if (asked.verb == "history") return encode_history_answer({});
    return answer(asked, say);
  };
  for (const char* const line : {"psr -g none", "psr -n none", "st -g none", "st -n none", "lag none", "history none",
                                 "show group --name none", "show agent --name none", "show none"}) {
    const Ended ended = stage.run(line);
    EXPECT_EQ(ended.status, 2) << line;
    EXPECT_NE(ended.err.find("%GTM-E-CLIERR, "), std::string::npos) << line << ended.err;
    EXPECT_EQ(ended.out, "") << line;
  }
  EXPECT_EQ(stage.run("history acct").status, 0);
}

TEST(BoardCommands, HaveRowsInJson) {
  BoardStage stage;
  const Json psr = parse_bounded(stage.run("psr --json").out);
  EXPECT_EQ(psr["result"], "done");
  EXPECT_EQ(psr["rows"], json_of(psr_table(sample(), {})));
  EXPECT_EQ(parse_bounded(stage.run("topology --json").out)["rows"].size(), 2u);
  const Json status = parse_bounded(stage.run("status --json").out);
  EXPECT_EQ(status["domain"], "bank");
  EXPECT_TRUE(status.contains("servers"));
}

TEST(BoardCommands, NameOnlyWhatIsOnTheBoard) {
  BoardStage stage;
  EXPECT_EQ(stage.run("psr -g other").status, 2);
  EXPECT_EQ(stage.run("psr -n other").status, 2);
  EXPECT_EQ(stage.run("lag other").status, 2);
  EXPECT_EQ(stage.run("show some").status, 2);
}

TEST(BoardCommands, WorkWithoutACoordinator) {
  BoardStage stage(true);
  const Ended ended = stage.run("psr");
  EXPECT_EQ(ended.status, 0);
  EXPECT_EQ(ended.err, "%GTM-W-HWLIMITED, No coordinator: watching, master only\n");
  EXPECT_EQ(parse_bounded(stage.run("psr --json").out)["messages"][0]["code"], "HWLIMITED");
}

TEST(StatusCheck, IsOneLineWithAStatusOfItsOwn) {
  BoardStage stage;
  const HealthCheck check = check_health(sample());
  const Ended ended = stage.run("status --check");
  EXPECT_EQ(ended.out, check.line + "\n");
  EXPECT_EQ(ended.status, check.exit());
  EXPECT_EQ(ended.err, "");
  const Json object = parse_bounded(stage.run("status --check --json").out);
  EXPECT_EQ(object["exit"], check.exit());
  EXPECT_EQ(object["line"], check.line);
}

TEST(StatusCheck, IsUnknownWithoutAnAgent) {
  BoardStage stage;
  stage.agent.unreached = make_error<MsgId::HWREMOTE>("n2", "cannot connect");
  const Ended ended = stage.run("status --check");
  EXPECT_EQ(ended.status, 3);
  EXPECT_EQ(ended.out, health_unknown("", "n2: cannot connect").line + "\n");
  EXPECT_EQ(ended.err, "");
}

TEST(History, IsAskedForAndMerged) {
  Stage stage;
  std::vector<HistoryEntry> entries;
  for (std::uint64_t number = 1; number <= 3; ++number) {
    HistoryEntry entry;
    entry.node = "n1";
    entry.number = number;
    entry.time_us = hw::test::kBooted_us + number;
    entry.user = "root";
    entry.host = "n1";
    entry.what = "boot " + std::to_string(number);
    entry.group = "acct";
    entries.push_back(entry);
  }
  stage.agent.script = [&](const test::Asked&, const auto& piece) -> Result<std::string> {
    piece(encode_partial(ResultMessage{"HWREMOTE", 'E', "n2: no answer in 3 s", "n2"}));
    return encode_history_answer(entries);
  };
  const Ended ended = stage.run("history -n 2 acct");
  EXPECT_EQ(ended.out, text_of(history_table({entries[1], entries[2]})));
  EXPECT_EQ(ended.err, "%GTM-E-HWREMOTE, n2: no answer in 3 s\n");
  EXPECT_EQ(stage.arguments(), R"({"n":2,"group":"acct"})");
  (void)stage.run("history");
  EXPECT_EQ(stage.arguments(), R"({"n":20,"group":""})");
}

TEST(Reads, ThatAreRefusedEndAsACommand) {
  BoardStage stage;
  const Ended ended = stage.run("config list");
  EXPECT_EQ(ended.status, 1);
  EXPECT_EQ(ended.err, "%GTM-E-HWDENIED, nobody may not config.list\n");
}

}  // namespace
}  // namespace hw::cluster::hwadm

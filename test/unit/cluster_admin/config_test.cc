// config, with and without an agent.
#include "cluster/board/json.h"
#include "cluster/plan/reads.h"
#include "engine/base/file.h"
#include "engine/base/limits.h"
#include "test/support/test_folder.h"
#include "test/unit/cluster_admin/admin_stage.h"

namespace hw::cluster::hwadm {
namespace {

using test::Ended;
using test::Stage;

const std::string kBank = HW_SOURCE_DIR "/test/fuzz/seeds/domain_config/bank.toml";

std::string bank_text() { return read_file(kBank, kDomainTextBytesMax).value(); }

/// A file of the test's folder.
class ConfigFile {
 public:
  explicit ConfigFile(const std::string& text) : path_(testing::TempDir() + "hwadm_config.toml") {
    EXPECT_TRUE(replace_file(path_, text).has_value());
  }
  ~ConfigFile() { (void)remove_file(path_); }
  ConfigFile(const ConfigFile&) = delete;
  ConfigFile& operator=(const ConfigFile&) = delete;
  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

TEST(ConfigCheck, PrintsFindingsWithTheirPlaces) {
  const ConfigFile file("format=1\n[domain]\nname=\"bank\"\n[lease]\nrenew=1\n");
  Stage stage;
  const Ended ended = stage.run("config check " + file.path());
  EXPECT_EQ(ended.status, 1);
  EXPECT_NE(ended.err.find(file.path() + ":5:1: %GTM-E-HWCFGBAD, lease.renew: no such key; nearest: renew_s\n"),
            std::string::npos)
      << ended.err;
  EXPECT_NE(ended.out.find(file.path() + ": "), std::string::npos);
  EXPECT_NE(ended.out.find(" errors, "), std::string::npos);
  EXPECT_TRUE(stage.agent.asked.empty()) << "needs no node";
  const Json object = parse_bounded(stage.run("config check --json " + file.path()).out);
  EXPECT_EQ(object["result"], "refused");
  EXPECT_GE(object["errors"].get<int>(), 1);
  EXPECT_EQ(object["rows"].size(), object["messages"].size());
}

TEST(ConfigCheck, PassesWhatIsRight) {
  Stage stage;
  const Ended ended = stage.run("config check " + kBank);
  EXPECT_EQ(ended.status, 0) << ended.err;
  EXPECT_NE(ended.out.find(": 0 errors, "), std::string::npos);
  EXPECT_EQ(stage.run("config check /no/such/file").status, 1);
  EXPECT_EQ(stage.run("config check").status, 2);
}

TEST(ConfigApply, SendsTheTextToTheAgentsOfTheFile) {
  for (const std::string& words : {"config apply " + kBank, "config apply -i " + kBank, "config -i " + kBank}) {
    Stage stage;
    const Ended ended = stage.run(words);
    EXPECT_EQ(ended.status, 0) << ended.err;
    ASSERT_EQ(stage.agent.asked.size(), 1u);
    EXPECT_EQ(stage.agent.asked[0].verb, "config.apply");
    const Json arguments = parse_bounded(stage.arguments());
    EXPECT_EQ(arguments["text"], bank_text());
    EXPECT_EQ(arguments["file"], kBank);
    EXPECT_EQ(arguments["store_as"], "");
    EXPECT_NE(stage.agent.domain, nullptr);
  }
  Stage stage;
  (void)stage.run("-i " + kBank + " -o next", "cfl");
  EXPECT_EQ(parse_bounded(stage.arguments())["store_as"], "next");
  (void)stage.run("cfgadd -i " + kBank);
  EXPECT_EQ(stage.agent.asked.back().verb, "config.add");
  (void)stage.run("config add " + kBank);
  EXPECT_EQ(stage.agent.asked.back().verb, "config.add");
}

TEST(ConfigApply, DoesNotSendWhatIsWrong) {
  const ConfigFile file("format=1\n");
  Stage stage;
  EXPECT_EQ(stage.run("config apply " + file.path()).status, 1);
  EXPECT_EQ(stage.run("config apply").status, 2);
  EXPECT_EQ(stage.run("config apply " + kBank + " -i " + kBank).status, 2);
  EXPECT_EQ(stage.run("config " + kBank).status, 2);
  EXPECT_EQ(stage.run("config").status, 2);
  EXPECT_TRUE(stage.agent.asked.empty());
}

/// Generations 1 (runs), 2 (current).
class GenerationsStage : public Stage {
 public:
  GenerationsStage() {
    agent.script = [](const test::Asked& asked, const auto&) -> Result<std::string> {
      if (asked.verb == "config.list") return encode_generations_answer({row(1, "a=1\n"), row(2, "a=2\nb=1\n")});
      const auto number = decode_generation_argument(asked.request.arguments).value().value_or(2);
      return encode_config_answer({number, "sha", number == 1 ? "a=1\n" : "a=2\nb=1\n", "stored"});
    };
  }
  static GenerationRow row(std::uint64_t number, const std::string& text) {
    GenerationRow out;
    out.generation = make_generation(number, text, 1'800'000'000, "root@n1");
    out.running = number == 1;
    out.current = number == 2;
    return out;
  }
};

TEST(ConfigShow, PrintsTheTextAsStored) {
  GenerationsStage stage;
  EXPECT_EQ(stage.run("config show").out, "a=2\nb=1\n");
  EXPECT_EQ(stage.run("config show 1").out, "a=1\n");
  EXPECT_EQ(stage.run("config show x").status, 2);
  EXPECT_EQ(stage.run("config show 0").status, 2);
  EXPECT_EQ(parse_bounded(stage.run("config show --json").out)["text"], "a=2\nb=1\n");
}

TEST(ConfigDiff, IsOfWhatRunsAndWhatIsCurrent) {
  GenerationsStage stage;
  const std::string lines = "- a = 1\n+ a = 2\n+ b = 1\n";
  EXPECT_EQ(stage.run("config diff").out, lines);
  EXPECT_EQ(stage.run("config diff 1").out, lines);
  EXPECT_EQ(stage.run("config diff 1 2").out, lines);
  EXPECT_EQ(stage.run("config diff 2 2").out, "");
  EXPECT_EQ(stage.run("config diff 2 2").status, 0);
  EXPECT_EQ(parse_bounded(stage.run("config diff --json").out)["lines"].size(), 3u);
}

TEST(ConfigList, IsATable) {
  GenerationsStage stage;
  const Ended ended = stage.run("config list");
  EXPECT_EQ(ended.status, 0);
  EXPECT_NE(ended.out.find("root@n1"), std::string::npos);
  EXPECT_EQ(parse_bounded(stage.run("config list --json").out)["rows"].size(), 2u);
}

TEST(ConfigEpochBase, Asks) {
  Stage stage;
  EXPECT_EQ(stage.run("config epoch-base -y").status, 0);
  EXPECT_EQ(stage.agent.asked.back().verb, "config.epoch-base");
}

}  // namespace
}  // namespace hw::cluster::hwadm

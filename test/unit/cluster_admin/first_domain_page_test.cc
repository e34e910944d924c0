// docs/operations/first-domain.md: its file passes the check, and its hwadm lines are commands.
#include "cluster/config/read_domain.h"
#include "engine/base/file.h"
#include "test/unit/cluster_admin/admin_stage.h"

namespace hw::cluster::hwadm {
namespace {

std::string page() { return read_file(HW_SOURCE_DIR "/docs/operations/first-domain.md", 1 << 20).value_or(""); }

/// The texts between ```LANGUAGE and ```.
std::vector<std::string> blocks(const std::string& language) {
  const std::string text = page();
  const std::string begin = "```" + language + "\n";
  std::vector<std::string> out;
  for (std::size_t at = text.find(begin); at != text.npos; at = text.find(begin, at)) {
    at += begin.size();
    out.push_back(text.substr(at, text.find("```", at) - at));
  }
  return out;
}

TEST(FirstDomainPage, ItsFilePassesTheCheck) {
  ASSERT_EQ(blocks("toml").size(), 1u);
  const CheckedDomain checked = read_domain(blocks("toml").front(), "/usr");
  EXPECT_TRUE(checked.findings.all().empty()) << checked.findings.render("bank.toml");
}

TEST(FirstDomainPage, ItsLinesAreCommands) {
  std::size_t count = 0;
  for (const std::string& block : blocks("sh")) {
    std::istringstream lines(block);
    for (std::string line; std::getline(lines, line);) {
      if (!line.starts_with("hwadm ")) continue;
      const auto words = split_line(line.substr(0, line.find('#')));
      ASSERT_TRUE(words.has_value()) << line;
      const auto parsed = parse_line(std::span(*words).subspan(1), {});
      ASSERT_TRUE(parsed.has_value()) << line << '\n' << parsed.error().text;
      EXPECT_NE(parsed->command(), nullptr) << line;
      const Command& command = *parsed->command();
      EXPECT_TRUE(command.demand == nullptr || command.demand(*parsed).has_value()) << line;
      ++count;
    }
  }
  EXPECT_EQ(count, 13u);
}

}  // namespace
}  // namespace hw::cluster::hwadm

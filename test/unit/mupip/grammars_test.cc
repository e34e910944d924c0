// The product's tables against what GT.M V7.0-005 said to the same command lines.
#include "mupip/grammars.h"
#include "mupip/command.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <string>
#include <vector>

namespace hw::mupip {
namespace {

constexpr const Grammar* kAll[] = {&kBackup,  &kCreate, &kExit, &kExtract, &kHelp,      &kInteg,
                                   &kJournal, &kLoad,   &kQuit, &kRundown, &kReplicate, &kSet};

std::vector<const Grammar*> all_names() {
  std::vector<const Grammar*> names(std::begin(kAll), std::end(kAll));
  for (const auto& reserved : reserved_commands())
    if (std::ranges::find(names, reserved.name, &Grammar::name) == names.end()) names.push_back(&reserved);
  return names;
}

/// The CLIERR text of a line, or `accepted`.
std::string verdict(std::string_view line) {
  const auto parsed = parse_command(all_names(), line);
  return parsed.has_value() ? "accepted" : parsed.error().text;
}

TEST(Grammars, TablesAreWellFormed) {
  for (const auto* grammar : command_grammars())
    for (const auto& defect : grammar_defects(*grammar)) ADD_FAILURE() << defect;
}

// Shows: 3.qualifiers 3.qualifiers.bad
TEST(Grammars, EveryLineGetsTheAnswerThatGtmGives) {
  std::ifstream file(HW_SOURCE_DIR "/test/golden/mupip_command_lines.txt");
  std::string line, expected;
  int count = 0;
  while (std::getline(file, line)) {
    if (line.starts_with('#')) continue;
    ASSERT_TRUE(std::getline(file, expected) && expected.starts_with("   ")) << line;
    EXPECT_EQ(verdict(line), expected.substr(3)) << "mupip " << line;
    ++count;
  }
  EXPECT_GT(count, 400);
}

}  // namespace
}  // namespace hw::mupip

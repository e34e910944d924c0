// The product's tables against what GT.M V7.0-005 said to the same command lines.
#include "mupip/grammars.h"
#include "mupip/command.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <set>
#include <sstream>
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

/// A line of each action of each table that has actions.
constexpr std::string_view kActionLines[] = {
    "replicate -source -start -passive -log=x",
    "replicate -source -start -secondary=h:1 -log=x",
    "replicate -source -shutdown",
    "replicate -source -activate -secondary=h:1",
    "replicate -source -deactivate",
    "replicate -source -checkhealth",
    "replicate -source -statslog=on",
    "replicate -source -showbacklog",
    "replicate -source -changelog -log=x",
    "replicate -source -stopsourcefilter",
    "replicate -source -losttncomplete",
    "replicate -source -needrestart",
    "replicate -source -freeze",
    "replicate -source -jnlpool -show",
    "replicate -source -jnlpool -change -offset=0 -size=4",
    "replicate -source -status -json",
    "replicate -receiver -start -listenport=1 -log=x",
    "replicate -receiver -start -updateonly",
    "replicate -receiver -start -helpers",
    "replicate -receiver -shutdown",
    "replicate -receiver -checkhealth",
    "replicate -receiver -statslog=on",
    "replicate -receiver -showbacklog",
    "replicate -receiver -changelog -log=x",
    "replicate -receiver -stopreceiverfilter",
    "journal x -extract -forward",
    "journal x -show -forward",
    "journal x -verify -forward",
    "journal x -verify -backward",
    "journal x -recover -forward",
    "journal x -recover -backward",
    "journal * -rollback -backward",
    "backup DEFAULT x",
    "backup DEFAULT x -bytestream",
    "backup DEFAULT x -incremental",
    "integ x",
    "integ x -digest -region",
    "integ x -rebuild",
};

/// The row as one gives it: bare where that is allowed.
std::string as_given(const Qualifier& row) {
  const std::string name(row.name);
  if (row.assignment != Assignment::Required) return name;
  return name + "=" + (row.kind == ValueKind::Keywords ? as_given(row.keywords.front()) : "1");
}

std::set<std::string> read_by_actions(const ParsedCommand& command, std::set<const Action*>& met) {
  std::set<std::string> names;
  for (const Action& action : command.grammar().actions) {
    const auto named = names_of_condition(action.when, command);
    if (!named) continue;
    met.insert(&action);
    names.insert(named->begin(), named->end());
    std::istringstream reads{std::string(action.reads)};
    for (std::string name; reads >> name;) names.insert(name);
  }
  return names;
}

void collect_actions(const Grammar& grammar, std::set<const Action*>& into) {
  for (const Action& action : grammar.actions) into.insert(&action);
  for (const Qualifier& row : grammar.qualifiers)
    if (row.grammar != nullptr && row.grammar != &grammar) collect_actions(*row.grammar, into);
}

TEST(Grammars, EveryQualifierThatALineMayHaveIsReadOrSaidToDoNothing) {
  std::set<const Action*> all, met;
  for (const auto* grammar : command_grammars()) collect_actions(*grammar, all);
  std::size_t said = 0;
  for (const std::string_view line : kActionLines) {
    const auto bare = parse_command(command_grammars(), line);
    ASSERT_TRUE(bare.has_value()) << line;
    EXPECT_FALSE(read_by_actions(*bare, met).empty()) << line << ": no action";
    EXPECT_EQ(bare->without_effect(), std::vector<std::string>{}) << line;
    for (const Qualifier& row : bare->grammar().qualifiers) {
      for (const bool negated : {false, true}) {
        if (row.grammar != nullptr || (negated && !row.negatable)) continue;
        const std::string given = negated ? "NO" + std::string(row.name) : as_given(row);
        const std::string whole = std::string(line) + " -" + given;
        const auto parsed = parse_command(command_grammars(), whole);
        if (!parsed.has_value()) continue;
        const std::string start = "-" + (negated ? given : std::string(row.name)) + " has no effect: ";
        const auto lines = parsed->without_effect();
        const bool told = std::ranges::any_of(lines, [&](const auto& one) { return one.starts_with(start); });
        const bool read = row.is_default || read_by_actions(*parsed, met).contains(std::string(row.name));
        EXPECT_EQ(told, !row.no_effect.empty() || !read) << whole;
        said += told ? 1 : 0;
      }
    }
  }
  EXPECT_GT(said, 100U);
  EXPECT_EQ(met, all) << "kActionLines lacks an action";
}

TEST(Grammars, WhatGtmTakesAndPassesOverIsSaidToDoNothing) {
  const auto lines = [](std::string_view line) {
    const auto parsed = parse_command(command_grammars(), line);
    return parsed.has_value() ? parsed->without_effect() : std::vector<std::string>{parsed.error().text};
  };
  using Lines = std::vector<std::string>;
  EXPECT_EQ(lines("replicate -source -checkhealth -zerobacklog -nojnlfileonly"),
            (Lines{"-NOJNLFILEONLY has no effect: it does not go with -CHECKHEALTH",
                   "-ZEROBACKLOG has no effect: it does not go with -CHECKHEALTH"}));
  EXPECT_EQ(lines("replicate -source -statslog=on -log_interval=7 -instsecondary=Z"),
            Lines{"-LOG_INTERVAL has no effect: it does not go with -STATSLOG"});
  EXPECT_EQ(lines("replicate -source -instsecondary=Z -freeze"),
            Lines{"-INSTSECONDARY has no effect: it does not go with -FREEZE"});
  EXPECT_EQ(lines("replicate -receiver -start -updateonly -filter=x"),
            Lines{"-FILTER has no effect: it does not go with -START -UPDATEONLY"});
  EXPECT_EQ(lines("replicate -receiver -checkhealth -timeout=3"),
            Lines{"-TIMEOUT has no effect: it does not go with -CHECKHEALTH"});
  EXPECT_EQ(lines("journal -rollback -backward -chain *"),
            Lines{"-CHAIN has no effect: it does not go with -ROLLBACK"});
  EXPECT_EQ(lines("backup -bytestream -nojournal DEFAULT x"),
            Lines{"-NOJOURNAL has no effect: it does not go with -BYTESTREAM"});
  EXPECT_EQ(lines("backup -retry=3 DEFAULT x"),
            Lines{"-RETRY has no effect: backups are written to files and commands, not to ports"});
}

}  // namespace
}  // namespace hw::mupip

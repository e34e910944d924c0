// The grammar itself, on a small table of its own. The product's tables are tested in test/unit/mupip.
#include "engine/cli/qualifier.h"

#include <gtest/gtest.h>

#include <sstream>

namespace hw {
namespace {

using namespace qualifier;
using enum ValueKind;

constexpr Qualifier kJournalKeywords[] = {needs("ALLOCATION", Number, "blocks"), negatable(flag("BEFORE_IMAGES")),
                                          flag("ENABLE"), needs("FILENAME", Text, "file"), flag("ON")};
constexpr Qualifier kTuneKeywords[] = {no_effect("it is always fast", negatable(flag("FAST"))), flag("SLOW")};
constexpr Qualifier kInnerQualifiers[] = {flag("DEEP"), needs("NAME", Text, "name"), flag("NOREPLACE")};
constexpr Parameter kFile[] = {{.form = "file", .prompt = "File: "}};
constexpr Grammar kInner{.name = "INNER", .summary = "", .qualifiers = kInnerQualifiers, .parameters = kFile};
constexpr Qualifier kOuterQualifiers[] = {
    needs("COUNT", Number, "n"),
    leads_to("INNER", kInner),
    negatable(may_keywords("JOURNAL", kJournalKeywords)),
    negatable(may("LOG", Text, "file", "std.log")),
    needs("OFFSET", Hex, "hex"),
    no_effect("nothing to tune", needs_keywords("TUNE", kTuneKeywords)),
    needs_keywords("PARTS", kTuneKeywords),
    refused("UPDATE", "Use another one"),
    flag("UPDOK"),
    whole(flag("UPDOKAY")),
};
constexpr std::string_view kOuterRules[] = {"COUNT & (OFFSET | ~LOG)",
                                            "JOURNAL & !(JOURNAL.ON | JOURNAL.~BEFORE_IMAGES)"};
constexpr Grammar kOuter{
    .name = "OUTER", .summary = "Does it.", .qualifiers = kOuterQualifiers, .rules = kOuterRules, .parameters = kFile};
constexpr Qualifier kServeQualifiers[] = {by_default(flag("ALL")), flag("CHECK"), needs("LOG", Text, "file"),
                                          flag("START"), negatable(flag("WAIT"))};
constexpr Action kServeActions[] = {{"START & !CHECK", "LOG"}, {"CHECK"}};
constexpr Grammar kServe{.name = "SERVE", .summary = "", .qualifiers = kServeQualifiers, .actions = kServeActions};
constexpr Grammar kOutput{.name = "OUTPUT", .summary = ""};
constexpr const Grammar* kCommands[] = {&kOuter, &kOutput, &kServe};

std::string error_of(std::string_view line) {
  const auto parsed = parse_command(kCommands, line);
  return parsed.has_value() ? "accepted" : parsed.error().text;
}
ParsedCommand good(std::string_view line) {
  auto parsed = parse_command(kCommands, line);
  EXPECT_TRUE(parsed.has_value()) << line << ": " << (parsed.has_value() ? "" : parsed.error().render());
  return parsed.has_value() ? *parsed : ParsedCommand{};
}

TEST(Qualifier, NamesMayBeCutToAUniquePrefixInAnyCase) {
  EXPECT_TRUE(good("OUTER -updo").has("UPDOK"));
  EXPECT_EQ(error_of("out"), "Unrecognized command: OUT");
  EXPECT_EQ(error_of("outer -upd"), "Unrecognized option : UPD");
}

TEST(Qualifier, WhatDoesNothingSaysSo) {
  using Lines = std::vector<std::string>;
  EXPECT_EQ(good("outer -count=1 -parts=slow").without_effect(), Lines{});
  EXPECT_EQ(good("outer -tune=fast,slow").without_effect(), Lines{"-TUNE has no effect: nothing to tune"});
  EXPECT_EQ(good("outer -parts=slow,nofast").without_effect(), Lines{"-PARTS=NOFAST has no effect: it is always fast"});
}

TEST(Qualifier, WhatNoActionReadsSaysSo) {
  using Lines = std::vector<std::string>;
  EXPECT_EQ(good("serve -start -log=x -all").without_effect(), Lines{});
  EXPECT_EQ(good("serve -start -nowait").without_effect(), Lines{"-NOWAIT has no effect: it does not go with -START"});
  EXPECT_EQ(good("serve -check -log=x -all").without_effect(), Lines{"-LOG has no effect: it does not go with -CHECK"});
  EXPECT_EQ(good("serve -wait").without_effect(), Lines{"-WAIT has no effect: it does not go with SERVE"});
}

TEST(Qualifier, AWholeNameIsNeitherCutNorMakesOthersAmbiguous) {
  EXPECT_TRUE(good("outer -updokay").has("UPDOKAY"));
  EXPECT_FALSE(good("outer -updokay").has("UPDOK"));
  EXPECT_EQ(error_of("outer -updoka"), "Unrecognized option : UPDOKA");
}

TEST(Qualifier, ValuesKeepCaseAndLoseTheirQuotes) {
  EXPECT_EQ(good("outer -log=a=B,c").value("LOG"), "a=B,c");
  EXPECT_EQ(good(R"(outer -log="a ""b"" c"D)").value("LOG"), "a \"b\" cD");
  EXPECT_EQ(good("outer -log =x").value("LOG"), "x");
  EXPECT_EQ(good("outer - log=-x").value("LOG"), "-x");
  EXPECT_EQ(good("outer -log=\"open end").value("LOG"), "open end");
}

TEST(Qualifier, ABareOptionalValueIsItsDefaultAndNotAText) {
  const auto parsed = good("outer -log");
  EXPECT_EQ(parsed.value("LOG"), "std.log");
  EXPECT_EQ(parsed.text("LOG"), std::nullopt);
  const auto negated = good("outer -nolog");
  EXPECT_TRUE(negated.negated("LOG"));
  EXPECT_FALSE(negated.has("LOG"));
  EXPECT_EQ(negated.value("LOG"), "");
}

TEST(Qualifier, TheLastOfTwoCounts) {
  EXPECT_EQ(good("outer -log=a -log=b").value("LOG"), "b");
  EXPECT_TRUE(good("outer -log=a -nolog").negated("LOG"));
  EXPECT_TRUE(good("outer -journal=on -nojournal").keywords("JOURNAL").empty());
}

TEST(Qualifier, NumbersAreDecimalOrHexadecimalAndSaturate) {
  EXPECT_EQ(good("outer -count=0x1F").number("COUNT"), 31U);
  EXPECT_EQ(good("outer -count=08").number("COUNT"), 8U);
  EXPECT_EQ(good("outer -count=18446744073709551615").number("COUNT"), UINT64_MAX);
  EXPECT_EQ(good("outer -count=99999999999999999999999").number("COUNT"), UINT64_MAX);
  EXPECT_EQ(good("outer -offset=fF").number("OFFSET"), 255U);
  EXPECT_EQ(good("outer -offset=-8").number("OFFSET"), std::nullopt);
  EXPECT_EQ(good("outer").number("COUNT"), std::nullopt);
  EXPECT_EQ(error_of("outer -count=-1"),
            "Unrecognized value: -1, A non-negative decimal or hexadecimal integer required");
  EXPECT_EQ(error_of("outer -count=ff"),
            "Unrecognized value: ff, A non-negative decimal or hexadecimal integer required");
  EXPECT_EQ(error_of("outer -offset=xyz"), "Unrecognized value: xyz, A non-negative hexadecimal integer required");
}

TEST(Qualifier, KeywordListsHaveTheirOwnTable) {
  const auto parsed = good("outer -journal=en,on,nobef,file=x.mjl,alloc=0x10");
  const auto& journal = parsed.keywords("JOURNAL");
  EXPECT_TRUE(journal.has("ENABLE"));
  EXPECT_TRUE(journal.negated("BEFORE_IMAGES"));
  EXPECT_EQ(journal.value("FILENAME"), "x.mjl");
  EXPECT_EQ(journal.number("ALLOCATION"), 16U);
  EXPECT_EQ(parsed.list("JOURNAL").size(), 5U);
  EXPECT_EQ(error_of("outer -journal=o,bogus"), "Unrecognized option : BOGUS");
  EXPECT_EQ(error_of("outer -journal=on,"), "Option expected");
  EXPECT_EQ(error_of("outer -journal=on,,enable"), "Unrecognized option : ");
  EXPECT_EQ(error_of("outer -journal=on=3"), "Assignment is not allowed for this option : ON");
  EXPECT_EQ(error_of("outer -journal=al"), "Option : AL needs value");
  EXPECT_EQ(error_of("outer -journal=al=,on"), "Unrecognized option : ALLOCATION, value expected but not found");
  EXPECT_EQ(error_of("outer -journal=noon"), "Option ON may not be negated");
}

TEST(Qualifier, AListOfOneWordHasOneThatIsNotNegated) {
  EXPECT_TRUE(good("outer -parts=slow").keywords("PARTS").is_one_word());
  EXPECT_TRUE(good("outer -parts=slow,slow").keywords("PARTS").is_one_word());
  for (const auto* line : {"outer -parts=nofast", "outer -parts=fast,slow", "outer -parts=slow,nofast", "outer"})
    EXPECT_FALSE(good(line).keywords("PARTS").is_one_word()) << line;
}

TEST(Qualifier, AQualifierSwitchesTheTable) {
  const auto parsed = good("outer -count=3 x -inner -noreplace");
  EXPECT_EQ(&parsed.grammar(), &kInner);
  EXPECT_EQ(&parsed.command(), &kOuter);
  EXPECT_EQ(parsed.path().size(), 2U);
  EXPECT_TRUE(parsed.has("NOREPLACE"));
  EXPECT_EQ(parsed.parameters(), std::vector<std::string>{"x"});
  EXPECT_EQ(error_of("outer -inner -count=3"), "Unrecognized option : COUNT");
  EXPECT_EQ(error_of("outer -deep"), "Unrecognized option : DEEP");
}

TEST(Qualifier, AKnownButRefusedOneSaysWhatToUse) {
  const auto parsed = parse_command(kCommands, "outer -update");
  ASSERT_FALSE(parsed.has_value());
  EXPECT_EQ(parsed.error().render(), "%GTM-E-CLIERR, Unrecognized option : UPDATE\n%GTM-I-TEXT, Use another one\n");
  EXPECT_EQ(parsed.error().status(), 106);
}

TEST(Qualifier, RulesListWhatTheyTested) {
  EXPECT_EQ(error_of("outer -count=3 -offset=4"),
            "Missing or illegal combination of command elements - check documentation: COUNT OFFSET");
  EXPECT_EQ(error_of("outer -count=3 -nolog"),
            "Missing or illegal combination of command elements - check documentation: COUNT OFFSET LOG");
  EXPECT_EQ(error_of("outer -journal"),
            "Missing or illegal combination of command elements - check documentation: JOURNAL ON BEFORE_IMAGES");
}

TEST(Qualifier, RuleLanguage) {
  const auto given = good("outer -count=3 -updok");
  const auto tested = [&](std::string_view rule) { return violated_rule(rule, given).value_or("holds not"); };
  EXPECT_EQ(tested("COUNT"), "COUNT");
  EXPECT_EQ(tested("LOG"), "holds not");
  EXPECT_EQ(tested("!LOG & COUNT"), "LOG COUNT");
  EXPECT_EQ(tested("LOG & COUNT | UPDOK"), "LOG UPDOK");
  EXPECT_EQ(tested("?COUNT & UPDOK"), "UPDOK");
  EXPECT_EQ(tested("!one(COUNT LOG UPDOK)"), "COUNT LOG UPDOK");
  EXPECT_EQ(tested("!one(COUNT LOG)"), "holds not");
  EXPECT_EQ(tested("COUNT | UPDOK"), "COUNT");
  EXPECT_EQ(tested("(LOG | COUNT) & !(LOG)"), "LOG COUNT LOG");
}

TEST(Qualifier, DefectiveTablesAreFound) {
  constexpr std::string_view rules[] = {"COUNT &", "(COUNT", "JOURNAL.OFF", "!one(COUNT"};
  const Grammar bad{.name = "BAD", .summary = "", .qualifiers = kOuterQualifiers, .rules = rules};
  EXPECT_GE(grammar_defects(bad).size(), 4U);
  EXPECT_TRUE(grammar_defects(kOuter).empty());
}

TEST(Qualifier, AMissingParameterIsAskedFor) {
  const auto parsed = good("outer");
  std::istringstream in("an answer\n\n");
  std::ostringstream out;
  EXPECT_EQ(ask_parameter(parsed, 0, in, out).value(), "an answer");
  EXPECT_EQ(out.str(), "File: ");
  EXPECT_EQ(ask_parameter(parsed, 0, in, out).error().status(), 250);  // an empty answer
  EXPECT_EQ(ask_parameter(parsed, 0, in, out).error().status(), 250);  // the end of the input
  EXPECT_EQ(ask_parameter(good("outer given"), 0, in, out).value(), "given");
}

TEST(Qualifier, ValueErrorsEndWithMupclierr) {
  EXPECT_EQ(value_error("A line").render(), "A line\n%GTM-E-MUPCLIERR, Action not taken due to CLI errors\n");
  EXPECT_EQ(value_error(make_error<MsgId::REPLINSTSECUNDF>()).render(),
            "%GTM-E-REPLINSTSECUNDF, Secondary replication instance name not defined\n"
            "%GTM-E-MUPCLIERR, Action not taken due to CLI errors\n");
}

TEST(Qualifier, HelpNamesEveryQualifier) {
  const auto help = help_command("prog", kOuter);
  for (const auto* text :
       {"prog outer", "<file>", "-count=<n>", "-[no]log[=<file>]", "-offset=<hex>", "-deep", "allocation=<blocks>"})
    EXPECT_NE(help.find(text), std::string::npos) << text << "\n" << help;
  EXPECT_EQ(help.find("-update"), std::string::npos);
  EXPECT_NE(help_overview("prog", kCommands).find("outer   Does it."), std::string::npos);
}

}  // namespace
}  // namespace hw

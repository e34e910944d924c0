// The program as a user meets it: lines in, two streams and a status out.
#include "mupip/dispatch.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <sstream>
#include <vector>

#include "mupip/grammars.h"

namespace hw::mupip {
namespace {

struct Outcome {
  int status;
  std::string out, err;
};

Outcome run(std::vector<const char*> arguments, const std::string& input = "") {
  std::istringstream in(input);
  std::ostringstream out, err;
  Console console{in, out, err};
  arguments.insert(arguments.begin(), "mupip");
  const int status = run_program(static_cast<int>(arguments.size()), arguments.data(), console);
  return {status, out.str(), err.str()};
}

TEST(Dispatch, UnknownCommandsAndOptionsAreCliErrors) {
  const auto bogus = run({"bogus"});
  EXPECT_EQ(bogus.status, 106);
  EXPECT_EQ(bogus.out, "");
  EXPECT_EQ(bogus.err, "%GTM-E-CLIERR, Unrecognized command: BOGUS\n");
  EXPECT_EQ(run({"exit", "now"}).err, "%GTM-E-CLIERR, Too many parameters\n");
  EXPECT_EQ(run({"exit", "-now"}).err, "%GTM-E-CLIERR, No qualifiers allowed for this command\n");
  EXPECT_EQ(run({"re", "-inst"}).err, "%GTM-E-CLIERR, Unrecognized command: RE\n");
  EXPECT_EQ(run({"help", "bogus"}).status, 106);
}

TEST(Dispatch, ThePromptReadsUntilExitQuitOrTheEnd) {
  const auto until_exit = run({}, "bogus\n\n  \nexit\nbogus\n");
  EXPECT_EQ(until_exit.status, 0);
  EXPECT_EQ(until_exit.out, "MUPIP> MUPIP> MUPIP> MUPIP> \n");
  EXPECT_EQ(until_exit.err, "%GTM-E-CLIERR, Unrecognized command: BOGUS\n");
  EXPECT_EQ(run({}, "QU\n").out, "MUPIP> \n");
  EXPECT_EQ(run({}, "").out, "MUPIP> \n");
}

TEST(Dispatch, HelpAndVersionInAllTheirForms) {
  const auto help = run({"help"});
  EXPECT_EQ(help.status, 0);
  EXPECT_NE(help.out.find("   help "), std::string::npos);
  for (const auto* form : {"-help", "--help"}) EXPECT_EQ(run({form}).out, help.out) << form;
  EXPECT_EQ(run({"help", "help"}).out, run({"help", "--help"}).out);
  const auto version = run({"--version"});
  EXPECT_EQ(version.out, "Headwater " HW_VERSION "\n");
  EXPECT_EQ(run({"-version"}).out, version.out);
}

TEST(Dispatch, HelpShowsNoReservedName) {
  const auto help = run({"help"}).out;
  for (const auto& reserved : reserved_commands()) {
    const bool built = std::ranges::any_of(command_grammars(), [&](const Grammar* grammar) {
      return grammar->name == reserved.name && !grammar->reserved && grammar->refusal.empty();
    });
    std::string lower(reserved.name);
    for (char& c : lower) c = static_cast<char>(c - 'A' + 'a');
    EXPECT_EQ(help.find("   " + lower + " ") != std::string::npos, built) << lower;
  }
}

TEST(Dispatch, AnEmptyLineDoesNothing) {
  const auto nothing = run({""});
  EXPECT_EQ(nothing.status, 0);
  EXPECT_EQ(nothing.out + nothing.err, "");
}

}  // namespace
}  // namespace hw::mupip

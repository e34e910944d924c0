#include "engine/gbl/shell.h"

#include <gtest/gtest.h>

#include <sstream>

#include "engine/gbl/program.h"
#include "test/support/temporary_database.h"

namespace hw::gbl {
namespace {

struct Said {
  Status status;
  std::string out;
  std::string err;
};

Said shell(const std::string& typed) {
  test::TemporaryDatabase database;
  std::istringstream in(typed);
  std::ostringstream out, err;
  Streams streams{in, out, err, true, [](double) {}};
  Executor executor(database.session(), out, streams.sleep);
  Status status = run_shell(database.session(), executor, streams);
  return {std::move(status), out.str(), err.str()};
}

TEST(Shell, GoesOnAfterAnErrorAndSaysHowDeepATransactionIs) {
  const Said said = shell("write ^a\nset ^a=1\ntstart\nset ^a=2\ntrollback\nwrite ^a,!\nhalt\nset ^a=9\n");
  EXPECT_TRUE(said.status.has_value());
  EXPECT_EQ(said.out, "GBL> GBL> GBL> GBL (1)> GBL (1)> GBL> 1\nGBL> ");
  EXPECT_EQ(said.err, "%GTM-E-GVUNDEF, Global variable undefined: ^a\n");
}

TEST(Shell, AnOpenTransactionAtTheEndIsAnError) {
  const Said said = shell("tstart\nset ^a=2\n");
  ASSERT_FALSE(said.status.has_value());
  EXPECT_EQ(said.status.error().id, MsgId::HWTROPEN);
}

TEST(Shell, HelpAndTiming) {
  const Said said = shell("help\ntiming on\nset ^a=1\ntiming off\nset ^a=2\n");
  EXPECT_NE(said.out.find("zwrite ^a(1:5,)"), std::string::npos);
  const auto first = said.out.find(" ms)\n");
  ASSERT_NE(first, std::string::npos);
  EXPECT_EQ(said.out.find(" ms)\n", first + 1), std::string::npos);
  EXPECT_EQ(said.err, "");
}

TEST(Shell, CompletionsAreWordsOrGlobals) {
  const std::vector<std::string> globals{"^abc", "^abd", "^x"};
  EXPECT_EQ(completions("set ^a=1 zw", globals), std::vector<std::string>{"zwrite "});
  EXPECT_EQ(completions("zwrite ^ab", globals), (std::vector<std::string>{"^abc", "^abd"}));
  EXPECT_EQ(completions("write ^nosuch", globals), std::vector<std::string>{});
  EXPECT_EQ(common_beginning({"^abc", "^abd"}), "^ab");
  EXPECT_EQ(common_beginning({}), "");
  EXPECT_EQ(word_begin("set ^a=^b"), 7u);
}

}  // namespace
}  // namespace hw::gbl

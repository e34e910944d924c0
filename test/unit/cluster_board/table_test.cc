#include "cluster/board/table.h"

#include <gtest/gtest.h>

#include "cluster/board/command_result.h"

namespace hw::test {
namespace {

using namespace hw::cluster;

TEST(Table, WidthIsOfCharactersNotBytes) {
  Table table;
  table.columns = {{"Name"}, {"N", Align::Right}};
  table.rows = {{std::string("Zürich"), std::uint64_t{7}}, {std::string("Rom"), std::uint64_t{12}}};
  EXPECT_EQ(text_of(table), "Name     N\nZürich   7\nRom     12\n");
}

TEST(Table, LinesDoNotEndInBlanks) {
  Table table;
  table.columns = {{"First"}, {"Last"}};
  table.rows = {{std::string("a"), std::string("a long one")}, {std::string("b"), std::string("c")}};
  EXPECT_EQ(text_of(table), "First  Last\na      a long one\nb      c\n");
}

TEST(Table, NothingIsADashAndNullInJson) {
  CommandResult result;
  result.rows.columns = {{"Prog Name"}, {"Bytes/s", Align::Right}, {"Since"}, {"Service"}};
  result.rows.columns.back().bracketed = true;
  result.rows.rows = {{std::string(), std::monostate(), TimeCell{}, std::string("-")}};
  EXPECT_EQ(text_of(result.rows), "Prog Name  Bytes/s  Since  Service\n-                -  -      ( - )\n");
  EXPECT_EQ(json_of(result), R"({"format":1,"result":"done","exit":0,"messages":[],)"
                             R"("rows":[{"prog_name":null,"bytes_s":null,"since":null,"service":"-"}]})");
}

TEST(CommandResult, HasMessagesSumsAndRows) {
  CommandResult result;
  result.outcome = Outcome::Partly;
  result.messages = {message_of(make_error<MsgId::HWREMOTE>("n2", "no answer in 10 s"), "n2")};
  result.values = {{"started", std::uint64_t{2}}, {"failed", std::uint64_t{1}}};
  result.lists = {{"steps", {"S1", "S2"}}};
  result.rows.columns = {{"Seconds"}, {"Time"}, {"Nodes"}};
  result.rows.rows = {{0.25, TimeCell{1'795'897'442'000'001}, std::vector<std::string>{"^a", "^b"}}};
  EXPECT_EQ(json_of(result),
            R"({"format":1,"result":"partly","exit":3,"messages":[{"code":"HWREMOTE","severity":"E",)"
            R"("text":"n2: no answer in 10 s","node":"n2"}],"started":2,"failed":1,"steps":["S1","S2"],)"
            R"("rows":[{"seconds":0.3,"time":"2026-11-28T20:24:02.000001Z","nodes":["^a","^b"]}]})");
}

TEST(CommandResult, TheWordsOfTheExitStatuses) {
  const char* const words[] = {"done", "refused", "usage", "partly", "running", "limited", "unreached"};
  for (int exit = 0; exit < 7; ++exit) EXPECT_EQ(word_of(static_cast<Outcome>(exit)), words[exit]);
}

TEST(CommandResult, BytesThatAreNoTextStayValidJson) {
  CommandResult result;
  result.values = {{"x", std::string("a\xff\n")}};
  EXPECT_NE(json_of(result).find("\"x\":\"a\xEF\xBF\xBD\\n\""), std::string::npos) << json_of(result);
}

}  // namespace
}  // namespace hw::test

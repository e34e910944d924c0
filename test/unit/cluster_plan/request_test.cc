#include "cluster/plan/request.h"

#include <gtest/gtest.h>

#include <random>

#include "cluster/plan/commands.h"
#include "engine/base/limits.h"

namespace hw::cluster {
namespace {

CommandRequest sample() {
  SwitchoverCommand command;
  command.to = "B";
  CommandRequest request;
  request.arguments = json_of_command(command);
  request.yes = 1;
  request.why = "disk of \"n1\"\n";
  request.user = "root";
  request.host = "n1";
  request.text = "switchover B";
  request.timeout_s = -1;
  return request;
}

std::string why(std::string_view body) {
  const auto request = decode_command_request(body);
  return request.has_value() ? "taken" : request.error().text;
}

TEST(CommandRequest, GoesOverTheLinkAndBack) {
  const auto back = decode_command_request(encode_command_request(sample()));
  ASSERT_TRUE(back.has_value()) << back.error().text;
  EXPECT_EQ(*back, sample());
  EXPECT_EQ(command_of<SwitchoverCommand>(back->arguments).value().to, "B");
}

TEST(CommandRequest, OfTheFirstFormatIsThisText) {
  EXPECT_EQ(encode_command_request(CommandRequest{}),
            R"({"format":1,"arguments":{},"yes":0,"why":"","user":"","host":"","text":"","timeout_s":null})");
}

TEST(CommandRequest, LongTextsAreCutAndStillTaken) {
  CommandRequest request;
  request.why = std::string(kHistoryTextBytesMax + 5, '\xff');
  const auto back = decode_command_request(encode_command_request(request));
  ASSERT_TRUE(back.has_value()) << back.error().text;
}

TEST(CommandRequest, WhatIsNoneIsRefusedByName) {
  EXPECT_EQ(why("[]"), "request: no JSON object");
  EXPECT_EQ(why("{}"), "request: format: not 1");
  EXPECT_EQ(why(R"({"format":2,"arguments":{}})"), "request: format: not a whole number up to 1");
  EXPECT_EQ(why(R"({"format":1})"), "request: arguments: no JSON object");
  EXPECT_EQ(why(R"({"format":1,"arguments":{},"yes":9})"), "request: yes: not a whole number up to 8");
  EXPECT_EQ(why(R"({"format":1,"arguments":{},"yes":-1})"), "request: yes: not a whole number up to 8");
  EXPECT_EQ(why(R"({"format":1,"arguments":{},"timeout_s":1e300})"), "request: timeout_s: not a number of seconds");
  EXPECT_EQ(why(R"({"format":1,"arguments":{},"user":7})"), "request: user: not a text of at most 765 bytes");
  EXPECT_EQ(why(R"({"format":1,"arguments":{},"later":7})"), "taken") << "of a newer release";
}

TEST(AnswerPiece, IsALineOrAMessage) {
  const AnswerPiece line = "started 2, already up 1, failed 0";
  EXPECT_EQ(decode_partial(encode_partial(line), "n1").value(), line);
  const AnswerPiece message = ResultMessage{"HWREMOTE", 'W', "n2: no answer in 3 s", "n2"};
  EXPECT_EQ(encode_partial(message),
            R"({"message":{"code":"HWREMOTE","severity":"W","text":"n2: no answer in 3 s","node":"n2"}})");
  EXPECT_EQ(decode_partial(encode_partial(message), "n1").value(), message);
}

TEST(AnswerPiece, WhatIsNoneIsRefused) {
  for (const char* const bytes :
       {"", "7", "{}", R"({"line":7})", R"({"message":{}})", R"({"message":{"code":"a","severity":"E","text":"x"}})",
        R"({"message":{"code":"A","severity":"Q","text":"x"}})"}) {
    const auto partial = decode_partial(bytes, "n1");
    ASSERT_FALSE(partial.has_value()) << bytes;
    EXPECT_EQ(partial.error().id, MsgId::HWBOARDBAD);
  }
}

TEST(CommandAnswer, GoesOverTheLinkAndBack) {
  CommandResult result;
  result.outcome = Outcome::Partly;
  result.messages = {{"HWREMOTE", 'E', "n2: no answer", "n2"}};
  result.values = {{"started", std::uint64_t{2}}};
  const std::string object = json_of(result);
  const auto plain = decode_command_answer(encode_command_answer(result), "n1");
  ASSERT_TRUE(plain.has_value()) << plain.error().text;
  EXPECT_EQ(plain->outcome, Outcome::Partly);
  EXPECT_EQ(plain->exit, 3);
  EXPECT_EQ(plain->messages, result.messages);
  EXPECT_FALSE(plain->ask);
  EXPECT_EQ(plain->object, object);

  const auto asking = decode_command_answer(encode_command_answer(result, "Stops root \"A\"."), "n1");
  ASSERT_TRUE(asking.has_value()) << asking.error().text;
  EXPECT_EQ(asking->ask, "Stops root \"A\".");
  EXPECT_EQ(asking->object, object) << "what --json prints does not ask";
}

TEST(CommandAnswer, MayHaveAnExitStatusOfItsOwn) {
  CommandResult result;
  result.exit = 2;
  EXPECT_EQ(decode_command_answer(encode_command_answer(result), "n1").value().exit, 2);
}

TEST(CommandAnswer, WhatIsNoneIsRefused) {
  for (const char* const bytes :
       {"", "null", "{}", R"({"format":1})", R"({"format":1,"result":"well"})",
        R"({"format":1,"result":"done","exit":256})", R"({"format":1,"result":"done","messages":[7]})",
        R"({"format":1,"result":"done","ask":7})"})
    EXPECT_FALSE(decode_command_answer(bytes, "n1").has_value()) << bytes;
  EXPECT_TRUE(is_command_answer(R"({"format":1,"result":"refused"})"));
  EXPECT_FALSE(is_command_answer(R"({"board":""})"));
  EXPECT_FALSE(is_command_answer("garbage"));
}

// Property: bytes of any kind are taken or refused; what is taken is the same when it is encoded again.
TEST(CommandRequest, PropertyDamagedBytesNeverHurt) {
  const auto seed = std::random_device{}();
  SCOPED_TRACE("seed " + std::to_string(seed));
  std::mt19937_64 random{seed};
  const std::string whole = encode_command_request(sample());
  for (int round = 0; round < 20'000; ++round) {
    std::string damaged = whole;
    for (auto flips = 1 + random() % 4; flips > 0; --flips)
      damaged[random() % damaged.size()] ^= static_cast<char>(1u << (random() % 8));
    const auto request = decode_command_request(damaged);
    if (!request.has_value()) continue;
    const auto again = decode_command_request(encode_command_request(*request));
    ASSERT_TRUE(again.has_value()) << damaged;
    ASSERT_EQ(again->arguments, request->arguments);
  }
}

}  // namespace
}  // namespace hw::cluster

#include "cluster/plan/reads.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "cluster/board/board_codec.h"
#include "test/unit/cluster_board/board_sample.h"

namespace hw::cluster {
namespace {

TEST(Reads, ABoardGoesOverTheLinkAndBack) {
  const BoardAnswer answer{test::sample_parts(), "n1", true};
  const auto back = decode_board_answer(encode_board_answer(answer), "n1");
  ASSERT_TRUE(back.has_value()) << back.error().text;
  EXPECT_EQ(*back, answer);
}

TEST(Reads, ABoardMayStandAsJsonToo) {
  const std::string body = R"({"limited":false,"board":)" + encode_board(test::sample_parts()) + "}";
  const auto back = decode_board_answer(body, "n1");
  ASSERT_TRUE(back.has_value()) << back.error().text;
  EXPECT_EQ(back->parts, test::sample_parts());
  EXPECT_EQ(back->node, "");
}

TEST(Reads, ADamagedBoardIsRefused) {
  std::string body = encode_board_answer({test::sample_parts(), "n1", false});
  body[body.find("acct")] = 'x';
  EXPECT_EQ(decode_board_answer(body, "n1").error().id, MsgId::HWBOARDBAD);
  EXPECT_EQ(decode_board_answer("{}", "n1").error().text, "n1: board: missing");
  EXPECT_EQ(decode_board_answer("", "n1").error().text, "n1: no JSON object");
  EXPECT_EQ(decode_board_answer(R"({"board":7})", "n1").error().id, MsgId::HWBOARDBAD);
}

TEST(Reads, AHistoryGoesOverTheLinkAndBack) {
  HistoryEntry entry;
  entry.node = "n1";
  entry.number = 4;
  entry.time_us = test::kBooted_us;
  entry.user = "root";
  entry.host = "n1";
  entry.what = "boot";
  entry.why = "\"first\"";
  entry.result = HistoryResult::Done;
  std::vector<HistoryEntry> entries = {entry, entry};
  entries.back().number = 5;
  EXPECT_EQ(decode_history_answer(encode_history_answer(entries), "n1").value(), entries);

  auto as_json = nlohmann::ordered_json::parse(encode_history_answer({entry}));
  as_json["entries"][0] = nlohmann::ordered_json::parse(encode_history_line(entry));
  EXPECT_EQ(decode_history_answer(as_json.dump(), "n1").value(), std::vector{entry});

  EXPECT_TRUE(decode_history_answer(R"({"entries":["damaged\n",7]})", "n1").value().empty());
  EXPECT_EQ(decode_history_answer("{}", "n1").error().text, "n1: entries: not a list");
}

TEST(Reads, ArgumentsGoOverTheLinkAndBack) {
  const auto filter = decode_history_arguments(encode_history_arguments({7, "acct"})).value();
  EXPECT_EQ(filter.count_max, 7u);
  EXPECT_EQ(filter.group, "acct");
  EXPECT_EQ(decode_history_arguments("{}").value().count_max, 20u);
  EXPECT_FALSE(decode_history_arguments(R"({"n":-1})").has_value());
  EXPECT_EQ(decode_generation_argument(encode_generation_argument(3)).value(), 3u);
  EXPECT_EQ(decode_generation_argument(encode_generation_argument({})).value(), std::nullopt);
}

TEST(Reads, ConfigurationsGoOverTheLinkAndBack) {
  const ConfigAnswer answer{3, "9f2c", "format=1\n# \"ä\"\n", "current, running"};
  EXPECT_EQ(decode_config_answer(encode_config_answer(answer), "n1").value(), answer);

  GenerationRow good;
  good.generation = make_generation(3, "text", 1'800'000'000, "root@n1", 2);
  good.current = good.running = true;
  GenerationRow damaged;
  damaged.generation.number = 4;
  damaged.damage = make_error<MsgId::HWCFGBAD>("4.note", "not whole");
  const auto back = decode_generations_answer(encode_generations_answer({good, damaged}), "n1");
  ASSERT_TRUE(back.has_value()) << back.error().text;
  ASSERT_EQ(back->size(), 2u);
  EXPECT_EQ(back->at(0).generation.sha256, good.generation.sha256);
  EXPECT_EQ(back->at(0).generation.time_s, 1'800'000'000);
  EXPECT_EQ(back->at(0).generation.added_to, 2u);
  EXPECT_EQ(back->at(0).state(), good.state());
  EXPECT_EQ(back->at(1).state(), damaged.state());
}

}  // namespace
}  // namespace hw::cluster

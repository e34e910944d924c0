// What an agent keeps is known by its first bytes, and nothing else is taken for it.
#include "cluster/agent/agent_folder.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>

#include "cluster/board/board_codec.h"
#include "cluster/board/history.h"
#include "cluster/board/receipt.h"
#include "cluster/config/generation.h"
#include "cluster/keeper/process_table.h"
#include "engine/base/file_kind.h"
#include "test/support/test_folder.h"

namespace hw::cluster {
namespace {

FileKind kind_of_text(std::string_view text) { return kind_of_bytes(as_bytes(text)); }

TEST(AgentFolder, LabelsOfItsFilesAreKnown) {
  EXPECT_EQ(kind_of_text(encode_board({})), FileKind::Agent);
  EXPECT_EQ(kind_of_text(encode_receipt({})), FileKind::Agent);
  EXPECT_EQ(kind_of_text(encode_history_line({})), FileKind::Agent);
  EXPECT_EQ(kind_of_text(encode_note(make_generation(1, "format=1\n", 0, "ann"))), FileKind::Agent);
  EXPECT_EQ(kind_of_text(encode(ProcessRows{})), FileKind::Agent);
}

constexpr const char* kFiles[] = {"run/hwd.pid",    "run/generation", "run/processes",
                                  "config/current", "board.json",     "log/history.jsonl"};

TEST(AgentFolder, TakesNothingThatIsNotItsOwn) {
  const test::TestFolder folder;
  const std::string letter = folder.file("letter");
  const std::string dir = folder.file("n1");
  ASSERT_TRUE(AgentFolder::take(dir, "n1").has_value());
  const std::function<void(const std::string&)> things[] = {
      [&](const std::string& at) { test::write_file(at, "to somebody\n"); },
      [&](const std::string& at) { std::filesystem::create_symlink(letter, at); },
      [&](const std::string& at) { std::filesystem::create_symlink(folder.file("nothing"), at); },
      [&](const std::string& at) { std::filesystem::create_hard_link(letter, at); },
      [&](const std::string& at) { std::filesystem::create_directory(at); },
      [&](const std::string& at) { ASSERT_EQ(::mkfifo(at.c_str(), 0600), 0); },
  };
  for (const char* const file : kFiles) {
    for (const auto& put : things) {
      SCOPED_TRACE(file);
      test::write_file(letter, "");
      const std::string path = dir + "/" + file;
      std::filesystem::remove_all(path);
      put(path);
      const auto before = std::filesystem::symlink_status(path).type();
      const auto taken = AgentFolder::take(dir, "n1");
      ASSERT_FALSE(taken.has_value());
      EXPECT_NE(taken.error().lines().find(path), std::string::npos) << taken.error().lines();
      EXPECT_EQ(std::filesystem::symlink_status(path).type(), before);
      EXPECT_EQ(test::file_bytes(letter), "");
      EXPECT_FALSE(std::filesystem::exists(folder.file("nothing")));
      std::filesystem::remove_all(path);
    }
  }
}

TEST(AgentFolder, ACopyOfItIsNoSecondNode) {
  const test::TestFolder folder;
  const std::string dir = folder.file("n1");
  const std::string copy = folder.file("copy");
  const auto is_taken = [](const Status& status) {
    return !status.has_value() && status.error().id == MsgId::HWAGENTRUNS;
  };
  {
    auto copied = AgentFolder::take(copy, "n1");
    ASSERT_TRUE(copied.has_value());
    EXPECT_TRUE(copied->take_named(dir, "n1").has_value()) << "no agent has been there";
    EXPECT_FALSE(std::filesystem::exists(dir));
    const auto own = AgentFolder::take(dir, "n1");
    ASSERT_TRUE(own.has_value());
    EXPECT_TRUE(is_taken(copied->take_named(dir, "n1")));
  }
  auto copied = AgentFolder::take(copy, "n1");
  ASSERT_TRUE(copied.has_value());
  ASSERT_TRUE(copied->take_named(dir, "n1").has_value());
  const auto own = AgentFolder::take(dir, "n1");
  ASSERT_FALSE(own.has_value());
  EXPECT_EQ(own.error().id, MsgId::HWAGENTRUNS);
}

TEST(AgentFolder, TakesWhatAPowerLossHasLeft) {
  const test::TestFolder folder;
  const std::string dir = folder.file("n1");
  ASSERT_TRUE(AgentFolder::take(dir, "n1").has_value());
  for (const std::string& left : {std::string(), std::string(600, '\0')}) {
    for (const char* const file : kFiles) test::write_file(dir + "/" + file, left);
    EXPECT_TRUE(AgentFolder::take(dir, "n1").has_value());
  }
}

}  // namespace
}  // namespace hw::cluster

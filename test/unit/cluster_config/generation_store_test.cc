// The generations that a node keeps: what is stored is read back, and what is damaged is said.
#include "cluster/config/generation_store.h"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>

#include "cluster/config/sha256.h"
#include "engine/base/file.h"
#include "test/support/child_process.h"

namespace hw::cluster {
namespace {

using hw::test::must;

constexpr std::int64_t kTime = 1795897442;  // 2026-11-28T20:24:02Z

std::string said(const Error& error) { return error.lines(); }

class GenerationStoreTest : public testing::Test {
 protected:
  GenerationStoreTest() : dir_(testing::TempDir() + "generations-" + std::to_string(::getpid())), store_(make()) {}
  ~GenerationStoreTest() override { std::filesystem::remove_all(dir_); }

  GenerationStore make() const {
    std::filesystem::remove_all(dir_);
    std::filesystem::create_directory(dir_);
    return must(GenerationStore::open(dir_));
  }
  std::string file(const std::string& name) const { return dir_ + "/config/" + name; }
  void put(std::uint64_t number, const std::string& text, std::uint64_t added_to = 0) const {
    must(store_.put(make_generation(number, text, kTime, "root@n1", added_to)));
  }
  std::vector<std::string> rows() const {
    std::vector<std::string> out;
    for (const GenerationRow& row : must(store_.list()))
      out.push_back(fmt::format("{} {} {}", row.generation.number, row.generation.short_sha256(), row.state()));
    return out;
  }

  std::string dir_;
  GenerationStore store_;
};

using Rows = std::vector<std::string>;

TEST(Sha256, IsThatOfTheStandard) {
  EXPECT_EQ(sha256(""), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  EXPECT_EQ(sha256("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

TEST_F(GenerationStoreTest, WhatIsStoredIsReadBackByteForByte) {
  put(1, "format = 1\n");
  const Generation read = must(must(GenerationStore::open(dir_)).read(1));
  EXPECT_EQ(read.number, 1u);
  EXPECT_EQ(read.text, "format = 1\n");
  EXPECT_EQ(read.sha256, sha256("format = 1\n"));
  EXPECT_EQ(read.time_s, kTime);
  EXPECT_EQ(read.by, "root@n1");
  EXPECT_EQ(read.added_to, 0u);
  EXPECT_EQ(must(read_file(file("1.toml"), 100)), "format = 1\n");
}

TEST_F(GenerationStoreTest, NothingIsCurrentOrRunsAtFirst) {
  EXPECT_FALSE(must(store_.current()).has_value());
  EXPECT_FALSE(must(store_.running()).has_value());
  EXPECT_EQ(must(store_.highest()), 0u);
  EXPECT_EQ(rows(), Rows());
}

TEST_F(GenerationStoreTest, RowsTellTheState) {
  for (const std::uint64_t number : {1, 2, 10}) put(number, "a");
  must(store_.make_current(2));
  must(store_.set_running(2));
  must(store_.put_named("draft", "x = 1"));
  EXPECT_EQ(must(read_file(file("current"), 10)), "2\n");
  EXPECT_EQ(must(read_file(dir_ + "/run/generation", 10)), "2\n");
  EXPECT_EQ(must(read_file(file("draft.toml"), 10)), "x = 1");
  EXPECT_EQ(rows(), (Rows{"1 ca978112ca1b stored", "2 ca978112ca1b current, running", "10 ca978112ca1b stored"}));
  must(store_.make_current(10));
  EXPECT_EQ(rows(), (Rows{"1 ca978112ca1b stored", "2 ca978112ca1b running", "10 ca978112ca1b current"}));
  EXPECT_EQ(must(store_.highest()), 10u);
  must(store_.set_running(std::nullopt));
  EXPECT_FALSE(must(store_.running()).has_value());
}

TEST_F(GenerationStoreTest, WhatIsNotThereDoesNotBecomeCurrent) {
  EXPECT_EQ(said(store_.make_current(1).error()), "%GTM-E-HWCFGBAD, " + file("1.toml") + ": missing");
  EXPECT_FALSE(must(store_.current()).has_value());
}

TEST_F(GenerationStoreTest, AGenerationThatDidNotBecomeCurrentIsReplacedAndDropped) {
  put(1, "a");
  must(store_.make_current(1));
  put(2, "b");
  put(2, "c");
  EXPECT_EQ(must(store_.read(2)).text, "c");
  must(store_.drop(2));
  EXPECT_EQ(must(store_.highest()), 1u);
  EXPECT_FALSE(file_exists(file("2.note")));
}

TEST_F(GenerationStoreTest, TheCurrentOneAndThoseBelowAndWhatRunsStay) {
  put(1, "a");
  put(2, "b");
  must(store_.make_current(2));
  must(store_.set_running(2));
  put(1, "a");  // The same text: nothing to do.
  const auto other = store_.put(make_generation(1, "x", kTime, "me"));
  EXPECT_EQ(said(other.error()),
            "%GTM-E-HWCFGBAD, " + file("1.toml") + ": generation 2 is current, what is not above it stays");
  EXPECT_EQ(said(store_.drop(2).error()), "%GTM-E-HWCFGBAD, " + file("2.toml") + ": runs, and has another text");
  EXPECT_EQ(must(store_.read(1)).text, "a");
  EXPECT_EQ(must(store_.read(2)).text, "b");
}

TEST_F(GenerationStoreTest, ADamagedTextIsSaidAndMadeGoodByTheSameTextAlone) {
  put(1, "a");
  must(store_.make_current(1));
  must(replace_file(file("1.toml"), "b"));
  const std::string line = "%GTM-E-HWCFGBAD, " + file("1.toml") + ": damaged: its SHA-256 does not agree";
  EXPECT_EQ(said(store_.read(1).error()), line);
  EXPECT_EQ(rows(), Rows{"1  current, damaged"});
  EXPECT_EQ(said(*must(store_.list()).front().damage), line);
  EXPECT_FALSE(store_.put(make_generation(1, "c", kTime, "me")).has_value());
  put(1, "a");
  EXPECT_EQ(must(store_.read(1)).text, "a");
}

TEST_F(GenerationStoreTest, ANoteThatIsMissingDamagedOrOfAnotherIsSaid) {
  put(1, "a");
  put(2, "b");
  const std::string note = file("1.note"), line = "%GTM-E-HWCFGBAD, " + note;
  const std::string good = must(read_file(note, 1000));
  std::filesystem::copy_file(file("2.note"), note, std::filesystem::copy_options::overwrite_existing);
  EXPECT_EQ(said(store_.read(1).error()), line + ": damaged: it is of 2");
  must(replace_file(note, std::string(good).replace(good.find("root"), 4, "toor")));
  EXPECT_EQ(said(store_.read(1).error()), line + ": damaged: its check does not agree");
  must(replace_file(note, std::string(5000, 'x')));
  EXPECT_EQ(said(store_.read(1).error()), line + ": damaged: too long");
  std::filesystem::remove(note);
  EXPECT_EQ(said(store_.read(1).error()), line + ": missing");
  EXPECT_EQ(rows(), (Rows{"1  stored, damaged", "2 3e23e8160039 stored"}));
  put(1, "a");
  EXPECT_EQ(must(store_.read(1)).text, "a");
}

TEST_F(GenerationStoreTest, ADamagedNumberIsSaid) {
  put(1, "a");
  for (const char* text : {"", "1", "one\n", "01\n", "0\n", "-1\n", "1\n\n", "99999999999999999999999\n"}) {
    must(replace_file(file("current"), text));
    EXPECT_EQ(store_.current().error().id, MsgId::HWCFGBAD) << text;
  }
  must(replace_file(file("current"), std::string(100, '1')));
  EXPECT_EQ(said(store_.current().error()), "%GTM-E-HWCFGBAD, " + file("current") + ": damaged: too long");
  EXPECT_EQ(rows(), Rows{"1 ca978112ca1b stored"});
  must(store_.make_current(1));
  EXPECT_EQ(must(store_.current()), 1u);
}

TEST_F(GenerationStoreTest, NamesThatCouldBeGenerationsAreRefused) {
  for (const char* name : {"7", "", "a/b", "..", "a b"}) EXPECT_FALSE(store_.put_named(name, "x").has_value()) << name;
  must(store_.put_named("v7", "x"));
  must(store_.put_named("v7", "y"));
  EXPECT_EQ(must(read_file(file("v7.toml"), 10)), "y");
}

TEST_F(GenerationStoreTest, FilesOfOthersAreNoGenerations) {
  put(3, "a");
  for (const char* name : {"03.toml", "x.toml", "4.toml.bak", "5", "0.toml", "-1.toml"})
    must(replace_file(file(name), "z"));
  EXPECT_EQ(rows(), Rows{"3 ca978112ca1b stored"});
}

TEST_F(GenerationStoreTest, AChainOfAdditionsIsFollowed) {
  put(1, "a");
  put(2, "b", 1);
  put(3, "c", 2);
  put(4, "d");
  put(5, "e", 4);
  EXPECT_TRUE(must(store_.came_by_add(1, 3)));
  EXPECT_TRUE(must(store_.came_by_add(2, 3)));
  EXPECT_TRUE(must(store_.came_by_add(4, 5)));
  EXPECT_TRUE(must(store_.came_by_add(3, 3)));
  EXPECT_FALSE(must(store_.came_by_add(3, 5)));
  EXPECT_FALSE(must(store_.came_by_add(3, 2)));
  EXPECT_FALSE(store_.came_by_add(3, 6).has_value());
}

TEST_F(GenerationStoreTest, EverybodyMayEnterItsFoldersWhateverTheUmask) {
  const mode_t former = ::umask(0077);
  make();
  ::umask(former);
  for (const char* folder : {"/config", "/run"})
    EXPECT_EQ(std::filesystem::status(dir_ + folder).permissions(), std::filesystem::perms(0755)) << folder;
}

TEST_F(GenerationStoreTest, AFolderThatCannotBeMadeIsAnError) {
  must(replace_file(dir_ + "/file", "x"));
  EXPECT_EQ(GenerationStore::open(dir_ + "/file").error().id, MsgId::SYSCALL);
  std::filesystem::remove_all(dir_ + "/run");
  must(replace_file(dir_ + "/run", "x"));
  EXPECT_EQ(GenerationStore::open(dir_).error().os_errno, EEXIST);
}

const std::string kNote =
    "headwater generation 1\n"
    "check 292fe0e9d41ad84b\n"
    "number 3\n"
    "sha256 ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad\n"
    "time 2026-11-28T20:24:02Z\n"
    "by root@n1\n"
    "added_to 2\n";

TEST(GenerationNote, IsWrittenAsItsTableSays) {
  const Generation generation = make_generation(3, "abc", kTime, "root@n1", 2);
  EXPECT_EQ(encode_note(generation), kNote);
  const Generation read = must(decode_note(kNote, "f"));
  EXPECT_EQ(read.number, 3u);
  EXPECT_EQ(read.time_s, kTime);
  EXPECT_EQ(read.added_to, 2u);
  EXPECT_EQ(read.sha256, generation.sha256);
}

TEST(GenerationNote, OthersAreRefusedWithTheReason) {
  const auto why = [](const std::string& note) { return said(decode_note(note, "f").error()); };
  EXPECT_EQ(why(""), "%GTM-E-HWCFGBAD, f: damaged: no note of a generation");
  EXPECT_EQ(why("headwater generation 2\n"), "%GTM-E-HWCFGBAD, f: format 2 is not known, only 1");
  for (std::size_t cut = 1; cut < kNote.size(); ++cut)
    EXPECT_FALSE(decode_note(kNote.substr(0, cut), "f").has_value()) << cut;
  EXPECT_FALSE(decode_note(kNote + "more 1\n", "f").has_value());
}

TEST(GenerationNote, WhoStoredItIsOneLine) {
  EXPECT_EQ(make_generation(1, "", 0, "a\nnumber 7").by, "a?number 7");
  EXPECT_EQ(make_generation(1, "", 0, "").by, "-");
  EXPECT_EQ(make_generation(1, "", 0, std::string(1000, 'x')).by.size(), 255u);
}

}  // namespace
}  // namespace hw::cluster

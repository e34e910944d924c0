// What an image may hold, mode by mode, and what it must not.
#include <map>
#include <set>

#include "test/unit/powerloss/stage.h"

namespace hw::powerloss::test {
namespace {

class PowerLossImage : public PowerLossStage {
 protected:
  /// A file of 64 sectors of A on disk; all of them B now, and 8 of them behind the end.
  void half_synced() {
    put("f", std::string(64 * 512, 'A'));
    act({"open:1:f:", "pwrite:1:0:B:36864"});
  }

  std::string sectors(const std::string& name) const {
    const std::string text = content(name);
    std::string out;
    for (std::size_t at = 0; at < text.size(); at += 512) {
      EXPECT_EQ(text.find_first_not_of(text[at], at) >= std::min(at + 512, text.size()), true)
          << "torn sector at " << at;
      out += text[at] == '\0' ? '0' : text[at];
    }
    return out;
  }
};

TEST_F(PowerLossImage, IsTheSameForTheSameSeed) {
  std::set<std::string> seen;
  for (std::uint64_t seed = 1; seed <= 12; ++seed) {
    std::string first;
    for (int twice = 0; twice < 2; ++twice) {
      std::filesystem::remove_all(root());
      std::filesystem::create_directory(root());
      std::filesystem::remove_all(recording());
      half_synced();
      image(Mode::Random, false, seed);
      const std::string found = sectors("f");
      EXPECT_TRUE(twice == 0 || found == first) << "seed " << seed;
      first = found;
      seen.insert(found);
    }
  }
  EXPECT_GT(seen.size(), 4u);
}

TEST_F(PowerLossImage, OfRandomSectorsHoldsNothingThatWasNeverThere) {
  std::map<char, int> found;
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    std::filesystem::remove_all(root());
    std::filesystem::create_directory(root());
    half_synced();
    image(Mode::Random, false, seed);
    const std::string after = sectors("f");
    EXPECT_TRUE(after.size() == 64 || after.size() == 72) << after.size();
    for (std::size_t i = 0; i < after.size(); ++i) {
      EXPECT_NE(std::string(i < 64 ? "AB" : "0B").find(after[i]), std::string::npos) << after[i] << " at " << i;
      ++found[after[i]];
    }
    std::filesystem::remove_all(recording());
  }
  EXPECT_GT(found['A'], 0);
  EXPECT_GT(found['B'], 0);
  EXPECT_GT(found['0'], 0);
}

TEST_F(PowerLossImage, KeepsOnlyNamesAndSizes) {
  half_synced();
  act({"open:1:n:c", "pwrite:1:0:B:600"});
  const ImageReport report = image(Mode::NamesOnly);
  EXPECT_EQ(runs("f"), "32768A 40960");
  EXPECT_EQ(runs("n"), "6000");
  EXPECT_EQ(report.lost, 74u);
}

TEST_F(PowerLossImage, KeepsOnlyData) {
  half_synced();
  act({"open:1:n:c", "pwrite:1:0:B:600"});
  image(Mode::DataOnly);
  EXPECT_EQ(runs("f"), "32768B");
  EXPECT_FALSE(exists("n"));
}

TEST_F(PowerLossImage, LosesAllNamesAndKeepsTheData) {
  put("moved", "x");
  half_synced();
  act({"open:1:n:c", "rename:moved:elsewhere"});
  image(Mode::NamesLost);
  EXPECT_EQ(runs("f"), "36864B");
  EXPECT_FALSE(exists("n"));
  EXPECT_FALSE(exists("elsewhere"));
  EXPECT_EQ(content("moved"), "x");
}

TEST_F(PowerLossImage, HasOneFileThatIsOld) {
  for (const char* name : {"f", "g", "h"}) put(name, std::string(1024, 'A'));
  act({"open:1:f:", "open:2:g:", "open:3:h:", "pwrite:1:0:B:1024", "pwrite:2:0:B:1024", "pwrite:3:0:B:1024"});
  image(Mode::OneFileOld);
  EXPECT_EQ((sectors("f") + sectors("g") + sectors("h")).size(), 6u);
  std::multiset<std::string> all{sectors("f"), sectors("g"), sectors("h")};
  EXPECT_EQ(all, (std::multiset<std::string>{"AA", "BB", "BB"}));
}

TEST_F(PowerLossImage, TearsEveryPage) {
  half_synced();
  image(Mode::TornPages);
  const std::string after = sectors("f");
  for (std::size_t page = 0; page < 64; page += 8) {
    const std::string one = after.substr(page, 8);
    EXPECT_TRUE(one.find('A') != std::string::npos && one.find('B') != std::string::npos) << one;
  }
}

TEST_F(PowerLossImage, KeepsTheNewestAndLosesTheOldest) {
  sample_ms = "1";
  put("f", std::string(8 * 512, 'A'));
  put("g", "x");
  // The first sync of the one file makes a sample of the other, which is not synced.
  act({"open:1:f:", "open:2:g:", "pwrite:1:0:B:2048", "fsync:2", "pwrite:1:2048:C:2048"});
  image(Mode::NewestKept);
  EXPECT_EQ(sectors("f"), "AAAACCCC");
}

TEST_F(PowerLossImage, MayHoldWhatASectorHeldEarlier) {
  sample_ms = "1";
  std::set<char> found;
  for (std::uint64_t seed = 1; seed <= 10; ++seed) {
    std::filesystem::remove_all(recording());
    put("f", std::string(8 * 512, 'A'));
    put("g", "x");
    act({"open:1:f:", "open:2:g:", "pwrite:1:0:B:4096", "fsync:2", "pwrite:1:0:C:4096"});
    image(Mode::Random, false, seed);
    for (const char each : sectors("f")) found.insert(each);
  }
  EXPECT_EQ(found, (std::set<char>{'A', 'B', 'C'}));
}

TEST_F(PowerLossImage, IsRefusedWhileAProcessLives) {
  put("f", "x");
  int ends[2];
  ASSERT_EQ(::pipe2(ends, O_CLOEXEC), 0);
  const pid_t child = start({"open:1:f:", "print:HOME", "pause"}, ends[1]);
  char text[64];
  ASSERT_GT(::read(ends[0], text, sizeof text), 0);  // It has opened the file.
  const auto made = make_image(recording(), {});
  ASSERT_FALSE(made.has_value());
  EXPECT_EQ(made.error(), "process " + std::to_string(child) + " of the instance is alive");
  ASSERT_EQ(::kill(child, SIGKILL), 0);
  wait_for(child);
  ::close(ends[0]);
  ::close(ends[1]);
  EXPECT_TRUE(make_image(recording(), {}).has_value());
}

TEST_F(PowerLossImage, IsRefusedWhenSomethingWasNotRecorded) {
  put("f", "x");
  act({"open:1:f:"});
  Recording::fail(recording(), "the disk was full");
  const auto made = make_image(recording(), {});
  ASSERT_FALSE(made.has_value());
  EXPECT_NE(made.error().find("the disk was full"), std::string::npos);
}

TEST_F(PowerLossImage, FindsADamagedRecording) {
  put("f", "x");
  act({"open:1:f:", "pwrite:1:0:B:512", "fsync:1"});
  EXPECT_TRUE(verify(recording()).has_value());
  const std::string log = recording() + "/files/1.log";
  const auto bytes = std::filesystem::file_size(log);
  std::fstream file(log, std::ios::in | std::ios::out | std::ios::binary);
  file.seekp(static_cast<std::streamoff>(bytes - 10));
  file.put('!');
  file.close();
  EXPECT_FALSE(verify(recording()).has_value());
}

TEST_F(PowerLossImage, LeavesWhatOtherProgramsDidToNames) {
  put("gone", "x");
  act({"open:1:mine:c"});
  put("foreign", "y");
  std::filesystem::remove(root() + "/gone");
  image(Mode::AllLost, true);
  EXPECT_EQ(content("foreign"), "y");
  EXPECT_FALSE(exists("gone"));
  EXPECT_FALSE(exists("mine"));
}

TEST_F(PowerLossImage, DryRunChangesNothing) {
  half_synced();
  ImageOptions options;
  options.mode = Mode::AllLost;
  options.dry_run = true;
  const auto made = make_image(recording(), options);
  ASSERT_TRUE(made.has_value()) << made.error();
  EXPECT_EQ(made->lost, 64u);
  EXPECT_EQ(runs("f"), "36864B");
}

TEST_F(PowerLossImage, GoesIntoAnotherFolderAsOftenAsWanted) {
  put("gone", "x");
  half_synced();
  act({"mkdir:d", "open:1:d/n:c", "pwrite:1:0:B:600", "unlink:gone", "symlink:f:s"});
  put("foreign", "y");
  for (const Mode mode : {Mode::AllLost, Mode::AllKept, Mode::AllLost}) {
    ImageOptions options;
    options.mode = mode;
    options.into = folder() + "/image";
    const auto made = make_image(recording(), options);
    ASSERT_TRUE(made.has_value()) << made.error();
    const bool lost = mode == Mode::AllLost;
    EXPECT_EQ(text_of(options.into + "/f"), lost ? std::string(32768, 'A') : std::string(36864, 'B'));
    EXPECT_EQ(text_of(options.into + "/foreign"), "y");
    EXPECT_EQ(text_of(options.into + "/d/n"), lost ? "" : std::string(600, 'B'));
    EXPECT_EQ(std::filesystem::exists(options.into + "/gone"), lost);
    EXPECT_EQ(std::filesystem::is_symlink(options.into + "/s"), !lost);
    EXPECT_FALSE(std::filesystem::exists(options.into + "/.files"));
    std::filesystem::remove_all(options.into);
  }
  EXPECT_EQ(runs("f"), "36864B");
}

TEST_F(PowerLossImage, StatusSaysWhatIsNotOnDisk) {
  half_synced();
  act({"open:1:n:c", "rename:n:m"});
  const auto status = status_of(recording(), false);
  ASSERT_TRUE(status.has_value()) << status.error();
  EXPECT_EQ(status->names, (std::vector<std::string>{"create n", "rename n to m"}));
  ASSERT_EQ(status->files.size(), 2u);
  EXPECT_EQ(status->files[0].name, "f");
  EXPECT_EQ(status->files[0].sectors, 73u);  // The size is one more.
  EXPECT_EQ(status->files[0].durable_bytes, 32768u);
}

}  // namespace
}  // namespace hw::powerloss::test

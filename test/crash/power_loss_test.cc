// Machines that stop: pages of the files are older than others, or rubbish.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>

#include "test/support/recovery_rounds.h"

namespace hw::test {
namespace {

/// Overwrites random pages of a file from `from` on with rubbish, zeros, or what stood there in `older`.
void mangle(const std::string& path, std::uint64_t from, const std::string& older, double share,
            std::mt19937_64& random) {
  constexpr std::uint64_t kPage = 4096;
  const int fd = ::open(path.c_str(), O_RDWR);
  ASSERT_GE(fd, 0) << path;
  const auto bytes = static_cast<std::uint64_t>(std::filesystem::file_size(path));
  const int old = older.empty() ? -1 : ::open(older.c_str(), O_RDONLY);
  for (std::uint64_t page = from / kPage; page * kPage < bytes; ++page) {
    if (static_cast<double>(random() % 1000) >= share * 1000) continue;
    const std::uint64_t begin = std::max(from, page * kPage);
    const std::uint64_t end = std::min(bytes, (page + 1) * kPage);
    std::string content(end - begin, '\0');
    const auto kind = random() % 3;
    if (kind == 0) {
      for (char& byte : content) byte = static_cast<char>(random());
    } else if (kind == 1 && old >= 0) {
      if (::pread(old, content.data(), content.size(), static_cast<off_t>(begin)) < 0)
        content.assign(content.size(), 0);
    }
    ASSERT_EQ(::pwrite(fd, content.data(), content.size(), static_cast<off_t>(begin)),
              static_cast<ssize_t>(content.size()));
  }
  if (old >= 0) ::close(old);
  ::close(fd);
}

class PowerLoss : public EngineRecovery, public testing::WithParamInterface<std::uint64_t> {};

TEST_P(PowerLoss, WhatIsThereAreTheTransactionsUpToOneAndNothingDurableIsMissing) {
  prepare(true, GetParam(), {{"HW_BOOT_ID", "boot-0"}});
  std::mt19937_64 random(seed_);
  std::uint64_t from = 1;
  for (int round = 0; round < 10; ++round) {
    const std::string boot = "boot-" + std::to_string(round);
    for (const char* region : {"DEFAULT", "X"})
      std::filesystem::copy_file(scratch_.database_path(region), scratch_.database_path(region) + ".older",
                                 std::filesystem::copy_options::overwrite_existing);
    shared().durable.store(from - 1);
    for (auto& synced : shared().synced) synced.generation.store(0);
    const Run run{
        0, from, 30 + random() % 300, 10 + static_cast<unsigned>(random() % 60), random() % 3 == 0 ? 25u : 0u, false};
    ASSERT_EQ(in_child({{"HW_BOOT_ID", boot}}, [&] { work(run); }), 0) << "round " << round;

    remove_pool();
    for (int i = 0; i < 2; ++i) {
      const std::string region = i == 0 ? "DEFAULT" : "X";
      mangle(scratch_.database_path(region), 0, scratch_.database_path(region) + ".older", 0.3, random);
      const auto info = read_journal_info(scratch_.journal_path(region));
      ASSERT_TRUE(info.has_value());
      // A file younger than the last durable commit holds nothing durable; its header was synced when it was made.
      const auto& synced = shared().synced[i];
      const std::uint64_t sure =
          synced.generation.load() == info->header.generation ? synced.offset.load() : kJournalHeaderBytes;
      mangle(scratch_.journal_path(region), sure, "", random() % 2 == 0 ? 0.3 : 0.02, random);
    }
    const std::string next_boot = "boot-" + std::to_string(round + 1);
    ASSERT_EQ(in_child({{"HW_BOOT_ID", next_boot}}, [&] { verify(1, round % 2 == 0); }), 0) << "round " << round;
    EXPECT_GE(shared().found.load(), shared().durable.load()) << "round " << round;
    from = shared().found.load() + 1;
    shared().committed[0].store(from - 1);
    ASSERT_EQ(in_child({{"HW_BOOT_ID", next_boot}}, [&] { verify(1, true); }), 0) << "second look, round " << round;
  }
}

INSTANTIATE_TEST_SUITE_P(LargeAndSmallJournals, PowerLoss, testing::Values(kLargeJournal, kSmallJournal));

}  // namespace
}  // namespace hw::test

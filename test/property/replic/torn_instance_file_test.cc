// A change of the instance file is cut off anywhere: what opens afterwards is the state before or after it.
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "replic/instance/instance_file.h"
#include "seed.h"

namespace hw {
namespace {

struct State {
  InstanceHeader header;
  std::array<InstanceSlot, kSlotsMax> slots;
  std::vector<HistoryRecord> history;
  bool operator==(const State&) const = default;
};

State state_of(const InstanceFile& file) {
  return {file.header(), file.slots(), {file.history().records().begin(), file.history().records().end()}};
}

std::string slurp(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

// Of the bytes in [from, to) that differ, each group of 8 is the old or the new one at random.
void mix(std::string& into, const std::string& after, std::size_t from, std::size_t to, std::mt19937_64& random) {
  for (std::size_t at = from; at < to; at += 8)
    if (random() % 2 == 0)
      for (std::size_t i = at; i < std::min(at + 8, to); ++i) into[i] = after[i];
}

class TornInstanceFile : public testing::Test {
 protected:
  void SetUp() override {
    folder_ = testing::TempDir() + "torn_" + std::to_string(::getpid());
    std::filesystem::create_directories(folder_);
    path_ = folder_ + "/gtm.repl";
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }
  std::string folder_;
  std::string path_;
};

TEST_F(TornInstanceFile, StateIsThatBeforeOrAfterTheChange) {
  const auto seed = test::replic_seed();
  SCOPED_TRACE("rerun with HW_SEED=" + std::to_string(seed));
  std::mt19937_64 random{seed};
  auto made = InstanceFile::create(*InstanceName::parse("INSTA"), {path_, true, 1, 1, "vm"});
  ASSERT_TRUE(made.has_value());
  InstanceFile file = std::move(made->file);
  std::uint64_t seqno = 1;
  const std::string torn_path = folder_ + "/torn.repl";
  int befores = 0, afters = 0;

  for (int round = 0; round < 60; ++round) {
    const State before = state_of(file);
    std::string bytes_before = slurp(path_);
    const auto change = random() % 5;
    constexpr auto kCut = 1;
    switch (change) {
      case 0:
        ASSERT_TRUE(file.begin_reign(Seqno{seqno += random() % 3}, 7, seqno).has_value());
        break;
      case kCut: {
        const std::uint64_t cut = 1 + random() % seqno;
        ASSERT_TRUE(file.cut_history(Seqno{cut}).has_value());
        seqno = cut;
        break;
      }
      case 2:
        ASSERT_TRUE(file.update_slot(random() % kSlotsMax,
                                     [&](InstanceSlot& slot) {
                                       slot.name = "S" + std::to_string(random() % 100);
                                       slot.send_next = Seqno{random()};
                                     })
                        .has_value());
        break;
      default:
        ASSERT_TRUE(file.update_header([&](InstanceHeader& header) {
                          header.crash = !header.crash;
                          header.jnlpool_shmid = static_cast<std::uint32_t>(random());
                        })
                        .has_value());
    }
    const State after = state_of(file);
    const std::string bytes_after = slurp(path_);
    bytes_before.resize(bytes_after.size(), '\0');

    for (int tear = 0; tear < 20; ++tear) {
      std::string torn = bytes_before;
      if (tear % 2 == 0) {  // History cells are written and synced first, then the header.
        mix(torn, bytes_after, kHistoryOffset, torn.size(), random);
      } else {
        torn.replace(kHistoryOffset, torn.size() - kHistoryOffset, bytes_after.substr(kHistoryOffset));
        mix(torn, bytes_after, 0, kHistoryOffset, random);
      }
      std::ofstream(torn_path, std::ios::binary | std::ios::trunc) << torn;
      const auto opened = InstanceFile::open(torn_path);
      ASSERT_TRUE(opened.has_value()) << opened.error().render();
      State seen = state_of(*opened);
      // A replaced record is a reign without updates: both its forms stand for the state before.
      const bool replaced = before.history.size() == after.history.size() && before.history != after.history;
      if (replaced && seen.history == after.history && seen.header == before.header) seen.history = before.history;
      // A cut lowers the slots' positions first, one cell each, which only makes a source server look further back.
      for (std::size_t i = 0; change == kCut && i < seen.slots.size(); ++i) {
        ASSERT_TRUE(seen.slots[i] == before.slots[i] || seen.slots[i] == after.slots[i]) << "slot " << i;
        seen.slots[i] = seen.history == after.history && seen.header == after.header ? after.slots[i] : before.slots[i];
      }
      ASSERT_TRUE(seen == before || seen == after) << "round " << round;
      befores += seen == before;
      afters += seen == after;
    }
  }
  EXPECT_GT(befores, 20);
  EXPECT_GT(afters, 20);
}

}  // namespace
}  // namespace hw

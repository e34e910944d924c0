// Random sets and kills, gathered into batches, leave what they leave one after the other in a plain std::map.
#include "engine/commit/redo_batch.h"

#include <gtest/gtest.h>

#include <map>
#include <random>

#include "engine/base/shared_memory.h"
#include "test/support/child_process.h"
#include "test/support/scratch_database.h"

namespace hw::test {
namespace {

using Model = std::map<std::string, std::string>;

/// Few letters, so that keys are often below one another, and updated again.
std::string random_key(std::mt19937_64& random) {
  static const std::string letters("a\x00\xFF\x01z", 5);
  std::string key = random() % 50 == 0 ? std::string(520, 'k') : "g";
  for (auto more = random() % 5; more > 0; --more) key += letters[random() % letters.size()];
  return key + '\0';
}

void update(Model& model, const UpdateView& one) {
  const std::string key(one.key);
  if (one.type == UpdateType::Set) {
    model[key] = one.value;
  } else if (one.type == UpdateType::ZKill) {
    model.erase(key);
  } else {
    auto at = model.lower_bound(key);
    while (at != model.end() && at->first.starts_with(key)) at = model.erase(at);
  }
}

class RedoBatchProperty : public testing::TestWithParam<unsigned> {
 protected:
  RedoBatchProperty() {
    must(Environment::create_image(path_, SharedMemory::own_rights()));
    image_ = must(Environment::open(path_, Environment::Mode::Image));
  }

  void apply(RedoBatch& batch) {
    WriteTransaction transaction;
    bool needs_adoption = false;
    must(transaction.begin(image_, needs_adoption));
    must(batch.apply(transaction));
    must(transaction.commit());
  }

  Model stored() {
    Model all;
    ReadTransaction reader;
    bool needs_adoption = false;
    must(reader.renew(image_, needs_adoption));
    for (auto at = must(reader.seek("")); at; at = must(reader.next())) all.emplace(at->key, at->value);
    return all;
  }

  ScratchDatabase scratch_;
  std::string path_ = scratch_.folder() + "/image";
  Environment image_;
};

TEST_P(RedoBatchProperty, LeavesWhatTheUpdatesLeaveOneByOne) {
  std::mt19937_64 random(GetParam());
  Model model;
  for (int round = 0; round < 60; ++round) {
    RedoBatch batch(image_.used_bytes());
    for (auto left = random() % 200; left > 0; --left) {
      const std::string key = random_key(random);
      const std::string value(random() % 40, static_cast<char>('A' + random() % 26));
      const auto kind = random() % 10;
      const UpdateType type = kind == 0 ? UpdateType::Kill : kind == 1 ? UpdateType::ZKill : UpdateType::Set;
      // A kill of something higher up, too.
      const std::string of = type == UpdateType::Kill ? key.substr(0, 1 + random() % key.size()) : key;
      const UpdateView one{type, of, type == UpdateType::Set ? std::string_view(value) : std::string_view()};
      batch.add(one);
      update(model, one);
    }
    apply(batch);
    if (random() % 4 == 0) apply(batch);  // As after a power loss.
    ASSERT_EQ(stored(), model) << "round " << round;
  }
}

INSTANTIATE_TEST_SUITE_P(Seeds, RedoBatchProperty, testing::Range(1U, 13U));

TEST(RedoBatch, TakesTheSameNodeManyTimesAndOthersAsFarAsPagesGo) {
  RedoBatch counter(std::uint64_t{100} << 30);
  for (std::uint64_t i = 0; !counter.full(); ++i) {
    ASSERT_LT(i, RedoBatch::kAddedMax);
    counter.add({UpdateType::Set, "gcounter", std::to_string(i)});
  }
  EXPECT_LT(counter.bytes(), 4096u);

  const auto nodes_until_full = [](std::uint64_t used_bytes) {
    RedoBatch batch(used_bytes);
    std::uint64_t nodes = 0;
    for (; !batch.full(); ++nodes) batch.add({UpdateType::Set, "g" + std::to_string(nodes), "v"});
    return nodes;
  };
  // In a file that is much larger each node is likely to be on a page of its own.
  EXPECT_NEAR(static_cast<double>(nodes_until_full(std::uint64_t{100} << 30)), RedoBatch::kPagesMax, 200);
  EXPECT_GT(nodes_until_full(80 << 20), RedoBatch::kPagesMax * 3 / 2);
  EXPECT_GT(nodes_until_full(1 << 20), 60'000u) << "as far as the memory goes";
}

}  // namespace
}  // namespace hw::test

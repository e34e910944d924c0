// Random operations against a plain std::map, and money that must neither appear nor vanish.
#include <gtest/gtest.h>

#include <atomic>
#include <map>
#include <optional>
#include <random>
#include <thread>

#include "engine/session/session.h"
#include "test/support/scratch_database.h"

namespace hw {
namespace {

using test::key;
using Model = std::map<std::string, std::string>;

std::uint64_t test_seed() {
  if (const char* seed = std::getenv("HW_SEED")) return std::strtoull(seed, nullptr, 10);
  return std::random_device{}();
}

struct World {
  bool in_transactions;
  bool long_keys;
};
void PrintTo(const World& world, std::ostream* out) {
  *out << (world.in_transactions ? "in" : "out of") << " transactions" << (world.long_keys ? ", long keys" : "");
}

/// Keys of a small world, so that operations meet each other: two regions, three levels. Long ones have a first
/// subscript with which the second one begins, or ends, around the size from which keys are stored in parts.
std::string random_key(std::mt19937_64& random, bool long_keys) {
  static const char* const globals[] = {"a", "x", "xy", "b"};
  static const char* const subscripts[] = {"-2", "0", "1", "10", "2", "k", "kk", "\x01", "\xFE"};
  std::vector<std::string> path;
  auto depth = random() % 3;
  if (long_keys && depth > 0 && random() % 4 != 0)
    path.emplace_back(std::string(random() % 4 == 0 ? 900 + random() % 3 : 501 + random() % 8, 'L'));
  for (; depth > 0; --depth) path.emplace_back(subscripts[random() % 9]);
  return key(globals[random() % 4], path);
}

void model_kill(Model& model, const std::string& root) {
  for (auto at = model.lower_bound(root); at != model.end() && at->first.starts_with(root);) at = model.erase(at);
}

unsigned model_data(const Model& model, const std::string& node) {
  const auto below = model.lower_bound(node + '\0');
  return (model.count(node) != 0 ? 1u : 0u) + (below != model.end() && below->first.starts_with(node) ? 10u : 0u);
}

std::optional<std::string> model_order(const Model& model, const std::string& node, Direction direction) {
  const std::string parent(key_parent(node));
  const auto child = [&](const std::string& found) { return found.substr(0, found.find('\0', parent.size()) + 1); };
  if (direction == Direction::Forward) {
    const auto at = model.lower_bound(subtree_upper_bound(node));
    if (at == model.end() || !at->first.starts_with(parent)) return std::nullopt;
    return child(at->first);
  }
  auto at = model.lower_bound(node);
  if (at == model.begin()) return std::nullopt;
  --at;
  if (!at->first.starts_with(parent) || at->first.size() <= parent.size()) return std::nullopt;
  return child(at->first);
}

std::optional<std::pair<std::string, std::string>> model_query(const Model& model, const std::string& node,
                                                               Direction direction) {
  const std::string global = node.substr(0, node.find('\0') + 1);
  auto at = direction == Direction::Forward ? model.upper_bound(node) : model.lower_bound(node);
  if (direction == Direction::Backward) {
    if (at == model.begin()) return std::nullopt;
    --at;
  }
  if (at == model.end() || !at->first.starts_with(global)) return std::nullopt;
  return *at;
}

class SessionProperty : public testing::TestWithParam<World> {};

// Promise: every read answers as a sorted map would, in and out of transactions, over nested levels and rollbacks.
TEST_P(SessionProperty, AnswersLikeASortedMap) {
  const bool in_transactions = GetParam().in_transactions;
  const auto seed = test_seed();
  SCOPED_TRACE("rerun with HW_SEED=" + std::to_string(seed));
  std::mt19937_64 random{seed};
  test::ScratchDatabase scratch({"X"});
  const auto database = scratch.open();
  Session session(*database);
  Model model;
  std::vector<Model> saved;  // One per open level.
  TransactionOptions batch;
  batch.id = "BATCH";
  for (int round = 0; round < 20'000; ++round) {
    const std::string node = random_key(random, GetParam().long_keys);
    switch (random() % 12) {
      case 0:
      case 1:
      case 2: {
        const std::string value = std::to_string(random() % 1000);
        ASSERT_TRUE(session.set(node, value).has_value());
        model[node] = value;
        break;
      }
      case 3:
        ASSERT_TRUE(session.kill(node).has_value());
        model_kill(model, node);
        break;
      case 4:
        ASSERT_TRUE(session.zkill(node).has_value());
        model.erase(node);
        break;
      case 5: {
        const auto value = session.get(node).value();
        ASSERT_EQ(value.has_value(), model.count(node) == 1);
        if (value) {
          ASSERT_EQ(*value, model[node]);
        }
        break;
      }
      case 6:
        ASSERT_EQ(session.data(node).value(), model_data(model, node));
        break;
      case 7:
      case 8: {
        const auto direction = random() % 2 == 0 ? Direction::Forward : Direction::Backward;
        ASSERT_EQ(session.order(node, direction).value(), model_order(model, node, direction)) << round;
        break;
      }
      case 9: {
        const auto direction = random() % 2 == 0 ? Direction::Forward : Direction::Backward;
        const auto found = session.query(node, direction).value();
        const auto expected = model_query(model, node, direction);
        ASSERT_EQ(found.has_value(), expected.has_value());
        if (found) {
          ASSERT_EQ(found->key, expected->first);
          ASSERT_EQ(found->value, expected->second);
        }
        break;
      }
      case 10:
        if (!in_transactions) break;
        if (saved.size() < 4) {
          ASSERT_TRUE(session.begin(batch).has_value());
          saved.push_back(model);
        }
        break;
      case 11:
        if (saved.empty()) break;
        if (random() % 3 == 0) {
          const unsigned level = static_cast<unsigned>(random() % saved.size());
          ASSERT_TRUE(session.rollback(level).has_value());
          model = saved[level];
          saved.resize(level);
        } else {
          ASSERT_TRUE(session.commit().has_value());
          saved.pop_back();
        }
        break;
    }
    ASSERT_EQ(session.level(), saved.size());
  }
  if (!saved.empty()) {
    ASSERT_TRUE(session.rollback(0).has_value());
    model = saved.front();
  }
  Model stored;
  for (auto node = session.seek("", "").value(); node; node = session.seek(node->key + '\0', "").value())
    stored[node->key] = node->value;
  EXPECT_EQ(stored, model);
}
INSTANTIATE_TEST_SUITE_P(InAndOut, SessionProperty,
                         testing::Values(World{false, false}, World{true, false}, World{false, true},
                                         World{true, true}));

class Walks : public testing::TestWithParam<World> {
 protected:
  /// A commit that a walk may meet: of a value as long as the former one, of any other, of several, of fewer nodes.
  void change(Session& session) {
    const std::string node = random_key(random_, GetParam().long_keys);
    switch (random_() % 8) {
      case 0:
        ASSERT_TRUE(session.kill(node).has_value());
        model_kill(model_, node);
        return;
      case 1:
        ASSERT_TRUE(session.zkill(node).has_value());
        model_.erase(node);
        return;
      case 2: {
        const std::string second = random_key(random_, GetParam().long_keys);
        ASSERT_TRUE(session.begin({.durability = Durability::Batch}).has_value());
        ASSERT_TRUE(session.set(node, "first").has_value());
        ASSERT_TRUE(session.set(second, "second").has_value());
        ASSERT_TRUE(session.commit().has_value());
        model_[node] = "first";
        model_[second] = "second";
        return;
      }
      default: {
        const std::string value = std::to_string(random_() % 20);
        ASSERT_TRUE(session.set(node, value).has_value());
        model_[node] = value;
      }
    }
  }

  /// One step from `node`; false when the walk is at its end.
  bool step(Session& session, std::string& node, bool query, Direction direction) {
    if (query) {
      const auto found = session.query(node, direction).value();
      const auto expected = model_query(model_, node, direction);
      EXPECT_EQ(found.has_value(), expected.has_value());
      if (!found || !expected) return false;
      EXPECT_EQ(found->key, expected->first);
      EXPECT_EQ(found->value, expected->second);
      node = found->key;
    } else {
      const auto found = session.order(node, direction).value();
      EXPECT_EQ(found, model_order(model_, node, direction));
      if (!found) return false;
      node = *found;
    }
    return true;
  }

  void expect_value(Session& session, const std::string& node) {
    const auto at = model_.find(node);
    EXPECT_EQ(session.get(node).value(), at == model_.end() ? std::nullopt : std::optional(at->second));
  }

  std::mt19937_64 random_;
  Model model_;
};

// Promise: each call of a walk sees the last commit, whoever made it, whatever was read on the way.
TEST_P(Walks, SeeTheLastCommitAtEachStep) {
  const auto seed = test_seed();
  SCOPED_TRACE("rerun with HW_SEED=" + std::to_string(seed));
  random_.seed(seed);
  test::ScratchDatabase scratch({"X"});
  scratch.enable_journaling();
  const auto database = scratch.open();
  Session walking(*database), other(*database);
  for (int i = 0; i < 300; ++i) change(other);
  for (int walk = 0; walk < 600 && !HasFailure(); ++walk) {
    const auto direction = random_() % 2 == 0 ? Direction::Forward : Direction::Backward;
    const bool query = random_() % 2 == 0;
    const auto changes_one_in = 1 + random_() % 40;
    std::string node = random_key(random_, GetParam().long_keys);
    while (!HasFailure() && step(walking, node, query, direction)) {
      if (random_() % 2 == 0) expect_value(walking, node);
      if (random_() % 8 == 0) {
        EXPECT_EQ(walking.data(node).value(), model_data(model_, node));
      }
      if (random_() % 4 == 0) expect_value(walking, random_key(random_, GetParam().long_keys));
      if (random_() % changes_one_in == 0) change(random_() % 2 == 0 ? walking : other);
    }
  }
}
INSTANTIATE_TEST_SUITE_P(Keys, Walks, testing::Values(World{false, false}, World{false, true}));

// Promise: transfers over two regions by several threads keep the sum, at every moment a transaction looks.
TEST(TransactionsProperty, SumOfAccountsNeverChanges) {
  constexpr int kAccounts = 20;
  constexpr long kStart = 1000;
  test::ScratchDatabase scratch({"X"});
  const auto database = scratch.open();
  const auto account = [](int number) { return key(number % 2 == 0 ? "acct" : "xacct", {std::to_string(number)}); };
  {
    Session session(*database);
    for (int i = 0; i < kAccounts; ++i) ASSERT_TRUE(session.set(account(i), std::to_string(kStart)).has_value());
  }
  const auto seed = test_seed();
  SCOPED_TRACE("rerun with HW_SEED=" + std::to_string(seed));
  std::atomic<bool> stop{false};
  std::atomic<int> looks{0};
  TransactionOptions batch;
  batch.id = "BATCH";
  std::vector<std::thread> threads;
  for (int t = 0; t < 3; ++t) {
    threads.emplace_back([&, t] {
      Session session(*database);
      std::mt19937_64 random{seed + static_cast<unsigned>(t)};
      for (int i = 0; i < 2000; ++i) {
        const int from = static_cast<int>(random() % kAccounts), to = static_cast<int>(random() % kAccounts);
        const long amount = static_cast<long>(random() % 50);
        const Status status = session.transact(batch, [&]() -> Status {
          HW_TRY(const auto left, session.get(account(from)));
          HW_TRY_VOID(session.set(account(from), std::to_string(std::stol(*left) - amount)));
          HW_TRY(const auto right, session.get(account(to)));
          return session.set(account(to), std::to_string(std::stol(*right) + amount));
        });
        ASSERT_TRUE(status.has_value()) << status.error().render();
      }
    });
  }
  std::thread reader([&] {
    Session session(*database);
    while (!stop) {
      long sum = 0;
      const Status status = session.transact(batch, [&]() -> Status {
        sum = 0;
        for (int i = 0; i < kAccounts; ++i) {
          HW_TRY(const auto balance, session.get(account(i)));
          sum += std::stol(balance.value());
        }
        return {};
      });
      ASSERT_TRUE(status.has_value());
      ASSERT_EQ(sum, kAccounts * kStart);
      ++looks;
    }
  });
  for (auto& thread : threads) thread.join();
  stop = true;
  reader.join();
  EXPECT_GT(looks.load(), 0);
}

// Promise: increments from several threads are all counted.
TEST(TransactionsProperty, IncrementsAreNeverLost) {
  test::ScratchDatabase scratch;
  const auto database = scratch.open();
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t)
    threads.emplace_back([&] {
      Session session(*database);
      for (int i = 0; i < 1000; ++i) ASSERT_TRUE(session.increment(key("n"), "1").has_value());
    });
  for (auto& thread : threads) thread.join();
  Session session(*database);
  EXPECT_EQ(session.get(key("n")).value(), "4000");
}

}  // namespace
}  // namespace hw

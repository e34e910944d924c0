/// test/support/random_transactions.h -- what a run of random transactions over three regions does, to a database and
/// to a model. Everything follows from the seed.
#pragma once

#include <map>
#include <random>
#include <string>
#include <vector>

#include "engine/session/session.h"
#include "test/support/child_process.h"
#include "test/support/scratch_database.h"

namespace hw::test {

using Model = std::map<std::string, std::string>;

/// HW_SEED, or a new one; printed, so that a failure can be repeated.
inline std::uint64_t random_seed() {
  const char* given = std::getenv("HW_SEED");
  const std::uint64_t seed = given != nullptr ? std::strtoull(given, nullptr, 10) : std::random_device{}();
  std::printf("HW_SEED=%llu\n", static_cast<unsigned long long>(seed));
  return seed;
}

/// Transaction `number` of the run: one commit, of the regions DEFAULT, X and Y. Without a session: to the model alone.
inline void random_transaction(std::uint64_t seed, std::uint64_t number, Session* session, Model& model) {
  std::mt19937_64 random(seed * 1'000'003 + number);
  const auto one = [&]() -> Status {
    const std::string global = std::vector<std::string>{"adata", "xdata", "ydata"}[random() % 3];
    const std::string item = std::to_string(random() % 12);
    const auto kind = random() % 100;
    if (kind < 70) {
      const std::string node = key(global, {item, std::to_string(random() % 4)});
      const std::string value = std::string(random() % 600, "v\\\"\n"[random() % 4]) + std::to_string(number);
      model[node] = value;
      return session != nullptr ? session->set(node, value) : Status();
    }
    if (kind < 90) {
      const std::string node = kind < 85 ? key(global, {item}) : key(global);
      std::erase_if(model, [&](const auto& entry) { return entry.first.starts_with(node); });
      return session != nullptr ? session->kill(node) : Status();
    }
    const std::string node = key(global, {item, "0"});
    model.erase(node);
    return session != nullptr ? session->zkill(node) : Status();
  };
  if (number % 3 == 0) return must(one());
  const auto several = [&]() -> Status {
    for (std::uint64_t i = 0; i < 1 + number % 4; ++i) HW_TRY_VOID(one());
    return {};
  };
  TransactionOptions options;
  options.durability = Durability::Batch;
  must(session != nullptr ? session->transact(options, several) : several());
}

/// Everything in the database.
inline Model contents(Session& session) {
  Model found;
  std::string from;
  for (;;) {
    auto node = must(session.seek(from, ""));
    if (!node) return found;
    from = node->key + '\0';
    found[node->key] = std::move(node->value);
  }
}

}  // namespace hw::test

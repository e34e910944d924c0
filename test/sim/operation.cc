#include "test/sim/operation.h"

#include <fmt/format.h>

#include "engine/globals/key.h"

namespace hw::sim {
namespace {

constexpr const char* kGlobals[] = {"a", "x", "y"};

std::string key_of(unsigned region, const std::vector<std::string>& subscripts) {
  return encode_key(kGlobals[region], subscripts).value();
}

/// Every fourth item has a subscript with which keys are about as long as one that is stored in one piece, or twice so.
std::string item_text(std::uint64_t item) {
  std::string text = std::to_string(item);
  if (item % 4 == 3) text.resize(item == 15 ? 1000 : 504 + item / 4, '-');
  return text;
}

Change one_change(const Workload& load, Random& random, const std::string& maker) {
  const auto region = static_cast<unsigned>(random.below(load.regions));
  const std::string item = item_text(random.below(16));
  const auto kind = random.below(100);
  if (kind < 60) {
    // Values of one length are written in place; others move the node.
    const std::size_t bytes = random.percent(50) ? 24 : random.below(400);
    std::string value = maker;
    if (value.size() < bytes) value.resize(bytes, '.');
    return {ChangeKind::Set, key_of(region, {item, std::to_string(random.below(6))}), std::move(value)};
  }
  if (kind < 78)
    return {ChangeKind::Increment, key_of(region, {"count", std::to_string(random.below(4))}),
            std::to_string(random.between(1, 9))};
  if (kind < 88) return {ChangeKind::Kill, key_of(region, {item, std::to_string(random.below(6))}), ""};
  if (kind < 95) return {ChangeKind::Kill, key_of(region, {item}), ""};
  if (kind < 99) return {ChangeKind::ZKill, key_of(region, {item, std::to_string(random.below(6))}), ""};
  return {ChangeKind::Kill, key_of(region, {}), ""};
}

/// Hundreds of nodes in one transaction, or one long value.
Operation large_operation(const Workload& load, Random& random, const std::string& maker) {
  Operation operation;
  if (random.percent(40)) {
    std::string value = maker;
    value.resize(random.between(5'000, 200'000), '#');
    const auto region = static_cast<unsigned>(random.below(load.regions));
    operation.changes.push_back({ChangeKind::Set, key_of(region, {"long", "1"}), std::move(value)});
    return operation;
  }
  operation.transaction = true;
  const std::uint64_t nodes = random.between(100, 1500);
  for (std::uint64_t i = 0; i < nodes; ++i) {
    const auto region = static_cast<unsigned>(i % load.regions);
    operation.changes.push_back(
        {ChangeKind::Set, key_of(region, {"many", std::to_string(i)}), fmt::format("{}:{}", maker, i)});
  }
  return operation;
}

}  // namespace

Operation make_operation(const Workload& load, unsigned worker, std::uint64_t number) {
  Random random(derived_seed(load.seed, std::uint64_t{worker} * 1'000'003u + number));
  const std::string maker = fmt::format("{:x}.{}.{}.", load.seed & 0xFFFFFF, worker, number);
  if (random.below(1000) < load.large) {
    Operation operation = large_operation(load, random, maker);
    operation.durable = operation.transaction && random.percent(load.durable);
    return operation;
  }
  Operation operation;
  operation.transaction = random.percent(load.transactions);
  operation.durable = operation.transaction && random.percent(load.durable);
  const std::uint64_t changes = operation.transaction ? random.between(1, 5) : 1;
  for (std::uint64_t i = 0; i < changes; ++i)
    operation.changes.push_back(one_change(load, random, fmt::format("{}{}.", maker, i)));
  return operation;
}

unsigned region_of(const std::string& key) { return key[0] == 'x' ? 1 : key[0] == 'y' ? 2 : 0; }

}  // namespace hw::sim

// The map against a model that tries every name on every key.
#include "engine/globals/global_directory.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <limits>
#include <optional>
#include <random>

#include "engine/globals/key.h"

namespace hw {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();
constexpr double kBeyond = 1000;  ///< Above every number that is generated; makes widths of open ranges comparable.

/// A name in parts, so that the model shares no code with the parser.
struct ModelName {
  enum class Kind { Exact, Prefix, Range, Point } kind;
  std::string name;
  double left = 0, right = 0;
  std::string region;

  std::string pattern() const {
    const auto end = [](double value) {
      return value == kInfinity || value == -kInfinity ? "" : fmt::format("{}", value);
    };
    switch (kind) {
      case Kind::Exact:
        return name;
      case Kind::Prefix:
        return name + "*";
      case Kind::Range:
        return fmt::format("{}({}:{})", name, end(left), end(right));
      case Kind::Point:
        return fmt::format("{}({})", name, left);
    }
    return "";
  }
};

struct ModelKey {
  std::string name;
  std::optional<double> subscript;
  bool is_string = false;  ///< The subscript is a string: behind every number.
};

/// How exactly `name` fits `key`, higher is more exact; nothing when it does not.
std::optional<std::pair<int, double>> exactness(const ModelName& name, const ModelKey& key) {
  const double at = key.is_string ? kInfinity : key.subscript.value_or(0);
  switch (name.kind) {
    case ModelName::Kind::Prefix:
      if (!key.name.starts_with(name.name)) return std::nullopt;
      return std::pair{0, static_cast<double>(name.name.size())};
    case ModelName::Kind::Exact:
      if (key.name != name.name) return std::nullopt;
      return std::pair{1, 0.0};
    case ModelName::Kind::Range:
      if (key.name != name.name || !key.subscript.has_value() || at < name.left) return std::nullopt;
      if (name.right != kInfinity && at >= name.right) return std::nullopt;
      return std::pair{2, std::max(name.left, -kBeyond) - std::min(name.right, kBeyond)};  // The narrower the better.
    case ModelName::Kind::Point:
      if (key.name != name.name || !key.subscript.has_value() || key.is_string || at != name.left) return std::nullopt;
      return std::pair{3, 0.0};
  }
  return std::nullopt;
}

/// Two ranges of different regions that overlap without one holding the other. The directory accepts some of these,
/// when further ranges of one region make up a range that holds the other one; the model has no opinion on them.
bool crosses(const ModelName& a, const ModelName& b) {
  if (a.kind != ModelName::Kind::Range || b.kind != a.kind || a.name != b.name || a.region == b.region) return false;
  const auto& first = a.left <= b.left ? a : b;
  const auto& second = a.left <= b.left ? b : a;
  return first.left < second.left && second.left < first.right && first.right < second.right;
}

class Generator {
 public:
  explicit Generator(std::uint64_t seed) : random_(seed) {}
  std::uint64_t below(std::uint64_t n) { return random_() % n; }
  std::string name(std::size_t length_max) {
    static constexpr std::string_view kFirst = "%AZaz", kRest = "09AZaz";
    std::string out(1, kFirst[below(kFirst.size())]);
    for (auto n = below(length_max); n > 0; --n) out += kRest[below(kRest.size())];
    return out;
  }
  double number() { return (static_cast<double>(below(41)) - 20) / 2; }

 private:
  std::mt19937_64 random_;
};

ModelName random_name(Generator& gen) {
  ModelName out{static_cast<ModelName::Kind>(gen.below(4)), gen.name(3), 0, 0, fmt::format("R{}", gen.below(4))};
  if (out.kind == ModelName::Kind::Range || out.kind == ModelName::Kind::Point) out.name = out.name.substr(0, 1);
  out.left = gen.number();
  do out.right = gen.number();
  while (out.right == out.left);
  if (out.left > out.right) std::swap(out.left, out.right);
  if (out.kind == ModelName::Kind::Range && gen.below(6) == 0) out.left = -kInfinity;
  if (out.kind == ModelName::Kind::Range && gen.below(6) == 0) out.right = kInfinity;
  return out;
}

TEST(GlobalDirectoryProperty, EveryKeyGoesWhereTheMostExactNameSends) {
  const std::uint64_t seed = std::random_device{}();
  SCOPED_TRACE(fmt::format("seed {}", seed));
  Generator gen(seed);
  std::size_t used_ranges = 0, not_default = 0;
  for (int round = 0; round < 300; ++round) {
    GlobalDirectoryContents contents = GlobalDirectoryContents::defaults();
    for (int i = 0; i < 4; ++i) {
      Region region;
      region.name = fmt::format("R{}", i);
      region.dynamic_segment = region.name;
      contents.regions.push_back(region);
      Segment segment;
      segment.name = region.name;
      segment.file_name = region.name;
      contents.segments.push_back(segment);
      contents.names.push_back({fmt::format("always{}", i), region.name});
    }
    std::vector<ModelName> names{{ModelName::Kind::Prefix, "", 0, 0, "DEFAULT"}};
    for (auto n = gen.below(25); n > 0; --n) {
      auto name = random_name(gen);
      if (std::any_of(names.begin(), names.end(), [&](const ModelName& other) { return crosses(name, other); }))
        continue;
      contents.names.push_back({name.pattern(), name.region});
      if (check(contents).empty()) {
        used_ranges += name.kind == ModelName::Kind::Range;
        names.push_back(std::move(name));
      } else {
        contents.names.pop_back();  // A duplicate, or a range that crosses another region's.
      }
    }
    const auto directory = GlobalDirectory::build(contents, "model").value();
    for (int i = 0; i < 300; ++i) {
      ModelKey key{gen.name(3), std::nullopt};
      if (gen.below(2) == 0) key.name = names[gen.below(names.size())].name + (gen.below(2) == 0 ? "" : "0");
      if (key.name.empty() || key.name == "0") key.name = "a";
      if (gen.below(4) != 0) key.subscript = gen.number() / 2;
      key.is_string = key.subscript.has_value() && gen.below(5) == 0;
      std::vector<std::string> subscripts;
      if (key.subscript.has_value()) {
        auto text = fmt::format("{}", *key.subscript);
        if (text.starts_with("0.")) text.erase(0, 1);
        if (text.starts_with("-0.")) text.erase(1, 1);
        subscripts.push_back(key.is_string ? "s" + text : text == "-0" ? "0" : text);
        if (gen.below(2) == 0) subscripts.push_back("deeper");
      }
      const ModelName* best = nullptr;
      for (const auto& name : names)
        if (exactness(name, key) && (best == nullptr || *exactness(name, key) > *exactness(*best, key))) best = &name;
      const auto bytes = encode_key(key.name, subscripts).value();
      EXPECT_EQ(directory.region_for(bytes).name, best->region) << key.name << ' ' << best->pattern();
      if (subscripts.empty()) {
        EXPECT_EQ(directory.region_for(key.name).name, best->region) << key.name;
      }
      not_default += best->region != "DEFAULT";
    }
  }
  EXPECT_GT(used_ranges, 100U);
  EXPECT_GT(not_default, 10000U);
}

}  // namespace
}  // namespace hw

// Random lives of a handful of instances: reigns, failovers, partial copies, rollbacks. Each keeps, beside its history,
// a plain list of who generated each seqno; the resync seqno must be where two lists first differ.
#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "replic/history/history.h"
#include "seed.h"

namespace hw {
namespace {

struct Instance {
  std::string name;
  std::uint32_t cycle = 0;
  History history;
  std::vector<std::uint64_t> reign_of;  // of seqno i + 1
  Seqno next() const { return Seqno{reign_of.size() + 1}; }
};

class World {
 public:
  explicit World(std::uint64_t seed) : random_(seed), instances_(2 + random_() % 4) {
    for (std::size_t i = 0; i < instances_.size(); ++i) instances_[i].name = std::string(1, static_cast<char>('A' + i));
  }

  void move() {
    Instance& one = instances_[random_() % instances_.size()];
    Instance& other = instances_[random_() % instances_.size()];
    switch (random_() % 4) {
      case 0:
      case 1:
        reign(one);
        break;
      case 2:
        if (&one != &other) follow(one, other);
        break;
      default:
        roll_back(one, Seqno{1 + random_() % (one.reign_of.size() + 1)});
        break;
    }
  }

  // Longest common beginning of both lists: what a person would count.
  static Seqno common(const Instance& a, const Instance& b) {
    const auto end = std::min(a.reign_of.size(), b.reign_of.size());
    std::size_t same = 0;
    while (same < end && a.reign_of[same] == b.reign_of[same]) ++same;
    return Seqno{same + 1};
  }

  const std::vector<Instance>& instances() const { return instances_; }

 private:
  void reign(Instance& root) {
    HistoryRecord record;
    record.root_name = root.name;
    record.cycle = ++root.cycle;
    record.start = root.next();
    record.created_s = ++reigns_;
    ASSERT_NE(root.history.append(record), History::Append::OutOfOrder);
    for (auto updates = random_() % 5; updates > 0; --updates) root.reign_of.push_back(reigns_);
  }

  void roll_back(Instance& one, Seqno to) {
    one.reign_of.resize(to.value - 1);
    one.history.truncate(to);
  }

  // `below` becomes a secondary of `above`: rolls back to the common seqno, then takes a part of the rest.
  void follow(Instance& below, const Instance& above) {
    const Seqno from = common(below, above);
    roll_back(below, from);
    const std::uint64_t to = from.value + random_() % (above.reign_of.size() + 2 - from.value);
    std::uint32_t sent = kNoRecord;
    for (std::uint64_t seqno = from.value; seqno <= to && seqno <= above.reign_of.size(); ++seqno) {
      const HistoryRecord* record = above.history.covering(Seqno{seqno});
      ASSERT_NE(record, nullptr);
      if (record->number != sent) {
        sent = record->number;
        HistoryRecord relayed = *record;
        relayed.start = Seqno{seqno};
        if (below.history.empty() || !same_reign(below.history.last(), relayed)) below.history.append(relayed);
      }
      below.reign_of.push_back(above.reign_of[seqno - 1]);
    }
  }

  std::mt19937_64 random_;
  std::vector<Instance> instances_;
  std::uint64_t reigns_ = 0;
};

TEST(ResyncProperty, WalkFindsTheLastSeqnoThatBothGotFromTheSameReign) {
  const auto seed = test::replic_seed();
  SCOPED_TRACE("rerun with HW_SEED=" + std::to_string(seed));
  std::mt19937_64 random{seed};
  std::size_t compared = 0, differing = 0;
  for (int round = 0; round < 3000; ++round) {
    World world{random()};
    for (int moves = 0; moves < 30; ++moves) {
      world.move();
      for (const auto& a : world.instances())
        for (const auto& b : world.instances()) {
          if (&a == &b) continue;
          const Seqno upper = std::min(a.next(), b.next());
          const auto found = find_resync_seqno(a.history, b.history, upper);
          ASSERT_TRUE(found.has_value());
          ASSERT_EQ(*found, World::common(a, b)) << a.name << " against " << b.name;
          ++compared;
          differing += *found != upper;
        }
    }
  }
  EXPECT_GT(differing, compared / 100) << "the worlds hardly ever diverge: nothing is tested";
}

}  // namespace
}  // namespace hw

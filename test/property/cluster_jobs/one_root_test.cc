// Random histories of a domain with dcs manual: machines and links fail, coordinators die in the middle of what they
// do, commands come in any order. Never two instances take updates, and nothing that was acknowledged is gone but into
// a receipt.
//
// The operator of these histories tells the truth: asked whether a node is off, he switches it off and says yes.
#include <gtest/gtest.h>

#include <random>

#include "test/unit/cluster_jobs/change_sample.h"

namespace hw::cluster::test {
namespace {

class History {
 public:
  explicit History(std::uint64_t seed) : random_(seed), data(domain_of(kFour)) {
    data.fake.domain.groups.front().max_loss = -1;
    data.asked = [this](const std::string& question) { return answer(question); };
    data.boot();
  }

  void run(int steps) {
    for (int i = 0; i < steps && !testing::Test::HasFailure(); ++i) {
      happen();
      data.check_one();
    }
  }

  /// Everything is on and connected; whatever has to be said is said until the group has a root that feeds all.
  void heal() {
    note("heal");
    data.trip = {};
    for (const char* const node : kNodes) back(node);
    for (int round = 0; round < 6 && !is_well(); ++round) {
      for (const char* const node : kNodes) data.fake.cleaned(node, false);
      command(MigrateCommand{"acct", {}, true, false});
      command(MigrateCommand{"acct", {}, false, false});
      command(BootCommand{});
      if (data.root().empty()) command(FailoverCommand{{}, {}, true});
      command(FailoverCommand{data.root(), {}, false});
      for (const char* const name : kInstances)
        if (data.root() != name) command(RejoinCommand{name});
      data.write_anywhere(1);
      data.replicate();
    }
    EXPECT_TRUE(is_well());
    for (const auto& [id, kept] : data.fake.world.receipts)
      note(fmt::format("{} of {} at {}: {}", id, kept.first.old_instance, kept.first.node, word_of(kept.first.state)));
    EXPECT_EQ(data.missing(true), std::set<std::uint64_t>{});
  }

  std::string text() const { return text_; }

 private:
  static constexpr const char* kNodes[] = {"n1", "n2", "n3", "n4"};
  static constexpr const char* kInstances[] = {"A", "B", "C", "D"};

  std::uint64_t pick(std::uint64_t count) { return random_() % count; }
  const char* node() { return kNodes[pick(3)]; }  // Not the coordinator's.
  const char* instance() { return kInstances[pick(4)]; }
  void note(const std::string& what) { text_ += what + "\n"; }

  /// The root feeds everybody, be it through others, and no old root is waited for.
  bool is_well() const {
    const std::string root = data.root();
    if (root.empty()) return false;
    for (const auto& [id, kept] : data.fake.world.receipts)
      if (kept.first.state == ReceiptState::Open) return false;
    const Transactions& all = data.of.find(root)->second;
    return std::ranges::all_of(kInstances, [&](const char* name) {
      return data.of.find(name)->second == all && (name == root || !data.fake.world.feeder_of(name).empty());
    });
  }

  bool answer(const std::string& question) {
    note("  ? " + question);
    const bool about_machines =
        question.find("is it off?") != question.npos || question.find("must not run") != question.npos;
    if (!about_machines) return true;
    for (const char* const name : kNodes)
      if (data.fake.world.is_away(name)) data.fake.world.crash(name);
    return true;
  }

  void back(const std::string& name) { data.fake.back(name); }

  void happen() {
    switch (pick(12)) {
      case 0:
      case 1:
      case 2:
        data.write_anywhere(static_cast<int>(pick(3)) + 1);
        return data.receive(instance(), pick(4));
      case 3:
        return data.replicate();
      case 4: {
        const std::string name = node();
        note("crash " + name);
        return data.fake.world.crash(name);
      }
      case 5: {
        const std::string name = node();
        note("away " + name);
        if (!data.fake.world.is_away(name)) data.fake.away(name);
        return;
      }
      case 6:
      case 7: {
        const std::string name = node();
        note("back " + name);
        return back(name);
      }
      default:
        return ask_something();
    }
  }

  template <class Command>
  void command(const Command& command) {
    data.fake.said.clear();
    const std::optional<JobEnd> end = data.run(command);
    note(fmt::format("  {} after {} steps", end ? word_of(end->result.outcome) : "died", data.steps));
    for (const std::string& message : data.fake.said.messages) note("    " + message);
    for (const std::string& line : data.fake.said.lines) note("    " + line);
    data.trip = {};
    if (!end && pick(2) == 0) {
      note("  forgotten");
      data.forget_last_orders();
    }
    note("  accepting " + testing::PrintToString(data.accepting()));
  }

  void ask_something() {
    if (pick(2) == 0) data.trip = {pick(60) + 1, static_cast<Trip::How>(pick(4))};
    const std::string trip =
        data.trip.at == 0 ? "" : fmt::format(", trip {} {}", data.trip.at, static_cast<int>(data.trip.how));
    const std::string name = instance();
    const std::string to = pick(2) == 0 ? name : "";
    switch (pick(10)) {
      case 0:
      case 1:
        note("switchover " + to + trip);
        return command(SwitchoverCommand{to, {}});
      case 2:
        note("switchover -unfinished" + trip);
        return command(SwitchoverCommand{{}, {}, true});
      case 3:
      case 4: {
        const bool force = pick(3) == 0;
        note("failover " + to + (force ? " -force" : "") + trip);
        return command(FailoverCommand{to, {}, force});
      }
      case 5:
        note("rejoin " + name + trip);
        return command(RejoinCommand{name});
      case 6: {
        BootCommand boot;
        if (pick(2) == 0) boot.selection.nodes = {node()};
        note("boot " + (boot.selection.nodes.empty() ? "" : boot.selection.nodes.front()));
        data.trip = {};  // It works in several threads.
        return command(boot);
      }
      case 7: {
        DownCommand down;
        down.selection.group = "acct";
        down.move = true;
        note("down -R -g" + trip);
        return command(down);
      }
      case 8: {
        const bool cancel = pick(3) == 0;
        note(std::string("migg ") + (cancel ? "-cancel" : "") + trip);
        return command(MigrateCommand{"acct", {}, cancel, false});
      }
      default: {
        const bool force = pick(2) == 0;
        note("resume " + name + (force ? " -force" : "") + trip);
        return command(ResumeCommand{name, force});
      }
    }
  }

  std::mt19937_64 random_;
  std::string text_;

 public:
  DataDomain data;
};

TEST(OneRoot, PropertyInRandomHistories) {
  const char* const given = std::getenv("HW_SEED");
  const std::uint64_t first = given != nullptr ? std::strtoull(given, nullptr, 10) : std::random_device{}();
  const char* const rounds = std::getenv("HW_ROUNDS");
  const std::uint64_t count = rounds != nullptr ? std::strtoull(rounds, nullptr, 10) : 300;
  for (std::uint64_t seed = first; seed < first + count; ++seed) {
    History history(seed);
    history.run(40);
    if (!HasFailure()) history.heal();
    ASSERT_FALSE(HasFailure()) << "rerun with HW_SEED=" << seed << " HW_ROUNDS=1\n" << history.text();
  }
}

}  // namespace
}  // namespace hw::cluster::test

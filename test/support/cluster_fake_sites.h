/// test/support/cluster_fake_sites.h -- a simulated domain for the coordinator's jobs: nodes (cluster_fake_node.h),
/// orders, the board that follows from both, and what a job says.
///
///     FakeDomain fake(domain_of(text));      // all instances down, closed in good order, without history
///     JobContext context = fake.context();
///     const JobEnd end = run(BootCommand{}, context);
///     EXPECT_EQ(fake.said.lines, …);  EXPECT_EQ(fake.world.calls, …);
#pragma once

#include <gtest/gtest.h>

#include <atomic>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "cluster/board/board_domain.h"
#include "cluster/jobs/job.h"
#include "test/support/cluster_fake_node.h"

namespace hw::cluster::test {

using Names = std::vector<std::string>;

inline bool contains(const Names& list, std::string_view one) { return std::ranges::find(list, one) != list.end(); }

class FakeSay final : public Say {
 public:
  void line(std::string_view text) override { lines.emplace_back(text); }
  void message(const Error& error, std::string_view node) override {
    messages.push_back((node.empty() ? "" : std::string(node) + ": ") + error.lines());
  }
  /// Whether a message has this code.
  bool has(std::string_view code) const {
    return std::ranges::any_of(messages, [&](const std::string& one) { return one.find(code) != one.npos; });
  }
  void clear() { *this = FakeSay(); }

  std::vector<std::string> lines;
  std::vector<std::string> messages;
};

class FakeOrders final : public OrderBook {
 public:
  Orders read() const override {
    const std::lock_guard lock(mutex_);
    return orders_;
  }
  Status change(const std::function<void(Orders&)>& edit) override {
    const std::lock_guard lock(mutex_);
    if (fault) return *fault;
    edit(orders_);
    ++orders_.stamp.change;
    return {};
  }
  std::optional<Error> fault;  ///< the disk is full

 private:
  mutable std::mutex mutex_;
  Orders orders_;
};

class FakeSites final : public Sites {
 public:
  explicit FakeSites(FakeWorld& world) : world_(world) {}
  void add(const std::string& node) { nodes_.emplace(node, std::make_unique<FakeNode>(node, world_)); }
  Result<Site*> at(std::string_view node) override {
    const auto found = nodes_.find(node);
    if (found == nodes_.end()) return make_error<MsgId::HWCFGBAD>("node." + std::string(node), "no such node");
    const std::lock_guard lock(world_.mutex);
    if (world_.is_away(node)) return make_error<MsgId::HWREMOTE>(node, "not heard");
    return found->second.get();
  }
  FakeNode& node(std::string_view name) { return *nodes_.find(name)->second; }

 private:
  FakeWorld& world_;
  std::map<std::string, std::unique_ptr<FakeNode>, std::less<>> nodes_;
};

class FakeDomain {
 public:
  explicit FakeDomain(Domain its_domain, std::uint64_t its_generation = 3)
      : domain(std::move(its_domain)), sites(world), generation(its_generation) {
    for (const Node& node : domain.nodes) sites.add(node.name);
    for (const Instance& instance : domain.instances) {
      FakeInstance one;
      one.name = instance.name;
      one.node = instance.node;
      if (const Group* const group = domain.group_of_instance(instance.name); group != nullptr) one.group = group->name;
      one.position.clean = true;
      one.position.next_seqno = 1;
      one.position.bytes_free = std::uint64_t{1} << 40;
      world.instances.emplace(one.name, one);
    }
    apply();
  }

  /// The domain has been changed by the test: orders follow it.
  void apply() {
    EXPECT_TRUE(orders
                    .change([&](Orders& all) {
                      apply_domain(all, domain, {generation, std::string(64, 'a')});
                      all.coordinator = {
                          domain.domain.master.empty() ? domain.nodes.front().name : domain.domain.master.front(), 1,
                          1};
                      all.stamp.number = 1;
                    })
                    .has_value());
  }

  /// As the agent of the coordinator's node would join it now.
  Board board() {
    BoardParts parts;
    parts.orders = orders.read();
    const std::lock_guard lock(world.mutex);
    for (const Node& node : domain.nodes) {
      NodeHeard heard{node.name, 1, world.is_away(node.name) ? NodeState::Silent : NodeState::Running};
      parts.heard.push_back(heard);
      parts.reports.push_back(report_of(node.name));
    }
    for (const auto& [group, record] : world.records) {
      RecordCopy& copy = parts.records.emplace_back();
      copy.group = group;
      copy.record.holder = record.holder;
      copy.record.lease = record.held ? BoardLease::Held : BoardLease::Down;
      copy.record.epoch = record.epoch;
      if (const auto named = world.candidates.find(group); named != world.candidates.end())
        copy.record.candidates = named->second;
    }
    return join(parts, parts.orders.coordinator.node, 2);
  }

  JobContext context(unsigned yes = 0) {
    return {.domain = domain,
            .generation = generation,
            .board = [this] { return board(); },
            .sites = sites,
            .orders = orders,
            .say = said,
            .deadline = std::chrono::steady_clock::now() + std::chrono::seconds(30),
            .cancelled = cancelled,
            .yes = yes};
  }

  FakeInstance& instance(std::string_view name) { return world.instance(name); }
  Position& position(std::string_view name) { return world.instance(name).position; }
  /// The node is silent; its processes live on.
  void away(const std::string& node) { world.away.push_back(node); }
  void back(const std::string& node) { std::erase(world.away, node); }
  /// pclean has taken it off the board.
  void cleaned(const std::string& node, bool is = true) {
    ASSERT_TRUE(orders
                    .change([&](Orders& all) {
                      for (NodeOrder& one : all.nodes)
                        if (one.name == node) one.cleaned = is;
                    })
                    .has_value());
  }
  GroupOrder group_order(std::string_view name) const {
    for (const GroupOrder& group : orders.read().groups)
      if (group.name == name) return group;
    ADD_FAILURE() << "no group " << name;
    return {};
  }
  /// The calls that begin so, as `n1 start`.
  std::vector<std::string> calls(std::string_view begin) const {
    std::vector<std::string> found;
    for (const std::string& call : world.calls)
      if (call.starts_with(begin)) found.push_back(call);
    return found;
  }
  /// Calls that change something, of one node or all.
  std::vector<std::string> changes(std::string_view node = {}) const {
    std::vector<std::string> found;
    for (const std::string& call : calls(node))
      if (call.find(" position ") == call.npos && call.find(" check") == call.npos) found.push_back(call);
    return found;
  }

  Domain domain;
  FakeWorld world;
  FakeSites sites;
  FakeOrders orders;
  FakeSay said;
  std::atomic<bool> cancelled = false;
  std::uint64_t generation;

 private:
  NodeReport report_of(const std::string& node) const {
    NodeReport report;
    report.stamp = {1, 0, 1};
    report.node = node;
    report.release = "0.1.0";
    if (const auto found = world.running_generation.find(node); found != world.running_generation.end())
      report.running_generation = found->second;
    for (const auto& [name, one] : world.instances) {
      if (one.node != node) continue;
      InstanceReport& instance = report.instances.emplace_back();
      instance.name = name;
      instance.role = one.position.role;
      instance.accepting = one.position.accepting;
      instance.epoch = one.position.known_epoch;
      instance.next_seqno = one.position.next_seqno;
      instance.received_seqno = one.position.received_seqno;
      instance.last_commit_us = one.position.last_commit_us;
      instance.fed_by = world.feeder_of(name);
    }
    for (const FakeServer& one : world.servers) {
      if (one.node != node) continue;
      ServerReport& server = report.servers.emplace_back();
      server.kind = one.server.kind;
      server.name = one.server.name;
      server.group = one.server.group;
      server.copy = one.server.copy;
      server.pid = one.pid;
      server.state = BoardServerState::Ready;
      server.since_us = one.since_us;
    }
    for (const auto& [id, kept] : world.receipts)
      if (kept.first.node == node) report.receipts.push_back(kept.first);
    return report;
  }
};

}  // namespace hw::cluster::test

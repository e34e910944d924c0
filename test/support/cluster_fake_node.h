/// test/support/cluster_fake_node.h -- a node of a simulated domain: its instances and servers as numbers, no process.
///
/// FakeNode is the Site of a node. It keeps the rules that an engine keeps, so that a job in the wrong order fails here
/// as it would there: an instance that crashed starts no server before it is recovered, a receiver needs the pool that
/// a source server makes, a reign needs a pool, no updates and no higher epoch; what is open is not closed. Every call
/// is written down in `FakeWorld::calls` as `n1 start source:B`, and can be made to fail or to wait by the same words.
/// Thread: any.
#pragma once

#include <algorithm>
#include <condition_variable>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "cluster/jobs/site.h"

namespace hw::cluster::test {

struct FakeServer {
  ServerRef server;
  StartRequest request;
  std::string node;
  std::uint32_t pid = 0;
  std::uint64_t since_us = 0;
};

struct FakeInstance {
  std::string name;
  std::string node;
  std::string group;
  Position position;
  bool memory_left = false;    ///< close finds a process of its own with the memory
  bool never_applies = false;  ///< wait_applied waits until its deadline
  RejoinOutcome loses;         ///< what rejoin finds

  /// What it tells those that it feeds: its own reign's, else the highest that it knows.
  std::uint64_t epoch_sent() const { return position.pool_epoch != 0 ? position.pool_epoch : position.known_epoch; }
};

/// What all nodes have in common. Its members are read and written by tests while no job runs.
struct FakeWorld {
  mutable std::mutex mutex;
  std::condition_variable changed;
  std::map<std::string, FakeInstance, std::less<>> instances;
  std::vector<FakeServer> servers;
  std::map<std::string, std::uint64_t, std::less<>> running_generation;  ///< by node
  std::map<std::string, std::pair<Receipt, std::string>> receipts;       ///< with the lost-transaction file
  std::vector<std::string> calls;
  std::map<std::string, Error> failures;       ///< by the words of a call, until taken out
  std::map<std::string, CheckReport> reports;  ///< by node; none: all is well
  std::vector<std::string> waiting;            ///< words of calls that do not return before their deadline
  std::vector<std::string> killed;             ///< servers, `n1 report`, that do not end by themselves
  std::vector<std::string> away;               ///< nodes that are not heard
  std::uint32_t last_pid = 1000;
  // With dcs etcd: what the lease machines of the instances agree on.
  struct Record {
    std::string holder;
    bool held = false;
    std::uint64_t epoch = 0;
  };
  std::map<std::string, Record, std::less<>> records;                       ///< by group
  std::map<std::string, std::vector<std::string>, std::less<>> candidates;  ///< that the record of a group names
  std::uint64_t revision = 40;

  bool is_away(std::string_view node) const { return std::ranges::find(away, node) != away.end(); }
  FakeInstance& instance(std::string_view name) { return instances.find(name)->second; }
  /// Null: it does not run.
  FakeServer* find(std::string_view node, const ServerRef& server) {
    const auto found = std::ranges::find_if(servers, [&](const FakeServer& one) {
      return one.node == node && one.server.name == server.name && one.server.group == server.group &&
             one.server.copy == server.copy;
    });
    return found == servers.end() ? nullptr : &*found;
  }
  bool runs(std::string_view node, std::string_view name) const {
    return std::ranges::any_of(servers,
                               [&](const FakeServer& one) { return one.node == node && one.server.name == name; });
  }
  /// Who feeds an instance by the servers that run: of several whose reign is the latest. A receiver refuses one of an
  /// earlier reign than it knows. Empty: nobody.
  std::string feeder_of(std::string_view name) const {
    const FakeInstance& own = instances.find(name)->second;
    const std::string receiver = "receiver:" + own.name;
    const std::string source = "source:" + own.name;
    if (!own.position.up || !runs(own.node, receiver)) return {};
    const FakeInstance* best = nullptr;
    for (const FakeServer& server : servers) {
      if (server.server.name != source || server.request.passive || is_away(server.node) != is_away(own.node)) continue;
      const FakeInstance& feeder = instances.find(server.request.instance)->second;
      if (!feeder.position.up || feeder.epoch_sent() < own.position.known_epoch) continue;
      if (best == nullptr || feeder.epoch_sent() > best->epoch_sent()) best = &feeder;
    }
    return best == nullptr ? "" : best->name;
  }
  /// All its processes are gone, and its instances were not closed. The agent lives.
  void crash(std::string_view node) {
    std::erase_if(servers, [&](const FakeServer& one) { return one.node == node; });
    for (auto& [name, one] : instances) {
      if (one.node != node || !one.position.up) continue;
      one.position.up = one.position.accepting = one.position.clean = false;
      one.position.role = BoardRole::Down;
      one.position.pool_epoch = 0;
    }
  }
};

class FakeNode final : public Site {
 public:
  FakeNode(std::string name, FakeWorld& world) : name_(std::move(name)), world_(world) {}

  const std::string& node() const override { return name_; }

  Result<CheckReport> check(const CheckRequest& request, Deadline deadline) override {
    Call call(*this, "check", deadline);
    if (call.fault) return *call.fault;
    CheckReport report;
    if (const auto found = world_.reports.find(name_); found != world_.reports.end()) {
      report = found->second;
    } else {
      for (const char* const what : {"programs", "scripts", "database", "instance file"})
        report.findings.push_back({what, std::nullopt});
    }
    report.running_generation = world_.running_generation[name_];
    last_check = request;
    return report;
  }

  Result<Position> position(const std::string& instance, Deadline deadline) override {
    Call call(*this, "position " + instance, deadline);
    HW_TRY(FakeInstance * one, ours(call, instance));
    return one->position;
  }

  Status recover(const std::string& instance, Deadline deadline) override {
    Call call(*this, "recover " + instance, deadline);
    HW_TRY(FakeInstance * one, ours(call, instance));
    if (one->position.up) return refused("recovery of " + instance, "it is up");
    one->position.clean = true;
    return {};
  }

  Result<StartOutcome> start(const StartRequest& request, Deadline deadline) override {
    Call call(*this, "start " + request.server.name + copy_of(request.server), deadline);
    if (call.fault) return *call.fault;
    if (FakeServer* const runs = world_.find(name_, request.server); runs != nullptr) {
      runs->request.passive = runs->request.passive && request.passive;
      return StartOutcome{runs->pid, true};
    }
    if (request.server.kind == ServerKind::Source || request.server.kind == ServerKind::Receiver) {
      HW_TRY(FakeInstance * one, ours(call, request.instance));
      HW_TRY_VOID(open(*one, request));
    }
    const std::uint32_t pid = ++world_.last_pid;
    world_.servers.push_back({request.server, request, name_, pid, pid});
    return StartOutcome{pid, false};
  }

  Result<StopOutcome> stop(const ServerRef& server, StopHow how, Deadline deadline) override {
    const std::string words = server.name + copy_of(server);
    Call call(*this, (how == StopHow::AtOnce ? "cut " : "stop ") + words, deadline);
    if (call.fault) return *call.fault;
    const FakeServer* const runs = world_.find(name_, server);
    if (runs == nullptr) return StopOutcome{0, true, false};
    const StopOutcome outcome{runs->pid, false,
                              std::ranges::find(world_.killed, name_ + " " + words) != world_.killed.end()};
    world_.servers.erase(world_.servers.begin() + (runs - world_.servers.data()));
    return outcome;
  }

  Status close(const std::string& instance, Deadline deadline) override {
    Call call(*this, "close " + instance, deadline);
    HW_TRY(FakeInstance * one, ours(call, instance));
    for (const FakeServer& server : world_.servers)
      if (server.node == name_ && server.request.instance == instance && server.server.kind <= ServerKind::Receiver)
        return make_error<MsgId::HWINUSE>(instance, server.server.name);
    const bool was_up = std::exchange(one->position.up, false);
    one->position.clean = one->position.clean || was_up;
    one->position.accepting = false;
    one->position.role = BoardRole::Down;
    one->position.pool_epoch = 0;
    if (one->memory_left) return make_error<MsgId::HWIPCLEFT>("77", "4711");
    return {};
  }

  Status note_generation(std::uint64_t generation, Deadline deadline) override {
    Call call(*this, "generation " + std::to_string(generation), deadline);
    if (call.fault) return *call.fault;
    world_.running_generation[name_] = generation;
    return {};
  }

  Status reign(const std::string& instance, std::uint64_t epoch, Deadline deadline) override {
    Call call(*this, "reign " + instance + " " + std::to_string(epoch), deadline);
    HW_TRY(FakeInstance * one, ours(call, instance));
    Position& at = one->position;
    if (!at.up) return refused("a reign of " + instance, "it is down");
    if (at.accepting && at.pool_epoch == epoch) return {};
    if (at.accepting && at.pool_epoch == 0) return make_error<MsgId::HWINUSE>(instance, "updates without an epoch");
    if (at.known_epoch > epoch) return make_error<MsgId::HWEPOCHOLD>(instance, epoch, at.known_epoch);
    at.fence_required = at.accepting = at.has_history = true;
    at.known_epoch = at.pool_epoch = at.last_epoch = epoch;
    at.role = BoardRole::Root;
    at.last_root = instance;
    return {};
  }

  Result<std::uint64_t> stop_updates(const std::string& instance, Deadline deadline) override {
    Call call(*this, "stop_updates " + instance, deadline);
    HW_TRY(FakeInstance * one, ours(call, instance));
    if (!one->position.up) return refused("stopping updates of " + instance, "it is down");
    one->position.accepting = false;
    return one->position.next_seqno;
  }

  Status allow_updates(const std::string& instance, Deadline deadline) override {
    Call call(*this, "allow_updates " + instance, deadline);
    HW_TRY(FakeInstance * one, ours(call, instance));
    if (!one->position.up || one->position.pool_epoch == 0) return make_error<MsgId::HWFENCED>(instance);
    one->position.accepting = true;
    return {};
  }

  Status give_up(const std::string& instance, Deadline deadline) override {
    Call call(*this, "give_up " + instance, deadline);
    HW_TRY(FakeInstance * one, ours(call, instance));
    one->position.accepting = false;
    return {};
  }

  Status learn_epoch(const std::string& instance, std::uint64_t epoch, Deadline deadline) override {
    Call call(*this, "learn_epoch " + instance + " " + std::to_string(epoch), deadline);
    HW_TRY(FakeInstance * one, ours(call, instance));
    one->position.known_epoch = std::max(one->position.known_epoch, epoch);
    return {};
  }

  Status fence_off(const std::string& instance, Deadline deadline) override {
    Call call(*this, "fence_off " + instance, deadline);
    HW_TRY(FakeInstance * one, ours(call, instance));
    if (one->position.up) return make_error<MsgId::HWINUSE>(instance, "its servers");
    one->position.fence_required = false;
    return {};
  }

  /// As its machine does it: nobody takes what another one holds.
  Result<LeaseOutcome> lease(const LeaseRequest& request, Deadline deadline) override {
    Call call(*this, "lease " + words_of(request), deadline);
    HW_TRY(FakeInstance * one, ours(call, request.instance));
    FakeWorld::Record& record = world_.records[one->group];
    Position& at = one->position;
    if (request.wish == LeaseWish::Release || request.wish == LeaseWish::Down) {
      at.accepting = false;
      if (record.holder == request.instance) record.held = false;
      return LeaseOutcome{std::exchange(at.pool_epoch, 0)};
    }
    if (record.held && record.holder == request.instance && at.accepting) return LeaseOutcome{at.pool_epoch};
    if (!at.up) return make_error<MsgId::HWFENCED>(request.instance);
    if (record.held && record.holder != request.instance && !request.force) {
      if (request.wish == LeaseWish::Failover) return make_error<MsgId::HWLEASEVALID>(record.holder, "2.0");
      return make_error<MsgId::HWFENCED>(request.instance);
    }
    if (record.epoch == 0 && !request.none_known) return make_error<MsgId::HWFENCED>(request.instance);
    record = {request.instance, true, ++world_.revision};
    at.fence_required = at.accepting = at.has_history = true;
    at.known_epoch = at.pool_epoch = at.last_epoch = record.epoch;
    at.role = BoardRole::Root;
    at.last_root = request.instance;
    // A reign begins without a receiver.
    std::erase_if(world_.servers, [&](const FakeServer& server) {
      return server.node == name_ && server.server.name == "receiver:" + request.instance;
    });
    return LeaseOutcome{record.epoch};
  }

  Status wait_applied(const std::string& instance, std::uint64_t next_seqno, Deadline deadline) override {
    Call call(*this, "wait_applied " + instance + " " + std::to_string(next_seqno), deadline);
    HW_TRY(FakeInstance * one, ours(call, instance));
    if (one->never_applies && one->position.next_seqno < next_seqno) {
      call.wait_until(deadline);
      return remote("has not all");
    }
    one->position.next_seqno = std::max(one->position.next_seqno, next_seqno);
    return {};
  }

  Result<RejoinOutcome> rejoin(const RejoinRequest& request, Deadline deadline) override {
    Call call(*this, "rejoin " + request.instance + " to " + request.new_root, deadline);
    HW_TRY(FakeInstance * one, ours(call, request.instance));
    if (one->position.up) return refused("rejoin of " + request.instance, "it is up");
    const auto root = world_.instances.find(request.new_root);
    if (root == world_.instances.end() || !root->second.position.up) return remote(request.new_root + " is not up");
    one->position.clean = true;
    one->position.last_root = request.new_root;
    if (one->loses.count != 0) one->position.next_seqno = one->loses.first;
    return std::exchange(one->loses, RejoinOutcome{});
  }

  Status refresh(const RefreshRequest& request, Deadline deadline) override {
    Call call(*this, "refresh " + request.instance + " from " + request.from, deadline);
    HW_TRY(FakeInstance * one, ours(call, request.instance));
    if (one->position.up) return make_error<MsgId::HWREFRESHUSE>(request.instance);
    const auto from = world_.instances.find(request.from);
    if (from == world_.instances.end() || !from->second.position.up) return remote(request.from + " is not up");
    one->position.next_seqno = from->second.position.next_seqno;
    one->position.last_root = from->second.position.last_root;
    one->position.clean = one->position.has_history = true;
    return {};
  }

  Status put_receipt(const Receipt& receipt, const std::string& lost_text, Deadline deadline) override {
    Call call(*this, "put_receipt " + receipt.id, deadline);
    if (call.fault) return *call.fault;
    world_.receipts[receipt.id] = {receipt, lost_text};
    world_.receipts[receipt.id].first.node = name_;
    return {};
  }

  Result<std::string> receipt_text(const std::string& id, Deadline deadline) override {
    Call call(*this, "receipt_text " + id, deadline);
    HW_TRY(Receipt * receipt, receipt_named(call, id));
    return receipt->id;
  }

  Result<Applied> apply_receipt(const std::string& id, Deadline deadline) override {
    Call call(*this, "apply_receipt " + id, deadline);
    HW_TRY(Receipt * receipt, receipt_named(call, id));
    receipt->state = receipt->conflicts == 0 ? ReceiptState::Applied : ReceiptState::Conflicts;
    return Applied{receipt->count.value_or(0) - receipt->conflicts, receipt->conflicts};
  }

  Status complete_receipt(const std::string& id, Deadline deadline) override {
    Call call(*this, "complete_receipt " + id, deadline);
    HW_TRY(Receipt * receipt, receipt_named(call, id));
    receipt->state = ReceiptState::Complete;
    return {};
  }

  CheckRequest last_check;

 private:
  /// One call: written down, and under the lock while it lasts.
  struct Call {
    Call(FakeNode& node, const std::string& words, Deadline deadline) : lock(node.world_.mutex), world(node.world_) {
      const std::string call = node.name_ + " " + words;
      world.calls.push_back(call);
      world.changed.notify_all();
      const auto waits = [&] { return std::ranges::find(world.waiting, call) != world.waiting.end(); };
      if (waits()) {
        world.changed.wait_until(lock, deadline, [&] { return !waits(); });
        if (waits()) fault = node.remote("no answer in time");
      }
      if (world.is_away(node.name_)) fault = node.remote("no answer in 3 s");
      if (const auto failure = world.failures.find(call); failure != world.failures.end()) fault = failure->second;
    }
    void wait_until(Deadline deadline) {
      world.changed.wait_until(lock, deadline, [] { return false; });
    }
    std::unique_lock<std::mutex> lock;
    FakeWorld& world;
    std::optional<Error> fault;
  };

  static std::string words_of(const LeaseRequest& request) {
    static constexpr const char* kWishes[] = {"boot", "failover", "await", "release", "down"};
    std::string words = kWishes[static_cast<std::size_t>(request.wish)] + (" " + request.instance);
    if (!request.to.empty()) words += " to " + request.to;
    if (request.none_known) words += ", none known";
    if (request.force) words += ", force";
    return words;
  }
  static std::string copy_of(const ServerRef& server) {
    return server.copy == 1 ? "" : " " + std::to_string(server.copy);
  }
  Error remote(const std::string& why) const { return make_error<MsgId::HWREMOTE>(name_, why); }
  static Error refused(const std::string& what, const std::string& why) {
    return make_error<MsgId::HWREFUSED>(what, why);
  }

  Result<FakeInstance*> ours(Call& call, const std::string& instance) const {
    if (call.fault) return *call.fault;
    const auto found = world_.instances.find(instance);
    if (found == world_.instances.end() || found->second.node != name_) return remote(instance + ": no such instance");
    return &found->second;
  }

  Result<Receipt*> receipt_named(Call& call, const std::string& id) const {
    if (call.fault) return *call.fault;
    const auto found = world_.receipts.find(id);
    if (found == world_.receipts.end() || found->second.first.node != name_) return remote(id + ": no such receipt");
    return &found->second.first;
  }

  /// The rules of a pool.
  static Status open(FakeInstance& instance, const StartRequest& request) {
    Position& at = instance.position;
    if (request.server.kind == ServerKind::Receiver) {
      if (!at.up) return refused("receiver of " + instance.name, "it has no journal pool");
      if (at.accepting) return make_error<MsgId::HWINUSE>(instance.name, "updates");
      if (!at.has_history && !request.update_resync)
        return refused("receiver of " + instance.name, "no history, and no -updateresync");
      at.has_history = true;
      return {};
    }
    if (at.up) return {};
    if (!at.clean) return refused("source server of " + instance.name, "it was not closed in good order");
    at.up = true;
    at.accepting = false;
    at.pool_epoch = 0;
    at.role = BoardRole::Secondary;
    return {};
  }

  std::string name_;
  FakeWorld& world_;
};

}  // namespace hw::cluster::test

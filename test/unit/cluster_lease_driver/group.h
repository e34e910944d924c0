/// A group of instances whose lease machines run over a store, in one process: their disks and journal pools are
/// variables, their links calls.
#pragma once

#include <gtest/gtest.h>

#include <atomic>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <random>
#include <string>
#include <vector>

#include "cluster/lease/names.h"
#include "cluster/lease_driver/driver.h"
#include "cluster/store/watch.h"
#include "engine/base/clock.h"
#include "test/unit/cluster_store/store_loop.h"

namespace hw::cluster::lease::test {

class Group;

/// One instance: what outlives its agent, and the agent. In the loop, but for what is atomic.
class Node final : public Hands {
 public:
  Node(Group& group, std::string name) : group_(group), name_(std::move(name)) {}

  const std::string& name() const { return name_; }
  void start_agent(bool boot);
  void kill_agent();
  bool has_agent() const { return driver_ != nullptr; }
  void tell(const Event& event) {
    if (driver_ != nullptr) driver_->tell(event);
  }
  /// Whether a commit would be accepted at this moment. Thread: any.
  bool accepts(std::uint64_t now_ns) const { return updates_on_ && !stopped_ && now_ns <= deadline_ns_; }
  State state() const { return driver_ == nullptr ? State::Follow : driver_->machine().state(); }
  std::uint64_t epoch() const { return driver_ == nullptr ? 0 : driver_->machine().own_epoch(); }
  std::uint64_t known_epoch() const { return known_epoch_; }

  // Hands
  Situation situation() override;
  void write_note(const Note& note, Done done) override;
  void drop_note(Done done) override;
  void keep_epoch(std::uint64_t epoch, Done done) override;
  void set_deadline(std::uint64_t deadline_ns) override { deadline_ns_ = deadline_ns; }
  void stop_updates(Done done) override;
  void allow_updates(Done done) override;
  void updates_on(Done done) override;
  void promote(const action::Promote& action) override;
  void run_commit_scripts(const action::RunCommitScripts& action) override;
  void drain(const action::Drain& action) override;
  void ask_confirm(const action::AskConfirm& action) override;
  void answer_confirm(const action::AnswerConfirm& action) override;
  void ask_positions(const action::AskPositions& action) override;
  void follow_holder(const action::FollowHolder& /*action*/) override {}
  void report(const Error& error) override;
  void store_failed(const Error& /*error*/) override {}

  int failing_disk_actions = 0;

 private:
  void later(std::function<void()> work);
  Group& group_;
  std::string name_;
  std::optional<Note> note_;
  std::uint64_t known_epoch_ = 0;
  std::uint64_t pool_epoch_ = 0;
  std::atomic<std::uint64_t> deadline_ns_{0};
  std::atomic<bool> stopped_{false};
  std::atomic<bool> updates_on_{false};
  std::shared_ptr<store::StoreClient> client_;
  std::unique_ptr<LeaseDriver> driver_;
  std::unique_ptr<store::StoreWatch> watch_;
};

class Group {
 public:
  Group(EtcdKeys settings, const Config& times) : settings_(std::move(settings)), times_(times) {
    for (const char* const name : {"A", "B", "C"}) nodes_.push_back(std::make_unique<Node>(*this, name));
  }
  ~Group() {
    loop_.run([this] {
      for (const auto& node : nodes_) node->kill_agent();
    });
    loop_.run([] {});  // What was on its way to them has come.
  }
  Group(const Group&) = delete;
  Group& operator=(const Group&) = delete;

  store::test::StoreLoop& loop() { return loop_; }
  const EtcdKeys& settings() const { return settings_; }
  Config config_of(const std::string& name) const {
    Config out = times_;
    out.group = "acct";
    out.self = name;
    for (const auto& node : nodes_) out.members.push_back({node->name(), 100});
    return out;
  }
  std::vector<std::unique_ptr<Node>>& nodes() { return nodes_; }
  Node& at(const std::string& name) {
    for (const auto& node : nodes_)
      if (node->name() == name) return *node;
    HW_CHECK(false);
    return *nodes_.front();
  }
  void start_all() {
    loop_.run([this] {
      for (const auto& node : nodes_) node->start_agent(node->name() == "A");
    });
  }
  template <typename Work>
  void in_loop(Work work) {
    loop_.run(work);
  }

  /// Waits until one accepts that is not `other`; looks all the while that never two do. Empty: none did.
  std::string wait_for_root(const std::string& other = "") {
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(90);
    while (std::chrono::steady_clock::now() < deadline) {
      const std::string root = look();
      if (!root.empty() && root != other) return root;
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
    return {};
  }
  /// Looks for so long that never two accept.
  void look_for(std::chrono::milliseconds time) {
    for (const auto end = std::chrono::steady_clock::now() + time; std::chrono::steady_clock::now() < end;) {
      look();
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
  }
  /// Who accepts now; empty: nobody. The loop stands still meanwhile, so that all are looked at in one moment.
  std::string look() {
    std::string root;
    loop_.run([&] {
      const std::uint64_t now = boot_clock_ns();
      for (const auto& node : nodes_) {
        if (!node->accepts(now)) continue;
        EXPECT_EQ(root, "") << "and " << node->name() << " accept";
        root = node->name();
      }
    });
    return root;
  }
  struct Killed {
    std::string name;
    std::uint64_t epoch = 0;
  };
  /// The agent of the one that accepts, once there is one, in that moment.
  Killed kill_root() {
    Killed out;
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(90);
    while (out.name.empty() && std::chrono::steady_clock::now() < deadline)
      loop_.run([&] {
        const std::uint64_t now = boot_clock_ns();
        for (const auto& node : nodes_) {
          if (!node->accepts(now) || !node->has_agent() || !out.name.empty()) continue;
          out = {node->name(), node->known_epoch()};
          node->kill_agent();
        }
      });
    return out;
  }
  std::vector<std::string> reports;

 private:
  EtcdKeys settings_;
  Config times_;
  store::test::StoreLoop loop_;
  std::vector<std::unique_ptr<Node>> nodes_;
};

// ---- an agent ----

inline void Node::start_agent(bool boot) {
  static std::mt19937_64 random{std::random_device{}()};
  const store::StoreKeys keys("/headwater", "bank");
  const Config config = group_.config_of(name_);
  client_ = hw::test::must(store::StoreClient::make(group_.loop().loop(), group_.settings(),
                                                    std::chrono::milliseconds(config.retry_ns / kMillisecondNs)));
  driver_ = std::make_unique<LeaseDriver>(client_, keys, config, *this, boot_clock_ns);
  const auto changed = [this] { tell(event::Changed{}); };
  watch_ = std::make_unique<store::StoreWatch>(
      client_, keys.records(),
      store::StoreWatch::Hooks{changed, [changed](const std::string&) { changed(); }, [](const Error&) {}});
  driver_->start({.run = random() | 1,
                  .note = note_,
                  .known_epoch = known_epoch_,
                  .pool_epoch = pool_epoch_,
                  .pool_deadline_ns = deadline_ns_,
                  .pool_updates_on = updates_on_});
  if (boot) tell(event::Boot{.none_known = known_epoch_ == 0});
}

inline void Node::kill_agent() {
  watch_.reset();
  driver_.reset();
  client_.reset();
}

inline void Node::later(std::function<void()> work) { (void)group_.loop().loop()->post(std::move(work)); }

inline Situation Node::situation() {
  Situation out{100, true, {}};
  for (const auto& node : group_.nodes())
    if (node.get() != this && node->has_agent()) out.candidates.push_back(node->name());
  return out;
}

// What is on disk is done later, as by a worker.
inline void Node::write_note(const Note& note, Done done) {
  if (failing_disk_actions > 0) {
    --failing_disk_actions;
    return later([done = std::move(done)] { done(make_error<MsgId::SYSCALL>("fsync()", "note")); });
  }
  note_ = note;
  later([done = std::move(done)] { done({}); });
}
inline void Node::drop_note(Done done) {
  note_.reset();
  later([done = std::move(done)] { done({}); });
}
inline void Node::keep_epoch(std::uint64_t epoch, Done done) {
  known_epoch_ = std::max(known_epoch_, epoch);
  later([done = std::move(done)] { done({}); });
}

// And what is in shared memory at once.
inline void Node::stop_updates(Done done) {
  stopped_ = true;
  done({});
}
inline void Node::allow_updates(Done done) {
  stopped_ = false;
  done({});
}
inline void Node::updates_on(Done done) {
  updates_on_ = true;
  done({});
}

inline void Node::promote(const action::Promote& action) {
  pool_epoch_ = action.epoch;
  updates_on_ = false;
  later([this, promotion = action.promotion] { tell(event::Promoted{promotion}); });
}
inline void Node::run_commit_scripts(const action::RunCommitScripts& action) {
  tell(event::Committed{action.promotion});
}
inline void Node::drain(const action::Drain& action) {
  later([this, drain = action.drain] { tell(event::Applied{drain}); });
}
inline void Node::ask_confirm(const action::AskConfirm& action) {
  for (const std::string& member : action.members)
    later([this, member, round = action.round, epoch = action.epoch] {
      group_.at(member).tell(event::ConfirmAsked{name_, round, epoch});
    });
}
inline void Node::answer_confirm(const action::AnswerConfirm& action) {
  later([this, to = action.to, round = action.round, yes = action.yes] {
    group_.at(to).tell(event::ConfirmAnswered{name_, round, yes});
  });
}
inline void Node::ask_positions(const action::AskPositions& action) {
  for (const std::string& member : action.members)
    if (group_.at(member).has_agent())
      later([this, member, query = action.query] { tell(event::Position{member, query, 100}); });
}
inline void Node::report(const Error& error) { group_.reports.push_back(name_ + ": " + error.lines()); }

}  // namespace hw::cluster::lease::test

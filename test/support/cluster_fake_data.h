/// test/support/cluster_fake_data.h -- transactions for the simulated domain of cluster_fake_sites.h, and a coordinator
/// that dies or fails at any of its steps.
///
///     DataDomain data(domain_of(text));
///     data.boot();
///     data.write("A", 3);                 // acknowledged at A, which must take updates
///     data.trip = {.at = 7, .how = Trip::How::Cut};
///     data.run(SwitchoverCommand{});      // the coordinator dies at its seventh step: std::nullopt
///     data.check();                       // never two that take updates; nothing acknowledged is gone
///
/// An instance's data is the list of its transactions, by seqno. What a secondary has comes over source servers and
/// receivers that run; one that differs from who feeds it goes back to where they part, as with -autorollback. What an
/// instance gives up in a rejoin stays with it until it is fed again. Powering a node off loses no data.
#pragma once

#include <gtest/gtest.h>

#include <charconv>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "cluster/board/receipt.h"
#include "cluster/jobs/jobs.h"
#include "test/support/cluster_fake_sites.h"

namespace hw::cluster::test {

using Transactions = std::vector<std::uint64_t>;

/// What happens to the coordinator at one of its steps: a call of a site, or a change of the orders.
struct Trip {
  enum class How : std::uint8_t {
    CutBefore,   ///< it dies, and the step was not done
    CutAfter,    ///< it dies, and the step was done
    FailBefore,  ///< an error, and the step was not done
    FailAfter    ///< HWREMOTE, though the step was done
  };
  std::uint64_t at = 0;  ///< from 1; 0: never
  How how = How::CutBefore;
};
struct CoordinatorDied {};

class DataDomain;

/// A site whose instances have data.
class DataSite final : public Site {
 public:
  DataSite(DataDomain& data, FakeNode& node) : data_(data), node_(node) {}

  const std::string& node() const override { return node_.node(); }
  Result<CheckReport> check(const CheckRequest& request, Deadline deadline) override;
  Result<Position> position(const std::string& instance, Deadline deadline) override;
  Status recover(const std::string& instance, Deadline deadline) override;
  Result<StartOutcome> start(const StartRequest& request, Deadline deadline) override;
  Result<StopOutcome> stop(const ServerRef& server, StopHow how, Deadline deadline) override;
  Status close(const std::string& instance, Deadline deadline) override;
  Status note_generation(std::uint64_t generation, Deadline deadline) override;
  Status reign(const std::string& instance, std::uint64_t epoch, Deadline deadline) override;
  Result<std::uint64_t> stop_updates(const std::string& instance, Deadline deadline) override;
  Status allow_updates(const std::string& instance, Deadline deadline) override;
  Status give_up(const std::string& instance, Deadline deadline) override;
  Status learn_epoch(const std::string& instance, std::uint64_t epoch, Deadline deadline) override;
  Status fence_off(const std::string& instance, Deadline deadline) override;
  Status wait_applied(const std::string& instance, std::uint64_t next_seqno, Deadline deadline) override;
  Result<RejoinOutcome> rejoin(const RejoinRequest& request, Deadline deadline) override;
  Status refresh(const RefreshRequest& request, Deadline deadline) override;
  Status put_receipt(const Receipt& receipt, const std::string& lost_text, Deadline deadline) override;
  Result<std::string> receipt_text(const std::string& id, Deadline deadline) override;
  Result<Applied> apply_receipt(const std::string& id, Deadline deadline) override;
  Status complete_receipt(const std::string& id, Deadline deadline) override;
  Result<std::string> lost_text(const std::string& id, Deadline deadline) override;

 private:
  /// Does `step`, unless the coordinator trips over it.
  template <typename Step>
  auto tripping(const Step& step) -> decltype(step());

  DataDomain& data_;
  FakeNode& node_;
};

class DataSites final : public Sites {
 public:
  explicit DataSites(DataDomain& data) : data_(data) {}
  Result<Site*> at(std::string_view node) override;

 private:
  DataDomain& data_;
  std::map<std::string, std::unique_ptr<DataSite>, std::less<>> sites_;
};

class TrippingOrders final : public OrderBook {
 public:
  TrippingOrders(DataDomain& data, FakeOrders& orders) : data_(data), orders_(orders) {}
  Orders read() const override { return orders_.read(); }
  Status change(const std::function<void(Orders&)>& edit) override;

 private:
  DataDomain& data_;
  FakeOrders& orders_;
};

class DataDomain {
 public:
  explicit DataDomain(Domain domain) : fake(std::move(domain)), sites_(*this), orders_(*this, fake.orders) {}

  // ---- the coordinator ----

  /// As many questions as it has are said yes to; before that `asked` is told. None: the coordinator died.
  template <class Command>
  std::optional<JobEnd> run(const Command& command) {
    steps = 0;
    const Orders before = fake.orders.read();
    for (unsigned yes = 0;; ++yes) {
      JobContext context = context_of(yes);
      std::optional<JobEnd> end;
      try {
        end = cluster::run(command, context);
      } catch (const CoordinatorDied&) {
        trip = {};
        orders_before = before;
        return std::nullopt;
      }
      if (end->ask && yes < 8) {
        questions.push_back(*end->ask);
        if (asked && !asked(*end->ask)) return end;
        continue;
      }
      epoch_made = context.epoch_made;
      return end;
    }
  }
  JobContext context_of(unsigned yes) {
    return {.domain = fake.domain,
            .generation = fake.generation,
            .board =
                [this] {
                  const std::lock_guard lock(mutex);  // What is done at other nodes meanwhile changes what it shows.
                  return fake.board();
                },
            .sites = sites_,
            .orders = orders_,
            .say = fake.said,
            .deadline = std::chrono::steady_clock::now() + std::chrono::seconds(30),
            .cancelled = fake.cancelled,
            .yes = yes};
  }
  /// Another coordinator, which had not heard yet what the last one wrote when it died.
  void forget_last_orders() {
    if (!orders_before) return;
    ASSERT_TRUE(fake.orders.change([&](Orders& orders) { orders = *orders_before; }).has_value());
  }
  void boot() {
    const std::optional<JobEnd> end = run(BootCommand{});
    ASSERT_TRUE(end && end->result.outcome == Outcome::Done) << said();
    replicate();
  }
  std::string said() const {
    std::string text;
    for (const std::string& line : fake.said.lines) text += line + "\n";
    for (const std::string& line : fake.said.messages) text += line + "\n";
    return text;
  }

  // ---- the world ----

  /// Acknowledged to the caller, each.
  void write(const std::string& instance, int count) {
    for (int i = 0; i < count; ++i) {
      Position& at = fake.position(instance);
      ASSERT_TRUE(at.up && at.accepting) << instance;
      of[instance].push_back(++last_transaction);
      acknowledged.insert(last_transaction);
      at.next_seqno = of[instance].size() + 1;
      at.last_commit_us = last_transaction * 1000;
    }
  }
  /// Writes where it can: at all that take updates, which is never more than one.
  void write_anywhere(int count) {
    for (const std::string& name : accepting()) write(name, count);
  }
  std::vector<std::string> accepting() const {
    std::vector<std::string> names;
    for (const auto& [name, one] : fake.world.instances)
      if (one.position.up && one.position.accepting) names.push_back(name);
    return names;
  }
  std::string root() const { return accepting().size() == 1 ? accepting().front() : std::string(); }

  /// Everything that can go anywhere goes there.
  void replicate() {
    for (std::size_t round = 0; round < fake.world.instances.size(); ++round)
      for (auto& [name, one] : fake.world.instances) receive(name);
  }
  /// One instance gets what its feeder has, at most `count` more.
  void receive(const std::string& instance, std::size_t count = SIZE_MAX) {
    const std::string feeder = fake.world.feeder_of(instance);
    if (feeder.empty()) return;
    const FakeInstance& from = fake.instance(feeder);
    Transactions& own = of[instance];
    const Transactions& theirs = of[feeder];
    own.resize(common(own, theirs));
    Position& at = fake.position(instance);
    at.known_epoch = std::max(at.known_epoch, from.epoch_sent());
    at.has_history = true;
    while (own.size() < theirs.size() && count-- > 0) {
      own.push_back(theirs[own.size()]);
      // The history record of a reign comes with its first transaction.
      at.last_root = from.position.last_root;
      at.last_epoch = from.position.last_epoch;
    }
    at.next_seqno = own.size() + 1;
    at.received_seqno = own.size();
    at.last_commit_us = own.empty() ? 0 : own.back() * 1000;
  }
  static std::size_t common(const Transactions& a, const Transactions& b) {
    std::size_t length = 0;
    while (length < a.size() && length < b.size() && a[length] == b[length]) ++length;
    return length;
  }

  /// Never two that take updates, whether they are heard or not.
  void check_one() const {
    if (!one_at_most) return;
    EXPECT_LE(accepting().size(), 1U) << testing::PrintToString(accepting());
  }
  bool one_at_most = true;  ///< no operator has said of a root that lives that it is off
  /// What was acknowledged is at the root, in a receipt, or at an instance that has still to rejoin.
  std::set<std::uint64_t> missing(bool all_rejoined) const {
    std::set<std::uint64_t> gone = acknowledged;
    const auto take = [&](const Transactions& transactions) {
      for (const std::uint64_t one : transactions) gone.erase(one);
    };
    for (const auto& [name, transactions] : of)
      if (!all_rejoined || name == root()) take(transactions);
    for (const auto& [id, transactions] : in_receipt) take(transactions);
    if (!all_rejoined)
      for (const auto& [name, transactions] : given_up) take(transactions);
    return gone;
  }

  FakeDomain fake;
  std::recursive_mutex mutex;
  std::map<std::string, Transactions> of;          ///< by instance
  std::map<std::string, Transactions> given_up;    ///< by instance, until it is fed again
  std::map<std::string, Transactions> in_receipt;  ///< by id
  std::set<std::uint64_t> acknowledged;
  std::uint64_t last_transaction = 0;
  Trip trip;
  std::uint64_t steps = 0;  ///< of the job that runs, or ran last
  std::vector<std::string> questions;
  std::function<bool(const std::string&)> asked;  ///< whether the operator says yes; not set: always
  std::optional<Orders> orders_before;            ///< of the job at which a coordinator died last
  std::uint64_t epoch_made = 0;

 private:
  DataSites sites_;
  TrippingOrders orders_;
};

// ---- what a site does ----

template <typename Step>
auto DataSite::tripping(const Step& step) -> decltype(step()) {
  // A boot works at several nodes at the same time.
  const std::lock_guard lock(data_.mutex);
  const bool trips = ++data_.steps == data_.trip.at;
  const Trip::How how = data_.trip.how;
  if (trips && how == Trip::How::CutBefore) throw CoordinatorDied();
  if (trips && how == Trip::How::FailBefore) return make_error<MsgId::HWREMOTE>(node_.node(), "fails");
  auto result = step();
  data_.check_one();
  if (trips && how == Trip::How::CutAfter) throw CoordinatorDied();
  if (trips && how == Trip::How::FailAfter) return make_error<MsgId::HWREMOTE>(node_.node(), "no answer");
  return result;
}

inline Result<CheckReport> DataSite::check(const CheckRequest& request, Deadline deadline) {
  return tripping([&] { return node_.check(request, deadline); });
}
inline Result<Position> DataSite::position(const std::string& instance, Deadline deadline) {
  return tripping([&] { return node_.position(instance, deadline); });
}
inline Status DataSite::recover(const std::string& instance, Deadline deadline) {
  return tripping([&] { return node_.recover(instance, deadline); });
}
inline Result<StartOutcome> DataSite::start(const StartRequest& request, Deadline deadline) {
  return tripping([&] {
    Result<StartOutcome> started = node_.start(request, deadline);
    if (started && request.server.kind == ServerKind::Receiver) data_.given_up.erase(request.instance);
    data_.replicate();
    return started;
  });
}
inline Result<StopOutcome> DataSite::stop(const ServerRef& server, StopHow how, Deadline deadline) {
  return tripping([&] { return node_.stop(server, how, deadline); });
}
inline Status DataSite::close(const std::string& instance, Deadline deadline) {
  return tripping([&] { return node_.close(instance, deadline); });
}
inline Status DataSite::note_generation(std::uint64_t generation, Deadline deadline) {
  return tripping([&] { return node_.note_generation(generation, deadline); });
}
inline Status DataSite::reign(const std::string& instance, std::uint64_t epoch, Deadline deadline) {
  return tripping([&] { return node_.reign(instance, epoch, deadline); });
}
inline Result<std::uint64_t> DataSite::stop_updates(const std::string& instance, Deadline deadline) {
  return tripping([&] { return node_.stop_updates(instance, deadline); });
}
inline Status DataSite::allow_updates(const std::string& instance, Deadline deadline) {
  return tripping([&] { return node_.allow_updates(instance, deadline); });
}
inline Status DataSite::give_up(const std::string& instance, Deadline deadline) {
  return tripping([&] { return node_.give_up(instance, deadline); });
}
inline Status DataSite::learn_epoch(const std::string& instance, std::uint64_t epoch, Deadline deadline) {
  return tripping([&] { return node_.learn_epoch(instance, epoch, deadline); });
}
inline Status DataSite::fence_off(const std::string& instance, Deadline deadline) {
  return tripping([&] { return node_.fence_off(instance, deadline); });
}
inline Status DataSite::wait_applied(const std::string& instance, std::uint64_t next_seqno, Deadline /*deadline*/) {
  return tripping([&] {
    data_.replicate();
    // What it has not got by now it does not get: nobody waits for it.
    data_.fake.instance(instance).never_applies = true;
    return node_.wait_applied(instance, next_seqno, {});
  });
}
inline Result<RejoinOutcome> DataSite::rejoin(const RejoinRequest& request, Deadline deadline) {
  return tripping([&]() -> Result<RejoinOutcome> {
    const FakeInstance& root = data_.fake.instance(request.new_root);
    const bool fed = std::ranges::any_of(data_.fake.world.servers, [&](const FakeServer& server) {
      return server.node == root.node && server.server.name == "source:" + request.instance && !server.request.passive;
    });
    if (!fed) return make_error<MsgId::HWREMOTE>(node_.node(), "the root does not feed it");
    HW_TRY([[maybe_unused]] const RejoinOutcome done, node_.rejoin(request, deadline));
    Transactions& own = data_.of[request.instance];
    const std::size_t kept = DataDomain::common(own, data_.of[request.new_root]);
    Transactions& lost = data_.given_up[request.instance];
    lost.insert(lost.end(), own.begin() + static_cast<std::ptrdiff_t>(kept), own.end());
    own.resize(kept);
    data_.fake.position(request.instance).next_seqno = kept + 1;
    RejoinOutcome outcome;
    outcome.count = lost.size();
    outcome.first = lost.empty() ? 0 : kept + 1;
    outcome.last = lost.empty() ? 0 : kept + lost.size();
    for (const std::uint64_t one : lost) outcome.lost_text += std::to_string(one) + "\n";
    return outcome;
  });
}
inline Status DataSite::refresh(const RefreshRequest& request, Deadline deadline) {
  return tripping([&] {
    Status done = node_.refresh(request, deadline);
    if (done) data_.of[request.instance] = data_.of[request.from];
    return done;
  });
}
inline Status DataSite::put_receipt(const Receipt& receipt, const std::string& lost_text, Deadline deadline) {
  return tripping([&]() -> Status {
    // One that is elsewhere by now: what is left here says so.
    if (receipt.node != node_.node()) return {};
    const std::string& text = lost_text.empty() ? data_.fake.world.receipts[receipt.id].second : lost_text;
    HW_TRY_VOID(node_.put_receipt(receipt, std::string(text), deadline));
    Transactions& inside = data_.in_receipt[receipt.id];
    const char* at = lost_text.data();
    const char* const end = at + lost_text.size();
    while (at != end) {
      std::uint64_t one = 0;
      at = std::from_chars(at, end, one).ptr + 1;
      inside.push_back(one);
    }
    return {};
  });
}
inline Result<std::string> DataSite::receipt_text(const std::string& id, Deadline deadline) {
  return tripping([&]() -> Result<std::string> {
    HW_TRY([[maybe_unused]] const std::string text, node_.receipt_text(id, deadline));
    return encode_receipt({data_.fake.world.receipts[id].first, {}});
  });
}
inline Result<Site::Applied> DataSite::apply_receipt(const std::string& id, Deadline deadline) {
  return tripping([&] { return node_.apply_receipt(id, deadline); });
}
inline Status DataSite::complete_receipt(const std::string& id, Deadline deadline) {
  return tripping([&] { return node_.complete_receipt(id, deadline); });
}
inline Result<std::string> DataSite::lost_text(const std::string& id, Deadline /*deadline*/) {
  return tripping([&]() -> Result<std::string> { return data_.fake.world.receipts[id].second; });
}

inline Result<Site*> DataSites::at(std::string_view node) {
  HW_TRY([[maybe_unused]] Site* const found, data_.fake.sites.at(node));
  const std::lock_guard lock(data_.mutex);
  auto& site = sites_[std::string(node)];
  if (!site) site = std::make_unique<DataSite>(data_, data_.fake.sites.node(node));
  return site.get();
}

inline Status TrippingOrders::change(const std::function<void(Orders&)>& edit) {
  const std::lock_guard lock(data_.mutex);
  const bool trips = ++data_.steps == data_.trip.at;
  if (trips && data_.trip.how == Trip::How::CutBefore) throw CoordinatorDied();
  if (trips && data_.trip.how >= Trip::How::FailBefore) return make_error<MsgId::SYSCALL>("write()", "board.json");
  Status changed = orders_.change(edit);
  if (trips) throw CoordinatorDied();
  return changed;
}

}  // namespace hw::cluster::test

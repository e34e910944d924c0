#include "cluster/agent/lease_keeper.h"

#include <algorithm>
#include <future>
#include <utility>

#include "cluster/agent/lease_rebuild.h"
#include "engine/base/clock.h"

namespace hw::cluster {
namespace {

constexpr std::uint64_t kAnswersNs = 3 * lease::kSecondNs;

}  // namespace

LeaseKeeper::~LeaseKeeper() {
  const auto clear = [this] {
    compaction_.reset();
    nodes_.reset();
    liveness_.reset();
    watch_.reset();
    leases_.clear();
    client_.reset();
  };
  if (!parts_.loop->run(clear)) clear();
}

void LeaseKeeper::follow(const std::shared_ptr<const Domain>& domain) {
  if (domain == nullptr || domain->domain.dcs != Dcs::Etcd) return;
  {
    const MutexLock guard(mutex_);
    domain_ = domain;
  }
  parts_.loop->post([this, domain] { follow_in_loop(domain); });
}

void LeaseKeeper::follow_in_loop(const std::shared_ptr<const Domain>& domain) {
  if (client_ == nullptr) {
    auto made = store::StoreClient::make(parts_.loop, domain->etcd, domain->lease.retry);
    if (!made.has_value()) return parts_.log.report(made.error());
    client_ = *std::move(made);
    keys_.emplace(domain->etcd.prefix, domain->domain.name);
    const auto tell = [this](const Error& error) {
      if (std::exchange(told_, error.text) != error.text) parts_.log.report(Error(error).as(Severity::Warning));
    };
    liveness_ = std::make_unique<store::NodeLiveness>(client_, *keys_, parts_.board.node(), tell);
    nodes_ = std::make_unique<store::LiveNodes>(client_, *keys_);
    store::StoreWatch::Hooks hooks;
    hooks.began = [this] {
      for (const auto& lease : leases_) lease->record_changed();
    };
    hooks.changed = [this](const std::string& key) { key_changed(key); };
    hooks.ended = tell;
    watch_ = std::make_unique<store::StoreWatch>(client_, keys_->records(), std::move(hooks));
  }
  add_leases(domain);
}

void LeaseKeeper::add_leases(const std::shared_ptr<const Domain>& domain) {
  for (const Group& group : domain->groups) {
    if (group.kind != GroupKind::Role) continue;
    for (const std::string& name : group.instances) {
      const Instance* const instance = domain->instance(name);
      if (instance == nullptr || instance->node != parts_.board.node() || instance->priority <= 0) continue;
      if (find(name) != nullptr) continue;
      InstanceLease::Parts parts{.loop = parts_.loop,
                                 .client = client_,
                                 .keys = *keys_,
                                 .site = parts_.site,
                                 .board = parts_.board,
                                 .links = parts_.links,
                                 .workers = parts_.workers,
                                 .history = parts_.history,
                                 .log = parts_.log,
                                 .notes = parts_.notes,
                                 .told = [this](const std::string& self, const LeaseView& view) {
                                   const MutexLock guard(mutex_);
                                   views_[self] = view;
                                 }};
      leases_.push_back(std::make_unique<InstanceLease>(std::move(parts), domain, group, *instance));
      leases_.back()->look(std::nullopt);
    }
  }
}

InstanceLease* LeaseKeeper::find(const std::string& instance) {
  const auto found = std::ranges::find_if(leases_, [&](const auto& lease) { return lease->instance() == instance; });
  return found == leases_.end() ? nullptr : found->get();
}

void LeaseKeeper::key_changed(const std::string& key) {
  const auto group = store::name_in(key, keys_->records());
  if (!group) return;
  for (const auto& lease : leases_)
    if (lease->group() == *group) lease->record_changed();
}

void LeaseKeeper::look(const std::vector<InstanceFacts>& facts, bool is_coordinator) {
  parts_.loop->post([this, facts, is_coordinator] {
    if (client_ == nullptr) return;
    for (const auto& lease : leases_) {
      const auto found =
          std::ranges::find_if(facts, [&](const InstanceFacts& one) { return one.report.name == lease->instance(); });
      lease->look(found == facts.end() ? std::nullopt : std::optional(*found));
    }
    read_nodes();
    if (!is_coordinator) return compaction_.reset();
    if (compaction_ != nullptr) return;
    compaction_ = std::make_unique<store::Compaction>(client_, *keys_, [this](const Result<std::uint64_t>& cut) {
      if (!cut.has_value()) parts_.log.report(Error(cut.error()).as(Severity::Warning));
    });
  });
}

/// Whether the store answers at all, also at a node whose instances are nobody's candidates.
void LeaseKeeper::read_nodes() {
  nodes_->read([this](const Result<std::vector<std::string>>& nodes) {
    if (nodes.has_value()) answered_ns_ = boot_clock_ns();
  });
}

Result<LeaseOutcome> LeaseKeeper::ask(const LeaseRequest& request, Deadline deadline) {
  struct Asking {
    std::promise<Result<LeaseOutcome>> promise;
    std::uint64_t number = 0;  ///< of the loop's thread
  };
  const auto asking = std::make_shared<Asking>();
  auto outcome = asking->promise.get_future();
  const bool posted = parts_.loop->post([this, request, asking] {
    InstanceLease* const lease = find(request.instance);
    if (lease == nullptr) {
      asking->promise.set_value(make_error<MsgId::HWREFUSED>("lease of " + request.instance, "none is kept here"));
      return;
    }
    asking->number =
        lease->ask(request, [asking](Result<LeaseOutcome> said) { asking->promise.set_value(std::move(said)); });
  });
  if (posted && outcome.wait_until(deadline) == std::future_status::ready) return outcome.get();
  parts_.loop->post([this, request, asking] {
    if (InstanceLease* const lease = find(request.instance); lease != nullptr) lease->give_up(asking->number);
  });
  const bool ends = request.wish == LeaseWish::Release || request.wish == LeaseWish::Down;
  if (ends) return make_error<MsgId::HWREMOTE>("lease store", "no answer in time");
  return make_error<MsgId::HWFENCED>(request.instance);
}

void LeaseKeeper::confirm(const Asked& asked) {
  const auto question = decode_question(asked.body);
  InstanceLease* const lease = question.has_value() ? find(question->to) : nullptr;
  if (lease == nullptr || lease->group() != question->group) return asked.answer->last(encode_confirm({false, 0}));
  lease->confirm_asked(*question, asked.answer);
}

void LeaseKeeper::epochs(const Asked& asked) {
  const auto question = decode_epoch_question(asked.body);
  if (!question.has_value()) return asked.answer->last(encode_epoch_answer({}));
  InstanceLease* const lease = find(question->instance);
  const bool is_its = lease != nullptr && lease->group() == question->group;
  const auto said = is_its ? lease->epochs() : Result<lease::EpochAnswer>(lease::EpochAnswer{});
  // Without a member's name it is no answer.
  asked.answer->last(encode_epoch_answer(said.value_or(lease::EpochAnswer{})));
}

Result<lease::EpochAnswer> LeaseKeeper::epochs_of(const Instance& instance, const std::string& group,
                                                  Deadline deadline) {
  if (instance.node == parts_.board.node()) {
    Result<lease::EpochAnswer> said = make_error<MsgId::HWREMOTE>(instance.node, "the agent ends");
    parts_.loop->run([&] {
      InstanceLease* const lease = find(instance.name);
      if (lease != nullptr) said = lease->epochs();
    });
    return said;
  }
  const std::string question = encode_epoch_question({group, instance.name});
  HW_TRY(const std::string body, parts_.links.ask(instance.node, std::string(kEpochVerb), question, deadline));
  auto said = decode_epoch_answer(body);
  if (said.has_value() && said->member == instance.name) return said;
  return make_error<MsgId::HWREMOTE>(instance.node, "it does not say what " + instance.name + " knows");
}

Result<LeaseOutcome> LeaseKeeper::rebuild(const std::string& group, Deadline deadline) {
  std::shared_ptr<const Domain> domain;
  {
    const MutexLock guard(mutex_);
    domain = domain_;
  }
  const Group* const found = domain == nullptr ? nullptr : domain->group(group);
  std::shared_ptr<store::StoreClient> client;
  parts_.loop->run([&] { client = client_; });
  if (found == nullptr || client == nullptr)
    return make_error<MsgId::HWREFUSED>("record of " + group, "no leases are kept at this node");
  LeaseRebuild rebuild(parts_.loop, client, {domain->etcd.prefix, domain->domain.name}, group);
  HW_TRY_VOID(rebuild.begin(deadline));
  std::vector<lease::EpochAnswer> answers;
  for (const std::string& name : found->instances) {
    const Instance* const instance = domain->instance(name);
    if (instance == nullptr || instance->priority <= 0) continue;
    HW_TRY(lease::EpochAnswer said, epochs_of(*instance, group, deadline));
    answers.push_back(std::move(said));
  }
  HW_TRY(const std::uint64_t epoch, rebuild.put(answers, deadline));
  return LeaseOutcome{epoch};
}

void LeaseKeeper::fill(InstanceReport& report) const {
  const MutexLock guard(mutex_);
  const auto found = views_.find(report.name);
  if (found == views_.end() || found->second.epoch == 0) return;
  const LeaseView& view = found->second;
  const std::uint64_t now = boot_clock_ns();
  const std::uint64_t left = view.deadline_ns > now ? view.deadline_ns - now : 0;
  report.lease_left_s = static_cast<double>(left) / 1e9;
  report.failsafe = view.state == lease::State::Failsafe;
}

bool LeaseKeeper::store_answers() const {
  const std::uint64_t last = answered_ns_.load();
  return last != 0 && boot_clock_ns() - last <= kAnswersNs;
}

std::vector<BoardProblem> LeaseKeeper::problems() const {
  std::vector<BoardProblem> out;
  const MutexLock guard(mutex_);
  const auto add = [&](const Error& error) {
    out.push_back(
        {severity_letter(error.severity), std::string(message_row(error.id).name), error.text, parts_.board.node()});
  };
  for (const auto& [instance, view] : views_) {
    if (view.record_gone) add(make_error<MsgId::HWEPOCHBACK>(0, view.known_epoch));
    if (view.state == lease::State::Fenced) add(make_error<MsgId::HWLEASEOVER>(view.group));
  }
  return out;
}

}  // namespace hw::cluster

#include "cluster/agent/instance_lease.h"

#include <algorithm>
#include <chrono>
#include <random>
#include <utility>

#include "cluster/site/remote_site.h"
#include "engine/base/clock.h"

namespace hw::cluster {
namespace {

constexpr std::chrono::seconds kStep{10};       ///< a step at the instance: the commit lock, a receiver that ends
constexpr std::chrono::seconds kAnswer{1};      ///< another agent's: what comes later is of no use
constexpr std::chrono::seconds kApplied{3600};  ///< the machine gives a drain up before

Deadline in(std::chrono::seconds time) { return std::chrono::steady_clock::now() + time; }

std::uint64_t ns_of(Milliseconds time) { return static_cast<std::uint64_t>(std::chrono::nanoseconds(time).count()); }

std::uint64_t new_run() {
  std::random_device random;
  const std::uint64_t run = (std::uint64_t{random()} << 32) | random();
  return run == 0 ? 1 : run;
}

/// The pool has gone, and with it what was to be taken away from it: a new one has nothing of it.
bool has_no_pool(const Error& error) { return error.id == MsgId::NOJNLPOOL || error.id == MsgId::REPLREQROLLBACK; }

Status without_pool_is_well(Status status) {
  return !status.has_value() && has_no_pool(status.error()) ? Status() : std::move(status);
}

BoardLease lease_of(lease::RecordState state) {
  switch (state) {
    case lease::RecordState::Held:
      return BoardLease::Held;
    case lease::RecordState::Released:
      return BoardLease::Released;
    case lease::RecordState::Down:
      break;
  }
  return BoardLease::Down;
}

/// First seqno that it has not: applied or not.
std::uint64_t next_of(std::uint64_t next_seqno, std::uint64_t received_seqno) {
  return std::max(next_seqno, received_seqno + 1);
}

/// Its engine servers are to run, as the orders have it.
bool is_wanted_up(const Board& board, const std::string& group, const std::string& node) {
  return std::ranges::any_of(board.servers, [&](const BoardServer& server) {
    return server.group == group && server.node == node && server.kind <= ServerKind::Receiver &&
           server.wanted == Wanted::Up && !server.hold;
  });
}

}  // namespace

lease::Config InstanceLease::config_of(const Domain& domain, const Group& group, const std::string& self) {
  lease::Config config;
  config.group = group.name;
  config.self = self;
  for (const std::string& name : group.instances) {
    const Instance* const instance = domain.instance(name);
    if (instance != nullptr && instance->priority > 0)
      config.members.push_back({name, static_cast<int>(instance->priority)});
  }
  config.failover = group.failover;
  config.max_loss = group.max_loss;
  config.ttl_ns = ns_of(domain.lease.ttl);
  config.margin_ns = ns_of(domain.lease.margin);
  config.renew_ns = ns_of(domain.lease.renew);
  config.retry_ns = ns_of(domain.lease.retry);
  config.drain_ns = ns_of(group.drain);
  return config;
}

InstanceLease::InstanceLease(Parts parts, std::shared_ptr<const Domain> domain, const Group& group,
                             const Instance& instance)
    : parts_(std::move(parts)),
      domain_(std::move(domain)),
      group_(group.name),
      self_(instance.name),
      config_(config_of(*domain_, group, instance.name)),
      note_file_(parts_.notes, instance.name) {
  // Who was a candidate has the time to be heard: a root whose agent comes back names it again at once.
  if (const Board board = parts_.board.board(); const BoardGroup* const shown = board.group(group_))
    for (const std::string& name : shown->candidates) well_ns_[name] = boot_clock_ns();
}

template <typename Value>
void InstanceLease::later(std::function<Value()> work, std::function<void(Value)> then) {
  const auto loop = parts_.loop;
  const Status taken = parts_.workers.run([loop, held = std::weak_ptr<int>(life_), work = std::move(work), then] {
    auto value = std::make_shared<Value>(work());
    loop->post([held, then, value] {
      if (held.lock() != nullptr) then(std::move(*value));
    });
  });
  if (taken.has_value()) return;
  loop->post([held = std::weak_ptr<int>(life_), then, error = taken.error()] {
    if (held.lock() != nullptr) then(Value(error));
  });
}

void InstanceLease::tell(lease::Event event) {
  if (driver_ != nullptr) driver_->tell(std::move(event));
}

// ---- its beginning ----

void InstanceLease::begin() {
  const auto read = [site = &parts_.site, note_file = note_file_, self = self_]() -> Result<Beginning> {
    Beginning beginning;
    HW_TRY(beginning.note, note_file.read());
    HW_TRY(const std::string file, site->instance_file(self));
    HW_TRY(beginning.fence, read_fence(file));
    HW_TRY(const InstanceLook look, site->look(self));
    if (look.position.last_root == self) beginning.last_epoch = look.position.last_epoch;
    return beginning;
  };
  later<Result<Beginning>>(read, [this](Result<Beginning> beginning) { begun(std::move(beginning)); });
}

void InstanceLease::begun(Result<Beginning> beginning) {
  looking_ = false;
  if (driver_ != nullptr) return;
  if (!beginning.has_value()) {
    // One that is not made yet, most often; it is tried again each second.
    if (std::exchange(told_, beginning.error().text) != beginning.error().text) parts_.log.report(beginning.error());
    return;
  }
  told_.clear();
  lease::event::Start start{.run = new_run(),
                            .note = beginning->note,
                            .known_epoch = beginning->fence.known_epoch,
                            .last_epoch = beginning->last_epoch};
  if (const auto& pool = beginning->fence.pool) {
    pool_ = pool->uid;
    start.pool_epoch = pool->epoch;
    start.pool_deadline_ns = pool->deadline_ns;
    start.pool_updates_on = pool->updates_enabled;
  }
  driver_ =
      std::make_unique<lease::LeaseDriver>(parts_.client, parts_.keys, config_, *this, [] { return boot_clock_ns(); });
  driver_->start(start);
}

// ---- what is seen ----

void InstanceLease::look(const std::optional<InstanceFacts>& facts) {
  judge(facts ? &*facts : nullptr);
  if (std::exchange(looking_, true)) return;
  if (driver_ == nullptr) return begin();
  const auto read = [site = &parts_.site, self = self_]() -> Result<FenceState> {
    HW_TRY(const std::string file, site->instance_file(self));
    return read_fence(file);
  };
  later<Result<FenceState>>(read, [this](const Result<FenceState>& fence) {
    looking_ = false;
    seen(fence);
  });
}

void InstanceLease::seen(const Result<FenceState>& fence) {
  if (!fence.has_value()) return;  // What it says then the prober has seen, too.
  if (fence->known_epoch > driver_->machine().known_epoch()) tell(lease::event::EpochHeard{fence->known_epoch});
  if (!fence->pool || fence->pool->uid == pool_) return;
  const bool is_another = std::exchange(pool_, fence->pool->uid) != 0;
  // Of a reign that this machine has begun in it already there is nothing to begin anew.
  if (is_another || driver_->machine().own_epoch() != 0) {
    if (fence->pool->epoch == 0) tell(lease::event::PoolAnew{});
  }
}

/// What the machine is to know of the instance and its group.
void InstanceLease::judge(const InstanceFacts* facts) {
  const Board board = parts_.board.board();
  const bool wanted = is_wanted_up(board, group_, parts_.board.node());
  // A former root that has not rejoined may have what the others have not, and lack what they have.
  const BoardGroup* const shown = board.group(group_);
  const bool is_other_reign = shown != nullptr && !shown->holder.empty() && shown->holder != self_;
  const bool fits = facts != nullptr && !(is_other_reign && facts->report.role == BoardRole::Root);
  situation_.ready = fits && facts->up && wanted && facts->report.needs.empty();
  if (facts != nullptr) situation_.seqno = next_of(facts->report.next_seqno, facts->report.received_seqno);
  situation_.candidates = candidates(board);
  note_pause(board);
  const bool failed = std::ranges::any_of(board.servers, [&](const BoardServer& server) {
    return server.group == group_ && server.node == parts_.board.node() && server.kind == ServerKind::Source &&
           server.state == BoardServerState::Failed;
  });
  const bool is_root = driver_ != nullptr && driver_->machine().own_epoch() != 0;
  if (is_root && failed && facts != nullptr && !facts->up) tell(lease::event::GaveUp{});
}

/// Fed by this one, or by the root as long as that is another, and near enough: one that is so no more stays for
/// drop_s.
std::vector<std::string> InstanceLease::candidates(const Board& board) {
  std::vector<std::string> names;
  const Group& group = *domain_->group(group_);
  const BoardGroup* const shown = board.group(group_);
  const std::uint64_t now = boot_clock_ns();
  for (const lease::Member& member : config_.members) {
    if (member.name == self_) continue;
    const BoardInstance* const other = board.instance(member.name);
    const BoardNode* const node = other == nullptr ? nullptr : board.node(other->node);
    if (node == nullptr || node->state == NodeState::Cleaned) {
      well_ns_.erase(member.name);
      continue;
    }
    const bool fed =
        !other->fed_by.empty() && (other->fed_by == self_ || (shown != nullptr && other->fed_by == shown->holder));
    const bool near = !other->lag.seconds || *other->lag.seconds * 1000 <= static_cast<double>(group.max_lag.count());
    const bool well =
        node->state == NodeState::Running && other->role == BoardRole::Secondary && other->needs.empty() && fed && near;
    if (well) well_ns_[member.name] = now;
    const auto last = well_ns_.find(member.name);
    const bool is_root = other->role == BoardRole::Root;
    if (!is_root && last != well_ns_.end() && now - last->second <= ns_of(group.drop)) names.push_back(member.name);
  }
  return names;
}

void InstanceLease::note_pause(const Board& board) {
  if (driver_ == nullptr || board.paused_until_us == paused_until_us_) return;
  paused_until_us_ = board.paused_until_us;
  const std::uint64_t now_us = wall_clock_us();
  if (paused_until_us_ <= now_us) return tell(lease::event::Resume{});
  if (paused_until_us_ == kUntilResume_us) return tell(lease::event::Pause{~std::uint64_t{0}});
  tell(lease::event::Pause{boot_clock_ns() + (paused_until_us_ - now_us) * 1000});
}

void InstanceLease::record_changed() { tell(lease::event::Changed{}); }

// ---- what is asked ----

std::uint64_t InstanceLease::ask(const LeaseRequest& request, LeaseWaits::Done done) {
  if (driver_ == nullptr) {
    done(make_error<MsgId::HWREFUSED>("lease of " + self_, told_.empty() ? "its agent has just started" : told_));
    return 0;
  }
  const std::uint64_t number = waits_.add(request, driver_->machine(), std::move(done));
  if (number == 0) return 0;
  if (auto event = LeaseWaits::event_of(request))
    driver_->tell(*std::move(event));
  else
    waits_.look(driver_->machine());
  return number;
}

Result<lease::EpochAnswer> InstanceLease::epochs() {
  if (driver_ == nullptr)
    return make_error<MsgId::HWREMOTE>(parts_.board.node(), "what " + self_ + " knows is not read");
  return driver_->answer_epoch(situation_.seqno);
}

void InstanceLease::confirm_asked(const ConfirmQuestion& question, const std::shared_ptr<Answer>& answer) {
  // Before it has read its note it can say neither yes nor no.
  if (driver_ == nullptr) return answer->last(encode_confirm({false, 0}));
  questions_.push_back({question.from, question.round, answer});
  tell(lease::event::ConfirmAsked{question.from, question.round, question.epoch});
}

// ---- disk ----

void InstanceLease::write_note(const lease::Note& note, Done done) {
  later<Status>([file = note_file_, note] { return file.write(note); }, std::move(done));
}

void InstanceLease::drop_note(Done done) {
  later<Status>([file = note_file_] { return file.drop(); }, std::move(done));
}

void InstanceLease::keep_epoch(std::uint64_t epoch, Done done) {
  const auto keep = [site = &parts_.site, self = self_, epoch]() -> Status {
    HW_TRY(const std::string file, site->instance_file(self));
    return hw::learn_epoch(file, epoch);
  };
  later<Status>(keep, std::move(done));
}

// ---- journal pool ----

void InstanceLease::set_deadline(std::uint64_t deadline_ns) {
  const Status set = parts_.site.set_lease_deadline(self_, deadline_ns);
  if (!set.has_value() && !has_no_pool(set.error())) report(set.error());
}

void InstanceLease::stop_updates(Done done) {
  const auto stop = [site = &parts_.site, self = self_] {
    return without_pool_is_well(site->stop_leased_updates(self, in(kStep)));
  };
  later<Status>(stop, std::move(done));
}

void InstanceLease::allow_updates(Done done) {
  const auto allow = [site = &parts_.site, self = self_] {
    return without_pool_is_well(site->allow_leased_updates(self, in(kStep)));
  };
  later<Status>(allow, std::move(done));
}

void InstanceLease::updates_on(Done done) {
  const auto put_on = [site = &parts_.site, self = self_] { return site->leased_updates_on(self, in(kStep)); };
  later<Status>(put_on, [this, promotion = promotion_, done = std::move(done)](const Status& on) {
    done(on);
    if (!on.has_value()) tell(lease::event::PromoteFailed{promotion});
  });
}

void InstanceLease::promote(const lease::action::Promote& action) {
  promotion_ = action.promotion;
  const std::chrono::milliseconds patience = domain_->group(group_)->drain;
  const auto begin_reign = [site = &parts_.site, self = self_, epoch = action.epoch, patience]() -> Status {
    HW_TRY(const Position own, site->position(self, in(kStep)));
    // What was received, and counted when it was chosen, is applied before its receiver ends.
    const std::uint64_t below = next_of(own.next_seqno, own.received_seqno);
    if (own.role != BoardRole::Root && below > own.next_seqno)
      HW_TRY_VOID(site->wait_applied(self, below, std::chrono::steady_clock::now() + patience));
    return site->promote(self, epoch, in(kStep));
  };
  later<Status>(begin_reign, [this, promotion = action.promotion](const Status& promoted) {
    if (promoted.has_value()) return tell(lease::event::Promoted{promotion});
    report(promoted.error());
    tell(lease::event::PromoteFailed{promotion});
  });
}

void InstanceLease::run_commit_scripts(const lease::action::RunCommitScripts& action) {
  tell(lease::event::Committed{action.promotion});  // This release has no resources.
}

// ---- other agents ----

void InstanceLease::drain(const lease::action::Drain& action) {
  const Instance* const to = domain_->instance(action.to);
  if (to == nullptr) return;
  const auto wait = [site = &parts_.site, links = &parts_.links, self = self_, to = action.to,
                     node = to->node]() -> Status {
    // The stop flag is set: nothing is made behind this.
    HW_TRY(const Position own, site->position(self, in(kAnswer)));
    RemoteSite other(node, [links, node](const std::string& verb, const std::string& body, Deadline deadline) {
      return links->ask(node, verb, body, deadline);
    });
    return other.wait_applied(to, own.next_seqno, in(kApplied));
  };
  later<Status>(wait, [this, drain = action.drain](const Status& applied) {
    if (applied.has_value()) return tell(lease::event::Applied{drain});
    report(Error(applied.error()).as(Severity::Warning));
  });
}

void InstanceLease::ask_confirm(const lease::action::AskConfirm& action) {
  for (const std::string& name : action.members) {
    const Instance* const member = domain_->instance(name);
    if (member == nullptr) continue;  // Its yes is missing, then.
    AgentReply reply;
    reply.on_end = [this, held = std::weak_ptr<int>(life_), loop = parts_.loop, name,
                    round = action.round](const Result<std::string>& said) {
      loop->post([this, held, name, round, said] {
        if (held.lock() == nullptr || !said.has_value()) return;
        const auto answer = decode_confirm(*said);
        if (!answer.has_value()) return;
        if (!answer->yes && answer->known_epoch != 0) tell(lease::event::EpochHeard{answer->known_epoch});
        tell(lease::event::ConfirmAnswered{name, round, answer->yes});
      });
    };
    const ConfirmQuestion question{group_, name, self_, action.round, action.epoch};
    parts_.links.request(member->node, std::string(kConfirmVerb), encode_question(question), in(kAnswer),
                         std::move(reply));
  }
}

void InstanceLease::answer_confirm(const lease::action::AnswerConfirm& action) {
  const auto found = std::ranges::find_if(
      questions_, [&](const Question& one) { return one.from == action.to && one.round == action.round; });
  if (found == questions_.end()) return;
  const std::shared_ptr<Answer> answer = found->answer;
  questions_.erase(found);
  answer->last(encode_confirm({action.yes, action.known_epoch}));
}

void InstanceLease::ask_positions(const lease::action::AskPositions& action) {
  for (const std::string& name : action.members) {
    const Instance* const member = domain_->instance(name);
    if (member == nullptr) continue;
    const auto ask = [links = &parts_.links, node = member->node, name]() -> Result<Position> {
      RemoteSite other(node, [links, node](const std::string& verb, const std::string& body, Deadline deadline) {
        return links->ask(node, verb, body, deadline);
      });
      return other.position(name, in(kAnswer));
    };
    later<Result<Position>>(ask, [this, name, query = action.query](const Result<Position>& position) {
      if (!position.has_value() || !position->up) return;
      tell(lease::event::Position{name, query, next_of(position->next_seqno, position->received_seqno)});
    });
  }
}

// ---- what others are told ----

void InstanceLease::follow_holder(const lease::action::FollowHolder& action) {
  // Who feeds it, and that it rejoins, the coordinator sees to: it reads the record, too.
  parts_.log.line(fmt::format("{}: {} is root of {}, epoch {}", self_, action.holder, group_, action.epoch));
}

void InstanceLease::report(const Error& error) {
  parts_.log.report(error);
  waits_.said(error);
}

void InstanceLease::store_failed(const Error& error) {
  if (std::exchange(told_, error.text) != error.text) parts_.log.report(Error(error).as(Severity::Warning));
}

void InstanceLease::settled() {
  if (driver_ == nullptr) return;
  const lease::Machine& machine = driver_->machine();
  note_record();
  note_reign();
  parts_.told(self_, {.group = group_,
                      .state = machine.state(),
                      .epoch = machine.own_epoch(),
                      .known_epoch = machine.known_epoch(),
                      .deadline_ns = machine.deadline_ns(),
                      .record_gone = machine.record_gone()});
  waits_.look(machine);
}

void InstanceLease::note_record() {
  const auto& stored = driver_->machine().record();
  if (!stored || stored->revision == record_noted_) return;
  told_.clear();
  record_noted_ = stored->revision;
  const lease::Record& record = stored->record;
  RecordCopy copy{.group = group_, .record = {}};
  copy.record.holder = record.holder;
  copy.record.lease = lease_of(record.state);
  copy.record.epoch = lease::epoch_of(*stored);
  copy.record.revision = stored->revision;
  copy.record.seqno = record.seqno;
  copy.record.candidates = record.candidates;
  parts_.board.note_record(copy);
}

void InstanceLease::note_reign() {
  const lease::Machine& machine = driver_->machine();
  if (machine.state() != lease::State::Root || machine.own_epoch() == reign_noted_) return;
  reign_noted_ = machine.own_epoch();
  const HistoryWish wish{"agent", parts_.board.node(), fmt::format("{} takes {}", self_, group_), "the lease is its"};
  // It writes a file: not in the loop.
  later<Status>(
      [history = &parts_.history, wish, epoch = reign_noted_, group = group_]() -> Status {
        history->note(wish, HistoryResult::Done, epoch, group);
        return {};
      },
      [](const Status&) {});
}

}  // namespace hw::cluster

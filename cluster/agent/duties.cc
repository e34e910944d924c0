#include "cluster/agent/duties.h"

#include <algorithm>
#include <utility>

#include "cluster/agent/coordinator_rule.h"
#include "cluster/agent/unfinished_change.h"

namespace hw::cluster {
namespace {

constexpr unsigned kBeatsPerSave = 10;
constexpr std::chrono::seconds kReign{10};        ///< that a root may take to go on
constexpr std::chrono::seconds kSettle{5};        ///< in which a change of root that is under way ends
constexpr std::chrono::seconds kRejoinAgain{30};  ///< a rejoin that failed is asked for again
constexpr std::chrono::seconds kBehind{10};       ///< then the node starts with the generation that it has

ServerRef ref_of(const ServerView& view, const Domain& domain) {
  return {server_kind(view.key.name, domain), view.key.name, view.key.group, view.key.number};
}

void note_later(MayGoOn& may, const std::string& instance, std::uint64_t epoch) {
  may.over_by = instance;
  may.over_epoch = epoch;
}

BoardProblem problem(const Error& error, const std::string& node) {
  return {severity_letter(error.severity), std::string(message_row(error.id).name), error.text, node};
}

}  // namespace

Duties::Duties(Parts parts) : parts_(std::move(parts)) {
  // Without a configuration nothing can be wanted here: what is booted later is asked for.
  if (parts_.config.current().domain == nullptr && !parts_.passive) started_ = looked_ = true;
}

void Duties::in_worker(Once& once, std::function<void()> work) {
  if (once.under_way.exchange(true)) return;
  const Status begun = parts_.workers.run([&once, work = std::move(work)] {
    work();
    once.under_way = false;
  });
  if (begun.has_value()) return;
  once.under_way = false;
  parts_.log.report(begun.error());
}

void Duties::report(const Status& status) {
  if (!status.has_value()) parts_.log.report(status.error());
}

void Duties::beat(std::chrono::steady_clock::time_point now) {
  parts_.heartbeat.beat(now);
  parts_.coordinator.note_settled(parts_.heartbeat.is_settled());
  parts_.commands.look_again();
  tend_orders();
  prefer_first(now);
  own_start();
  if (++beats_ % kBeatsPerSave == 0) in_worker(saving_, [this] { report(parts_.board.save()); });
}

void Duties::heard(const HeartbeatMessage& message, const BoardChange& change) {
  parts_.coordinator.note_settled(parts_.heartbeat.is_settled());
  const CoordinatorOrder own = parts_.board.orders().coordinator;
  std::string& said = differs_[message.node];
  // Of two, the one of the lower number is dropped: by it, when it hears of the other.
  const bool differs = !message.coordinator.node.empty() && !own.node.empty() && message.coordinator.node != own.node;
  if (differs && said != message.coordinator.node)
    parts_.log.report(make_error<MsgId::HWMASTERDIFF>(message.node, message.coordinator.node));
  said = differs ? message.coordinator.node : "";
  if (change.orders) {
    parts_.commands.look_again();
    in_worker(saving_, [this] { report(parts_.board.save()); });
  }
  newest_generation_ = std::max(newest_generation_, message.generation);
  if (parts_.coordinator.is_here()) bring_up(message.node, message.generation);
}

void Duties::silent(const std::string& node) {
  const std::string why = fmt::format("no answer in {} s", kSilence.count());
  parts_.log.report(make_error<MsgId::HWREMOTE>(node, why).as(Severity::Warning));
}

void Duties::tend_orders() {
  if (parts_.config.current().domain == nullptr || !parts_.coordinator.is_settled()) return;
  in_worker(tending_, [this] {
    const auto took = parts_.coordinator.take_if_first();
    if (!took.has_value()) return parts_.log.report(took.error());
    if (*took)
      parts_.history.note({"agent", parts_.board.node(), "master " + parts_.board.node(), "the first there is"},
                          HistoryResult::Done);
    take_lost_seat();
    report(parts_.coordinator.tend());
    look_at_roots();
  });
}

void Duties::take_lost_seat() {
  const std::string before = parts_.board.orders().coordinator.node;
  const auto took = parts_.coordinator.take_if_lost(parts_.store_answers());
  if (!took.has_value()) return parts_.log.report(took.error());
  if (*took)
    parts_.history.note({"agent", parts_.board.node(), "master " + parts_.board.node(), before + " is silent"},
                        HistoryResult::Done);
}

void Duties::prefer_first(std::chrono::steady_clock::time_point now) {
  const NamedDomain current = parts_.config.current();
  if (current.domain == nullptr) return;
  const Board board = parts_.board.board();
  const auto& keys = current.domain->domain;
  const bool is_first = !keys.master.empty() && keys.master.front() == parts_.board.node();
  const bool waits = is_first && keys.prefer_first.count() > 0 && board.paused_until_us == 0 &&
                     !board.coordinator.node.empty() && board.coordinator.node != parts_.board.node() &&
                     is_heard(board, board.coordinator.node);
  if (!waits) return may_take_back_since_.reset();
  if (!may_take_back_since_) may_take_back_since_ = now;
  if (now - *may_take_back_since_ < keys.prefer_first) return;
  may_take_back_since_ = now;
  in_worker(taking_back_, [this] { report(parts_.masters.take_back()); });
}

void Duties::bring_up(const std::string& node, std::uint64_t has) {
  const NamedDomain current = parts_.config.current();
  if (current.domain == nullptr || has >= current.number) return;
  const Node* const target = current.domain->node(node);
  if (target == nullptr) return;
  in_worker(bringing_, [this, current, target] {
    Status given;
    if (const auto generation = parts_.config.text(current.number); !generation.has_value())
      given = generation.error();
    else if (given = parts_.config_nodes.put(*target, *generation); given.has_value())
      given = parts_.config_nodes.make_current(*target, {current.number, current.sha256});
    if (given.has_value())
      parts_.log.line(fmt::format("{} has generation {} now", target->name, current.number));
    else
      parts_.log.report(given.error());
  });
}

bool Duties::may_probe() const {
  // What runs and is not wanted any more must not be taken for new by the coordinator.
  return looked_ || parts_.passive || parts_.config.current().domain == nullptr;
}

void Duties::probe() {
  if (may_probe()) in_worker(probing_, [this] { parts_.prober.probe(); });
}

void Duties::probe_now() {
  if (may_probe()) parts_.prober.probe();
}

// ---- its own start ----

void Duties::own_start() {
  if (parts_.passive || parts_.config.current().domain == nullptr) return;
  const bool alone = parts_.heartbeat.is_settled();  // Nobody else, or nobody who has answered for 3 s.
  if (!started_ && !parts_.heartbeat.has_company() && !alone) return;
  if (started_ && !waits_for_root_) return;
  // A generation that became current while this node was away comes before anything starts.
  const bool behind = parts_.config.current().number < newest_generation_;
  if (behind && std::chrono::steady_clock::now() - began_ < kBehind) return;
  in_worker(starting_, [this] { run_own_start(); });
}

OwnStartDoing Duties::doing() {
  OwnStartDoing out{.site = parts_.site,
                    .say = [this](const Error& error) { parts_.log.report(error); },
                    .line = [this](const std::string& text) { parts_.log.line(text); },
                    .ask_rejoin = parts_.ask_rejoin,
                    .accepts =
                        [this](const std::string& instance) {
                          const auto facts = parts_.prober.instances();
                          return std::ranges::any_of(facts, [&](const InstanceFacts& one) {
                            return one.report.name == instance && one.report.accepting;
                          });
                        },
                    .wanted =
                        [this](const ServerRef& server) {
                          return is_wanted_here(parts_.board.board(), parts_.board.node(), server);
                        }};
  return out;
}

void Duties::run_own_start() {
  if (started_) {
    after_root_ = start_after_root(after_root_, doing());
    waits_for_root_ = !after_root_.empty();
    return;
  }
  const auto domain = parts_.config.domain(0);
  std::vector<ServerRef> running;
  for (const ServerView& view : parts_.servers())
    if (view.state != ServerState::Down) running.push_back(ref_of(view, *domain));
  const OwnStartPlan plan = plan_own_start(*domain, parts_.board.board(), parts_.board.node(), running);
  end_unwanted(plan, doing());
  looked_ = true;
  if (plan.empty()) {
    started_ = true;
    return;
  }
  const HistoryEntry entry = parts_.history.begin({"agent", parts_.board.node(), "start of what the board wants", ""});
  after_root_ = do_own_start(plan, doing());
  waits_for_root_ = !after_root_.empty();
  parts_.history.end(entry, HistoryResult::Done);
  started_ = true;
}

// ---- a root that may go on ----

void Duties::look_at_roots() {
  std::vector<BoardProblem> found;
  const Board board = parts_.board.board();
  const NamedDomain current = parts_.config.current();
  if (current.domain != nullptr && parts_.coordinator.is_here() && first_is_back(*current.domain, board)) {
    const std::string& first = current.domain->domain.master.front();
    const Error back = make_error<MsgId::HWMASTERBACK>(first, first);
    tell_once("master", back);
    found.push_back(problem(back, first));
  } else {
    told_.erase("master");
  }
  if (const auto domain = parts_.config.domain(0); domain != nullptr && looked_) {
    look_at_former_roots(*domain, board, found);
    look_at_overtaken(*domain, board);
    look_at_changes(*domain, board);
  }
  const MutexLock guard(mutex_);
  problems_ = std::move(found);
}

void Duties::look_at_former_roots(const Domain& domain, const Board& board, std::vector<BoardProblem>& found) {
  for (const FormerRoot& former : former_roots(domain, board, parts_.board.node(), parts_.prober.instances())) {
    if (former.may.yes)
      let_go_on(domain, board, former, found);
    else
      found.push_back(problem(problem_of(former), parts_.board.node()));
  }
}

void Duties::look_at_overtaken(const Domain& domain, const Board& board) {
  const auto overtaken = overtaken_roots(domain, board, parts_.board.node(), parts_.prober.instances());
  std::erase_if(rejoin_at_, [&](const auto& one) {
    return std::ranges::find(overtaken, one.first, &Overtaken::instance) == overtaken.end();
  });
  // The own start asks for those that are down.
  for (const Overtaken& one : overtaken)
    if (one.is_up || started_) make_step_down(one);
}

void Duties::make_step_down(const Overtaken& overtaken) {
  const auto now = std::chrono::steady_clock::now();
  const HistoryWish wish{"agent", parts_.board.node(), fmt::format("{} stops updates", overtaken.instance),
                         fmt::format("{} has epoch {}", overtaken.group, overtaken.epoch)};
  // The last probe may be older than a change of root that is under way.
  const auto position = parts_.site.position(overtaken.instance, now + kReign);
  if (position.has_value() && position->accepting && position->pool_epoch < overtaken.epoch) {
    const Status stopped = parts_.site.give_up(overtaken.instance, now + kReign);
    if (!stopped.has_value()) return tell_once(overtaken.instance, stopped.error());
    parts_.history.note(wish, HistoryResult::Done, overtaken.epoch, overtaken.group);
  }
  if (const Status known = parts_.site.learn_epoch(overtaken.instance, overtaken.epoch, now + kReign);
      !known.has_value())
    return tell_once(overtaken.instance, known.error());
  // A switchover that is under way does it.
  const auto [at, is_new] = rejoin_at_.try_emplace(overtaken.instance, now + kSettle);
  if (!overtaken.rejoins || now < at->second) return;
  at->second = now + kRejoinAgain;
  in_worker(rejoining_, [this, instance = overtaken.instance] {
    const Status rejoined = parts_.ask_rejoin(instance);
    if (!rejoined.has_value()) parts_.log.report(make_error<MsgId::HWREJOIN>(instance, rejoined.error().text));
  });
}

void Duties::look_at_changes(const Domain& domain, const Board& board) {
  const bool is_here = parts_.coordinator.is_here();
  const bool leased = board.dcs == Dcs::Etcd;
  auto unfinished = is_here ? unfinished_changes(domain, board) : std::vector<std::string>();
  if (is_here && leased) unfinished = unsettled_groups(board, parts_.board.orders());
  std::erase_if(end_at_, [&](const auto& one) { return std::ranges::find(unfinished, one.first) == unfinished.end(); });
  const auto now = std::chrono::steady_clock::now();
  for (const std::string& group : unfinished) {
    // A root that crashed, or a command that has just begun, is not on the board yet.
    // With a lease the record says that it is over.
    const auto [at, is_new] = end_at_.try_emplace(group, leased ? now : now + kSettle);
    if (now < at->second) continue;
    at->second = now + kRejoinAgain;
    in_worker(ending_change_, [this, group] { report(parts_.end_change(group)); });
  }
}

void Duties::let_go_on(const Domain& domain, const Board& board, FormerRoot former, std::vector<BoardProblem>& found) {
  // The board is of the last second: what others know by now they say themselves.
  for (const std::string& name : who_must_answer(domain, board, former)) {
    const auto position = parts_.ask_position(domain.instance(name)->node, name);
    if (!position.has_value())
      former.may.waits_for.push_back(name);
    else if (position->known_epoch > std::max(former.epoch, former.may.over_epoch))
      note_later(former.may, name, position->known_epoch);
  }
  if (!former.may.waits_for.empty() || !former.may.over_by.empty())
    return found.push_back(problem(problem_of(former), parts_.board.node()));
  const Deadline deadline = std::chrono::steady_clock::now() + kReign;
  const HistoryWish wish{"agent", parts_.board.node(),
                         fmt::format("{} goes on as root of {}", former.instance, former.group),
                         "no later reign is known"};
  const Status reigns = parts_.site.reign(former.instance, former.epoch, deadline);
  // It is tried again each second.
  if (!reigns.has_value()) return tell_once(former.instance, reigns.error());
  told_.erase(former.instance);
  parts_.history.note(wish, HistoryResult::Done, former.epoch, former.group);
}

void Duties::tell_once(const std::string& about, const Error& error) {
  if (std::exchange(told_[about], error.text) != error.text) parts_.log.report(error);
}

std::vector<BoardProblem> Duties::problems() const {
  const MutexLock guard(mutex_);
  return problems_;
}

}  // namespace hw::cluster

#include "cluster/agent/lease_wait.h"

#include <algorithm>

namespace hw::cluster {
namespace {

bool makes_root(LeaseWish wish) {
  return wish == LeaseWish::Boot || wish == LeaseWish::Failover || wish == LeaseWish::Await;
}

/// Whether what was said is the end of what was asked.
bool ends(LeaseWish wish, MsgId said) {
  switch (said) {
    case MsgId::HWLEASEVALID:
    case MsgId::HWNOCAND:
      return wish == LeaseWish::Failover;
    case MsgId::HWEPOCHBACK:
    case MsgId::HWEPOCHOLD:
    case MsgId::HWEPOCHCLASH:
      return makes_root(wish);
    case MsgId::HWFAILSAFE:
    case MsgId::HWSWITCHBACK:
      return wish == LeaseWish::Release;
    default:
      return false;
  }
}

/// It is so; none: not yet.
std::optional<LeaseOutcome> outcome_of(const LeaseRequest& request, std::uint64_t epoch,
                                       const lease::Machine& machine) {
  using lease::State;
  const State state = machine.state();
  if (makes_root(request.wish)) {
    // Without the store, too, it takes updates.
    if (state == State::Root || state == State::Failsafe) return LeaseOutcome{machine.own_epoch()};
    return std::nullopt;
  }
  if (machine.own_epoch() != 0 || state == State::Start || state == State::Take) return std::nullopt;
  if (request.wish == LeaseWish::Release) return LeaseOutcome{epoch};
  const auto& record = machine.record();
  const bool is_held =
      record && record->record.holder == request.instance && record->record.state == lease::RecordState::Held;
  if (is_held) return std::nullopt;
  return LeaseOutcome{epoch};
}

}  // namespace

std::optional<lease::Event> LeaseWaits::event_of(const LeaseRequest& request) {
  switch (request.wish) {
    case LeaseWish::Boot:
      return lease::event::Boot{request.none_known};
    case LeaseWish::Failover:
      return lease::event::Failover{request.force, request.confirmed};
    case LeaseWish::Release:
      return lease::event::Release{request.to, false};
    case LeaseWish::Down:
      return lease::event::Down{};
    case LeaseWish::Await:
      break;
  }
  return std::nullopt;
}

std::uint64_t LeaseWaits::add(const LeaseRequest& request, const lease::Machine& machine, Done done) {
  if (request.wish == LeaseWish::Release && machine.own_epoch() == 0) {
    done(make_error<MsgId::HWREFUSED>("release of " + request.instance, "it is not root"));
    return 0;
  }
  waiting_.push_back({++last_, request, machine.own_epoch(), std::move(done)});
  return last_;
}

void LeaseWaits::give_up(std::uint64_t number) {
  std::erase_if(waiting_, [&](const Waiting& one) { return one.number == number; });
}

void LeaseWaits::said(const Error& error) {
  std::list<Waiting> over;
  for (auto each = waiting_.begin(); each != waiting_.end();) {
    const auto next = std::next(each);
    if (ends(each->request.wish, error.id)) over.splice(over.end(), waiting_, each);
    each = next;
  }
  for (const Waiting& one : over) one.done(error);
}

void LeaseWaits::look(const lease::Machine& machine) {
  std::list<Waiting> over;
  for (auto each = waiting_.begin(); each != waiting_.end();) {
    const auto next = std::next(each);
    if (outcome_of(each->request, each->epoch, machine)) over.splice(over.end(), waiting_, each);
    each = next;
  }
  for (const Waiting& one : over) one.done(*outcome_of(one.request, one.epoch, machine));
}

}  // namespace hw::cluster

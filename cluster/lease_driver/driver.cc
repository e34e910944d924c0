#include "cluster/lease_driver/driver.h"

#include <algorithm>
#include <chrono>
#include <limits>
#include <utility>
#include <variant>

#include "engine/base/check.h"

namespace hw::cluster::lease {
namespace {

/// More ticks than the machine needs do no harm; the loop's clock stands still while the machine sleeps, this one's
/// does not.
constexpr std::uint64_t kTickNs = kSecondNs;

}  // namespace

LeaseDriver::LeaseDriver(const std::shared_ptr<store::StoreClient>& client, const store::StoreKeys& keys,
                         const Config& config, Hands& hands, Clock clock)
    : machine_(config),
      hands_(hands),
      clock_(std::move(clock)),
      timer_(client->settings()->loop),
      store_(
          client, keys, config.group, config.self,
          {[this](const Event& event) { tell(event); }, [this](const Error& error) { hands_.store_failed(error); }}) {}

LeaseDriver::~LeaseDriver() = default;

void LeaseDriver::tell(Event event) {
  events_.push_back(std::move(event));
  go_on();
}

void LeaseDriver::go_on() {
  if (std::exchange(running_, true)) return;
  while (!waiting_) {
    if (next_action_ < actions_.size()) {
      carry_out(actions_[next_action_++]);
    } else if (!events_.empty()) {
      const Event event = std::move(events_.front());
      events_.pop_front();
      step(event);
    } else {
      break;
    }
  }
  running_ = false;
  if (waiting_) return;
  set_timer();
  hands_.settled();
}

void LeaseDriver::step(const Event& event) {
  HW_CHECK_EQ(next_action_, actions_.size());  // The machine's actions are done in order, all before the next step.
  const Situation now = hands_.situation();
  next_action_ = 0;
  actions_ = machine_.step(clock_(), event, {.seqno = now.seqno, .ready = now.ready, .candidates = now.candidates});
}

void LeaseDriver::carry_out(const Action& action) {
  std::visit([this](const auto& each) { perform(each); }, action);
}

// ---- actions that the next one waits for ----

void LeaseDriver::when_done(const std::function<void(Hands::Done)>& begin, bool on_disk) {
  HW_CHECK(!waiting_);
  waiting_ = true;
  begin([this, held = std::weak_ptr<int>(life_), on_disk](const Status& outcome) {
    if (held.lock() != nullptr) done(outcome, on_disk);
  });
}

void LeaseDriver::done(const Status& outcome, bool on_disk) {
  HW_CHECK(waiting_);  // An outcome comes once.
  waiting_ = false;
  if (!outcome.has_value()) hands_.report(outcome.error());
  if (!outcome.has_value() && on_disk) {
    next_action_ = actions_.size();
    events_.emplace_front(event::DiskFailed{});
  }
  go_on();
}

void LeaseDriver::perform(const action::WriteNote& action) {
  when_done([&](Hands::Done then) { hands_.write_note(action.note, std::move(then)); }, /*on_disk=*/true);
}

void LeaseDriver::perform(const action::DropNote& /*action*/) {
  // One that stays is found at the next start, and made void there.
  when_done([&](Hands::Done then) { hands_.drop_note(std::move(then)); }, /*on_disk=*/false);
}

void LeaseDriver::perform(const action::KeepEpoch& action) {
  when_done([&](Hands::Done then) { hands_.keep_epoch(action.epoch, std::move(then)); }, /*on_disk=*/true);
}

void LeaseDriver::perform(const action::StopUpdates& /*action*/) {
  when_done([&](Hands::Done then) { hands_.stop_updates(std::move(then)); }, /*on_disk=*/false);
}

void LeaseDriver::perform(const action::AllowUpdates& /*action*/) {
  when_done([&](Hands::Done then) { hands_.allow_updates(std::move(then)); }, /*on_disk=*/false);
}

void LeaseDriver::perform(const action::UpdatesOn& /*action*/) {
  when_done([&](Hands::Done then) { hands_.updates_on(std::move(then)); }, /*on_disk=*/false);
}

// ---- time ----

void LeaseDriver::set_timer() {
  const std::uint64_t wake = machine_.wake_ns();
  if (wake == std::numeric_limits<std::uint64_t>::max()) return timer_.cancel();
  const std::uint64_t now = clock_();
  const std::uint64_t left = std::min(wake - std::min(wake, now), kTickNs);
  timer_.after(std::chrono::nanoseconds(left), [this] { tell(event::Tick{}); });
}

}  // namespace hw::cluster::lease

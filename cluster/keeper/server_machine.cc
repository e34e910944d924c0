#include "cluster/keeper/server_machine.h"

#include <csignal>

#include "engine/base/check.h"

namespace hw::cluster {
namespace {

using namespace std::chrono_literals;
using std::chrono::milliseconds;

constexpr milliseconds kAliveFor = 1s;

}  // namespace

std::string_view name_of(ServerState state) {
  switch (state) {
    case ServerState::Down:
      return "Down";
    case ServerState::Launching:
      return "Launching";
    case ServerState::Starting:
      return "Starting";
    case ServerState::Ready:
      return "Ready";
    case ServerState::Clearing:
      return "Clearing";
    case ServerState::BackOff:
      return "BackOff";
    case ServerState::Failed:
      return "Failed";
    case ServerState::Cancelling:
      return "Cancelling";
    case ServerState::EndingWork:
      return "EndingWork";
    case ServerState::Terminating:
      return "Terminating";
    case ServerState::Killing:
      return "Killing";
  }
  return "?";
}

std::vector<ServerAction> ServerMachine::step(const ServerEvent& event, Time now) {
  check();
  Actions out;
  std::visit([&](const auto& its) { on(its, now, out); }, event);
  check();
  return out;
}

void ServerMachine::set_rules(const Config& config) {
  HW_CHECK(state_ == ServerState::Launching);
  config_ = config;
  policy_.allow(config.failures_max);
}

void ServerMachine::check() const {
  switch (state_) {
    case ServerState::Down:
    case ServerState::Launching:
    case ServerState::Clearing:
    case ServerState::BackOff:
    case ServerState::Failed:
      HW_CHECK(!has_leader_);
      break;
    case ServerState::Starting:
    case ServerState::EndingWork:
      HW_CHECK(has_leader_);
      break;
    case ServerState::Ready:
      HW_CHECK(has_leader_ || config_.ready == ReadyRule::Exit0);
      break;
    case ServerState::Cancelling:
    case ServerState::Terminating:
    case ServerState::Killing:
      break;
  }
  HW_CHECK(deadline_.has_value() ||
           (state_ != ServerState::BackOff && state_ != ServerState::EndingWork && state_ != ServerState::Terminating));
}

void ServerMachine::launch(Actions& out) {
  enter(ServerState::Launching);
  out.push_back(server_action::Launch{});
}

void ServerMachine::relaunch(Actions& out) {
  ++restarts_;
  launch(out);
}

void ServerMachine::on(const server_event::Start&, Time, Actions& out) {
  switch (state_) {
    case ServerState::Down:
    case ServerState::Failed:
      policy_.forget();
      restarts_ = 0;
      launch(out);
      break;
    case ServerState::BackOff:
      relaunch(out);
      break;
    case ServerState::Clearing:
    case ServerState::Cancelling:
    case ServerState::EndingWork:
    case ServerState::Terminating:
    case ServerState::Killing:
      start_again_ = true;
      break;
    case ServerState::Launching:
    case ServerState::Starting:
    case ServerState::Ready:
      break;
  }
}

void ServerMachine::on(const server_event::Stop& event, Time now, Actions& out) {
  start_again_ = false;
  switch (state_) {
    case ServerState::Down:
      break;
    case ServerState::BackOff:
    case ServerState::Failed:
      enter(ServerState::Down);
      break;
    case ServerState::Launching:
      enter(ServerState::Cancelling);
      stop_mode_ = event.mode;
      stop_began_ = now;
      deadline_ = now + config_.stop;
      out.push_back(server_action::CancelLaunch{});
      break;
    case ServerState::Cancelling:
      stop_mode_ = event.mode;
      break;
    case ServerState::Clearing:
      enter(ServerState::Killing);
      break;  // It has been killed, and nothing else is to come.
    case ServerState::Starting:
    case ServerState::Ready:
      stop_began_ = now;
      begin_stop(event.mode, now, out);
      break;
    case ServerState::EndingWork:
      if (event.mode != StopMode::WorkFirst) begin_stop(event.mode, now, out);
      break;
    case ServerState::Terminating:
      if (event.mode == StopMode::Kill) kill(now, out);
      break;
    case ServerState::Killing:
      break;
  }
}

void ServerMachine::begin_stop(StopMode mode, Time now, Actions& out) {
  if (mode == StopMode::Kill) return kill(now, out);
  if (mode == StopMode::AtOnce || !config_.ends_work || !has_leader_) return terminate(now, out);
  enter(ServerState::EndingWork);
  deadline_ = now + config_.stop;
  out.push_back(server_action::EndWork{});
}

void ServerMachine::terminate(Time now, Actions& out) {
  enter(ServerState::Terminating);
  deadline_ = now + config_.stop;
  out.push_back(server_action::Signal{SIGTERM});
  if (!has_leader_) out.push_back(server_action::ClearGroup{false});
}

void ServerMachine::kill(Time now, Actions& out) {
  enter(ServerState::Killing);
  out.push_back(server_action::Signal{SIGKILL});
  if (!has_leader_) out.push_back(server_action::ClearGroup{true});
  out.push_back(server_action::Killed{std::chrono::duration_cast<milliseconds>(now - stop_began_)});
}

void ServerMachine::starting(Time now, Actions& out) {
  enter(ServerState::Starting);
  if (config_.ready == ReadyRule::Alive) deadline_ = now + kAliveFor;
  if (config_.ready == ReadyRule::Notify || config_.ready == ReadyRule::Port)
    out.push_back(server_action::WatchReadiness{});
}

void ServerMachine::on(const server_event::Launched&, Time now, Actions& out) {
  if (state_ == ServerState::Launching) {
    has_leader_ = true;
    starting(now, out);
  } else if (state_ == ServerState::Cancelling && !has_leader_) {
    has_leader_ = true;
    begin_stop(stop_mode_, now, out);
  }
}

void ServerMachine::on(const server_event::NotLaunched&, Time now, Actions& out) {
  if (state_ == ServerState::Launching) fail(now, out);
  if (state_ == ServerState::Cancelling) down(out);
}

void ServerMachine::on(const server_event::Adopted& event, Time now, Actions& out) {
  HW_CHECK(state_ == ServerState::Down && (event.has_leader || event.ready));
  has_leader_ = event.has_leader;
  restarts_ = event.restarts;
  if (event.ready) {
    enter(ServerState::Ready);
  } else {
    starting(now, out);
  }
}

void ServerMachine::on(const server_event::IsReady&, Time, Actions&) {
  if (state_ == ServerState::Starting) enter(ServerState::Ready);
}

void ServerMachine::on(const server_event::Ended& event, Time now, Actions& out) {
  has_leader_ = false;
  switch (state_) {
    case ServerState::Launching:
    case ServerState::Starting:
    case ServerState::Ready:
      if (config_.ready == ReadyRule::Exit0 && event.well && state_ == ServerState::Starting) {
        enter(ServerState::Ready);
        break;
      }
      enter(ServerState::Clearing);
      out.push_back(server_action::ClearGroup{true});
      break;
    case ServerState::EndingWork:
      terminate(now, out);
      break;
    case ServerState::Terminating:
      out.push_back(server_action::ClearGroup{false});
      break;
    case ServerState::Cancelling:
    case ServerState::Killing:
      out.push_back(server_action::ClearGroup{true});
      break;
    case ServerState::Down:
    case ServerState::Clearing:
    case ServerState::BackOff:
    case ServerState::Failed:
      break;
  }
}

void ServerMachine::on(const server_event::Cleared&, Time now, Actions& out) {
  if (has_leader_) return;
  if (state_ == ServerState::Clearing) return start_again_ ? down(out) : fail(now, out);
  if (state_ == ServerState::Terminating || state_ == ServerState::Killing || state_ == ServerState::Cancelling)
    down(out);
}

void ServerMachine::fail(Time now, Actions& out) {
  const std::optional<Time> again = policy_.failed(now);
  if (!again || !config_.restart) {
    enter(ServerState::Failed);
    out.push_back(server_action::GaveUp{policy_.failures()});
  } else if (*again <= now) {
    relaunch(out);
  } else {
    enter(ServerState::BackOff);
    deadline_ = again;
  }
}

void ServerMachine::down(Actions& out) {
  enter(ServerState::Down);
  if (!start_again_) return;
  start_again_ = false;
  policy_.forget();
  restarts_ = 0;
  launch(out);
}

void ServerMachine::on(const server_event::WorkEnded&, Time now, Actions& out) {
  if (state_ == ServerState::EndingWork) terminate(now, out);
}

void ServerMachine::on(const server_event::Time&, Time now, Actions& out) {
  if (!deadline_ || now < *deadline_) return;
  switch (state_) {
    case ServerState::Starting:
      enter(ServerState::Ready);
      break;
    case ServerState::BackOff:
      relaunch(out);
      break;
    case ServerState::EndingWork:
      terminate(now, out);
      break;
    case ServerState::Terminating:
      kill(now, out);
      break;
    case ServerState::Cancelling:
      deadline_.reset();
      out.push_back(server_action::Signal{SIGKILL});
      break;
    default:
      HW_CHECK(false);  // Others have no deadline.
  }
}

}  // namespace hw::cluster

#include "cluster/site/node_servers.h"

#include <algorithm>
#include <utility>

#include "engine/base/start_thread.h"
#include "replic/control/applied.h"
#include "replic/instance/instance.h"

namespace hw::cluster {
namespace {

bool is_engine(ServerKind kind) { return kind == ServerKind::Source || kind == ServerKind::Receiver; }

/// Of the names that engine servers have; an application server has no colon.
ServerKind kind_of(std::string_view name) {
  if (name.starts_with("source:")) return ServerKind::Source;
  if (name.starts_with("receiver:")) return ServerKind::Receiver;
  if (name.starts_with("gateway:")) return ServerKind::Gateway;
  if (name.starts_with("handler:")) return ServerKind::Handler;
  return ServerKind::Application;
}

bool is_up(ServerState state) {
  return state == ServerState::Launching || state == ServerState::Starting || state == ServerState::Ready ||
         state == ServerState::Clearing || state == ServerState::BackOff;
}
bool is_down(ServerState state) { return state == ServerState::Down || state == ServerState::Failed; }

}  // namespace

NodeServers::NodeServers(SiteParts& parts, ProcessTable& table)
    : parts_(parts), keeper_(parts.loop, table, {parts.settings.dir + "/run", parts.settings.dir + "/log"}, events()) {}

NodeServers::~NodeServers() {
  parts_.waits->close();
  for (Worker& worker : workers_) worker.thread.join();
}

Keeper::Events NodeServers::events() {
  Keeper::Events events;
  events.changed = [this](const ServerView& view) { on_changed(view); };
  events.said = [this](const ServerKey& key, const Error& error) { on_said(key, error); };
  events.launch = [this](const ServerKey& key) { on_launch(key); };
  events.cancel_launch = [this](const ServerKey& key) {
    parts_.waits->change([&] {
      if (const auto found = known_.find(key); found != known_.end() && found->second.cancel)
        *found->second.cancel = true;
    });
  };
  return events;
}

void NodeServers::on_changed(const ServerView& view) {
  parts_.waits->change([&] {
    Known& known = known_[view.key];
    known.view = view;
    ++known.changes;
  });
  if (parts_.settings.changed) parts_.settings.changed(view);
}

void NodeServers::on_said(const ServerKey& key, const Error& error) {
  parts_.waits->change([&] {
    Known& known = known_[key];
    if (error.id == MsgId::HWKILLED) known.killed = true;
    known.said = error.lines();
  });
  if (parts_.settings.said) parts_.settings.said(key, error);
}

// ---- launching ----

void NodeServers::work(const std::string& what, std::function<void()> run) {
  Worker* worker = nullptr;
  std::list<Worker> ended;
  parts_.waits->change([&] {
    for (auto at = workers_.begin(); at != workers_.end();) {
      const auto here = at++;
      if (here->ended && here->thread.joinable()) ended.splice(ended.end(), workers_, here);
    }
    worker = &workers_.emplace_back();
  });
  for (Worker& one : ended) one.thread.join();
  auto thread = start_thread(what, [this, worker, run = std::move(run)] {
    run();
    parts_.waits->change([&] { worker->ended = true; });
  });
  if (thread.has_value()) return parts_.waits->change([&] { worker->thread = *std::move(thread); });
  parts_.waits->change([&] { workers_.remove_if([&](const Worker& one) { return &one == worker; }); });
  if (parts_.settings.said) parts_.settings.said({}, thread.error());
}

void NodeServers::on_launch(const ServerKey& key) {
  StartRequest request;
  const auto cancel = std::make_shared<bool>(false);
  parts_.waits->change([&] {
    Known& known = known_[key];
    known.cancel = cancel;
    request = known.request;
  });
  work("launch of " + key.name, [this, key, request, cancel] { launch(key, request, cancel); });
}

void NodeServers::launch(const ServerKey& key, const StartRequest& request, const std::shared_ptr<bool>& cancel) {
  // It has no limit of its own: a recovery takes as long as it takes, and who waits for it has a deadline.
  const auto seen = launch_engine(parts_, request, Deadline::max(), cancel);
  if (!seen.has_value()) return parts_.loop.post([this, key, why = seen.error()] { keeper_.not_launched(key, why); });
  parts_.loop.post([this, key, identity = seen->identity] { keeper_.launched(key, identity); });
  if (wait_ready(parts_, request, seen->identity, Deadline::max(), cancel))
    parts_.loop.post([this, key] { keeper_.is_ready(key); });
}

void NodeServers::watch_ready(const StartRequest& request, const ProcessIdentity& process) {
  work("watch of " + request.server.name, [this, request, process] {
    if (wait_ready(parts_, request, process, Deadline::max(), {}))
      parts_.loop.post([this, key = key_of(request.server)] { keeper_.is_ready(key); });
  });
}

// ---- an earlier agent's, and what was started by hand ----

void NodeServers::take_over(const StartRequest& request, const ServerSpec& spec, const EngineSeen& seen) {
  ProcessRow row;
  row.key = spec.key;
  row.ready = seen.ready;
  row.identity = seen.identity;
  row.group = group_of(seen.identity.pid);
  std::uint64_t changes = 0;
  parts_.waits->change([&] {
    known_[spec.key].request = request;
    changes = known_[spec.key].changes;
  });
  parts_.loop.post([this, spec, row] {
    keeper_.stop(spec.key, StopMode::AtOnce);  // One that was given up is adopted when it is down.
    keeper_.adopt(spec, row);
  });
  if (!seen.ready) watch_ready(request, seen.identity);
  parts_.waits->wait(Deadline::max(), [&] { return known_[spec.key].changes > changes; });
}

void NodeServers::adopt(const ProcessRow& row, bool lives) {
  StartRequest request;
  request.server = {kind_of(row.key.name), row.key.name, row.key.group, row.key.number};
  const auto domain = parts_.settings.domain(0);
  const Group* const group = domain ? domain->group(row.key.group) : nullptr;
  const Instance* const instance = group ? domain->instance_at(*group, parts_.settings.node) : nullptr;
  if (instance != nullptr) request.instance = instance->name;
  if (is_engine(request.server.kind) && instance != nullptr) {
    if (const auto look = look_at_instance(instance->dir); look.has_value()) {
      request.as_root = look->was_root;
      const auto seen = find_engine(*look, request);
      request.passive = seen && seen->passive;
    }
  }
  auto spec = spec_of(request);
  if (!spec.has_value()) {
    // What the configuration does not have any more is watched, and not started again.
    spec = ServerSpec{};
    spec->key = row.key;
    spec->rules.restart = false;
    spec->agent_launches = is_engine(request.server.kind);
    if (spec->agent_launches) spec->rules.ready = ReadyRule::Notify;
  }
  keeper_.adopt(*spec, row);
  if (!lives) keeper_.stop(spec->key, StopMode::AtOnce);
  parts_.waits->change([&] {
    Known& known = known_[row.key];
    known.request = request;
    known.view = keeper_.view(row.key).value_or(ServerView{});
    ++known.changes;
  });
  if (is_engine(request.server.kind) && !row.ready && lives) watch_ready(request, row.identity);
}

Status NodeServers::find_by_hand(const StartRequest& request) {
  if (!is_engine(request.server.kind) || known(key_of(request.server))) return {};
  HW_TRY(const InstancePlace place, parts_.place(request.instance));
  HW_TRY(const InstanceLook look, parts_.look(place));
  const auto seen = find_engine(look, request);
  if (!seen) return {};
  StartRequest own = request;
  own.passive = seen->passive;
  take_over(own, engine_spec(place, request.server), *seen);
  return {};
}

// ---- starting ----

Result<ServerSpec> NodeServers::spec_of(const StartRequest& request) {
  HW_TRY(const InstancePlace place, parts_.place(request.instance));
  switch (request.server.kind) {
    case ServerKind::Source:
    case ServerKind::Receiver:
      return engine_spec(place, request.server);
    case ServerKind::Application:
      return application_spec(place, request.server, request.options);
    case ServerKind::Gateway:
    case ServerKind::Handler:
    case ServerKind::Resource:
      break;
  }
  return make_error<MsgId::HWREFUSED>(request.server.name, "this release cannot start servers of that kind");
}

std::optional<NodeServers::Known> NodeServers::known(const ServerKey& key) const {
  return parts_.waits->look([&]() -> std::optional<Known> {
    const auto found = known_.find(key);
    if (found == known_.end() || is_down(found->second.view.state)) return std::nullopt;
    return found->second;
  });
}

Result<StartOutcome> NodeServers::start(const StartRequest& request, Deadline deadline) {
  HW_TRY(const ServerSpec spec, spec_of(request));
  HW_TRY_VOID(find_by_hand(request));
  const auto before = known(spec.key);
  const bool was_up = before && is_up(before->view.state);
  std::uint64_t changes = 0;
  parts_.waits->change([&] {
    Known& known = known_[spec.key];
    known.request = request;
    // An active source server stays one.
    if (was_up) known.request.passive = before->request.passive && request.passive;
    known.killed = false;
    changes = known.changes;
  });
  StartOutcome outcome;
  if (was_up && before->view.state == ServerState::Ready) {
    outcome = {.pid = before->view.pid, .already_up = true};
  } else {
    parts_.loop.post([this, spec] { keeper_.start(spec); });
    HW_TRY(outcome, wait_started(request, changes, deadline));
    outcome.already_up = was_up && outcome.pid == before->view.pid;
  }
  if (was_up && request.server.kind == ServerKind::Source && !request.passive)
    HW_TRY_VOID(activate_source(parts_, request, deadline));
  return outcome;
}

Result<StartOutcome> NodeServers::wait_started(const StartRequest& request, std::uint64_t changes, Deadline deadline) {
  const ServerKey key = key_of(request.server);
  const auto has = [&](const Known& known) {
    if (known.view.state == ServerState::Ready) return true;
    if (known.view.state == ServerState::Starting) return !request.wait_ready;
    return known.changes != changes && is_down(known.view.state);
  };
  const bool came = parts_.waits->wait(deadline, [&] { return has(known_[key]); });
  const Known now = parts_.waits->look([&] { return known_[key]; });
  if (came && !is_down(now.view.state)) return StartOutcome{.pid = now.view.pid, .already_up = false};
  if (came && now.view.state == ServerState::Failed) {
    Error error = make_error<MsgId::HWGAVEUP>(key.name, now.view.restarts + 1);
    if (!now.view.failure.empty()) error.note("The last time: " + now.view.failure);
    return error;
  }
  const std::string how = now.view.failure.empty() ? "" : ": " + now.view.failure;
  return parts_.no_answer(fmt::format("{} is {}, not READY{}", key.name, name_of(now.view.state), how));
}

// ---- stopping ----

/// Its secondary gets what is there now, if it is connected.
Status NodeServers::end_work(const ServerRef& server, const std::string& instance, Deadline deadline) {
  HW_TRY(const InstancePlace place, parts_.place(instance));
  const std::string to(name_behind_kind(server.name));
  const auto until = std::min(deadline, std::chrono::steady_clock::now() + place.node->agent.stop);
  constexpr auto kSlice = std::chrono::seconds(1);  // One that is not connected any more is not waited for.
  for (bool more = true; more && std::chrono::steady_clock::now() < until;) {
    more = false;
    parts_.gate.pass(instance, [&](bool open) {
      const auto look = open ? look_at_instance(place.instance->dir) : look_at_files(place.instance->dir);
      if (!look.has_value() || !look->position.up) return;
      const auto source = std::ranges::find(look->sources, to, &SourceSeen::to);
      if (source == look->sources.end() || !source->connected || source->passive) return;
      const auto pool = find_pool(place.instance_file());
      if (!pool.has_value()) return;
      more = !wait_applied(pool->header(), to, Seqno{look->position.next_seqno - 1},
                           std::min(until, std::chrono::steady_clock::now() + kSlice));
    });
  }
  return {};
}

Result<StopOutcome> NodeServers::stop(const ServerRef& server, const std::string& instance, StopHow how,
                                      Deadline deadline) {
  const ServerKey key = key_of(server);
  StartRequest request;
  request.server = server;
  request.instance = instance;
  HW_TRY_VOID(find_by_hand(request));
  const auto before = known(key);
  if (!before) {
    parts_.waits->change([&] { known_.erase(key); });
    parts_.loop.post([this, key] { keeper_.stop(key, StopMode::AtOnce), keeper_.forget(key); });
    return StopOutcome{.already_down = true};
  }
  if (how == StopHow::WorkFirst && server.kind == ServerKind::Source && before->view.pid != 0)
    HW_TRY_VOID(end_work(server, instance, deadline));
  parts_.waits->change([&] { known_[key].killed = false; });
  parts_.loop.post([this, key] { keeper_.stop(key, StopMode::AtOnce); });
  const bool down = parts_.waits->wait(deadline, [&] { return known_[key].view.state == ServerState::Down; });
  if (!down) return parts_.no_answer(server.name + " is still running");
  const bool killed = parts_.waits->look([&] { return known_[key].killed; });
  parts_.waits->change([&] { known_.erase(key); });
  parts_.loop.post([this, key] { keeper_.forget(key); });
  return StopOutcome{.pid = before->view.pid, .already_down = false, .killed = killed};
}

void NodeServers::note_root(const std::string& instance) {
  parts_.waits->change([&] {
    for (auto& [key, known] : known_)
      if (known.request.instance == instance) known.request.as_root = true;
  });
}

std::vector<ServerView> NodeServers::views() const {
  return parts_.waits->look([&] {
    std::vector<ServerView> out;
    for (const auto& [key, known] : known_)
      if (known.changes != 0) out.push_back(known.view);
    return out;
  });
}

}  // namespace hw::cluster

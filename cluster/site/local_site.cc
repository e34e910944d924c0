#include "cluster/site/local_site.h"

#include <chrono>
#include <utility>

#include "cluster/config/generation_store.h"
#include "cluster/site/engine_launch.h"
#include "cluster/site/instance_care.h"
#include "cluster/site/lost_and_found.h"
#include "cluster/site/node_check.h"
#include "cluster/site/node_servers.h"
#include "cluster/site/receipts.h"
#include "cluster/site/refresh_instance.h"
#include "cluster/site/reigns.h"
#include "cluster/site/site_parts.h"
#include "replic/control/fence.h"

namespace hw::cluster {

namespace {

/// With a lease only its machine makes a root.
Status check_no_lease(const InstancePlace& place) {
  if (place.domain->domain.dcs == Dcs::Manual) return {};
  return make_error<MsgId::HWREFUSED>("reign of " + place.instance->name, "its lease decides");
}

}  // namespace

class LocalSite::Core {
 public:
  Core(EventLoop& loop, ProcessTable& its_table, LocalSiteSettings settings)
      : table(its_table),
        parts(loop, its_table, std::move(settings)),
        receipts(parts.settings.dir),
        servers(parts, its_table) {}

  /// Calls `work` with the instance's place and a step call, while nobody else has the instance.
  template <typename Work>
  auto with(const std::string& instance, const std::string& deed, Deadline deadline, AtDeadline at_deadline,
            const Work& work) -> decltype(work(std::declval<const Steps::Call&>())) {
    HW_TRY(const InstancePlace place, parts.place(instance));
    HW_TRY(auto hold, parts.holds.take(instance, deed, deadline));
    return work(Steps::Call{place, std::move(hold), deadline, at_deadline, {}});
  }

  /// The instance of a group at this node.
  Result<std::string> instance_at(const std::string& group) const {
    const auto domain = parts.settings.domain(0);
    const Group* const found = domain ? domain->group(group) : nullptr;
    const Instance* const instance = found ? domain->instance_at(*found, parts.settings.node) : nullptr;
    if (instance != nullptr) return instance->name;
    return make_error<MsgId::HWCFGBAD>(group, fmt::format("it has no instance at {}", parts.settings.node));
  }
  /// Where a receipt's transactions are applied.
  Result<std::string> instance_of(const std::string& id) const {
    HW_TRY(const ReceiptFile file, receipts.read(id));
    return instance_at(file.receipt.group);
  }

  /// Calls `work` with the instance's fence. While its memory is being removed there is none.
  template <typename Work>
  Status at_fence(const std::string& instance, const Work& work) {
    HW_TRY(const InstancePlace place, parts.place(instance));
    Status outcome = make_error<MsgId::NOJNLPOOL>(place.instance_file());
    parts.gate.pass(instance, [&](bool open) {
      if (!open) return;
      auto fence = Fence::open(place.instance_file());
      outcome = fence.has_value() ? work(*fence) : Status(fence.error());
    });
    return outcome;
  }

  ProcessTable& table;
  SiteParts parts;
  const Receipts receipts;
  NodeServers servers;
};

LocalSite::LocalSite(EventLoop& loop, ProcessTable& table, LocalSiteSettings settings)
    : core_(std::make_unique<Core>(loop, table, std::move(settings))) {}
LocalSite::~LocalSite() = default;

const std::string& LocalSite::node() const { return core_->parts.settings.node; }

Status LocalSite::adopt() {
  HW_TRY(const auto found, core_->table.load());
  for (const FoundProcess& one : found) {
    if (one.row.kind == ProcessKind::Server) {
      core_->servers.adopt(one.row, one.liveness != Liveness::Gone || one.row.ended_well);
    } else if (one.liveness != Liveness::Gone) {
      auto hold = core_->parts.holds.take(instance_of_step(one.row.key.name), one.row.key.name,
                                          std::chrono::steady_clock::now());
      core_->parts.steps.adopt(one.row, hold.has_value() ? *std::move(hold) : nullptr);
    }
  }
  return {};
}

void LocalSite::break_off() { core_->parts.waits->close(); }

std::vector<ServerView> LocalSite::servers() const { return core_->servers.views(); }

Result<InstanceLook> LocalSite::look(const std::string& instance) {
  HW_TRY(const InstancePlace place, core_->parts.place(instance));
  return core_->parts.look(place);
}

Result<std::vector<Receipt>> LocalSite::receipts(std::vector<Error>& faults) const {
  return core_->receipts.list(faults);
}

// ---- looking ----

Result<CheckReport> LocalSite::check(const CheckRequest& request, Deadline deadline) {
  return check_node(core_->parts, request, deadline);
}

Result<Position> LocalSite::position(const std::string& instance, Deadline) {
  HW_TRY(const InstanceLook seen, look(instance));
  return seen.position;
}

// ---- boot and down ----

Status LocalSite::recover(const std::string& instance, Deadline deadline) {
  return core_->with(instance, "recovery", deadline, AtDeadline::RunOn, [this](const Steps::Call& call) -> Status {
    HW_TRY_VOID(require_fence(call.place.instance_file()));
    return recover_instance(core_->parts, call);
  });
}

Result<StartOutcome> LocalSite::start(const StartRequest& request, Deadline deadline) {
  if (!request.instance.empty()) return core_->servers.start(request, deadline);
  StartRequest whole = request;
  HW_TRY(whole.instance, core_->instance_at(request.server.group));
  return core_->servers.start(whole, deadline);
}

Status LocalSite::start_update_process(const std::string& instance, Deadline deadline) {
  return hw::cluster::start_update_process(core_->parts, instance, deadline);
}

Result<StopOutcome> LocalSite::stop(const ServerRef& server, StopHow how, Deadline deadline) {
  HW_TRY(const std::string instance, core_->instance_at(server.group));
  return core_->servers.stop(server, instance, how, deadline);
}

Status LocalSite::close(const std::string& instance, Deadline deadline) {
  return core_->with(instance, "rundown", deadline, AtDeadline::RunOn,
                     [this](const Steps::Call& call) { return close_instance(core_->parts, call); });
}

Status LocalSite::note_generation(std::uint64_t generation, Deadline) {
  HW_TRY(const GenerationStore store, GenerationStore::open(core_->parts.settings.dir));
  HW_TRY_VOID(store.set_running(generation == 0 ? std::nullopt : std::optional(generation)));
  if (core_->parts.settings.generation_noted) core_->parts.settings.generation_noted(generation);
  return {};
}

// ---- reigns ----

Status LocalSite::reign(const std::string& instance, std::uint64_t epoch, Deadline deadline) {
  HW_TRY(const InstancePlace place, core_->parts.place(instance));
  HW_TRY_VOID(check_no_lease(place));
  // What comes from a feeder would go on under the seqnos of a reign of its own.
  const ServerRef receiver{ServerKind::Receiver, "receiver:" + instance, place.group->name, 1};
  HW_TRY([[maybe_unused]] const StopOutcome stopped,
         core_->servers.stop(receiver, instance, StopHow::AtOnce, deadline));
  HW_TRY_VOID(core_->with(instance, "reign", deadline, AtDeadline::Cancel,
                          [&](const Steps::Call& call) { return begin_reign(call.place, epoch, deadline); }));
  core_->servers.note_root(instance);
  return {};
}

Result<std::uint64_t> LocalSite::stop_updates(const std::string& instance, Deadline deadline) {
  return core_->with(instance, "stop of updates", deadline, AtDeadline::Cancel,
                     [&](const Steps::Call& call) { return stop_updates_of(call.place, deadline); });
}

Status LocalSite::allow_updates(const std::string& instance, Deadline deadline) {
  HW_TRY(const InstancePlace place, core_->parts.place(instance));
  HW_TRY_VOID(check_no_lease(place));
  return core_->with(instance, "updates on", deadline, AtDeadline::Cancel,
                     [&](const Steps::Call& call) { return allow_updates_of(call.place, deadline); });
}

Status LocalSite::give_up(const std::string& instance, Deadline deadline) {
  return core_->with(instance, "end of a reign", deadline, AtDeadline::Cancel,
                     [&](const Steps::Call& call) { return give_up_reign(call.place, deadline); });
}

Status LocalSite::learn_epoch(const std::string& instance, std::uint64_t epoch, Deadline deadline) {
  return core_->with(instance, "epoch", deadline, AtDeadline::Cancel,
                     [&](const Steps::Call& call) { return hw::learn_epoch(call.place.instance_file(), epoch); });
}

Status LocalSite::fence_off(const std::string& instance, Deadline deadline) {
  return core_->with(instance, "fence off", deadline, AtDeadline::Cancel,
                     [](const Steps::Call& call) { return hw::fence_off(call.place.instance_file()); });
}

Result<LeaseOutcome> LocalSite::lease(const LeaseRequest& request, Deadline deadline) {
  if (!core_->parts.settings.lease) return Site::lease(request, deadline);
  return core_->parts.settings.lease(request, deadline);
}

Result<LeaseOutcome> LocalSite::rebuild_lease(const std::string& group, Deadline deadline) {
  if (!core_->parts.settings.rebuild_lease) return Site::rebuild_lease(group, deadline);
  return core_->parts.settings.rebuild_lease(group, deadline);
}

Status LocalSite::promote(const std::string& instance, std::uint64_t epoch, Deadline deadline) {
  HW_TRY(const InstancePlace place, core_->parts.place(instance));
  // What comes from a feeder would go on under the seqnos of a reign of its own.
  const ServerRef receiver{ServerKind::Receiver, "receiver:" + instance, place.group->name, 1};
  HW_TRY([[maybe_unused]] const StopOutcome stopped,
         core_->servers.stop(receiver, instance, StopHow::AtOnce, deadline));
  HW_TRY_VOID(core_->with(instance, "reign", deadline, AtDeadline::Cancel,
                          [&](const Steps::Call& call) { return promote_leased(call.place, epoch); }));
  core_->servers.note_root(instance);
  return {};
}

Status LocalSite::set_lease_deadline(const std::string& instance, std::uint64_t boottime_ns) {
  return core_->at_fence(instance, [&](Fence& fence) -> Status {
    fence.set_deadline(boottime_ns);
    return {};
  });
}

Status LocalSite::stop_leased_updates(const std::string& instance, Deadline deadline) {
  return core_->at_fence(instance, [&](Fence& fence) -> Status {
    HW_TRY([[maybe_unused]] const Seqno next, fence.stop_updates(deadline));
    return {};
  });
}

Status LocalSite::allow_leased_updates(const std::string& instance, Deadline deadline) {
  return core_->at_fence(instance, [&](Fence& fence) { return fence.allow_updates(deadline); });
}

Status LocalSite::leased_updates_on(const std::string& instance, Deadline deadline) {
  return core_->at_fence(instance, [&](Fence& fence) { return fence.updates_on(deadline); });
}

Result<std::string> LocalSite::instance_file(const std::string& instance) const {
  HW_TRY(const InstancePlace place, core_->parts.place(instance));
  return place.instance_file();
}

Status LocalSite::wait_applied(const std::string& instance, std::uint64_t next_seqno, Deadline deadline) {
  HW_TRY(const InstancePlace place, core_->parts.place(instance));
  return wait_for_seqno(core_->parts, place, next_seqno, deadline);
}

// ---- copies and lost transactions ----

Result<RejoinOutcome> LocalSite::rejoin(const RejoinRequest& request, Deadline deadline) {
  return core_->with(request.instance, "rejoin", deadline, AtDeadline::Cancel,
                     [&](const Steps::Call& call) { return give_up_lost(core_->parts, call, request.receipt); });
}

Status LocalSite::refresh(const RefreshRequest& request, Deadline deadline) {
  return core_->with(request.instance, "refresh", deadline, AtDeadline::Cancel, [&](const Steps::Call& call) {
    return refresh_instance(core_->parts, call, request.from, request.discard);
  });
}

Status LocalSite::put_receipt(const Receipt& receipt, const std::string& lost_text, Deadline) {
  return core_->receipts.put(receipt, lost_text);
}

Result<std::string> LocalSite::receipt_text(const std::string& id, Deadline) { return core_->receipts.text(id); }

Result<Site::Applied> LocalSite::apply_receipt(const std::string& id, Deadline deadline) {
  HW_TRY(const std::string instance, core_->instance_of(id));
  return core_->with(instance, "apply-lost", deadline, AtDeadline::RunOn, [&](const Steps::Call& call) {
    return apply_lost_again(core_->parts, call, core_->receipts, id);
  });
}

Status LocalSite::complete_receipt(const std::string& id, Deadline deadline) {
  HW_TRY(const std::string instance, core_->instance_of(id));
  return core_->with(instance, "losttncomplete", deadline, AtDeadline::RunOn,
                     [&](const Steps::Call& call) { return complete_lost(core_->parts, call, core_->receipts, id); });
}

Result<std::string> LocalSite::lost_text(const std::string& id, Deadline) { return core_->receipts.lost_text(id); }

Result<std::vector<LostNode>> LocalSite::compare_lost(const std::string& id, Deadline deadline) {
  HW_TRY(const std::string instance, core_->instance_of(id));
  return core_->with(instance, "losttn diff", deadline, AtDeadline::Cancel,
                     [&](const Steps::Call& call) { return look_at_lost(core_->parts, call, core_->receipts, id); });
}

}  // namespace hw::cluster

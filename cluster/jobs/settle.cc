#include "cluster/jobs/settle.h"

#include <algorithm>

#include "cluster/jobs/come_back.h"
#include "cluster/jobs/feeding.h"
#include "cluster/jobs/group_edit.h"
#include "cluster/jobs/job_time.h"
#include "cluster/jobs/place_servers.h"
#include "cluster/jobs/receipts.h"

namespace hw::cluster {
namespace {

class Settling {
 public:
  Settling(JobContext& context, const Group& group, const std::string& root, const SettleWishes& wishes)
      : context_(context), group_(group), root_(root), wishes_(wishes), look_(look_at(context, group)) {}

  bool run() {
    said(name_root());
    tell_epoch();
    if (wishes_.start_place_servers) servers_up_ = start_place_servers(context_, look_, look_.member(root_)->node());
    // Servers that have been moved are at their new place in this one.
    look_ = look_at(context_, group_);
    const Placement placement = placement_under(look_, root_);
    const std::vector<std::string> late = former_roots();
    for (const std::string& instance : downwards(placement, late)) bring_in(placement, instance, late);
    close_own_receipts();
    said(end_change());
    return all_ && servers_up_;
  }

 private:
  bool said(const Status& status, const std::string& node = {}) {
    if (status) return true;
    context_.say.message(status.error(), node);
    return all_ = false;
  }

  Status name_root() {
    const std::vector<std::string> candidates = candidates_beside(look_, root_);
    return edit_group(context_, group_.name, [&](GroupOrder& order) {
      order.record.holder = root_;
      order.record.lease = BoardLease::Held;
      order.record.epoch = std::max(order.record.epoch, look_.reign.epoch);
      order.record.candidates = candidates;
      order.place = look_.member(root_)->node();
    });
  }

  /// So that none of them goes on with an earlier reign, whatever becomes of the record. Who does not answer now hears
  /// of it from whoever feeds it.
  void tell_epoch() {
    for (const Member& member : look_.members)
      if (member.name() != root_ && member.heard())
        said(member.site->learn_epoch(member.name(), look_.reign.epoch, step_by(context_, kLook)), member.node());
  }

  /// Those that are up as roots, or were closed on the way back.
  std::vector<std::string> former_roots() const {
    std::vector<std::string> names;
    for (const Member& member : look_.members)
      if (member.name() != root_ && (look_.was_root(member) || is_on_its_way_back(member)))
        names.push_back(member.name());
    return names;
  }
  static bool is_up_as_root(const Member& member) { return member.is_up() && member.position->role == BoardRole::Root; }
  bool is_on_its_way_back(const Member& member) const {
    return member.heard() && !member.position->up && is_wanted(look_.orders, member) &&
           must_rejoin(look_.board, *member.position, member.name(), root_);
  }
  bool is_closed_on_its_way(const Member& member) const {
    return member.heard() && !member.position->up && member.position->clean && is_wanted(look_.orders, member);
  }

  void bring_in(const Placement& placement, const std::string& instance, const std::vector<std::string>& late) {
    const Member& member = *look_.member(instance);
    if (std::ranges::find(late, instance) != late.end()) {
      if (!wishes_.rejoin) return;
      Status back = come_back(context_, look_, placement, instance,
                              instance == wishes_.gave_up ? Expected::Nothing : Expected::Unknown);
      const bool is_back = back.has_value();
      if (!is_back) said(std::move(back).error().as(Severity::Warning), member.node());
      if (!is_back || placement.feeder_of(instance) == root_) return;
    }
    Status fed = feed(context_, look_, placement, instance);
    if (fed && is_closed_on_its_way(member)) fed = come_up(context_, look_, placement, instance);
    if (fed) return;
    const Error& why = fed.error();
    said(make_error<MsgId::HWREPARENT>(instance, placement.feeder_of(instance),
                                       message_line(why.id, why.severity, why.text)));
  }

  /// What the root was to have lost to a reign that did not come about it has.
  void close_own_receipts() {
    for (const Receipt& receipt : look_.board.receipts) {
      if (receipt.group != group_.name || receipt.old_instance != root_ || receipt.state != ReceiptState::Open)
        continue;
      const Result<Site*> site = context_.sites.at(receipt.node);
      if (site) said(void_receipt(**site, receipt, step_by(context_, kSmallStep)), receipt.node);
    }
  }

  Status end_change() {
    // A group that has been moved is up when its servers are.
    const bool waits = !servers_up_ && look_.order.state == GroupState::Moved;
    HW_TRY_VOID(change_state(context_, group_.name, waits ? GroupState::Moved : wishes_.state));
    return edit_group(context_, group_.name, [&](GroupOrder& order) {
      order.move_to.clear();
      order.wanted = Wanted::Up;
    });
  }

  JobContext& context_;
  const Group& group_;
  const std::string& root_;
  const SettleWishes& wishes_;
  GroupLook look_;
  bool all_ = true;
  bool servers_up_ = true;
};

}  // namespace

bool settle_group(JobContext& context, const Group& group, const std::string& root, const SettleWishes& wishes) {
  return Settling(context, group, root, wishes).run();
}

bool is_unsettled(const GroupLook& look) {
  const BoardRecord& record = look.order.record;
  const Member* const root = look.member(look.reign.root);
  return !look.order.move_to.empty() || record.holder != look.reign.root || record.lease != BoardLease::Held ||
         record.epoch < look.reign.epoch || (root != nullptr && look.order.place != root->node());
}

std::string root_line(const GroupLook& look, const std::string& root, std::uint64_t epoch) {
  return fmt::format("{} is root of {}, epoch {}", root, look.group->name, epoch);
}

}  // namespace hw::cluster

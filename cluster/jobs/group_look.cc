#include "cluster/jobs/group_look.h"

#include <algorithm>

#include "cluster/jobs/job_time.h"
#include "cluster/jobs/rejoin_step.h"
#include "cluster/plan/unknown_name.h"

namespace hw::cluster {
namespace {

Member ask(JobContext& context, const Orders& orders, const Instance& instance) {
  Member member;
  member.instance = &instance;
  const auto node = std::ranges::find(orders.nodes, instance.node, &NodeOrder::name);
  member.cleaned = node != orders.nodes.end() && node->cleaned;
  Result<Site*> site = context.sites.at(instance.node);
  if (!site) {
    member.fault = std::move(site).error();
    return member;
  }
  Result<Position> position = (*site)->position(instance.name, step_by(context, kLook));
  if (!position) {
    member.fault = std::move(position).error();
    return member;
  }
  member.site = *site;
  member.position = std::move(*position);
  // It is heard, so it is back, though the coordinator may not have noted that yet.
  member.cleaned = false;
  return member;
}

/// With dcs etcd the record is not the orders'.
BoardRecord record_in_store(const Board& board, const std::string& group) {
  BoardRecord record;
  const BoardGroup* const shown = board.group(group);
  if (shown == nullptr) return record;
  record.holder = shown->holder;
  record.lease = shown->lease;
  record.epoch = shown->epoch;
  record.seqno = shown->record_seqno;
  record.candidates = shown->candidates;
  return record;
}

/// Between commits at the root; as Lag::seconds.
std::optional<double> seconds_between(std::uint64_t root_us, std::uint64_t own_us) {
  if (root_us == 0 || own_us == 0) return std::nullopt;
  return static_cast<double>(root_us - std::min(root_us, own_us)) / 1e6;
}

}  // namespace

const Member* GroupLook::member(std::string_view instance) const {
  const auto found = std::ranges::find_if(members, [&](const Member& one) { return one.name() == instance; });
  return found == members.end() ? nullptr : &*found;
}

GroupState GroupLook::shown_state() const {
  const BoardGroup* const shown = board.group(group->name);
  return shown == nullptr ? order.state : shown->state;
}

bool GroupLook::is_place_cleaned() const {
  const auto node = std::ranges::find(orders.nodes, order.place, &NodeOrder::name);
  return node != orders.nodes.end() && node->cleaned;
}

bool GroupLook::is_being_moved() const {
  const GroupState state = shown_state();
  if (state != GroupState::Quiescing && state != GroupState::Migrating) return false;
  if (!reign.root.empty()) return state == GroupState::Quiescing;
  const Member* const held = member(reign.last_root);
  return held != nullptr && held->is_up();
}

std::vector<ReignFact> GroupLook::facts() const {
  std::vector<ReignFact> facts;
  for (const Member& member : members) {
    ReignFact& fact = facts.emplace_back();
    fact.instance = member.name();
    fact.priority = member.instance->priority;
    fact.cleaned = member.cleaned;
    fact.heard = member.heard();
    if (const BoardInstance* const last = board.instance(member.name()); last != nullptr)
      fact.known_epoch = last->epoch;
    if (!member.heard()) continue;
    fact.up = member.position->up;
    fact.accepting = member.position->accepting;
    fact.known_epoch = std::max(fact.known_epoch, member.position->known_epoch);
    fact.pool_epoch = member.position->pool_epoch;
    if (member.position->last_root == member.name()) fact.history_epoch = member.position->last_epoch;
  }
  return facts;
}

std::vector<Standing> GroupLook::standings(const std::string& root) const {
  const Member* const at_root = member(root);
  const BoardInstance* const root_on_board = board.instance(root);
  std::uint64_t root_us = root_on_board == nullptr ? 0 : root_on_board->last_commit_us;
  if (at_root != nullptr && at_root->heard()) root_us = at_root->position->last_commit_us;
  const std::uint64_t root_next = next_seqno_of(root);
  std::vector<Standing> standings;
  for (const Member& one : members) {
    Standing& standing = standings.emplace_back();
    standing.instance = one.name();
    standing.node = one.node();
    standing.priority = one.instance->priority;
    standing.cleaned = one.cleaned;
    standing.heard = one.heard();
    standing.release = release_of(one.name());
    const BoardInstance* const shown = board.instance(one.name());
    standing.needs_refresh = shown != nullptr && shown->needs == "refresh";
    if (!one.heard()) continue;
    const Position& at = *one.position;
    standing.up = at.up;
    standing.frozen = at.frozen;
    standing.bytes_free = at.bytes_free;
    standing.next_seqno = at.next_seqno;
    standing.received_seqno = at.received_seqno;
    standing.was_root = was_root(one);
    standing.follows = follows(one);
    standing.receives = receives(one);
    const bool has_all = root_next != 0 && at.next_seqno >= root_next;
    standing.lag_s = has_all ? std::optional(0.0) : seconds_between(root_us, at.last_commit_us);
  }
  return standings;
}

bool GroupLook::receives(const Member& one) const {
  const std::string receiver = "receiver:" + one.name();
  return std::ranges::any_of(board.servers, [&](const BoardServer& server) {
    return server.name == receiver && server.node == one.node() && server.state != BoardServerState::Down;
  });
}

bool GroupLook::was_root(const Member& one) const {
  if (!one.is_up() || one.name() == reign.last_root || one.name() == reign.root) return false;
  if (one.position->role == BoardRole::Root) return true;
  // It has come up as a root of which nobody knew yet that its reign is over, or that it has rejoined and what it lost
  // is still waited for. As a secondary it has a receiver.
  return (one.position->last_root == one.name() || is_waited_for(board, one.name())) && !receives(one);
}

bool GroupLook::follows(const Member& one) const {
  const std::string& root = reign.last_root;
  if (one.name() == root || root.empty()) return true;
  if (!one.heard()) return false;
  const bool has_of_it = one.position->last_root == root &&
                         (one.position->last_epoch == 0 || one.position->last_epoch == reign.last_epoch);
  const BoardInstance* const shown = board.instance(one.name());
  return has_of_it || (shown != nullptr && shown->fed_by == root);
}

std::uint64_t GroupLook::next_seqno_of(const std::string& instance) const {
  const Member* const one = member(instance);
  const bool is_exact = one != nullptr && one->heard() && (one->position->up || one->position->clean);
  if (is_exact) return one->position->next_seqno;
  std::uint64_t next = one != nullptr && one->heard() ? one->position->next_seqno : 0;
  if (const BoardInstance* const last = board.instance(instance); last != nullptr)
    next = std::max(next, last->next_seqno);
  return order.record.holder == instance ? std::max(next, order.record.seqno) : next;
}

std::string GroupLook::fed_by(const std::string& instance) const {
  const BoardInstance* const on_board = board.instance(instance);
  if (on_board == nullptr || instance == reign.root) return {};
  return on_board->fed_by.empty() ? on_board->upstream : on_board->fed_by;
}

std::string GroupLook::release_of(std::string_view instance) const {
  const Member* const one = member(instance);
  const BoardNode* const node = one == nullptr ? nullptr : board.node(one->node());
  return node == nullptr ? "" : node->release;
}

std::uint64_t GroupLook::next_epoch() const {
  std::uint64_t highest = reign.highest_epoch;
  for (const Receipt& receipt : board.receipts)
    if (receipt.group == group->name) highest = std::max(highest, receipt.new_epoch);
  return highest + 1;
}

GroupLook look_at(JobContext& context, const Group& group) {
  GroupLook look;
  look.domain = &context.domain;
  look.group = &group;
  look.orders = context.orders.read();
  look.board = context.board();
  for (const GroupOrder& order : look.orders.groups)
    if (order.name == group.name) look.order = order;
  if (context.domain.domain.dcs == Dcs::Etcd) look.order.record = record_in_store(look.board, group.name);
  for (const std::string& name : group.instances)
    if (const Instance* const instance = context.domain.instance(name); instance != nullptr)
      look.members.push_back(ask(context, look.orders, *instance));
  look.reign = find_reign(look.order.record, look.facts());
  return look;
}

Result<const Group*> role_group_of(const Domain& domain, const std::string& instance, const std::string& group) {
  const Group* found = nullptr;
  if (!instance.empty()) {
    found = domain.group_of_instance(instance);
    if (found == nullptr) return unknown_name("instance", instance);
    if (!group.empty() && found->name != group)
      return make_error<MsgId::CLIERR>(fmt::format("{} is in {}, not in {}", instance, found->name, group));
  } else if (!group.empty()) {
    found = domain.group(group);
    if (found == nullptr) return unknown_name("group", group);
  } else {
    for (const Group& one : domain.groups) {
      if (one.kind != GroupKind::Role) continue;
      if (found != nullptr) return make_error<MsgId::CLIERR>("there are several groups of kind role: -g GROUP");
      found = &one;
    }
    if (found == nullptr) return make_error<MsgId::CLIERR>("there is no group of kind role");
  }
  if (found->kind != GroupKind::Role)
    return make_error<MsgId::CLIERR>(fmt::format("{} is of kind files and has no other instance", found->name));
  return found;
}

Status check_changes(const Domain& domain, std::string_view command) {
  if (domain.domain.dcs != Dcs::Pacemaker) return {};
  return make_error<MsgId::HWPACEMAKER>(fmt::format("crm_resource --move, not {}", command));
}

Status check_manual(const Domain& domain, std::string_view command) {
  HW_TRY_VOID(check_changes(domain, command));
  if (domain.domain.dcs == Dcs::Manual) return {};
  return make_error<MsgId::HWREFUSED>(command, "with dcs etcd this release cannot");
}

}  // namespace hw::cluster

#include "cluster/jobs/group_edit.h"

#include <algorithm>

#include "cluster/board/board_domain.h"

namespace hw::cluster {

Status edit_group(JobContext& context, const std::string& group, const std::function<void(GroupOrder&)>& edit) {
  bool found = false;
  HW_TRY_VOID(context.orders.change([&](Orders& orders) {
    for (GroupOrder& order : orders.groups) {
      if (order.name != group) continue;
      edit(order);
      found = true;
    }
  }));
  if (!found) return make_error<MsgId::HWCFGBAD>("group." + group, "not on the board");
  return {};
}

Status correct_record(JobContext& context, const GroupLook& look) {
  const Reign& reign = look.reign;
  const Member* const holder = look.member(reign.holder);
  if (holder == nullptr || reign.epoch <= look.order.record.epoch) return {};
  return edit_group(context, look.group->name, [&](GroupOrder& order) {
    order.record.holder = reign.holder;
    order.record.lease = BoardLease::Held;
    order.record.epoch = reign.epoch;
    order.record.seqno = look.next_seqno_of(reign.holder);
    order.record.candidates = candidates_beside(look, reign.holder);
    order.place = holder->node();
  });
}

Status correct_records(JobContext& context) {
  const Dcs dcs = context.domain.domain.dcs;
  if (dcs == Dcs::Pacemaker) return {};
  for (const Group& group : context.domain.groups) {
    if (group.kind != GroupKind::Role) continue;
    const GroupLook look = look_at(context, group);
    if (dcs == Dcs::Manual) {
      HW_TRY_VOID(correct_record(context, look));
    } else if (look.order.record.lease == BoardLease::None && look.reign.highest_epoch > 0) {
      // Nobody could become root, and nobody knows who was.
      Error gone = make_error<MsgId::HWEPOCHBACK>(0, look.reign.highest_epoch);
      gone.note("the store has no record of " + group.name + ": hwadm config epoch-base");
      return gone;
    }
  }
  return {};
}

Status change_state(JobContext& context, const std::string& group, GroupState next) {
  GroupState before = next;
  HW_TRY_VOID(edit_group(context, group, [&](GroupOrder& order) {
    before = order.state;
    order.state = next;
  }));
  if (before != next) context.say.line(fmt::format("{}: {} -> {}", group, word_of(before), word_of(next)));
  return {};
}

void want_server(Orders& orders, const Domain& domain, const ServerRef& server, const std::string& node,
                 Wanted wanted) {
  for (ServerOrder& order : orders.servers) {
    if (order.node != node || order.group != server.group || order.name != server.name || order.copy != server.copy)
      continue;
    order.wanted = wanted;
    return;
  }
  if (wanted == Wanted::Down) return;
  ServerOrder& order = orders.servers.emplace_back();
  order.id = ++orders.last_server_id;
  order.kind = server.kind;
  order.name = server.name;
  order.group = server.group;
  order.node = node;
  order.copy = server.copy;
  order.position = position_in(domain, server.kind, server.name, server.group, node);
  order.wanted = wanted;
}

void want_feeder(Orders& orders, const std::string& instance, const std::string& feeder) {
  for (InstanceOrder& order : orders.instances)
    if (order.name == instance) order.upstream = feeder;
}

bool is_wanted(const Orders& orders, const Member& member) {
  return std::ranges::any_of(orders.servers, [&](const ServerOrder& order) {
    return order.node == member.node() && order.kind <= ServerKind::Receiver && order.wanted == Wanted::Up;
  });
}

std::vector<std::string> candidates_beside(const GroupLook& look, const std::string& root) {
  std::vector<std::string> names;
  for (const Member& member : look.members)
    if (member.name() != root && member.instance->priority > 0 && member.is_up()) names.push_back(member.name());
  return names;
}

}  // namespace hw::cluster

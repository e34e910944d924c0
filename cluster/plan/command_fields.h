/// cluster/plan/command_fields.h -- each member of the commands with its key, once for the writer and the reader.
#pragma once

#include "cluster/board/board_fields.h"
#include "cluster/board/words.h"
#include "cluster/plan/commands.h"

namespace hw::cluster {

template <>
inline constexpr WordList<6> kWords<Pace>{"registered", "wait", "at_once", "delay", "full_wait", "ready"};

template <typename A>
void visit_fields(A& a, Visited<A, ServerCount>& command) {
  a("name", command.name);
  a("count", command.count);
}

template <typename A>
void visit_fields(A& a, Visited<A, Selection>& command) {
  a("applications_only", command.applications_only);
  a("engine_only", command.engine_only);
  a("group", command.group);
  a("nodes", command.nodes);
  a("servers", command.servers);
  a("all_of", command.all_of);
  a("gateway_of", command.gateway_of);
  a("relays_of", command.relays_of);
}

template <typename A>
void visit_fields(A& a, Visited<A, BootCommand>& command) {
  a("selection", command.selection);
  a("check_only", command.check_only);
  a("with_backup", command.with_backup);
  a("one_more_handler", command.one_more_handler);
  a("generation", command.generation);
  a("go_on_at_max", command.go_on_at_max);
  a("options", command.options);
  a("recovery_only", command.recovery_only);
  a("recover_all", command.recover_all);
  a("engine_kind", command.engine_kind);
  a("pace", command.pace);
  a("pace_us", command.pace_us);
}

template <typename A>
void visit_fields(A& a, Visited<A, DownCommand>& command) {
  a("selection", command.selection);
  a("at_once", command.at_once);
  a("hold", command.hold);
  a("process", command.process);
  a("recovery_only", command.recovery_only);
  a("recover_all", command.recover_all);
  a("begin_after_s", command.begin_after_s);
  a("move", command.move);
  a("rolling", command.rolling);
  a("generation", command.generation);
}

template <typename A>
void visit_fields(A& a, Visited<A, SwitchoverCommand>& command) {
  a("to", command.to);
  a("group", command.group);
  a("unfinished", command.unfinished);
}

template <typename A>
void visit_fields(A& a, Visited<A, FailoverCommand>& command) {
  a("to", command.to);
  a("group", command.group);
  a("force", command.force);
}

template <typename A>
void visit_fields(A& a, Visited<A, RejoinCommand>& command) {
  a("instance", command.instance);
}

template <typename A>
void visit_fields(A& a, Visited<A, ReparentCommand>& command) {
  a("instance", command.instance);
  a("to", command.to);
}

template <typename A>
void visit_fields(A& a, Visited<A, RefreshCommand>& command) {
  a("instance", command.instance);
  a("from", command.from);
  a("discard", command.discard);
  a("force", command.force);
}

template <typename A>
void visit_fields(A& a, Visited<A, MigrateCommand>& command) {
  a("group", command.group);
  a("node", command.node);
  a("cancel", command.cancel);
  a("restart", command.restart);
}

template <typename A>
void visit_fields(A& a, Visited<A, LosttnCommand>& command) {
  a("action", command.action);
  a("id", command.id);
  a("group", command.group);
  a("node", command.node);
  a("force", command.force);
}

template <typename A>
void visit_fields(A& a, Visited<A, PauseCommand>& command) {
  a("seconds", command.seconds);
}

template <typename A>
void visit_fields(A& a, Visited<A, ResumeCommand>& command) {
  a("instance", command.instance);
  a("force", command.force);
}

template <typename A>
void visit_fields(A& a, Visited<A, FenceCommand>& command) {
  a("instance", command.instance);
}

template <typename A>
void visit_fields(A& a, Visited<A, DrillCommand>& command) {
  a("fault", command.fault);
  a("node", command.node);
}

template <typename A>
void visit_fields(A& a, Visited<A, MasterCommand>& command) {
  a("node", command.node);
}

template <typename A>
void visit_fields(A& a, Visited<A, PcleanCommand>& command) {
  a("node", command.node);
}

}  // namespace hw::cluster

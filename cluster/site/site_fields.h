/// cluster/site/site_fields.h -- each field of Site's calls with its key, once for the writer and the reader. Included
/// by sources of this room only.
#pragma once

#include <string>
#include <vector>

#include "cluster/board/board_fields.h"
#include "cluster/board/json_archive.h"
#include "cluster/board/receipt.h"
#include "cluster/jobs/site.h"

namespace hw::cluster {

template <>
inline constexpr WordList<5> kWords<LeaseWish>{"boot", "failover", "await", "release", "down"};
template <>
inline constexpr WordList<2> kWords<StopHow>{"work_first", "at_once"};

/// An Error between agents.
struct ErrorFields {
  std::string code;
  char severity = 'E';
  std::string text;
  std::uint32_t os_errno = 0;
  std::vector<std::string> extra;
  std::vector<std::string> before;
};

/// A text that is longer than a field may be: packed by zstd, in hexadecimal digits.
struct PackedText {
  std::uint64_t bytes = 0;  ///< of the text
  bool packed = false;
  std::string digits;
};

struct CheckFindingFields {
  std::string what;
  std::optional<ErrorFields> fault;
};
struct CheckReportFields {
  std::uint64_t running_generation = 0;
  std::string release;
  std::vector<CheckFindingFields> findings;
};

// One struct a call for what it is given, where Site has none.
struct NothingFields {};
struct InstanceFields {
  std::string instance;
};
struct NumberOfInstanceFields {
  std::string instance;
  std::uint64_t number = 0;
};
struct StopFields {
  ServerRef server;
  StopHow how = StopHow::WorkFirst;
};
struct NumberFields {
  std::uint64_t number = 0;
};
struct IdFields {
  std::string id;
};
struct ReceiptFields {
  Receipt receipt;
  PackedText lost;
};
struct RejoinFields {
  std::uint64_t count = 0, first = 0, last = 0;
  PackedText lost;
};
struct TextFields {
  PackedText text;
};
struct LostNodesFields {
  std::vector<LostNode> nodes;
};

template <typename A>
void visit_fields(A& a, Visited<A, ErrorFields>& error) {
  a("code", error.code);
  a("severity", error.severity);
  a("text", error.text);
  a("errno", error.os_errno);
  a("extra", error.extra);
  a("before", error.before);
}
template <typename A>
void visit_fields(A& a, Visited<A, PackedText>& text) {
  a("bytes", text.bytes);
  a("packed", text.packed);
  a("digits", text.digits);
}
template <typename A>
void visit_fields(A& a, Visited<A, CheckFindingFields>& finding) {
  a("what", finding.what);
  a("fault", finding.fault);
}
template <typename A>
void visit_fields(A& a, Visited<A, CheckReportFields>& report) {
  a("running_generation", report.running_generation);
  a("release", report.release);
  a("findings", report.findings);
}
template <typename A>
void visit_fields(A&, Visited<A, NothingFields>&) {}
template <typename A>
void visit_fields(A& a, Visited<A, InstanceFields>& call) {
  a("instance", call.instance);
}
template <typename A>
void visit_fields(A& a, Visited<A, NumberOfInstanceFields>& call) {
  a("instance", call.instance);
  a("number", call.number);
}
template <typename A>
void visit_fields(A& a, Visited<A, ServerRef>& server) {
  a("kind", server.kind);
  a("name", server.name);
  a("group", server.group);
  a("copy", server.copy);
}
template <typename A>
void visit_fields(A& a, Visited<A, StopFields>& call) {
  a("server", call.server);
  a("how", call.how);
}
template <typename A>
void visit_fields(A& a, Visited<A, NumberFields>& call) {
  a("number", call.number);
}
template <typename A>
void visit_fields(A& a, Visited<A, IdFields>& call) {
  a("id", call.id);
}
template <typename A>
void visit_fields(A& a, Visited<A, ReceiptFields>& call) {
  a("receipt", call.receipt);
  a("lost", call.lost);
}
template <typename A>
void visit_fields(A& a, Visited<A, RejoinFields>& outcome) {
  a("count", outcome.count);
  a("first", outcome.first);
  a("last", outcome.last);
  a("lost", outcome.lost);
}
template <typename A>
void visit_fields(A& a, Visited<A, TextFields>& outcome) {
  a("text", outcome.text);
}
template <typename A>
void visit_fields(A& a, Visited<A, LostNode>& node) {
  a("seqno", node.seqno);
  a("global", node.global);
  a("lost", node.lost);
  a("present", node.present);
  a("zqgblmod", node.zqgblmod);
}
template <typename A>
void visit_fields(A& a, Visited<A, LostNodesFields>& outcome) {
  a("nodes", outcome.nodes);
}
template <typename A>
void visit_fields(A& a, Visited<A, CheckRequest>& request) {
  a("generation", request.generation);
  a("instances", request.instances);
  a("servers", request.servers);
}
template <typename A>
void visit_fields(A& a, Visited<A, Position>& position) {
  a("role", position.role);
  a("up", position.up);
  a("clean", position.clean);
  a("accepting", position.accepting);
  a("fence_required", position.fence_required);
  a("known_epoch", position.known_epoch);
  a("pool_epoch", position.pool_epoch);
  a("next_seqno", position.next_seqno);
  a("received_seqno", position.received_seqno);
  a("last_commit_us", position.last_commit_us);
  a("has_history", position.has_history);
  a("frozen", position.frozen);
  a("bytes_free", position.bytes_free);
  a("last_root", position.last_root);
  a("last_epoch", position.last_epoch);
}
template <typename A>
void visit_fields(A& a, Visited<A, LeaseRequest>& request) {
  a("wish", request.wish);
  a("instance", request.instance);
  a("to", request.to);
  a("none_known", request.none_known);
  a("force", request.force);
  a("confirmed", request.confirmed);
}
template <typename A>
void visit_fields(A& a, Visited<A, LeaseOutcome>& outcome) {
  a("epoch", outcome.epoch);
}
template <typename A>
void visit_fields(A& a, Visited<A, StartRequest>& request) {
  a("server", request.server);
  a("instance", request.instance);
  a("as_root", request.as_root);
  a("passive", request.passive);
  a("update_resync", request.update_resync);
  a("options", request.options);
  a("wait_ready", request.wait_ready);
}
template <typename A>
void visit_fields(A& a, Visited<A, StartOutcome>& outcome) {
  a("pid", outcome.pid);
  a("already_up", outcome.already_up);
}
template <typename A>
void visit_fields(A& a, Visited<A, StopOutcome>& outcome) {
  a("pid", outcome.pid);
  a("already_down", outcome.already_down);
  a("killed", outcome.killed);
}
template <typename A>
void visit_fields(A& a, Visited<A, RejoinRequest>& request) {
  a("instance", request.instance);
  a("new_root", request.new_root);
  a("receipt", request.receipt);
}
template <typename A>
void visit_fields(A& a, Visited<A, RefreshRequest>& request) {
  a("instance", request.instance);
  a("from", request.from);
  a("discard", request.discard);
}
template <typename A>
void visit_fields(A& a, Visited<A, Site::Applied>& outcome) {
  a("applied", outcome.applied);
  a("conflicts", outcome.conflicts);
}

}  // namespace hw::cluster

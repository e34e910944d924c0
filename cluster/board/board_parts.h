/// cluster/board/board_parts.h -- the board as agents keep it: each part with one writer, the newest copy of it wins.
///
/// The coordinator writes the orders (what is wanted, numbers of servers, with dcs manual the records). Each agent
/// writes the report of its own node, and when it last heard the others, which is for itself alone. With etcd every
/// agent writes down the record that it read last. Agents send one another their whole copy; `merge` takes the newer
/// parts.
#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "cluster/board/board.h"

namespace hw::cluster {

/// Which of two copies of a part is the newer.
struct PartStamp {
  std::uint64_t number = 0;  ///< of the coordinator; of an agent's start. 0: never written
  std::uint32_t rank = 0;    ///< of a coordinator: its place in domain.master, the first has the right of way
  std::uint64_t change = 0;  ///< counts changes by this writer
  friend bool operator==(const PartStamp&, const PartStamp&) = default;
  friend std::strong_ordering operator<=>(const PartStamp& a, const PartStamp& b);
};

/// A group's record: with etcd as read last, otherwise as the coordinator has it.
struct BoardRecord {
  std::string holder;
  BoardLease lease = BoardLease::None;  ///< never Manual: that is how a held one is shown
  std::uint64_t epoch = 0;
  std::uint64_t revision = 0;  ///< of etcd
  std::uint64_t seqno = 0;     ///< the holder's next; 0: not known
  std::vector<std::string> candidates;
  friend bool operator==(const BoardRecord&, const BoardRecord&) = default;
};

struct NodeOrder {
  std::string name;
  std::string address;
  Wanted wanted = Wanted::Down;
  bool cleaned = false;
  friend bool operator==(const NodeOrder&, const NodeOrder&) = default;
};

struct GroupOrder {
  std::string name;
  GroupKind kind = GroupKind::Role;
  Wanted wanted = Wanted::Down;
  bool hold = false;
  GroupState state = GroupState::Down;  ///< never Partitioned: that is how it is shown while its place is silent
  std::string place;
  std::string move_to;
  BoardRecord record;  ///< not with etcd
  friend bool operator==(const GroupOrder&, const GroupOrder&) = default;
};

struct InstanceOrder {
  std::string name;
  std::string group;
  std::string node;
  std::string upstream;
  friend bool operator==(const InstanceOrder&, const InstanceOrder&) = default;
};

/// Kept when the server is down, so that its number stays.
struct ServerOrder {
  std::uint32_t id = 0;
  ServerKind kind = ServerKind::Application;
  std::string name;
  std::string group;
  std::string node;
  std::uint32_t copy = 1;
  std::uint32_t position = 0;
  Wanted wanted = Wanted::Down;
  bool hold = false;
  std::string options;
  friend bool operator==(const ServerOrder&, const ServerOrder&) = default;
};

struct CoordinatorOrder {
  std::string node;  ///< empty: none has ever been
  std::uint64_t since_us = 0;
  std::uint64_t number = 0;
  bool for_lost = false;  ///< the first of domain.master was lost; else somebody chose another one
  friend bool operator==(const CoordinatorOrder&, const CoordinatorOrder&) = default;
};

/// Writer: the coordinator.
struct Orders {
  PartStamp stamp;
  std::string domain;
  Dcs dcs = Dcs::Manual;
  BoardGeneration generation;
  CoordinatorOrder coordinator;
  std::uint64_t paused_until_us = 0;
  std::vector<NodeOrder> nodes;  ///< this and the next two in file order
  std::vector<GroupOrder> groups;
  std::vector<InstanceOrder> instances;
  std::vector<ServerOrder> servers;
  std::uint32_t last_server_id = kServerIdMin - 1;
  friend bool operator==(const Orders&, const Orders&) = default;
};

struct InstanceReport {
  std::string name;
  BoardRole role = BoardRole::Down;
  bool accepting = false;
  bool failsafe = false;
  std::optional<double> lease_left_s;
  std::uint64_t epoch = 0;
  std::uint64_t next_seqno = 0;
  std::uint64_t received_seqno = 0;
  std::uint64_t last_commit_us = 0;
  std::string fed_by;
  std::string needs;
  std::uint32_t restarts = 0;
  friend bool operator==(const InstanceReport&, const InstanceReport&) = default;
};

struct ServerReport {
  ServerKind kind = ServerKind::Application;
  std::string name;
  std::string group;
  std::uint32_t copy = 1;
  std::uint32_t position = 0;
  std::uint32_t pid = 0;
  std::uint64_t pid_start = 0;
  BoardServerState state = BoardServerState::Down;  ///< never Partitioned
  std::uint32_t restarts = 0;
  std::uint64_t since_us = 0;
  std::optional<std::uint64_t> requests;
  std::optional<std::uint64_t> kib;
  std::string queue;
  std::string service;
  friend bool operator==(const ServerReport&, const ServerReport&) = default;
};

/// Writer: the node's agent.
struct NodeReport {
  PartStamp stamp;
  std::string node;
  std::string release;
  std::uint64_t running_generation = 0;
  std::optional<std::uint64_t> requests;  ///< of its agent, as is the service
  std::string service;
  std::optional<std::uint64_t> coordinator_requests;  ///< while it is the coordinator
  std::string coordinator_service;
  std::vector<InstanceReport> instances;
  std::vector<ServerReport> servers;
  std::vector<BoardProblem> problems;
  std::vector<Receipt> receipts;
  std::vector<Hop> hops;
  friend bool operator==(const NodeReport&, const NodeReport&) = default;
};

/// A group's record with etcd. Writer: whoever reads it; of two copies that of the higher epoch, then revision, stays.
struct RecordCopy {
  std::string group;
  BoardRecord record;
  friend bool operator==(const RecordCopy&, const RecordCopy&) = default;
};

/// When this agent last heard a node. Not merged.
struct NodeHeard {
  std::string node;
  std::uint64_t last_us = 0;
  NodeState state = NodeState::Unheard;  ///< never Cleaned: that is in the orders
  friend bool operator==(const NodeHeard&, const NodeHeard&) = default;
};

struct BoardParts {
  Orders orders;
  std::vector<NodeReport> reports;
  std::vector<RecordCopy> records;
  std::vector<NodeHeard> heard;

  /// The report of that node, made when there is none.
  NodeReport& report(std::string_view node);
  const NodeReport* find_report(std::string_view node) const;
  friend bool operator==(const BoardParts&, const BoardParts&) = default;
};

/// What another agent's copy changed here.
struct BoardChange {
  bool orders = false;
  bool records = false;
  std::vector<std::string> reports;  ///< nodes whose report is newer now
  bool any() const { return orders || records || !reports.empty(); }
};

/// Takes the newer parts of `other` into `own_copy`. The report of `own_node` is never taken: when the other copy has a
/// newer one (this agent has lost its board, or its clock was set back) the stamp here is raised above it.
BoardChange merge(BoardParts& own_copy, const BoardParts& other, std::string_view own_node);

/// The snapshot: orders and reports side by side; lags, shown states and problems that follow from them.
/// `own_node` is heard, whatever `heard` says; empty: no agent's.
Board join(const BoardParts& parts, std::string_view own_node, std::uint64_t now_us);

/// Numbers for the servers that reports name and orders do not, and what orders say of them: wanted is up. In order of
/// their start. For the coordinator. Returns whether there were any.
bool number_servers(BoardParts& parts);

struct CleanedNode {
  std::uint64_t servers = 0;
  std::uint64_t candidates = 0;  ///< instances that were one, or in a group of kind files the node
};
/// pclean: the node's servers leave the board, its instances the candidates (with etcd those of the copied record; the
/// record itself is the caller's). For the coordinator.
CleanedNode clean_node(BoardParts& parts, std::string_view node);
/// The node is heard again, so it is back on the board. For the coordinator. Returns whether it had been cleaned.
bool restore_node(BoardParts& parts, std::string_view node);

/// Of an agent that starts: its report is newer than any that it has made before, as far as this copy knows.
/// `start_number` rises from start to start, such as the time. Nobody has been heard yet.
void begin_report(BoardParts& parts, std::string_view node, std::uint64_t start_number);

/// The node is heard.
void hear(BoardParts& parts, std::string_view node, std::uint64_t now_us);
/// The node has been silent for 3 s.
void note_silence(BoardParts& parts, std::string_view node);

/// What this agent alone has to tell the others each second: its report, the records, and the orders when it is the
/// coordinator. `merge` takes it as it takes a whole copy.
BoardParts own_parts(const BoardParts& parts, std::string_view node);

}  // namespace hw::cluster

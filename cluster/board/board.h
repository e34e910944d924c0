/// cluster/board/board.h -- the board: what is wanted and what is, of all nodes, groups, instances and servers of a
/// domain, as one agent knows it.
///
/// A Board is a snapshot to read: commands print it, plans are made from it. Agents keep, send and store it in parts,
/// so that each part has one writer (board_parts.h); `join` makes the snapshot of them.
#pragma once

#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "cluster/config/domain.h"

namespace hw::cluster {

/// What an operator asked for last: boot or down.
enum class Wanted : std::uint8_t { Down, Up };

enum class NodeState : std::uint8_t {
  Unheard,  ///< not since this agent started, and not for so long that it is silent
  Running,
  Silent,   ///< not heard for 3 s
  Cleaned,  ///< off the board by pclean, until it is heard again
};

/// Source: section 7 of the specification.
enum class GroupState : std::uint8_t { Down, Up, Quiescing, Migrating, Moved, Failed, Partitioned };

/// What the record of a group says.
enum class BoardLease : std::uint8_t {
  None,  ///< there is no record
  Held,
  Released,
  Down,    ///< taken back by down: nobody takes over
  Manual,  ///< held, and only an operator gives it to another
};

enum class BoardRole : std::uint8_t {
  Down,
  Root,
  Secondary,
  Unseen,  ///< its agent may not look at what its processes do: any of the others (HWUNSEEN)
};

/// In boot's order. A handler is booted with its gateway, a resource among the application servers.
enum class ServerKind : std::uint8_t { Source, Receiver, Gateway, Handler, Application, Resource };

enum class BoardServerState : std::uint8_t {
  Down,
  Starting,
  Ready,
  Draining,
  Held,         ///< keeps what it is asked back; or kept down by down -b
  Failed,       ///< given up
  Migrating,    ///< stopped for a move
  Partitioned,  ///< its node is silent
};

/// A pause without an end.
inline constexpr std::uint64_t kUntilResume_us = std::numeric_limits<std::uint64_t>::max();
/// The first number of a server; agents have those of their nodes, from 1.
inline constexpr std::uint32_t kServerIdMin = 101;

/// How far an instance is behind another. Empty: not known.
struct Lag {
  std::optional<std::uint64_t> transactions;
  std::optional<double> seconds;  ///< between commits at the root; 0 when equal
  friend bool operator==(const Lag&, const Lag&) = default;
};

struct BoardGeneration {
  std::uint64_t number = 0;  ///< 0: there is no configuration yet
  std::string sha256;        ///< 64 digits
  friend bool operator==(const BoardGeneration&, const BoardGeneration&) = default;
};

struct Coordinator {
  std::string node;  ///< empty: none has ever been
  std::uint64_t since_us = 0;
  std::uint64_t number = 0;  ///< rises with each change of coordinator
  bool for_lost = false;     ///< the first of domain.master was lost; else somebody chose another one
  std::optional<std::uint64_t> requests;
  std::string service;  ///< as BoardServer::service
  friend bool operator==(const Coordinator&, const Coordinator&) = default;
};

struct BoardNode {
  std::string name;
  std::string address;  ///< HOST:PORT of its agent, with the brackets of an IPv6 address
  std::string release;  ///< empty: not known
  NodeState state = NodeState::Unheard;
  std::uint64_t heard_us = 0;  ///< last, by the agent whose board this is; 0: never
  Wanted wanted = Wanted::Down;
  std::uint64_t running_generation = 0;  ///< of what runs there; 0: nothing does, or not known
  std::optional<std::uint64_t> requests;
  std::string service;  ///< of its agent, as BoardServer::service
  friend bool operator==(const BoardNode&, const BoardNode&) = default;
};

struct BoardGroup {
  std::string name;
  GroupKind kind = GroupKind::Role;
  GroupState state = GroupState::Down;
  Wanted wanted = Wanted::Down;
  bool hold = false;    ///< down -b: no restart, no more handlers, until its next boot
  std::string place;    ///< node of its root or files; empty: none yet
  std::string move_to;  ///< node that a move under way goes to; empty: none is, or not chosen
  std::string holder;   ///< role: instance; files: node. Empty: none ever
  std::uint64_t epoch = 0;
  BoardLease lease = BoardLease::None;
  std::optional<double> lease_left_s;   ///< as the holder's agent told last
  bool failsafe = false;                ///< the holder goes on by its candidates' yes
  std::vector<std::string> candidates;  ///< role: instances; files: nodes
  std::uint64_t record_seqno = 0;       ///< the holder's next seqno as in the record; 0: not known
  friend bool operator==(const BoardGroup&, const BoardGroup&) = default;
};

struct BoardInstance {
  std::string name;
  std::string node;
  std::string group;
  BoardRole role = BoardRole::Down;
  bool accepting = false;            ///< updates are on
  std::uint64_t epoch = 0;           ///< highest known to it; 0: none
  std::uint64_t next_seqno = 0;      ///< of the next transaction, so what is applied is below it; 0: not known
  std::uint64_t received_seqno = 0;  ///< last received, >= applied_seqno(); 0: none, or not known
  std::uint64_t last_commit_us = 0;  ///< when the newest transaction was committed at its root; 0: not known
  Lag lag;                           ///< behind the root of its group
  std::string upstream;              ///< instance that shall feed it; empty: none
  std::string fed_by;                ///< instance that does feed it; empty: none
  std::string needs;                 ///< refresh, rejoin, confirm; empty: nothing
  std::uint32_t restarts = 0;        ///< recoveries that failed, since it was well
  std::uint64_t applied_seqno() const { return next_seqno == 0 ? 0 : next_seqno - 1; }
  friend bool operator==(const BoardInstance&, const BoardInstance&) = default;
};

/// One process of a server, or the place of one that is stopped and will come again.
struct BoardServer {
  std::uint32_t id = 0;  ///< Spr_no; 0: the coordinator has not given it one yet
  ServerKind kind = ServerKind::Application;
  std::string name;  ///< `source:B`, `gateway:gwA`, `report`
  std::string group;
  std::string node;
  std::uint32_t copy = 1;      ///< which of several of this node, group and name, from 1
  std::uint32_t position = 0;  ///< of its table in the configuration: boot's order within a kind
  std::uint32_t pid = 0;       ///< 0: does not run
  std::uint64_t pid_start = 0;
  BoardServerState state = BoardServerState::Down;
  Wanted wanted = Wanted::Down;
  bool hold = false;
  std::string options;  ///< boot -o: added to its arguments until its next down
  std::uint32_t restarts = 0;
  std::uint64_t since_us = 0;
  std::optional<std::uint64_t> requests;
  std::optional<std::uint64_t> kib;
  std::string queue;    ///< where it listens; of a source server whom it feeds; empty: nothing
  std::string service;  ///< IDLE, FROZEN, FAILSAFE, NEEDS_REFRESH, or what it does; empty: working
  friend bool operator==(const BoardServer&, const BoardServer&) = default;
};

struct BoardProblem {
  char severity = 'W';  ///< as printed: I, W, E, F
  std::string code;     ///< HWREMOTE
  std::string text;     ///< of the message, after its code
  std::string node;     ///< that it is about; empty: about none
  friend bool operator==(const BoardProblem&, const BoardProblem&) = default;
};

enum class ReceiptState : std::uint8_t { Open, Collected, Applied, Conflicts, Complete };

/// Lost transactions of a former root. The transactions themselves are in `losttn/ID.json` (receipt_file.h).
struct Receipt {
  std::string id;  ///< GROUP-EPOCH, the new one's
  std::string group;
  std::string node;  ///< that has its files
  ReceiptState state = ReceiptState::Open;
  std::uint64_t conflicts = 0;
  std::string old_instance;
  std::uint64_t old_epoch = 0;
  std::uint64_t last_known = 0;  ///< seqno of the old root that the new one heard of last; 0: not known
  std::string new_instance;
  std::uint64_t new_epoch = 0;
  std::uint64_t first_own = 0;         ///< first seqno of the new reign
  std::optional<std::uint64_t> count;  ///< empty: not collected yet
  std::uint64_t first = 0;             ///< seqnos of the lost ones; 0: none, or not collected
  std::uint64_t last = 0;
  friend bool operator==(const Receipt&, const Receipt&) = default;
};

/// One source server and what its secondary lacks.
struct Hop {
  std::string from;
  std::string to;
  std::uint64_t unsent = 0;
  std::uint64_t unacked = 0;
  std::optional<double> seconds;
  std::optional<std::uint64_t> bytes_per_s;
  friend bool operator==(const Hop&, const Hop&) = default;
};

/// Nodes, groups and instances in file order; servers in order of their numbers.
struct Board {
  std::string domain;
  Dcs dcs = Dcs::Manual;
  BoardGeneration generation;
  Coordinator coordinator;
  std::uint64_t paused_until_us = 0;  ///< 0: not paused; kUntilResume_us: without an end
  std::uint64_t time_us = 0;          ///< of this snapshot
  std::vector<BoardNode> nodes;
  std::vector<BoardGroup> groups;
  std::vector<BoardInstance> instances;
  std::vector<BoardServer> servers;
  std::vector<BoardProblem> problems;
  std::vector<Receipt> receipts;
  std::vector<Hop> hops;

  /// Null: there is none of that name.
  const BoardNode* node(std::string_view name) const;
  const BoardGroup* group(std::string_view name) const;
  const BoardInstance* instance(std::string_view name) const;
  const BoardServer* server(std::uint32_t id) const;
  const Receipt* receipt(std::string_view id) const;
  friend bool operator==(const Board&, const Board&) = default;
};

/// The instance that is root of a group: of several that say so the one of the highest epoch. Null: none is.
const BoardInstance* root_of(const Board& board, std::string_view group);
/// Whether a node is heard.
bool is_heard(const Board& board, std::string_view node);
/// Whether there is a coordinator and it is not silent; if not, the domain is in limited mode. One that this agent has
/// had no time to hear counts as being there.
bool has_coordinator(const Board& board);
/// How far `behind` is behind `ahead`, by seqnos and commit times.
Lag lag_between(const BoardInstance& ahead, const BoardInstance& behind);

/// The words that commands and JSON use.
std::string_view word_of(Dcs dcs);
std::string_view word_of(Wanted wanted);
std::string_view word_of(NodeState state);
std::string_view word_of(GroupKind kind);
std::string_view word_of(GroupState state);
std::string_view word_of(BoardLease lease);
std::string_view word_of(BoardRole role);
std::string_view word_of(ServerKind kind);
std::string_view word_of(BoardServerState state);
std::string_view word_of(ReceiptState state);

}  // namespace hw::cluster

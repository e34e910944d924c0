/// cluster/lease/actions.h -- what the lease machine wants done.
///
/// The agent does the actions of a step one by one, in their order. Each action on disk or in the pool is finished
/// before the next begins; requests to the store and messages are only sent, and answered by an event. When an action
/// on disk fails, the rest of the list is left out and event::DiskFailed follows.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "cluster/lease/events.h"
#include "cluster/lease/record.h"
#include "engine/base/result.h"

namespace hw::cluster::lease::action {

// ---- the store. Sent once, never repeated by the client: the machine asks again, with another number ----

/// A linearizable read of the record.
struct ReadRecord {
  RequestId request;
  /// The last request was not answered in time: this one and later ones go to the store's next member.
  bool other_endpoint;
};
/// Puts `record` if the store still has `expected` (revision and value, both) and, where given, the member's try key
/// still has `try_mark` (revision and value, both).
struct PutRecord {
  RequestId request;
  Record record;
  std::optional<Stored> expected;  ///< none: only if there is no record
  std::optional<TryMark> try_mark;
  bool other_endpoint;
};
/// Puts the member's own try key, whatever it holds.
struct PutTry {
  RequestId request;
  Serial serial;
  bool other_endpoint;
};

// ---- disk of this node; durable before the next action ----

struct WriteNote {
  Note note;
};
struct DropNote {};
/// The Fencing Epoch of the instance file becomes `epoch`, if it is lower.
struct KeepEpoch {
  std::uint64_t epoch;
};

// ---- journal pool of this instance. Without a pool: what was said last holds for the next one ----

/// By the clock of this node. 0: no commit is accepted from now on.
struct SetDeadline {
  std::uint64_t deadline_ns;
};
/// The stop flag, under the commit lock: no update begins.
struct StopUpdates {};
struct AllowUpdates {};
/// Begin the reign: epoch and history record synced, updates left off. Answer: Promoted or PromoteFailed.
struct Promote {
  RequestId promotion;
  std::uint64_t epoch;
};
/// Scripts of the group's resources, verb COMMIT. Answer: Committed, whatever they said.
struct RunCommitScripts {
  RequestId promotion;
};
/// Updates on, in the reign that was begun. The stop flag is another matter.
struct UpdatesOn {};

// ---- other members ----

/// Ask each of them: event::ConfirmAsked there, event::ConfirmAnswered here.
struct AskConfirm {
  RoundId round;
  std::uint64_t epoch;
  std::vector<std::string> members;
};
struct AnswerConfirm {
  std::string to;
  RoundId round;
  bool yes;
  std::uint64_t known_epoch;  ///< highest here
};
/// Ask how far they are. An agent whose instance is up answers for itself; the machine is not asked.
struct AskPositions {
  RequestId query;
  std::vector<std::string> members;
};

// ---- the instance's place in the group ----

/// Say by event::Applied when `to` has applied everything that was made before the stop flag.
struct Drain {
  RequestId drain;
  std::string to;
};
/// This instance is not root: be fed as the record says.
struct FollowHolder {
  std::string holder;  ///< empty: not known
  std::uint64_t epoch;
  bool rejoin;  ///< it was root: down, rollback against the holder, up as secondary
};
/// For operator log and status.
struct Report {
  Error error;
};

}  // namespace hw::cluster::lease::action

namespace hw::cluster::lease {

using Action =
    std::variant<action::ReadRecord, action::PutRecord, action::PutTry, action::WriteNote, action::DropNote,
                 action::KeepEpoch, action::SetDeadline, action::StopUpdates, action::AllowUpdates, action::Promote,
                 action::RunCommitScripts, action::UpdatesOn, action::AskConfirm, action::AnswerConfirm,
                 action::AskPositions, action::Drain, action::FollowHolder, action::Report>;

}  // namespace hw::cluster::lease

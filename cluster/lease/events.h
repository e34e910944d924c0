/// cluster/lease/events.h -- what the lease machine is told.
///
/// Each event comes with the time on the agent's own clock (Machine::step). What is an answer names the request, round
/// or query that it answers; the machine decides whether it came too late.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>

#include "cluster/lease/record.h"

namespace hw::cluster::lease {

/// Of one life of the agent: a number rises with each request, in the order of sending.
using RequestId = std::uint64_t;
/// A round of confirmation: names the agent's life too, for answers may come after a restart.
using RoundId = Serial;

namespace event {

/// First of all, once.
struct Start {
  std::uint64_t run;             ///< drawn at random for this life of the agent
  std::optional<Note> note;      ///< found on disk
  std::uint64_t known_epoch;     ///< Fencing Epoch of the instance file; 0: none
  std::uint64_t last_epoch = 0;  ///< of the last reign of this instance, by its history; 0: none
  /// Of the journal pool of this boot. None: epoch 0, the rest as it comes.
  std::uint64_t pool_epoch = 0;
  std::uint64_t pool_deadline_ns = 0;
  bool pool_updates_on = false;
};
/// Nothing but the time. Due at Machine::wake_ns() at the latest; more often does no harm.
struct Tick {};

// ---- the store ----

/// The record, or something in the store, may have changed: a watch says so. Lost ones cost time only.
struct Changed {};
struct RecordRead {
  RequestId request;
  std::optional<Stored> stored;  ///< none: there is no record
};
/// Answer of a PutRecord.
struct RecordPut {
  RequestId request;
  bool done;                   ///< false: what it expected was not there; nothing was changed
  std::uint64_t revision = 0;  ///< done: of the new record
  std::string value{};         ///< done: its text
};
/// Answer of a PutTry: done.
struct TryPut {
  RequestId request;
  std::uint64_t revision;
};

// ---- other members of the group ----

/// A root without store asks whether this member leaves it in its place.
struct ConfirmAsked {
  std::string from;
  RoundId round;
  std::uint64_t epoch;
};
struct ConfirmAnswered {
  std::string from;
  RoundId round;
  bool yes;
};
/// How far a candidate is: an answer of AskPositions.
struct Position {
  std::string from;
  RequestId query;
  std::uint64_t seqno;
};
/// Any other way in which an epoch becomes known: of a link, of an agent's greeting.
struct EpochHeard {
  std::uint64_t epoch;
};

// ---- this instance ----

/// action::Promote of that number is done, on disk.
struct Promoted {
  RequestId promotion;
};
/// It is not, and may yet be. Also when the updates could not be put on.
struct PromoteFailed {
  RequestId promotion;
};
/// action::RunCommitScripts is done.
struct Committed {
  RequestId promotion;
};
/// The secondary of action::Drain has applied every transaction that this instance made before its stop flag was set.
struct Applied {
  RequestId drain;
};
/// The instance has a new journal pool, after a crash: without epoch, deadline and stop flag, updates off.
struct PoolAnew {};
/// The agent cannot bring up this instance, which is root or was to be.
struct GaveUp {};
/// An action on disk failed (WriteNote, KeepEpoch); those after it in the list were not done.
struct DiskFailed {};

// ---- operator and coordinator ----

/// The instance is booted, and is to be root if the record says so.
struct Boot {
  /// Every agent of the group answered, and none knows an epoch: the group never had a root.
  bool none_known = false;
};
/// This instance is to take the lease (failover, migg).
struct Failover {
  bool force = false;      ///< the record is set to down first, and the lease's end waited for
  bool confirmed = false;  ///< for one that is no candidate: an operator says that the old root does not run
};
/// The group is to have no root: down.
struct Down {};
/// Planned change: drain, then release to `to`.
struct Release {
  std::string to;
  bool move = false;  ///< down -R: waits for Migrate before it releases
};
struct Migrate {};  ///< migg, after Release with `move`
struct Cancel {};   ///< the planned change is called off
/// No automatic takeover until then. `until_ns` of this clock; all ones: until Resume.
struct Pause {
  std::uint64_t until_ns;
};
struct Resume {};

}  // namespace event

using Event = std::variant<event::Start, event::Tick, event::Changed, event::RecordRead, event::RecordPut,
                           event::TryPut, event::ConfirmAsked, event::ConfirmAnswered, event::Position,
                           event::EpochHeard, event::Promoted, event::PromoteFailed, event::Committed, event::Applied,
                           event::PoolAnew, event::GaveUp, event::DiskFailed, event::Boot, event::Failover, event::Down,
                           event::Release, event::Migrate, event::Cancel, event::Pause, event::Resume>;

}  // namespace hw::cluster::lease

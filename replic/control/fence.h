/// replic/control/fence.h -- fencing: how an agent lets an instance be root for a time, and takes that away.
///
/// Three layers, each safe without the one above it:
///
///   instance file  Fence Required: the instance opens with updates off until an agent says otherwise. Fencing Epoch:
///   the
///                  highest number of a reign that is known here; a source server of a lower one is refused.
///   journal pool   epoch of the reign; deadline by CLOCK_BOOTTIME, after which no update is acknowledged; stop flag,
///                  with which no update begins. A new pool has none of the three.
///   commit path    each commit reads the clock, then the deadline, before success is returned
///                  (engine/commit/deadline.h).
///
/// The agent alone writes epoch and deadline and takes the stop flag off. It makes an instance root so: `require_fence`
/// once; `learn_epoch`; `Fence::promote`, which begins the reign on disk; `Fence::set_deadline`; `Fence::updates_on`.
///
/// Who holds a Fence is attached to the journal pool and keeps it from being removed: open one for a step, and drop it
/// before servers are shut down. Gateways, which have the database open anyway, may keep theirs.
///
/// Source: ours; docs/decisions/0010-fencing.md. Thread: one at a time per object.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "engine/base/types.h"
#include "journal/pool.h"

namespace hw {

/// What the journal pool says.
struct FenceInPool {
  std::uint64_t uid = 0;          ///< of the pool: another one has forgotten what this one was told
  std::uint64_t epoch = 0;        ///< of the reign here; 0: none
  std::uint64_t deadline_ns = 0;  ///< CLOCK_BOOTTIME; kNoDeadline: none is needed
  bool stopped = false;           ///< the stop flag
  bool updates_enabled = false;   ///< root; updates begin if not `stopped`
  Seqno next_seqno;
};
struct FenceState {
  std::string instance;
  bool required = false;
  std::uint64_t known_epoch = 0;    ///< the Fencing Epoch of the file; 0: none
  bool root_primary = false;        ///< is, or was when it last ran, root
  Seqno next_seqno;                 ///< exact when it is up, or was shut down in order
  std::optional<FenceInPool> pool;  ///< none: it is down
};

/// Of an instance that is up or down. Errors: those of InstanceFile::open and look_at_pool, but for those that say that
/// there is no pool. Blocks: one read of the instance file.
Result<FenceState> read_fence(const std::string& instance_path);

/// Sets Fence Required. Durable on return (fdatasync of the instance file).
/// Errors: HWINUSE when its updates are on and no epoch is set: they would stop; HWREFUSED for an instance of the
/// dual-site version; those of InstanceFile::update_header, find_pool.
Status require_fence(const std::string& instance_path);

/// `fence off`: takes Fence Required off; the epoch stays known. Durable on return.
/// Errors: HWINUSE when the instance is up, or its memory is still there; those of InstanceFile::update_header.
Status fence_off(const std::string& instance_path);

/// The instance has heard of a reign: a higher epoch is durable in its file on return, and a connected source server of
/// a lower one is refused. A lower one changes nothing. Errors: those of InstanceFile::update_header, find_pool.
Status learn_epoch(const std::string& instance_path, std::uint64_t epoch);

/// The fence of an instance that is up.
class Fence {
 public:
  using Clock = std::chrono::steady_clock;

  /// Errors: those of find_pool.
  static Result<Fence> open(const std::string& instance_path);

  Fence(Fence&&) noexcept;
  Fence& operator=(Fence&&) noexcept;
  ~Fence();

  /// Fields of one moment each. Takes no lock.
  FenceInPool state() const;
  /// False once the instance has another pool, or none. Errors: those of InstanceFile::open.
  Result<bool> is_current() const;

  // ---- the agent ----

  /// When this returns, no reading of the clock after it is held against an earlier deadline. kNoDeadline: no commit
  /// reads the clock. 0: each is late; raises the event. Takes no lock, does not wait.
  void set_deadline(std::uint64_t boottime_ns);

  /// Sets the stop flag, under the commit lock: no transaction takes a seqno any more. Returns the next one, which
  /// stays as long as the flag. Set already: the same. Errors: HWINUSE when the lock is not to be had until `until`;
  /// those of CommitLock::take. Raises the event.
  Result<Seqno> stop_updates(Clock::time_point until);
  /// Takes it off, likewise. Errors: as stop_updates. Raises the event.
  Status allow_updates(Clock::time_point until);

  /// Begins the reign `epoch` of this instance in place: the epoch is set in the pool, and epoch and history record are
  /// in the instance file (fdatasync) on return. No update begins meanwhile: updates are off, as at a secondary, or
  /// stopped. Source servers and readers stay attached. Deadline, stop flag, and whether updates are on are not
  /// touched. Errors: HWREFUSED when Fence Required is not set; HWEPOCHOLD when a higher one is known; HWEPOCHCLASH
  /// when it was another instance's; HWINUSE when updates may begin, or a receiver server or update process lives;
  /// those of InstanceFile::begin_reign. Blocks: for the admin lock of the pool, and three fdatasyncs.
  Status promote(std::uint64_t epoch);
  /// The epoch of a reign that was begun before, for a pool that lives on. Takes no lock.
  void set_epoch(std::uint64_t epoch);
  /// Updates on, in the reign that `promote` has begun. The stop flag is not touched.
  /// Errors: HWFENCED when the pool has no epoch, or the last history record is not of this instance and that epoch;
  /// HWINUSE when a receiver server or update process lives; as stop_updates. Raises the event.
  Status updates_on(Clock::time_point until);
  /// Updates off: the instance is no root any more for who asks. Errors: as stop_updates. Raises the event.
  Status updates_off(Clock::time_point until);

  // ---- gateways ----

  /// Whether an update may begin now: root, and no stop flag.
  bool takes_updates() const;
  /// Counts events: changes of the stop flag, updates on or off, deadline 0. Take it before looking at what is waited
  /// for.
  std::uint32_t ticket() const;
  /// Returns after an event since `ticket` was taken, or at `until`, or sooner: look again.
  void wait(std::uint32_t ticket, Clock::time_point until) const;
  /// The same event, for EventWatch (replic/process/event_watch.h), which makes a descriptor readable.
  SharedEvent& event() const;
  /// For wait_applied (replic/control/applied.h).
  PoolHeader& pool() const;

 private:
  struct Parts;
  explicit Fence(std::unique_ptr<Parts> parts);
  std::unique_ptr<Parts> parts_;
};

}  // namespace hw

/// engine/session/attachment.h -- regions come to commit through one journal pool, together.
///
/// The order is what keeps a crash or a refusal half way harmless: locks, then the pool that the control files name,
/// then the files, then the pool that they will use, and only then each region's place in it and its control file.
/// Whatever fails before the last step has changed nothing; a pool that was made for it goes with the object.
#pragma once

#include <mutex>
#include <span>
#include <string>
#include <vector>

#include "engine/region/attaching_locks.h"
#include "journal/pool.h"

namespace hw {

/// Errors of all functions: those of ControlFile and JournalPool. Thread: one; others that join these regions, and
/// processes that attach or leave, wait while it lives.
class Attachment {
 public:
  /// `instance_file`: empty when none is named. Both outlive the object.
  Attachment(std::span<OpenRegion* const> regions, const std::string& instance_file);
  ~Attachment();

  /// Takes the locks, and finds the pool that those of the regions which are open have. False: a region has to be
  /// recovered first, which needs it alone. Errors: HWUNSEEN; HWDBBUSY when they are in two pools.
  Result<bool> find_pool();
  bool has_pool() const { return pool_.is_attached(); }
  const JournalPool& pool() const { return pool_; }
  /// The instance file of the chosen pool's instance, as it was named here when a region is replicated.
  std::string instance_file() const;

  /// Each file is open for writing. Errors: HWDBBUSY when another process has it alone; HWCOPY; HWJNLREPLACED;
  /// HWRESTARTNEEDED and kin.
  Status open_files();
  /// Finds or makes the pool that all of them will use. `create`: how, for the first source server of an instance.
  /// Errors: REPLINSTUNDEF, REPLINSTACC, REPLINSTMISMTCH, NOJNLPOOL.
  Status choose_pool(const JournalPool::Setup* create);
  /// Gives each region its place, in `pool` or the one that was chosen. Errors: JNLBADLABEL, JNLFILOPN; those of
  /// publish_image_place.
  Status enter(JournalPool& pool);
  /// Enters the chosen pool, which is the caller's from then on.
  Result<JournalPool> enter();

 private:
  Status require_journal_in_pool(const OpenRegion& region) const;
  bool any_replicated() const;
  Status require_same_instance() const;
  Status make_pool(JournalPool::Setup setup);

  std::span<OpenRegion* const> regions_;
  const std::string& instance_file_;
  std::vector<std::unique_lock<std::mutex>> nobody_joins_;
  AttachingLocks locks_;
  std::vector<ControlState> states_;
  JournalPool pool_;
  int made_ = -1;  ///< id of a pool that was made here and that no process uses yet
};

/// Removes a pool that no other process is attached to. Of another user's, the databases' control files note that it is
/// there to be used again. Attaching locks held.
Status remove_or_leave(const JournalPool& pool, std::span<OpenRegion* const> regions);

/// HWDBBUSY: another process has the region alone.
Error standalone_elsewhere(const OpenRegion& region);

}  // namespace hw

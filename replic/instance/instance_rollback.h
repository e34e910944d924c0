/// replic/instance/instance_rollback.h -- an instance back to one seqno: the order of the durable steps.
///
/// The order is the same for an instance that is down and for one that is up. What differs is how the regions are held
/// and what other processes are told: RollbackSite, with replic/instance/rollback_offline.h and rollback_online.h.
///
///   step              on disk when it has returned
///   1 WriteLost       everything that goes out, in the lost-transaction file
///   2 MarkInstance    the instance file's crash mark, and that it does not know how far the regions had come
///   3 UndoRegions     the regions, undone and with their journals cut, by steps of its own: engine/recovery/rollback.h
///   4 MarkDivergence  of a former root: in each region from where on it differs, then in the instance file the same,
///                     and that its lost transactions are not complete
///   5 CutHistory      the regions' marks, and the instance file's history and slots, which know of nothing above the
///                     seqno
///   6 Settle          down: the instance file without crash mark and pools, and how far the regions are now; up: a
///                     root's new reign, and then the others go on
///
/// Each step needs the ones before it:
///   1 before 3  step 3 cuts the journals, and nothing else has what goes out
///   2 before 3  regions that have gone back must not be started beside an instance file that has not; and a rollback
///               that is done again must not be refused because they are earlier than the list
///   3 before 4  the mark says that what the region had from there on is gone; until step 3 is done, recovery may bring
///               it back
///   4 before 5  whether this is a former root is read from the history: once that is cut, a rollback that is done
///               again would not know it
///   5 before 6  what is committed next has the seqnos of what went out, and another reign
///
/// A process that dies in step 1 has changed nothing. From step 2 on no server starts (REPLREQROLLBACK) until a
/// rollback has come to its end. An instance that is up has the crash mark since its start; when the process dies in
/// step 3 or later, its pool is damaged and accepts no commit (engine/recovery/live_rollback.h). After a death in step
/// 3, the next process that opens the regions takes all of them to the state before that step or after it. Done again,
/// the rollback goes to the same seqno, finds in each step what is done already, and does the rest.
///
/// Source: docs/conformance.md 2.*, 7.*; docs/durability.md, "Rollback".
#pragma once

#include <functional>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "engine/extract/extract_line.h"
#include "engine/journal_tools/lost_file.h"
#include "engine/recovery/undo.h"
#include "replic/instance/instance_file.h"

namespace hw {

struct RollbackOptions {
  bool asks_primary = false;               ///< the seqno is what the new primary says (-fetchresync)
  std::optional<std::string> lost_path;    ///< none: beside the journal of the first region
  std::optional<std::string> broken_path;  ///< none: the same
  bool write_lost = true;
  bool write_broken = true;
  ExtractLayout layout = ExtractLayout::V7;  ///< of both files
};

enum class RollbackStep { WriteLost, MarkInstance, UndoRegions, MarkDivergence, CutHistory, Settle };

/// What others see of a rollback under way. Each may be empty.
struct RollbackWatch {
  /// Told of each step before it begins; an error ends the rollback there.
  std::function<Status(RollbackStep)> before;
  /// A file of lost or broken transactions is on disk, or has not been made because there are none. `kind`:
  /// kLostExtract, kBrokenExtract.
  std::function<void(std::string_view kind, const LostFile& file)> wrote;
  UndoProgress undoing;

  /// Tells `before`. Errors: those of `before`.
  Status begin(RollbackStep step) const { return before ? before(step) : Status(); }
};

/// An instance's regions as a rollback holds them: nobody commits while the object lives. Thread: one at a time.
class RollbackSite {
 public:
  virtual ~RollbackSite() = default;
  RollbackSite(const RollbackSite&) = delete;
  RollbackSite& operator=(const RollbackSite&) = delete;

  /// Those that replicate; at least one. Their headers say where their journals end.
  std::span<OpenRegion* const> regions() const { return regions_; }
  /// The instance's: the highest of the regions.
  Seqno next_seqno() const { return next_seqno_; }
  /// What recovery has put into the lost-transaction file when the regions were taken.
  const LostFile& cut() const { return cut_; }

  /// Step 3: as roll_back_regions. Errors: those of roll_back_regions.
  virtual Status undo(Seqno to, const UndoProgress& progress) = 0;
  /// Step 4, the regions' part: as mark_divergence. Errors: those of mark_divergence.
  virtual Status mark_divergence(Seqno from) = 0;
  /// Step 5, the regions' part: as lower_closed_marks. A rollback that takes something out has done it in step 3, by
  /// its decision; recovery, which may have gone back before, knows only the regions that it saw. Errors: DBFILERR.
  virtual Status lower_marks(Seqno next) = 0;
  /// Step 6. Errors: those of InstanceFile's changes; DBFILERR.
  virtual Status settle(InstanceFile& instance, Seqno next_seqno) = 0;

 protected:
  RollbackSite() = default;

  std::vector<OpenRegion*> regions_;
  Seqno next_seqno_{1};
  LostFile cut_;
};

struct RolledBack {
  Seqno next_seqno{1};
  std::optional<Error> history_gap;  ///< a warning: the history does not reach back to the last transaction that stays
};

/// Takes everything from `to` on, which is not above the site's next seqno, out of the instance, by the steps above.
/// Without `to` nothing is taken out, and the instance file is brought to where the regions are: steps 5 and 6.
/// Errors: those of write_lost_file or, when that file is not wanted, check_journals; of InstanceFile's changes; of
/// roll_back_regions; DBFILERR; those of `watch.before`. Blocks: as roll_back_regions.
Result<RolledBack> roll_back_instance(RollbackSite& site, InstanceFile& instance, std::optional<Seqno> to,
                                      const RollbackOptions& options, const RollbackWatch& watch);

/// Whether the instance generated its newest updates itself, as a root that has not been anybody's secondary since, in
/// whatever role it was started meanwhile, and now asks the one that took over.
bool is_former_root(const InstanceFile& instance, const RollbackOptions& options);

/// `<journal of the first region without .mjl><suffix>`, as GT.M names the files it writes unasked.
std::string path_beside_journal(std::span<OpenRegion* const> regions, std::string_view suffix);

/// The second line of a lost-transaction file: `ROLLBACK PRIMARY INSTA`.
std::string lost_heading(const InstanceFile& instance, const RollbackOptions& options);

}  // namespace hw

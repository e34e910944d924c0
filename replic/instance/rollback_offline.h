/// replic/instance/rollback_offline.h -- the regions of an instance that is down, for a rollback.
#pragma once

#include <memory>
#include <vector>

#include "engine/recovery/region_access.h"
#include "replic/instance/instance_rollback.h"
#include "replic/instance/region_moments.h"

namespace hw {

/// Each region of the instance alone and clean; nobody attaches while the object lives.
class OfflineSite final : public RollbackSite {
 public:
  /// Takes the regions of `directory`, and puts right what dead processes or a power loss left in them (make_clean).
  /// What that has to cut is written to the files of broken and lost transactions first; `watch.wrote` is told.
  /// `resync`: from there on transactions go in any case, as the operator has named it.
  ///
  /// Errors: HWREGIONSMISSED when the instance has more regions than these, MUSTANDALONE, and nothing has been
  /// recovered; REPLSTATEOFF when none replicates; those of take_all, make_clean, write_cut_files and refuse_copy.
  static Result<std::unique_ptr<OfflineSite>> take(const InstanceFile& instance, const GlobalDirectory& directory,
                                                   std::optional<Seqno> resync, const RollbackOptions& options,
                                                   const RollbackWatch& watch);

  /// Whether databases and instance file are of one moment and have every part of every transaction before `to`. Call
  /// before roll_back_instance (checked). Errors: REPLINSTDBMATCH; those of require_moments and require_all_parts.
  /// Nothing has changed.
  Status check(InstanceFile& instance, std::optional<Seqno> to);

  /// Recovery has found transactions without all of their parts.
  bool found_broken() const { return found_broken_; }

  Status undo(Seqno to, const UndoProgress& progress) override;
  Status mark_divergence(Seqno from) override;
  Status lower_marks(Seqno next) override;
  Status settle(InstanceFile& instance, Seqno next_seqno) override;

 private:
  OfflineSite() = default;
  Status recover(const InstanceFile& instance, std::optional<Seqno> resync, const RollbackOptions& options,
                 const RollbackWatch& watch);
  bool is_held() const;
  std::vector<RegionHere> here() const;

  std::vector<std::unique_ptr<RegionAccess>> taken_;
  bool found_broken_ = false;
  bool checked_ = false;
};

}  // namespace hw

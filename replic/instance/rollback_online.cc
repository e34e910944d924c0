#include "replic/instance/rollback_online.h"

#include <unistd.h>

#include <ctime>

#include "engine/base/interrupt.h"
#include "engine/recovery/live_rollback.h"
#include "replic/instance/lost_transactions.h"

namespace hw {
namespace {

/// The regions under the locks of their pool.
class OnlineSite final : public RollbackSite {
 public:
  static Result<std::unique_ptr<OnlineSite>> take(Domain& domain) {
    std::unique_ptr<OnlineSite> site(new OnlineSite(domain));
    HW_TRY(site->rollback_, LiveRollback::begin(domain));
    site->regions_.assign(site->rollback_->regions().begin(), site->rollback_->regions().end());
    site->next_seqno_ = site->rollback_->next_seqno();
    return site;
  }

  Status undo(Seqno to, const UndoProgress& progress) override {
    HW_CHECK(to < next_seqno_);
    not_half_way_.emplace();
    return rollback_->roll_back(to, progress);
  }

  Status mark_divergence(Seqno from) override { return mark_held_divergence(domain_, from); }
  Status lower_marks(Seqno next) override { return lower_held_marks(domain_, next); }

  /// What comes now has the same seqnos as what was taken out: only another reign tells them apart.
  Status settle(InstanceFile& instance, Seqno next_seqno) override {
    if (domain_.header().updates_enabled.load() != 0) {
      HW_TRY_VOID(instance.begin_reign(next_seqno, static_cast<std::uint32_t>(::getpid()),
                                       static_cast<std::uint64_t>(std::time(nullptr)),
                                       domain_.header().fence.epoch.load()));
      domain_.header().fence.raise_known_epoch(instance.header().fencing_epoch);
    }
    HW_TRY_VOID(publish_mark(domain_.header(), instance));
    rollback_->finish();
    return {};
  }

 private:
  explicit OnlineSite(Domain& domain) : domain_(domain) {}

  Domain& domain_;
  std::optional<EndDeferred> not_half_way_;  // Ends after the locks are free.
  std::unique_ptr<LiveRollback> rollback_;
};

}  // namespace

Result<RolledBack> roll_back_online(Domain& domain, InstanceFile& instance, Seqno to, const RollbackOptions& options,
                                    const RollbackWatch& watch) {
  Seqno next;
  {
    HW_TRY(const auto site, OnlineSite::take(domain));
    if (to < site->next_seqno()) return roll_back_instance(*site, instance, to, options, watch);
    next = site->next_seqno();
  }
  if (is_former_root(instance, options)) HW_TRY_VOID(mark_divergence(domain, instance, to));
  return RolledBack{next, std::nullopt};
}

}  // namespace hw

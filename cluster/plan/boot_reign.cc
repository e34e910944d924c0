#include "cluster/plan/boot_reign.h"

#include <algorithm>

namespace hw::cluster {
namespace {

/// Nobody has reigned since the last root was taken down, or nobody ever.
bool has_ended(const BoardRecord& record, const std::string& root, const Reign& reign) {
  if (record.holder.empty()) return reign.highest_epoch == 0;
  return record.holder == root && (record.lease == BoardLease::Down || record.lease == BoardLease::Released);
}

/// Who may be reigning unseen, though the record says that the last reign was ended: an epoch is known that is above
/// that of any reign that is seen.
std::vector<std::string> silent_beside(const std::string& root, const Reign& reign) {
  std::vector<std::string> names = reign.unproven;
  std::erase(names, root);
  return names;
}

}  // namespace

BootReignDecision decide_boot_reign(const BoardRecord& record, const std::string& root,
                                    const std::vector<ReignFact>& facts) {
  const Reign reign = find_reign(record, facts);
  if (!reign.root.empty() && reign.root != root) return {BootReign::Over, reign.epoch, {}};
  const ReignFact* const found = fact_of(facts, root);
  ReignFact mine = found == nullptr ? ReignFact{} : *found;
  mine.instance = root;
  if (mine.accepting && mine.pool_epoch != 0 && mine.pool_epoch == reign.highest_epoch)
    return {BootReign::Reigns, mine.pool_epoch, {}};
  if (mine.accepting && mine.pool_epoch == 0) return {BootReign::ByHand, 0, {}};
  if (has_ended(record, root, reign)) {
    std::vector<std::string> silent = silent_beside(root, reign);
    if (!silent.empty()) return {BootReign::Waits, record.epoch, std::move(silent)};
    return {BootReign::Anew, 0, {}};
  }
  // The record is written before a reign begins: an epoch above it is another's, or the record is an old copy.
  if (mine.known_epoch > record.epoch) return {BootReign::Over, mine.known_epoch, {}};
  mine.known_epoch = record.epoch;
  MayGoOn may = may_go_on(mine, facts);
  if (!may.over_by.empty()) return {BootReign::Over, may.over_epoch, {}};
  if (!may.waits_for.empty()) return {BootReign::Waits, record.epoch, std::move(may.waits_for)};
  return {BootReign::GoesOn, record.epoch, {}};
}

}  // namespace hw::cluster

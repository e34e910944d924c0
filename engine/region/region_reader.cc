#include "engine/region/region_reader.h"

#include <atomic>

#include "engine/region/open_region.h"

namespace hw {
namespace {

bool copy_to(const std::optional<TransactionBase::Node>& found, NodeCopy& node) {
  if (!found) return false;
  node.key.assign(found->key);
  node.value.assign(found->value);
  return true;
}

}  // namespace

Result<RegionReader::Look> RegionReader::take_stored(OpenRegion& region) {
  HW_CHECK(!is_held());
  region_ = &region;
  for (;;) {
    std::shared_lock pin(region.map_lock);
    bool needs_adoption = false;
    HW_TRY_VOID(transaction_.renew(region.environment, needs_adoption));
    if (!needs_adoption) return Look(std::move(pin), transaction_);
    pin.unlock();
    HW_TRY_VOID(region.adopt_size());
  }
}

Result<RegionReader::Look> RegionReader::take(OpenRegion& region) {
  const std::atomic<std::uint32_t>& behind = region.control.live().behind;
  for (;;) {
    if (region.bring_up && behind.load(std::memory_order_acquire) != 0) HW_TRY_VOID(region.bring_up());
    HW_TRY(Look look, take_stored(region));
    // Ordered against engine/commit/in_place.cc: either this snapshot is seen there, or the flag is seen here.
    std::atomic_thread_fence(std::memory_order_seq_cst);
    if (!region.bring_up || behind.load(std::memory_order_relaxed) == 0) return look;
    release();
  }
}

RegionReader::Look RegionReader::look() {
  HW_CHECK(is_held());
  return Look(std::shared_lock(region_->map_lock), transaction_);
}

Result<bool> RegionReader::first(std::string_view from, NodeCopy& node) {
  const Look shown = look();
  HW_TRY(const auto found, shown->seek(from));
  return copy_to(found, node);
}

Result<bool> RegionReader::next(NodeCopy& node) {
  const Look shown = look();
  if (shown->must_seek_again()) {
    HW_TRY(const auto present, shown->seek(node.key));
    if (!present || present->key != node.key) return copy_to(present, node);
  }
  HW_TRY(const auto found, shown->next());
  return copy_to(found, node);
}

}  // namespace hw

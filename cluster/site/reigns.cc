#include "cluster/site/reigns.h"

#include <algorithm>
#include <chrono>

#include "replic/control/fence.h"
#include "replic/instance/instance.h"

namespace hw::cluster {
namespace {

using std::chrono::steady_clock;

constexpr auto kSlice = std::chrono::seconds(1);

bool is_down(const Error& error) { return error.id == MsgId::NOJNLPOOL || error.id == MsgId::REPLREQROLLBACK; }

}  // namespace

Status begin_reign(const InstancePlace& place, std::uint64_t epoch, Deadline deadline) {
  const std::string path = place.instance_file();
  HW_TRY_VOID(require_fence(path));
  HW_TRY(const FenceState known_before, read_fence(path));
  const std::uint64_t known = known_before.known_epoch;
  HW_TRY(Fence fence, Fence::open(path));
  const FenceInPool before = fence.state();
  const bool begun = before.epoch == epoch;
  if (!begun) {
    HW_TRY_VOID(fence.promote(epoch));
  } else if (known > epoch) {
    return make_error<MsgId::HWEPOCHOLD>(place.instance->name, epoch, known);
  }
  fence.set_deadline(kNoDeadline);
  if (!begun || !before.updates_enabled) HW_TRY_VOID(fence.updates_on(deadline));
  if (before.stopped) HW_TRY_VOID(fence.allow_updates(deadline));
  return {};
}

Status promote_leased(const InstancePlace& place, std::uint64_t epoch) {
  const std::string path = place.instance_file();
  HW_TRY_VOID(require_fence(path));
  HW_TRY(Fence fence, Fence::open(path));
  if (fence.state().epoch == epoch) return {};
  return fence.promote(epoch);
}

Result<std::uint64_t> stop_updates_of(const InstancePlace& place, Deadline deadline) {
  HW_TRY(Fence fence, Fence::open(place.instance_file()));
  HW_TRY(const Seqno next, fence.stop_updates(deadline));
  return next.value;
}

Status allow_updates_of(const InstancePlace& place, Deadline deadline) {
  HW_TRY(Fence fence, Fence::open(place.instance_file()));
  const FenceInPool state = fence.state();
  if (state.epoch == 0 || state.deadline_ns == 0) return make_error<MsgId::HWFENCED>(place.instance->name);
  return fence.allow_updates(deadline);
}

Status give_up_reign(const InstancePlace& place, Deadline deadline) {
  auto fence = Fence::open(place.instance_file());
  if (!fence.has_value()) return is_down(fence.error()) ? Status() : Status(fence.error());
  HW_TRY([[maybe_unused]] const Seqno next, fence->stop_updates(deadline));
  fence->set_deadline(0);
  return {};
}

Status wait_for_seqno(SiteParts& parts, const InstancePlace& place, std::uint64_t next_seqno, Deadline deadline) {
  std::uint64_t now_next = 0;
  // In slices: the memory may be rebuilt meanwhile.
  for (;;) {
    Status outcome;
    parts.gate.pass(place.instance->name, [&](bool open) {
      if (!open) return;
      const auto pool = find_pool(place.instance_file());
      if (!pool.has_value()) {
        outcome = pool.error();
        return;
      }
      const PoolHeader& shared = pool->header();
      const auto until = std::min(deadline, steady_clock::now() + kSlice);
      for (;;) {
        const std::uint32_t ticket = pool->header().published.ticket();
        now_next = shared.next_seqno.load();
        if (now_next >= next_seqno || steady_clock::now() >= until) return;
        pool->header().published.wait_unless(ticket, until, [&] { return shared.next_seqno.load() >= next_seqno; });
      }
    });
    if (!outcome.has_value()) return outcome;
    if (now_next >= next_seqno) return {};
    if (steady_clock::now() >= deadline || parts.waits->is_closed())
      return parts.no_answer(
          fmt::format("{} is at seqno {}, {} was waited for", place.instance->name, now_next, next_seqno));
  }
}

}  // namespace hw::cluster

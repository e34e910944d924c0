// Where the names of journals in use lead: a journal whose name another program has taken gets it again, or no update
// of its region is accepted. Only a process that has the file open can give it back; one that comes later is refused
// (JournalWriter::attach).
#include "engine/base/clock.h"
#include "engine/base/operator_log.h"
#include "engine/commit/domain.h"
#include "journal/current_file.h"
#include "journal/put_back.h"

namespace hw {
namespace {

constexpr std::uint32_t kPutBackPeriodS = 10;  // All commits wait while a journal is copied, in vain on a full disk.

}  // namespace

bool Domain::needs_look(Watched which) {
  const MutexLock guard(sync_mutex_);
  for (std::uint32_t i = 0; i < kRegionsMax; ++i) {
    const PoolRegion& region = header().regions[i];
    if (region.in_use.load(std::memory_order_acquire) == 0 || region.journaled == 0) continue;
    const SyncHandle& handle = sync_handles_[i];
    if (which == Watched::All && (region.journal_replaced.load() != 0 || !handle.is_for(region))) return true;
    if (!handle.is_of(region)) continue;
    const std::string path(region.journal.view());
    if (where_name_leads(path, handle.file, region.journal_file.load()) == NameLeads::Elsewhere) return true;
  }
  return false;
}

Status Domain::watch_journals(Watched which) {
  if (!needs_look(which)) return {};
  HW_TRY(const CommitLock nobody_switches, CommitLock::take(*this, CommitLock::Behind::Stays));
  HW_TRY(const RobustLock nobody_syncs, RobustLock::take(header().sync_lock));
  const MutexLock guard(sync_mutex_);
  Status all;
  for (std::uint32_t i = 0; i < kRegionsMax; ++i) {
    PoolRegion& region = header().regions[i];
    if (region.in_use.load() == 0 || region.journaled == 0) continue;
    SyncHandle& handle = sync_handles_[i];
    if (which == Watched::Held && !handle.is_of(region)) continue;
    Status settled = watch_journal(region, handle);
    if (all.has_value()) all = std::move(settled);
  }
  return all;
}

Status Domain::watch_journal(PoolRegion& region, SyncHandle& handle) {
  const auto taken = take_handle(region, region.generation.load(), handle);
  if (taken.has_value()) return settle_name(region, handle);
  handle = {region.generation.load(), region.cuts.load(), {}};
  // Whoever needs a file that is missing, or that may not be opened, is told then.
  return taken.error().id == MsgId::HWJNLREPLACED ? Status(taken.error()) : Status();
}

Status Domain::settle_name(PoolRegion& region, SyncHandle& handle) {
  const std::string path(region.journal.view());
  if (where_name_leads(path, handle.file, region.journal_file.load()) != NameLeads::Elsewhere) {
    region.journal_replaced.store(0);
    return {};
  }
  const auto now_s = static_cast<std::uint32_t>(wall_clock_us() / 1'000'000);
  const std::uint32_t tried_s = region.journal_replaced.load();
  if (tried_s != 0 && now_s >= tried_s && now_s - tried_s < kPutBackPeriodS)
    return replaced_error(CurrentJournal::of(region));
  const auto aside = put_back(region, handle.file);
  if (!aside.has_value()) {
    region.journal_replaced.store(now_s);
    return aside.error();
  }
  Error told = make_error<MsgId::HWJNLPUTBACK>(path);
  told.note(aside->empty() ? "No file had the name" : "What had the name is " + *aside);
  to_operator_log({"JNLWATCH", header().instance_name}, told);
  // From now on this is what must not be lost.
  HW_TRY([[maybe_unused]] const bool taken, take_handle(region, region.generation.load(), handle));
  return {};
}

}  // namespace hw

/// journal/pool_fields.h -- the journal pool's fields by name, for `mupip replicate -source -jnlpool`.
///
/// Offsets and sizes are the compiler's (offsetof), so that what is shown is what the program uses. The names are
/// GT.M's where it has the field. docs/formats/journal-pool.md lists the same fields; a test compares them.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "engine/base/field_table.h"
#include "journal/pool.h"

namespace hw {

/// Of PoolHeader, without locks, the commit in flight, regions and slots.
std::span<const Field> pool_control_fields();
/// Of one PoolRegion and one PoolSlot, all of them.
std::span<const Field> pool_region_fields();
std::span<const Field> pool_slot_fields();

/// Control structure, regions in use and source server slots that hold anything, in GT.M's sections; offsets from the
/// start of the segment. `before_slots` are further sections, ahead of the last. A snapshot without a lock: fields of
/// one moment each, not of one moment together.
std::string show_journal_pool(const PoolHeader& header, bool detail, std::string_view before_slots = {});

/// -jnlpool -change: shows, or with `value` changes, `bytes` (1, 2, 4 or 8) at `offset`, a multiple of `bytes`
/// (checked). A value wider than `bytes` is cut. What the value means is not tested.
/// Errors: MUPCLIERR when the pool ends before; HWREFUSED for a change of what processes find the pool by. Takes no
/// lock; the change of one field is atomic.
Result<FieldEdit> change_pool_field(const JournalPool& pool, std::uint64_t offset, std::uint64_t bytes,
                                    std::optional<std::uint64_t> value);

}  // namespace hw

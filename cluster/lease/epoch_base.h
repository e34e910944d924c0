/// cluster/lease/epoch_base.h -- `config epoch-base`: the record that is put when the store has lost its memory.
///
/// The coordinator reads the record: it must be missing. It puts a try key of its own (serial new), asks every agent of
/// the group, and puts what `rebuilt_record` gives, only if there is still no record and the try key is still its own:
/// then the put cannot come to life in a store that was emptied once more.
///
/// Source: operations, section 9; docs/operations/lease.md.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "cluster/lease/machine.h"
#include "cluster/lease/record.h"

namespace hw::cluster::lease {

/// From the answers of all members of a group, which must be all there. The error names the member that keeps it from
/// being put: HWREMOTE, a take of unknown end.
Result<Record> rebuilt_record(const std::vector<EpochAnswer>& answers, Serial serial);

}  // namespace hw::cluster::lease

/// replic/control/instance_show.h -- the replication instance file as text, for -editinstance -show and -jnlpool -show.
#pragma once

#include <string>
#include <string_view>

#include "journal/pool.h"
#include "replic/instance/instance_file.h"

namespace hw {

/// File header, used source server slots and history records, in GT.M's sections; a section without a record is left
/// out. With `detail` each field's offset and size: those of the first copy of its cell, which -change takes too.
/// `name` is the file's as the user typed it. Source: observed on GT.M V7.0-005.
std::string show_instance_file(const InstanceFile::CellBytes& cells, std::string_view name, bool detail);

/// File header and used source server slots, as -jnlpool -show has them between the pool's own sections. A slot whose
/// source server is in the pool shows how far that has sent: the file may lag. They are not part of the pool, so with
/// `detail` their offsets are shown as 0. Source: observed on GT.M V7.0-005.
std::string show_cells_in_pool(const InstanceFile::CellBytes& cells, const PoolHeader& pool, bool detail);

}  // namespace hw

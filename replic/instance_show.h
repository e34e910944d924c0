/// replic/instance_show.h -- the replication instance file as text, for -editinstance -show.
#pragma once

#include <string>
#include <string_view>

#include "replic/instance_file.h"

namespace hw {

/// File header, used source server slots and history records, in GT.M's sections; a section without a record is left
/// out. With `detail` each field's offset and size: those of the first copy of its cell, which -change takes too.
/// `name` is the file's as the user typed it. Source: observed on GT.M V7.0-005.
std::string show_instance_file(const InstanceFile::CellBytes& cells, std::string_view name, bool detail);

}  // namespace hw

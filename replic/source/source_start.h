/// replic/source/source_start.h -- what must hold before a source server may start.
#pragma once

#include <string>

#include "engine/base/result.h"
#include "replic/source/source_options.h"

namespace hw {

/// What the command tests before it makes a process, and what holds for the process again when it takes its slot.
/// Errors: REPLINSTNMSAME; when a pool exists SRCSRVEXISTS, PRIMARYISROOT, PRIMARYNOTROOT, SRCSRVTOOMANY, in this
/// order; REPLREQROLLBACK; those of InstanceFile::open.
/// Source: docs/conformance.md 3.*, "-source -start".
Status check_source_start(const SourceStartOptions& options, const std::string& instance_path);

}  // namespace hw

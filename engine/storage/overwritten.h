/// engine/storage/overwritten.h -- a live file that another program wrote over while processes had it open.
#pragma once

#include <string>

#include "engine/base/result.h"
#include "engine/base/types.h"

namespace hw {

/// HWDBDAMAGED: the file is at transaction `found`, while those who have it open are at `expected`.
Error overwritten(const std::string& path, RegionTn found, RegionTn expected);

}  // namespace hw

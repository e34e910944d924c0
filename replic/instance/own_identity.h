/// replic/instance/own_identity.h -- what an instance says of itself to another one.
#pragma once

#include <string_view>

#include "replic/instance/instance_layout.h"
#include "replic/link/wire.h"

namespace hw {

/// Name and version of this software.
std::string_view own_software();

/// The instance of `header`, as this process speaks for it; `log_path` tells the other side where to look, and is cut
/// to kPathBytesMax. Role (Propagating) and next seqno (1) are for the
/// caller to fill in: they change while a server runs.
Identity own_identity(const InstanceHeader& header, std::string_view log_path);

}  // namespace hw

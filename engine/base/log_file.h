/// engine/base/log_file.h -- files that lines are added to.
#pragma once

#include <string>

namespace hw {

/// Whether lines may be added to what has this name: nothing, text, or what is no regular file and takes any bytes. A
/// file of ours (file_kind.h), text or not, and one with control characters at its beginning are left as they are.
/// Zeros say nothing: a log has them where a power loss took what was not on disk yet.
bool takes_lines(const std::string& path);

}  // namespace hw

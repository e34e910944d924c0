/// engine/base/log_file.h -- files that lines are added to.
#pragma once

#include <string>

namespace hw {

/// Whether lines may be added to what has this name: nothing, an empty file, text, or what is no regular file and takes
/// any bytes. A database or another file with zeros at its beginning is left as it is.
bool takes_lines(const std::string& path);

}  // namespace hw

/// engine/base/free_name.h -- a file gets another name, which must be free.
#pragma once

#include <string>

#include "engine/base/result.h"

namespace hw {

/// Where a file system cannot tell (NFS, some that are mounted by FUSE), the name is looked up first.
/// Errors: SYSCALL; with errno EEXIST when there is a file of that name.
Status rename_to_free_name(const std::string& from, const std::string& to);

}  // namespace hw

/// replic/instance/create_instance.h -- a new instance file, in place of none or of one that no process uses.
#pragma once

#include <functional>
#include <optional>
#include <string>

#include "engine/base/result.h"
#include "engine/base/types.h"

namespace hw {

struct CreateInstanceOptions {
  std::string path;
  std::optional<InstanceName> name;  ///< none for an instance of the dual-site version, and only for it
  bool replace = true;               ///< false: a file that is there stays, and is an error
};

/// Makes the file. `on_renamed` is told which name a former one was given to make room.
/// Errors: REPLINSTSTNDALN while the instance of the former one is in use; errno EACCES and EPERM of opening that one,
/// because it may be; those of InstanceFile::create; REPLINSTCLOSE.
Status create_instance(const CreateInstanceOptions& options,
                       const std::function<void(const std::string& from, const std::string& to)>& on_renamed);

}  // namespace hw

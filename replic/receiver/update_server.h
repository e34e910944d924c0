/// replic/receiver/update_server.h -- the update process as a process: what replic/receiver/update_process.h does,
/// attached to the pools of an instance.
#pragma once

#include <string>

namespace hw {

/// Works until it is asked to stop. Returns its exit status. Its log is the receiver's with `.updproc` appended.
int run_update_process(const std::string& instance_path);

}  // namespace hw

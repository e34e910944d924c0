/// mupip/replicate/own_program.h -- what a command starts when it starts itself again as another process.
#pragma once

#include <filesystem>
#include <string>

namespace hw::mupip {

/// This program's file, as it is called now; where that cannot be told, the kernel's name for it.
inline std::string own_program() {
  std::error_code failed;
  const auto program = std::filesystem::read_symlink("/proc/self/exe", failed);
  return failed ? "/proc/self/exe" : program.string();
}

}  // namespace hw::mupip

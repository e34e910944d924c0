/// mupip/replicate/own_program.h -- what a command starts when it starts itself again as another process.
#pragma once

#include <sys/auxv.h>

#include <bit>
#include <filesystem>
#include <string>

namespace hw::mupip {

/// This program's file, as it is called now; in a root folder without /proc, as it was started.
inline std::string own_program() {
  std::error_code failed;
  const auto program = std::filesystem::read_symlink("/proc/self/exe", failed);
  if (!failed) return program.string();
  const auto* started = std::bit_cast<const char*>(::getauxval(AT_EXECFN));
  const auto absolute = std::filesystem::absolute(started == nullptr ? "mupip" : started, failed);
  return failed ? "/proc/self/exe" : absolute.string();
}

}  // namespace hw::mupip

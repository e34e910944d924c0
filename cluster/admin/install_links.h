/// cluster/admin/install_links.h -- other names of the programs, as symbolic links beside them, and what they stand
/// for. Source: operations, sections 1 and 12.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/result.h"

namespace hw::cluster::hwadm {

struct ProgramName {
  std::string_view name;
  std::string_view program = "hwadm";  ///< whose file it is
  std::string_view command = {};       ///< words put before those of the command line
  std::string_view prompt = "> ";
};
std::span<const ProgramName> program_names();

/// Makes them beside `program`. Returns a line for each. What is there already stays; checked first, so that a refusal
/// changes nothing. Errors: HWREFUSED: another file has one of the names; SYSCALL.
Result<std::vector<std::string>> install_links(const std::string& program);

}  // namespace hw::cluster::hwadm

#include "cluster/admin/install_links.h"

#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <system_error>

#include "engine/base/file.h"

namespace hw::cluster::hwadm {
namespace {

constexpr ProgramName kPrograms[] = {
    {.name = "racd", .program = "hwd"},       {.name = "tmboot", .command = "boot"},
    {.name = "tmdown", .command = "down"},    {.name = "tmshutdown", .command = "down"},
    {.name = "cfl", .command = "config"},     {.name = "tmadmin"},
    {.name = "prs_adm", .prompt = "Admin> "}, {.name = "cmrctl"},
};

/// Whether it is there as it shall be. Errors: HWREFUSED: as something else.
Result<bool> is_there(const std::string& path, std::string_view program) {
  std::error_code failed;
  const auto kind = std::filesystem::symlink_status(path, failed).type();
  if (kind == std::filesystem::file_type::not_found) return false;
  if (kind == std::filesystem::file_type::symlink && std::filesystem::read_symlink(path, failed) == program)
    return true;
  return make_error<MsgId::HWREFUSED>("install links", fmt::format("another file is {}", path));
}

}  // namespace

std::span<const ProgramName> program_names() { return kPrograms; }

Result<std::vector<std::string>> install_links(const std::string& program) {
  const std::string folder = folder_of(program);
  std::vector<std::string> lines;
  std::vector<const ProgramName*> missing;
  for (const ProgramName& one : kPrograms) {
    HW_TRY(const bool there, is_there(fmt::format("{}/{}", folder, one.name), one.program));
    lines.push_back(fmt::format("{} -> {}{}", one.name, one.program, there ? " (already there)" : ""));
    if (!there) missing.push_back(&one);
  }
  for (const ProgramName* const one : missing) {
    const std::string path = fmt::format("{}/{}", folder, one->name);
    if (::symlink(std::string(one->program).c_str(), path.c_str()) != 0) return system_error("symlink", path);
  }
  return lines;
}

}  // namespace hw::cluster::hwadm

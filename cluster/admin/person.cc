#include "cluster/admin/person.h"

#include <pwd.h>
#include <unistd.h>

#include <array>
#include <cstdlib>
#include <filesystem>
#include <system_error>

namespace hw::cluster::hwadm {
namespace {

std::string user_name() {
  std::array<char, 4096> room{};
  passwd entry{};
  passwd* found = nullptr;
  if (::getpwuid_r(::getuid(), &entry, room.data(), room.size(), &found) == 0 && found != nullptr)
    return found->pw_name;
  return std::to_string(::getuid());
}

/// The short one, as agents call their nodes.
std::string host_name() {
  std::array<char, 256> room{};
  if (::gethostname(room.data(), room.size() - 1) != 0 || room.front() == '\0') return "localhost";
  const std::string whole(room.data());
  return whole.substr(0, whole.find('.'));
}

}  // namespace

Person this_person() { return {user_name(), host_name()}; }

std::string environment_text(const char* name) {
  const char* const text = std::getenv(name);
  return text == nullptr ? "" : text;
}

std::string own_program(const std::string& argv0) {
  std::error_code failed;
  const auto path = std::filesystem::read_symlink("/proc/self/exe", failed);
  return failed ? argv0 : path.string();
}

std::string called_name(const std::string& argv0) { return std::filesystem::path(argv0).filename().string(); }

}  // namespace hw::cluster::hwadm

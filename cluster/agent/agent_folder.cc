#include "cluster/agent/agent_folder.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>

namespace hw::cluster {
namespace {

constexpr mode_t kOpenToAll = 0755;  // Others find the socket in it; the peer's user decides what it may do.
constexpr std::size_t kPidBytesMax = 32;

Status make_folder(const std::string& path) {
  std::error_code fault;
  const bool made = std::filesystem::create_directories(path, fault);
  if (fault) return system_error("mkdir()", path, fault.value());
  if (made && ::chmod(path.c_str(), kOpenToAll) != 0) return system_error("chmod()", path);
  return {};
}

Error runs(const File& pid_file, const std::string& node) {
  const auto text = read_file(pid_file.path(), kPidBytesMax);
  const std::string pid = text.has_value() ? text->substr(0, text->find('\n')) : "";
  return make_error<MsgId::HWAGENTRUNS>(node, pid.empty() ? "not known" : pid);
}

}  // namespace

Result<AgentFolder> AgentFolder::take(const std::string& dir, const std::string& node) {
  for (const char* const part : {"", "/run", "/config", "/log", "/losttn"}) HW_TRY_VOID(make_folder(dir + part));
  HW_TRY(File pid, File::open(dir + "/run/hwd.pid", O_RDWR | O_CREAT));
  HW_TRY(const bool alone, FileLock::try_lock(pid, 0, FileLock::Kind::Exclusive));
  if (!alone) return runs(pid, node);
  HW_TRY_VOID(pid.truncate(0));
  HW_TRY_VOID(pid.write_all(0, as_bytes(fmt::format("{}\n", ::getpid()))));
  return AgentFolder(dir, std::move(pid));
}

AgentFolder::~AgentFolder() {
  // A pid that stays is of a process that does not live.
  if (pid_.is_open()) (void)pid_.truncate(0);
}

}  // namespace hw::cluster

#include "cluster/agent/agent_folder.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <string_view>
#include <vector>

#include "engine/base/ascii.h"
#include "engine/base/file_kind.h"

namespace hw::cluster {
namespace {

constexpr mode_t kOpenToAll = 0755;  // Others find the socket in it; the peer's user decides what it may do.
constexpr std::string_view kPidFile = "/run/hwd.pid";
constexpr std::size_t kPidBytesMax = 32;
constexpr std::size_t kBeginBytes = 4096;

Status make_folder(const std::string& path) {
  std::error_code fault;
  const bool made = std::filesystem::create_directories(path, fault);
  if (fault) return system_error("mkdir()", path, fault.value());
  if (made && ::chmod(path.c_str(), kOpenToAll) != 0) return system_error("chmod()", path);
  return {};
}

Error not_ours(const std::string& path, std::string_view why) {
  return make_error<MsgId::HWNOSTART>(fmt::format("{} {}: move it away", path, why));
}

/// A pid, the number of a generation: digits and a newline.
bool is_number(Bytes begin) {
  std::string_view text = as_text(begin);
  if (text.ends_with('\n')) text.remove_suffix(1);
  return !text.empty() && text.size() < kPidBytesMax && std::ranges::all_of(text, is_digit);
}

struct OwnFile {
  std::string_view name;
  bool number;  ///< it holds one; otherwise it begins with a label of its own
};

/// What is written over or made anew without a question. Generations and receipts have checksums of their own, and an
/// output of a program may be anything that takes lines.
constexpr OwnFile kOwnFiles[] = {{kPidFile, true},          {"/run/generation", true}, {"/config/current", true},
                                 {"/run/processes", false}, {"/board.json", false},    {"/log/history.jsonl", false}};

/// Errors: HWNOSTART: another program's file, or no file; SYSCALL.
Status check_own_file(const std::string& path, bool number) {
  struct stat info {};
  if (::lstat(path.c_str(), &info) != 0) {
    if (errno == ENOENT) return {};
    return system_error("lstat()", path);
  }
  if (!S_ISREG(info.st_mode)) return not_ours(path, "is not a file, and an agent has one there");
  if (info.st_nlink > 1) return not_ours(path, "has another name, too, and is no file of an agent's own");
  HW_TRY(const File file, File::open(path, O_RDONLY | O_NOFOLLOW));
  std::vector<std::byte> begin(std::min<std::size_t>(static_cast<std::size_t>(info.st_size), kBeginBytes));
  HW_TRY_VOID(file.read_exact(0, begin));
  const FileKind kind = kind_of_bytes(begin);
  const bool ours =
      kind == FileKind::Empty || kind == FileKind::Zeros || (number ? is_number(begin) : kind == FileKind::Agent);
  return ours ? Status() : not_ours(path, "is another program's file");
}

Error runs(const File& pid_file, const std::string& node) {
  const auto text = read_file(pid_file.path(), kPidBytesMax);
  const std::string pid = text.has_value() ? text->substr(0, text->find('\n')) : "";
  return make_error<MsgId::HWAGENTRUNS>(node, pid.empty() ? "not known" : pid);
}

/// The pid file is this process's as long as it lives.
Status hold(const File& pid, const std::string& node) {
  HW_TRY(const bool alone, FileLock::try_lock(pid, 0, FileLock::Kind::Exclusive));
  if (!alone) return runs(pid, node);
  HW_TRY_VOID(pid.truncate(0));
  return pid.write_all(0, as_bytes(fmt::format("{}\n", ::getpid())));
}

}  // namespace

Result<AgentFolder> AgentFolder::take(const std::string& dir, const std::string& node) {
  for (const char* const part : {"", "/run", "/config", "/log", "/losttn"}) HW_TRY_VOID(make_folder(dir + part));
  for (const OwnFile& own : kOwnFiles) HW_TRY_VOID(check_own_file(dir + std::string(own.name), own.number));
  HW_TRY(File pid, File::open(dir + std::string(kPidFile), O_RDWR | O_CREAT | O_NOFOLLOW));
  HW_TRY_VOID(hold(pid, node));
  return AgentFolder(dir, std::move(pid));
}

Status AgentFolder::take_named(const std::string& named, const std::string& node) {
  const std::string path = named + std::string(kPidFile);
  if (!file_exists(path)) return {};
  HW_TRY_VOID(check_own_file(path, /*number=*/true));
  HW_TRY(File pid, File::open(path, O_RDWR | O_NOFOLLOW));
  HW_TRY_VOID(hold(pid, node));
  named_pid_ = std::move(pid);
  return {};
}

AgentFolder::~AgentFolder() {
  // A pid that stays is of a process that does not live.
  for (const File* const pid : {&pid_, &named_pid_})
    if (pid->is_open()) (void)pid->truncate(0);
}

}  // namespace hw::cluster

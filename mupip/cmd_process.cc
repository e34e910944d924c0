// stop and ftok: what concerns processes and the system's identities.
#include <fcntl.h>
#include <sys/ipc.h>
#include <sys/stat.h>

#include <cerrno>
#include <csignal>
#include <cstring>
#include <ostream>

#include "engine/base/file.h"
#include "engine/base/text.h"
#include "engine/recovery/region_access.h"
#include "mupip/commands.h"

namespace hw::mupip {

Result<int> run_stop(const ParsedCommand& command, Console& console) {
  HW_TRY(const std::string text, ask_parameter(command, 0, console.in, console.out));
  const pid_t pid = whole_number<pid_t>(text).value_or(0);
  // 0 and -1 are the system's names for many processes at once.
  if (pid <= 0) return make_error<MsgId::CLIERR>(fmt::format("Unrecognized value: {}, A process id required", text));
  if (::kill(pid, SIGTERM) != 0) {
    console.err << fmt::format("Error issuing STOP to process {}: {}\n", pid, std::strerror(errno));
    return 1;
  }
  console.err << fmt::format("STOP issued to process {}\n", pid);
  return 0;
}

Result<int> run_ftok(const ParsedCommand& command, Console& console) {
  for (const std::string_view name : {"JNLPOOL", "RECVPOOL"})
    if (command.has(name))
      return make_error<MsgId::HWREFUSED>(fmt::format("FTOK -{}", name),
                                          "mupip replicate -editinstance -show names an instance's shared memory");
  HW_TRY(const std::string path, ask_parameter(command, 0, console.in, console.out));
  const auto file = File::open(path, O_RDONLY);
  if (!file.has_value()) return rename_error<MsgId::DBOPNERR>(file.error(), path);
  int memory = -1;
  if (file_exists(path + "-ctl")) {  // Another file has none, and gets none.
    HW_TRY(const auto access, RegionAccess::take(path, nullptr));
    if (access->is_unseen()) return access->region().control.unseen();
    if (access->pool().is_attached()) memory = access->pool().id();
  }
  struct stat info {};
  if (::stat(path.c_str(), &info) != 0) return rename_error<MsgId::DBOPNERR>(system_error("stat()", path), path);
  constexpr int kProject = 43;  // GT.M's for databases.
  const int key = ::ftok(path.c_str(), kProject);
  if (!command.negated("HEADER"))
    console.err << fmt::format("{:>20} :: {:>23} :: {:>23} :: {:>23} :: {:>34}\n{:-<139}\n", "File", "Semaphore Id",
                               "Shared Memory Id", "FTOK Key", "FileId", "");
  console.err << fmt::format(
      "{:>20} :: {:>10} [0x{:08x}] :: {:>10} [0x{:08x}] :: {:>10} [0x{:08x}] :: 0x{:016x}{:016x}\n", path, -1,
      0xffffffffu, memory, static_cast<std::uint32_t>(memory), key, static_cast<std::uint32_t>(key), info.st_ino,
      info.st_dev);
  return 0;
}

}  // namespace hw::mupip

#include "replic/instance/create_instance.h"

#include <unistd.h>

#include <array>
#include <cerrno>
#include <ctime>

#include "engine/base/boot.h"
#include "engine/base/file.h"
#include "engine/base/output_path.h"
#include "engine/base/shared_memory.h"
#include "engine/region/presence.h"
#include "replic/instance/instance_file.h"

namespace hw {
namespace {

/// A file that is there and whose journal pool exists must stay. A file that is no instance file is renamed like
/// any other.
Status check_stand_alone(const std::string& path) {
  const auto file = InstanceFile::open(path, /*writable=*/false);
  // What may not, or cannot, be examined may be in use.
  if (!file.has_value() &&
      (file.error().os_errno == EACCES || file.error().os_errno == EPERM || is_out_of_files(file.error())))
    return file.error();
  if (!file.has_value()) return {};
  HW_TRY(const bool present, is_present(path));
  if (present) return make_error<MsgId::REPLINSTSTNDALN>(path);
  const auto& header = file->header();
  if (header.jnlpool_shmid == kNoSharedMemory || !is_this_boot(header.jnlpool_boot_id)) return {};
  if (!SharedMemory::attached_count(static_cast<int>(header.jnlpool_shmid)).has_value()) return {};
  return make_error<MsgId::REPLINSTSTNDALN>(path);
}

std::string node_name() {
  std::array<char, 256> name{};
  return ::gethostname(name.data(), name.size() - 1) == 0 ? std::string(name.data()) : std::string();
}

}  // namespace

Status create_instance(const CreateInstanceOptions& options,
                       const std::function<void(const std::string& from, const std::string& to)>& on_renamed) {
  HW_CHECK(!options.path.empty());
  const OutputPath to = output_path(options.path);
  if (Status is_file = to.check_is_file(); !is_file.has_value())
    return rename_error<MsgId::FILEEXISTS>(std::move(is_file).error(), to.path);
  if (options.replace) HW_TRY_VOID(check_stand_alone(to.path));
  HW_TRY(auto created, InstanceFile::create(options.name, {.path = to.path,
                                                           .replace = options.replace,
                                                           .pid = static_cast<std::uint32_t>(::getpid()),
                                                           .now_s = static_cast<std::uint64_t>(std::time(nullptr)),
                                                           .node_name = node_name()}));
  if (created.renamed_to) on_renamed(to.path, *created.renamed_to);
  return created.file.close();
}

}  // namespace hw

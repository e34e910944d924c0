#include "engine/presence.h"

#include <fcntl.h>

#include <cerrno>

namespace hw {
namespace {

constexpr std::uint64_t kPresenceByte = std::uint64_t{1} << 60;

}  // namespace

Result<File> enter_presence(const std::string& instance_file) {
  const auto refuse = [&](Error error) { return rename_error<MsgId::REPLINSTACC>(std::move(error), instance_file); };
  auto file = File::open(instance_file, O_RDONLY);
  if (!file.has_value()) return refuse(std::move(file).error());
  const auto entered = FileLock::try_lock(*file, kPresenceByte, FileLock::Kind::Shared);
  if (!entered.has_value()) return refuse(entered.error());
  HW_CHECK(*entered);  // Nobody ever holds it exclusive.
  return file;
}

Result<bool> is_present(const std::string& instance_file) {
  const auto refuse = [&](Error error) { return rename_error<MsgId::REPLINSTACC>(std::move(error), instance_file); };
  const auto file = File::open(instance_file, O_RDONLY);
  if (!file.has_value()) return refuse(file.error());
  const auto held = FileLock::held_by_others(*file, kPresenceByte);
  if (!held.has_value()) return refuse(held.error());
  return *held;
}

}  // namespace hw

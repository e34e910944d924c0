#include "engine/region/presence.h"

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <cerrno>

#include "engine/base/bytes.h"
#include "engine/base/checksum.h"

namespace hw {
namespace {

constexpr std::uint64_t kPresenceByte = std::uint64_t{1} << 60;

/// The byte of one process, among as many after that of all: two processes do not meet on one. The number alone would
/// not do: the kernel gives it again. The name space is left out, because not every process can tell its own.
std::uint64_t byte_of(std::uint32_t pid, std::uint64_t start) {
  std::array<std::byte, 16> key{};
  put_le<std::uint64_t>(key, 0, pid);
  put_le<std::uint64_t>(key, 8, start);
  return kPresenceByte + 1 + checksum(key) % (kPresenceByte - 1);
}

std::uint64_t own_byte() {
  const auto pid = static_cast<std::uint32_t>(::getpid());
  return byte_of(pid, process_start(pid));
}

Result<bool> is_held(const std::string& instance_file, std::uint64_t byte) {
  const auto refuse = [&](Error error) { return rename_error<MsgId::REPLINSTACC>(std::move(error), instance_file); };
  const auto file = File::open(instance_file, O_RDONLY);
  if (!file.has_value()) return refuse(file.error());
  const auto held = FileLock::held_by_others(*file, byte);
  if (!held.has_value()) return refuse(held.error());
  return *held;
}

}  // namespace

Result<File> enter_presence(const std::string& instance_file) {
  const auto refuse = [&](Error error) { return rename_error<MsgId::REPLINSTACC>(std::move(error), instance_file); };
  auto file = File::open(instance_file, O_RDONLY);
  if (!file.has_value()) return refuse(std::move(file).error());
  for (const std::uint64_t byte : {kPresenceByte, own_byte()}) {
    const auto entered = FileLock::try_lock(*file, byte, FileLock::Kind::Shared);
    if (!entered.has_value()) return refuse(entered.error());
    HW_CHECK(*entered);  // No process ever holds it exclusive.
  }
  return file;
}

Result<bool> is_present(const std::string& instance_file) { return is_held(instance_file, kPresenceByte); }

Liveness liveness_in(const std::string& instance_file, std::uint32_t pid, std::uint64_t start, std::uint64_t space) {
  const Liveness seen = liveness_of(pid, start, space);
  if (seen == Liveness::Lives || seen == Liveness::Gone) return seen;
  const auto held = is_held(instance_file, byte_of(pid, start));
  if (!held.has_value()) return Liveness::Unseen;
  if (!*held) return Liveness::Gone;
  return seen == Liveness::Unsure ? Liveness::Lives : Liveness::Unseen;
}

}  // namespace hw

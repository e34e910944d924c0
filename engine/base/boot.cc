#include "engine/base/boot.h"

#include <fcntl.h>

#include <array>
#include <cstdlib>
#include <optional>
#include <span>

#include "engine/base/file.h"

namespace hw {
namespace {

constexpr std::string_view kUnknown = "unknown";

std::optional<std::string> staged_boot() {
  const char* staged = std::getenv("HW_BOOT_ID");
  if (staged == nullptr || *staged == '\0') return std::nullopt;
  return staged;
}

}  // namespace

std::string boot_id() {
  if (auto staged = staged_boot()) return *std::move(staged);
  if (const Result<File> file = File::open("/proc/sys/kernel/random/boot_id", O_RDONLY); file.has_value()) {
    std::array<char, 36> text{};
    if (file->read_exact(0, std::as_writable_bytes(std::span(text))).has_value()) return {text.data(), text.size()};
  }
  return std::string(kUnknown);
}

bool is_this_boot(std::string_view written) { return written != kUnknown && written == boot_id(); }

bool may_be_this_boot(std::string_view written) {
  const auto staged = staged_boot();
  return !staged || *staged == written;
}

}  // namespace hw

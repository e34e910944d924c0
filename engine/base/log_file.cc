#include "engine/base/log_file.h"

#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>
#include <array>

#include "engine/base/file.h"
#include "engine/base/file_kind.h"

namespace hw {
namespace {

bool is_text(std::byte one) {
  constexpr std::byte kBell{7}, kCarriageReturn{13}, kEscape{27}, kSpace{32}, kDelete{127};
  if (one >= kSpace) return one != kDelete;
  return one == std::byte{0} || (one >= kBell && one <= kCarriageReturn) || one == kEscape;
}

}  // namespace

bool takes_lines(const std::string& path) {
  struct stat info {};
  if (::stat(path.c_str(), &info) != 0 || !S_ISREG(info.st_mode) || info.st_size == 0) return true;
  const auto kind = kind_of_file(path);
  if (!kind.has_value()) return true;  // It may be written and not read.
  if (*kind != FileKind::Other && *kind != FileKind::Zeros) return false;
  const auto file = File::open(path, O_RDONLY);
  if (!file.has_value()) return true;
  std::array<std::byte, 512> begin{};
  const auto some = std::span(begin).first(std::min<std::size_t>(begin.size(), static_cast<std::size_t>(info.st_size)));
  return file->read_exact(0, some).has_value() && std::ranges::all_of(some, is_text);
}

}  // namespace hw

#include "cluster/store/base64.h"

#include <array>
#include <cstdint>

namespace hw::cluster::store {
namespace {

constexpr std::string_view kDigits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
constexpr std::size_t kBytes = 3;  // A group of so many bytes is four digits.
constexpr std::size_t kGroup = 4;

constexpr std::array<std::int8_t, 256> kValues = [] {
  std::array<std::int8_t, 256> out{};
  out.fill(-1);
  for (std::size_t i = 0; i < kDigits.size(); ++i)
    out[static_cast<unsigned char>(kDigits[i])] = static_cast<std::int8_t>(i);
  return out;
}();

}  // namespace

std::string to_base64(std::string_view bytes) {
  std::string out;
  out.reserve((bytes.size() + kBytes - 1) / kBytes * kGroup);
  while (!bytes.empty()) {
    const std::string_view group = bytes.substr(0, kBytes);
    bytes.remove_prefix(group.size());
    std::uint32_t bits = 0;
    for (std::size_t i = 0; i < kBytes; ++i)
      bits = bits << 8 | (i < group.size() ? static_cast<unsigned char>(group[i]) : 0U);
    for (std::size_t i = 0; i < kGroup; ++i)
      out += i <= group.size() ? kDigits[bits >> (6 * (kGroup - 1 - i)) & 63U] : '=';
  }
  return out;
}

std::optional<std::string> from_base64(std::string_view text) {
  if (text.size() % kGroup != 0) return std::nullopt;
  std::string out;
  out.reserve(text.size() / kGroup * kBytes);
  while (!text.empty()) {
    std::string_view group = text.substr(0, kGroup);
    text.remove_prefix(kGroup);
    if (text.empty())
      for (int i = 0; i < 2 && group.ends_with('='); ++i) group.remove_suffix(1);
    std::uint32_t bits = 0;
    for (std::size_t i = 0; i < kGroup; ++i) {
      const int value = i < group.size() ? kValues[static_cast<unsigned char>(group[i])] : 0;
      if (value < 0) return std::nullopt;
      bits = bits << 6 | static_cast<std::uint32_t>(value);
    }
    const std::size_t count = group.size() - 1;
    for (std::size_t i = 0; i < count; ++i) out += static_cast<char>(bits >> (8 * (kBytes - 1 - i)) & 255U);
    // Bits of no byte are zero: each value has one text.
    if (count < kBytes && (bits & ((1U << (8 * (kBytes - count))) - 1)) != 0) return std::nullopt;
  }
  return out;
}

}  // namespace hw::cluster::store

#include "cluster/board/envelope.h"

#include <fmt/format.h>

#include <span>

#include "engine/base/checksum.h"

namespace hw::cluster {
namespace {

constexpr std::string_view kBegin = "{\"format\":";
constexpr std::string_view kFormat = "1";
constexpr std::string_view kChecksum = ",\"checksum\":\"";
constexpr std::string_view kEnd = "}\n";
constexpr std::size_t kDigits = 16;

std::string before_body(const Envelope& envelope) { return fmt::format("\",\"{}\":", envelope.name); }

bool take(std::string_view& bytes, std::string_view expected) {
  if (!bytes.starts_with(expected)) return false;
  bytes.remove_prefix(expected.size());
  return true;
}

std::string_view take_first(std::string_view& bytes, std::size_t count) {
  const std::string_view taken = bytes.substr(0, count);
  bytes.remove_prefix(taken.size());
  return taken;
}

}  // namespace

std::string checksum_digits(std::string_view text) {
  return fmt::format("{:016x}", checksum(std::as_bytes(std::span(text))));
}

std::string close_envelope(const Envelope& envelope, std::string_view body) {
  return fmt::format("{}{}{}{}{}{}{}", kBegin, kFormat, kChecksum, checksum_digits(body), before_body(envelope), body,
                     kEnd);
}

std::optional<std::string> open_envelope(const Envelope& envelope, std::string_view bytes, std::string_view& body) {
  if (bytes.size() > envelope.bytes_max) return fmt::format("longer than {} bytes", envelope.bytes_max);
  if (!take(bytes, kBegin)) return fmt::format("no {}", envelope.name);
  const std::string_view format = take_first(bytes, bytes.find(','));
  if (format != kFormat) return fmt::format("format {}, not {}", format.substr(0, kDigits), kFormat);
  if (!take(bytes, kChecksum)) return "not whole";
  const std::string_view digits = take_first(bytes, kDigits);
  if (!take(bytes, before_body(envelope)) || !bytes.ends_with(kEnd)) return "not whole";
  bytes.remove_suffix(kEnd.size());
  if (digits != checksum_digits(bytes)) return "its checksum does not agree";
  body = bytes;
  return std::nullopt;
}

}  // namespace hw::cluster

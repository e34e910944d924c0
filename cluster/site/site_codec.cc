#include "cluster/site/site_codec.h"

#include <algorithm>
#include <array>
#include <span>

#include "cluster/site/message_text.h"
#include "journal/compression.h"

namespace hw::cluster {
namespace {

constexpr std::uint32_t kLevel = 6;
constexpr std::size_t kBesideBytes = 65'536;  // Of a message, for what is not the text.
constexpr std::string_view kDigits = "0123456789abcdef";
constexpr std::size_t kErrorLinesMax = 50;

std::string hexadecimal(Bytes bytes) {
  std::string out;
  out.reserve(2 * bytes.size());
  for (const std::byte one : bytes) {
    out += kDigits[std::to_integer<unsigned>(one) >> 4];
    out += kDigits[std::to_integer<unsigned>(one) & 15];
  }
  return out;
}

std::optional<std::string> from_hexadecimal(std::string_view digits) {
  if (digits.size() % 2 != 0) return std::nullopt;
  std::string out;
  out.reserve(digits.size() / 2);
  for (std::size_t i = 0; i < digits.size(); i += 2) {
    const std::size_t high = kDigits.find(digits[i]), low = kDigits.find(digits[i + 1]);
    if (high == std::string_view::npos || low == std::string_view::npos) return std::nullopt;
    out += static_cast<char>(high << 4 | low);
  }
  return out;
}

Error not_a_text(std::string_view what) { return make_error<MsgId::HWREMOTE>(what, "no text as agents send it"); }

std::vector<std::string> shortened(const std::vector<std::string>& lines) {
  std::vector<std::string> out;
  for (const std::string& line : lines)
    if (out.size() < kErrorLinesMax) out.push_back(line.substr(0, kBoardTextBytesMax));
  return out;
}

/// Format 1, and besides only the keys given.
std::optional<std::string> read_outer(std::string_view body, Json& json, std::initializer_list<std::string_view> keys) {
  json = parse_bounded(body);
  if (!json.is_object()) return "no JSON object";
  const auto format = json.find("format");
  if (format == json.end() || !format->is_number_unsigned() || *format != 1) return "format: not 1";
  for (const auto& [key, value] : json.items())
    if (key != "format" && std::ranges::find(keys, std::string_view(key)) == keys.end()) return key + ": no such key";
  return std::nullopt;
}

}  // namespace

Result<PackedText> pack_text(std::string_view text, std::string_view what) {
  PackedText out;
  out.bytes = text.size();
  Deflater deflater;
  const Bytes packed = deflater.deflate(std::as_bytes(std::span(text)), kLevel);
  out.packed = !packed.empty();
  out.digits = hexadecimal(out.packed ? packed : std::as_bytes(std::span(text)));
  if (out.digits.size() + kBesideBytes > kAgentMessageBytesMax || text.size() > kReceiptFileBytesMax)
    return make_error<MsgId::HWREMOTE>(what, fmt::format("{} bytes, more than a message takes", text.size()));
  return out;
}

Result<std::string> unpack_text(const PackedText& packed, std::string_view what) {
  auto bytes = from_hexadecimal(packed.digits);
  if (!bytes || packed.bytes > kReceiptFileBytesMax) return not_a_text(what);
  if (!packed.packed) return bytes->size() == packed.bytes ? Result<std::string>(*std::move(bytes)) : not_a_text(what);
  std::string text(packed.bytes, '\0');
  Inflater inflater;
  if (!inflater.inflate(std::as_bytes(std::span(*bytes)), std::as_writable_bytes(std::span(text))))
    return not_a_text(what);
  return text;
}

ErrorFields fields_of(const Error& error) {
  return {.code = std::string(message_row(error.id).name),
          .severity = severity_letter(error.severity),
          .text = error.text.substr(0, kBoardTextBytesMax),
          .os_errno = static_cast<std::uint32_t>(std::max(error.os_errno, 0)),
          .extra = shortened(error.extra),
          .before = shortened(error.before)};
}

Error error_of(const ErrorFields& fields, const std::string& node) {
  const auto id = message_named(fields.code);
  const auto severity = severity_of(fields.severity);
  if (!id || !severity)
    return make_error<MsgId::HWREMOTE>(node,
                                       fmt::format("{}, {}", fields.code.substr(0, kAgentVerbBytesMax), fields.text));
  Error error(*id, *severity, fields.text);
  error.os_errno = static_cast<int>(std::min(fields.os_errno, 4095U));
  error.extra = shortened(fields.extra);
  error.before = shortened(fields.before);
  return error;
}

std::optional<std::string> stranger_in(const Json& json, const Json& model, const std::string& path) {
  if (json.is_array() && model.is_array()) {
    for (std::size_t i = 0; i < std::min(json.size(), model.size()); ++i)
      if (auto inner = stranger_in(json[i], model[i], fmt::format("{}[{}]", path, i))) return inner;
    return std::nullopt;
  }
  if (!json.is_object() || !model.is_object()) return std::nullopt;
  for (const auto& [key, value] : json.items()) {
    const std::string its_path = path + "." + key;
    const auto known = model.find(key);
    if (known == model.end()) return its_path;
    if (auto inner = stranger_in(value, *known, its_path)) return inner;
  }
  return std::nullopt;
}

std::string request_body(const Json& arguments, Deadline deadline) {
  Json body;
  body["format"] = 1;
  if (deadline != Deadline::max()) {
    const auto left = deadline - std::chrono::steady_clock::now();
    const auto left_ms = std::chrono::duration_cast<std::chrono::milliseconds>(left).count();
    body["timeout_ms"] = static_cast<std::uint64_t>(std::max<std::int64_t>(left_ms, 0));
  }
  body["arguments"] = arguments;
  return dump(body);
}

std::string answer_body(const Json& result) {
  Json body;
  body["format"] = 1;
  body["result"] = result;
  return dump(body);
}

std::string error_body(const Error& error) {
  Json body;
  body["format"] = 1;
  body["error"] = JsonWriter::to_json(fields_of(error));
  return dump(body);
}

std::optional<std::string> read_request(std::string_view body, Json& json, SiteRequestHead& head) {
  if (auto fault = read_outer(body, json, {"timeout_ms", "arguments"})) return fault;
  constexpr std::uint64_t kTimeoutMax_ms = 1'000'000'000'000;
  if (const auto timeout = json.find("timeout_ms"); timeout != json.end()) {
    if (!timeout->is_number_unsigned() || timeout->get<std::uint64_t>() > kTimeoutMax_ms)
      return fmt::format("timeout_ms: not a whole number up to {}", kTimeoutMax_ms);
    head.timeout = std::chrono::milliseconds(timeout->get<std::uint64_t>());
  }
  return std::nullopt;
}

std::optional<std::string> read_answer(std::string_view body, Json& json, std::optional<ErrorFields>& error) {
  if (auto fault = read_outer(body, json, {"result", "error"})) return fault;
  if (!json.contains("error")) return std::nullopt;
  return read_part(json, "error", error.emplace());
}

}  // namespace hw::cluster

#include "cluster/config/generation.h"

#include <algorithm>
#include <array>
#include <ctime>
#include <optional>

#include "cluster/config/finding.h"
#include "cluster/config/sha256.h"
#include "engine/base/bytes.h"
#include "engine/base/checksum.h"
#include "engine/base/limits.h"
#include "engine/base/text.h"

namespace hw::cluster {
namespace {

constexpr std::string_view kHead = "headwater generation ";
constexpr std::string_view kFormat = "1";
constexpr const char* kTimeForm = "%Y-%m-%dT%H:%M:%SZ";

std::string time_text(std::int64_t time_s) {
  const std::time_t time = time_s;
  std::tm parts{};
  std::array<char, 64> text{};
  if (::gmtime_r(&time, &parts) == nullptr) return "";
  return {text.data(), std::strftime(text.data(), text.size(), kTimeForm, &parts)};
}

std::optional<std::int64_t> time_of(std::string_view text) {
  std::tm parts{};
  const std::string ended(text);
  const char* const end = ::strptime(ended.c_str(), kTimeForm, &parts);
  if (end == nullptr || *end != '\0') return std::nullopt;
  const std::int64_t time = ::timegm(&parts);
  return time_text(time) == text ? std::optional(time) : std::nullopt;
}

bool is_digest(std::string_view text) {
  const auto is_digit = [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); };
  return text.size() == 64 && std::ranges::all_of(text, is_digit);
}

/// Takes lines `word value` from the front of a text; after the first that is something else every value is empty.
class NoteLines {
 public:
  explicit NoteLines(std::string_view text) : rest_(text) {}

  std::string_view take(std::string_view word) {
    const auto end = rest_.find('\n');
    const std::string_view line = rest_.substr(0, end);
    if (end == rest_.npos || line.size() <= word.size() || !line.starts_with(word) || line[word.size()] != ' ') {
      rest_ = {};
      return {};
    }
    rest_.remove_prefix(end + 1);
    return line.substr(word.size() + 1);
  }

  std::string_view rest() const { return rest_; }

 private:
  std::string_view rest_;
};

std::string one_line(std::string_view by) {
  std::string out(by.substr(0, kReasonBytesMax));
  std::ranges::replace_if(
      out, [](unsigned char c) { return c < 0x20 || c == 0x7F; }, '?');
  return out.empty() ? "-" : out;
}

std::string check_of(std::string_view lines) { return fmt::format("{:016x}", checksum(as_bytes(lines))); }

}  // namespace

Generation make_generation(std::uint64_t number, std::string text, std::int64_t time_s, std::string_view by,
                           std::uint64_t added_to) {
  Generation out{number, sha256(text), time_s, one_line(by), added_to, {}};
  out.text = std::move(text);
  return out;
}

std::string encode_note(const Generation& generation) {
  const std::string lines =
      fmt::format("number {}\nsha256 {}\ntime {}\nby {}\nadded_to {}\n", generation.number, generation.sha256,
                  time_text(generation.time_s), generation.by, generation.added_to);
  return fmt::format("{}{}\ncheck {}\n{}", kHead, kFormat, check_of(lines), lines);
}

Result<Generation> decode_note(std::string_view note, const std::string& file) {
  const auto bad = [&](std::string_view why) { return bad_key(file, why); };
  if (note.size() > kGenerationNoteBytesMax) return bad("damaged: too long");
  if (!note.starts_with(kHead)) return bad("damaged: no note of a generation");
  NoteLines lines(note);
  const std::string_view format = lines.take(kHead.substr(0, kHead.size() - 1));
  if (format != kFormat) return bad(fmt::format("format {} is not known, only {}", shown(format), kFormat));
  const std::string_view check = lines.take("check");
  if (check != check_of(lines.rest())) return bad("damaged: its check does not agree");
  const auto number = whole_number<std::uint64_t>(lines.take("number"));
  const std::string_view digest = lines.take("sha256");
  const auto time = time_of(lines.take("time"));
  const std::string_view by = lines.take("by");
  const auto added_to = whole_number<std::uint64_t>(lines.take("added_to"));
  if (number.value_or(0) == 0 || !is_digest(digest) || !time.has_value() || by.empty() || !added_to.has_value() ||
      !lines.rest().empty())
    return bad("damaged: a line is not as it must be");
  return Generation{*number, std::string(digest), *time, std::string(by), *added_to, {}};
}

}  // namespace hw::cluster

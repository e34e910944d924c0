#include "cluster/site/lost_text.h"

#include <algorithm>
#include <charconv>
#include <cstdlib>
#include <ctime>

#include "engine/extract/extract_line.h"

namespace hw::cluster {
namespace {

constexpr std::int64_t kDaysTo1970 = 47117;  // From 31-DEC-1840, day 0 of $HOROLOG.
constexpr std::int64_t kDaySeconds = 86400;
constexpr std::uint64_t kMicros = 1'000'000;
constexpr std::int64_t kDaysMax = 1'000'000;

template <typename Number>
std::optional<Number> number_of(std::string_view digits) {
  Number out = 0;
  const auto [end, fault] = std::from_chars(digits.data(), digits.data() + digits.size(), out);
  if (fault != std::errc() || end != digits.data() + digits.size()) return std::nullopt;
  return out;
}

/// Of `67896,6637`, local time; 0 when it is none.
std::uint64_t time_of(std::string_view horolog) {
  const std::size_t comma = std::min(horolog.find(','), horolog.size());
  const auto days = number_of<std::int64_t>(horolog.substr(0, comma));
  const auto seconds = number_of<std::int64_t>(horolog.substr(std::min(comma + 1, horolog.size())));
  if (!days || !seconds || *days <= kDaysTo1970 || *days > kDaysMax || *seconds < 0 || *seconds >= kDaySeconds)
    return 0;
  const std::time_t wall = (*days - kDaysTo1970) * kDaySeconds + *seconds;
  std::tm parts{};
  if (::gmtime_r(&wall, &parts) == nullptr) return 0;
  parts.tm_isdst = -1;
  const std::time_t moment = ::mktime(&parts);
  return moment <= 0 ? 0 : static_cast<std::uint64_t>(moment) * kMicros;
}

/// The second field.
std::string_view time_field(std::string_view line) {
  line.remove_prefix(std::min(line.find('\\') + 1, line.size()));
  return line.substr(0, line.find('\\'));
}

class Parser {
 public:
  explicit Parser(std::string_view where) : where_(where) {}

  Result<LostText> parse(std::string_view text) {
    while (!text.empty()) {
      const std::size_t end = std::min(text.find('\n'), text.size());
      const std::string_view line = text.substr(0, end);
      text.remove_prefix(std::min(end + 1, text.size()));
      ++number_;
      HW_TRY_VOID(number_ == 1 ? take_heading(line) : take_line(line));
    }
    return std::move(out_);
  }

 private:
  Error bad(std::string_view why) const { return make_error<MsgId::HWLOSTFILE>(where_, number_, why); }

  Status take_heading(std::string_view line) {
    for (const ExtractLayout layout : {ExtractLayout::V5, ExtractLayout::V7}) {
      if (!line.starts_with(extract_label(layout))) continue;
      layout_ = layout;
      line.remove_prefix(extract_label(layout).size());
      return take_origin(line);
    }
    return bad("GDSJEX07 or GDSJEX03 was expected");
  }

  Status take_origin(std::string_view origin) {
    constexpr std::string_view kPrimary = " ROLLBACK PRIMARY ", kSecondary = " ROLLBACK SECONDARY ";
    out_.primary = origin.starts_with(kPrimary);
    if (!out_.primary && !origin.starts_with(kSecondary)) return bad("ROLLBACK PRIMARY or SECONDARY was expected");
    origin.remove_prefix(out_.primary ? kPrimary.size() : kSecondary.size());
    out_.instance = origin.substr(0, origin.find(' '));
    return {};
  }

  Status take_line(std::string_view line) {
    if (line.starts_with(';') || line.starts_with("01") || line.starts_with("02") || line.starts_with("03")) return {};
    const auto parts = split_extract_line(line, layout_);
    if (!parts) return bad("no line of a journal extract");
    const auto seqno = number_of<std::uint64_t>(parts->seqno);
    if (!seqno || *seqno == 0) return bad("its seqno is no number");
    auto& transactions = out_.transactions;
    if (!transactions.empty() && *seqno < transactions.back().seqno) return bad("its seqno is below the one before");
    if (transactions.empty() || *seqno != transactions.back().seqno)
      transactions.push_back({*seqno, time_of(time_field(line)), {}});
    return take_update(*parts, *seqno);
  }

  Status take_update(const ExtractLine& parts, std::uint64_t seqno) {
    const bool set = parts.code == ExtractCode::Set;
    if (!set && parts.code != ExtractCode::Kill && parts.code != ExtractCode::ZKill) return {};
    const std::string_view global = reference_at_front(parts.rest);
    const std::string_view behind = parts.rest.substr(global.size());
    if (global.empty() || global.size() > kReceiptTextBytesMax || (set ? !behind.starts_with('=') : !behind.empty()))
      return bad("no node");
    LostUpdate update{seqno, std::string(global), std::nullopt};
    if (set) update.value = std::string(behind.substr(1));
    out_.transactions.back().nodes.push_back(update.global);
    out_.updates.push_back(std::move(update));
    return {};
  }

  const std::string_view where_;
  std::uint64_t number_ = 0;
  ExtractLayout layout_ = ExtractLayout::V7;
  LostText out_;
};

}  // namespace

std::string_view reference_at_front(std::string_view text) {
  if (!text.starts_with('^')) return {};
  std::size_t at = std::min(text.find_first_of("(="), text.size());
  if (at == text.size() || text[at] == '=') return text.substr(0, at);
  bool quoted = false;
  for (int depth = 0; at < text.size(); ++at) {
    const char letter = text[at];
    if (letter == '"') quoted = !quoted;
    if (quoted) continue;
    if (letter == '(') ++depth;
    if (letter == ')' && --depth == 0) return text.substr(0, at + 1);
  }
  return {};
}

Result<LostText> parse_lost_text(std::string_view text, std::string_view where) { return Parser(where).parse(text); }

}  // namespace hw::cluster

#include "mupip/journal/journal_qualifiers.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <cerrno>
#include <ctime>
#include <fstream>

#include "engine/base/clock.h"
#include "engine/base/file.h"
#include "engine/base/text.h"
#include "engine/globals/key.h"
#include "engine/globals/zwr.h"

namespace hw::mupip {
namespace {

constexpr std::uint64_t kSecondUs = 1'000'000;

std::optional<std::uint64_t> number(std::string_view text, std::size_t digits_max = 20) {
  return text.size() > digits_max ? std::nullopt : whole_number<std::uint64_t>(text);
}

std::vector<std::string_view> split(std::string_view text, char separator) {
  std::vector<std::string_view> parts;
  for (;;) {
    const std::size_t at = text.find(separator);
    parts.push_back(text.substr(0, at));
    if (at == std::string_view::npos) return parts;
    text.remove_prefix(at + 1);
  }
}

/// Hours and minutes, and seconds and hundredths if they are there, in microseconds.
std::optional<std::uint64_t> clock_part(std::string_view text, std::uint64_t hours_max) {
  const auto fields = split(text, ':');
  if (fields.size() < 2 || fields.size() > 4) return std::nullopt;
  constexpr std::array<std::uint64_t, 4> kUnits{3600 * kSecondUs, 60 * kSecondUs, kSecondUs, kSecondUs / 100};
  const std::array<std::uint64_t, 4> kMax{hours_max, 59, 59, 99};
  std::uint64_t us = 0;
  for (std::size_t i = 0; i < fields.size(); ++i) {
    const auto value = number(fields[i], 6);
    if (!value || *value > kMax[i]) return std::nullopt;
    us += *value * kUnits[i];
  }
  return us;
}

/// Midnight of `DD-MON-YYYY`, local time, as its fields.
std::optional<std::tm> date_part(std::string_view text) {
  constexpr std::string_view kMonths = "JANFEBMARAPRMAYJUNJULAUGSEPOCTNOVDEC";
  const auto fields = split(text, '-');
  if (fields.size() != 3 || fields[1].size() != 3) return std::nullopt;
  std::string month = upper(fields[1]);
  const std::size_t at = kMonths.find(month);
  const auto day = number(fields[0], 2);
  const auto year = number(fields[2], 4);
  if (at == std::string_view::npos || at % 3 != 0 || !day || *day < 1 || *day > 31 || !year || *year < 1970)
    return std::nullopt;
  std::tm date{};
  date.tm_mday = static_cast<int>(*day);
  date.tm_mon = static_cast<int>(at / 3);
  date.tm_year = static_cast<int>(*year) - 1900;
  date.tm_isdst = -1;
  return date;
}

std::optional<GivenTime> moment(std::tm date, std::uint64_t us_of_day) {
  date.tm_hour = static_cast<int>(us_of_day / (3600 * kSecondUs));
  date.tm_min = static_cast<int>(us_of_day / (60 * kSecondUs) % 60);
  date.tm_sec = static_cast<int>(us_of_day / kSecondUs % 60);
  const int day = date.tm_mday;
  const std::time_t seconds = std::mktime(&date);
  if (seconds < 0 || date.tm_mday != day) return std::nullopt;  // The 31st of a shorter month.
  return GivenTime{static_cast<std::uint64_t>(seconds) * kSecondUs + us_of_day % kSecondUs, false};
}

std::string_view without_brackets(std::string_view text) {
  if (text.size() >= 2 && text.front() == '(' && text.back() == ')') text = text.substr(1, text.size() - 2);
  return text;
}

/// Splits `(~a,b)` at the commas outside of parentheses and quotes.
std::vector<std::string_view> entries(std::string_view text) {
  text = without_brackets(text);
  std::vector<std::string_view> out;
  std::size_t begin = 0;
  int depth = 0;
  bool quoted = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '"') quoted = !quoted;
    if (quoted) continue;
    depth += text[i] == '(' ? 1 : text[i] == ')' ? -1 : 0;
    if (text[i] != ',' || depth != 0) continue;
    out.push_back(text.substr(begin, i - begin));
    begin = i + 1;
  }
  out.push_back(text.substr(begin));
  return out;
}

bool take_exclusion(std::string_view& entry) {
  if (!entry.starts_with('~')) return false;
  entry.remove_prefix(1);
  entry = without_brackets(entry);
  return true;
}

/// GT.M's sign for one character is %; here ? is another, where it can be no part of what is meant.
std::string with_one_sign(std::string_view pattern) {
  std::string out(pattern);
  std::replace(out.begin(), out.end(), '?', '%');
  return out;
}

/// A wildcard makes it a pattern of whole nodes, also inside quotes: `^a*` has ^ab and ^a(1), and `^a%` only the first.
/// Without one it is a node with everything below it. Source: observed on GT.M V7.0-005.
Result<GlobalChoice> global_choice(std::string_view entry, std::string_view whole) {
  const auto refuse = [&] {
    return value_error(
        make_error<MsgId::INVGLOBALQUAL>(static_cast<std::uint64_t>(entry.data() - whole.data()), whole));
  };
  std::string_view node = entry;
  if (node.starts_with('^')) node.remove_prefix(1);
  const std::size_t bracket = std::min(node.find('('), node.size());
  const std::string name = with_one_sign(node.substr(0, bracket));
  const std::string_view subscripts = node.substr(bracket);
  const auto is_part_of_name = [](unsigned char c) {
    return std::isalnum(c) != 0 || c == '%' || c == '*' || c == '\\';
  };
  if (name.empty() || !std::all_of(name.begin(), name.end(), is_part_of_name)) return refuse();
  GlobalChoice choice;
  if (name.find_first_of("%*\\") == std::string::npos && subscripts.find_first_of("%*\\") == std::string_view::npos) {
    const auto parsed = parse_reference(fmt::format("^{}{}", name, subscripts));
    if (!parsed.has_value()) return refuse();
    HW_TRY(choice.key_prefix, encode_key(*parsed));
    return choice;
  }
  if (!subscripts.empty() && (subscripts.size() < 3 || !subscripts.ends_with(')'))) return refuse();
  choice.pattern.emplace(fmt::format("^{}{}", name, subscripts));
  return choice;
}

Result<Choice<SeqnoRange>> seqno_choice(std::string_view entry) {
  const std::string_view given = entry;
  Choice<SeqnoRange> choice{};
  choice.exclude = take_exclusion(entry);
  const auto ends = split(entry, ':');
  const auto first = number(ends.front());
  const auto last = number(ends.back());
  if (ends.size() > 2 || !first || !last || *first > *last) return value_error(make_error<MsgId::INVSEQNOQUAL>(given));
  choice.what = {Seqno{*first}, Seqno{*last}};
  return choice;
}

/// One pattern a line; `~` in front takes the values that match out.
Status read_value_patterns(const std::string& name, JournalSelection& selection) {
  const std::string path = absolute_path(name);
  std::ifstream in(path, std::ios::binary);
  std::string line;
  // A directory can be opened and not be read.
  while (in && std::getline(in, line)) {
    std::string_view pattern = line;
    if (pattern.ends_with('\r')) pattern.remove_suffix(1);
    const bool exclude = take_exclusion(pattern);
    pattern = without_brackets(pattern);
    if (!pattern.empty()) selection.values.push_back({TextPattern(pattern), exclude});
  }
  if (!in.is_open() || in.bad()) return value_error(make_error<MsgId::FILEOPENFAIL>(path).with_errno(errno));
  return {};
}

std::optional<GivenTime> time_of_today(std::string_view clock) {
  const auto us = clock_part(clock, 23);
  const auto now = static_cast<std::time_t>(wall_clock_us() / kSecondUs);
  std::tm today{};
  ::localtime_r(&now, &today);
  today.tm_isdst = -1;
  return us ? moment(today, *us) : std::nullopt;
}

}  // namespace

std::optional<GivenTime> parse_time(std::string_view text) {
  while (text.starts_with(' ')) text.remove_prefix(1);
  if (text.starts_with("--")) {
    text.remove_prefix(std::min(text.find_first_not_of(' ', 2), text.size()));
    return time_of_today(text);
  }
  const std::size_t blank = text.find(' ');
  const std::string_view front = text.substr(0, blank);
  std::string_view rest = blank == std::string_view::npos ? std::string_view() : text.substr(blank);
  while (rest.starts_with(' ')) rest.remove_prefix(1);
  if (const auto date = date_part(front)) {
    const auto us = rest.empty() ? std::optional<std::uint64_t>(0) : clock_part(rest, 23);
    return us ? moment(*date, *us) : std::nullopt;
  }
  if (front.find(':') != std::string_view::npos && rest.empty()) return time_of_today(front);
  const auto days = number(front, 5);
  const auto us = rest.empty() ? std::nullopt : clock_part(rest, 99'999);
  if (!days || !us) return std::nullopt;
  return GivenTime{*days * 86400 * kSecondUs + *us, true};
}

Result<std::optional<GivenTime>> time_of(const QualifierSet& command, std::string_view name) {
  if (!command.has(name)) return std::optional<GivenTime>();
  const auto time = parse_time(command.value(name));
  if (!time) return value_error(make_error<MsgId::INVQUALTIME>(name));
  return time;
}

Result<JournalSelection> selection_of(const QualifierSet& command) {
  JournalSelection selection;
  if (const auto text = command.text("GLOBAL")) {
    for (std::string_view entry : entries(*text)) {
      const bool exclude = take_exclusion(entry);
      HW_TRY(GlobalChoice choice, global_choice(entry, *text));
      selection.globals.push_back({std::move(choice), exclude});
    }
  }
  if (const auto path = command.text("GVPATFILE")) HW_TRY_VOID(read_value_patterns(*path, selection));
  if (const auto text = command.text("USER")) {
    for (std::string_view entry : entries(*text)) {
      const bool exclude = take_exclusion(entry);
      selection.users.push_back({TextPattern(with_one_sign(entry)), exclude});
    }
  }
  if (const auto text = command.text("ID")) {
    for (std::string_view entry : entries(*text)) {
      const std::string_view given = entry;
      const bool exclude = take_exclusion(entry);
      const auto pid = number(entry, 9);
      if (!pid) return value_error(make_error<MsgId::INVIDQUAL>(given));
      selection.pids.push_back({static_cast<std::uint32_t>(*pid), exclude});
    }
  }
  if (const auto text = command.text("SEQNO")) {
    for (const std::string_view entry : entries(*text)) {
      HW_TRY(const auto choice, seqno_choice(entry));
      selection.seqnos.push_back(choice);
    }
  }
  const QualifierSet& kinds = command.keywords("TRANSACTION");
  if (!kinds.empty()) {
    const bool only_named = kinds.has("SET") || kinds.has("KILL");
    selection.sets = only_named ? kinds.has("SET") : !kinds.negated("SET");
    selection.kills = only_named ? kinds.has("KILL") : !kinds.negated("KILL");
    if (!selection.sets && !selection.kills) return value_error(make_error<MsgId::INVTRNSQUAL>());
  }
  return selection;
}

Fences fences_of(const QualifierSet& command) {
  const QualifierSet& fences = command.keywords("FENCES");
  return fences.has("NONE") ? Fences::None : fences.has("ALWAYS") ? Fences::Always : Fences::Process;
}

Result<std::vector<std::pair<std::string, std::string>>> redirections_of(const QualifierSet& command) {
  std::vector<std::pair<std::string, std::string>> pairs;
  for (const std::string& entry : command.list("REDIRECT")) {
    const auto ends = split(entry, '=');
    if (ends.size() != 2 || ends[0].empty() || ends[1].empty())
      return value_error(make_error<MsgId::INVREDIRQUAL>("specify as \"old-file-name=new-file-name,...\""));
    pairs.emplace_back(absolute_path(ends[0]), absolute_path(ends[1]));
  }
  return pairs;
}

std::string display_time(std::uint64_t time_us) {
  const auto seconds = static_cast<std::time_t>(time_us / kSecondUs);
  std::tm local{};
  ::localtime_r(&seconds, &local);
  std::array<char, 32> text{};
  return {text.data(), std::strftime(text.data(), text.size(), "%Y/%m/%d %H:%M:%S", &local)};
}

}  // namespace hw::mupip

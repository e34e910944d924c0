#include "cluster/config/key.h"

#include <algorithm>
#include <cmath>

#include "engine/base/limits.h"

namespace hw::cluster {
namespace {

Error wanted(const std::string& full, std::string_view what) {
  return bad_key(full, fmt::format("{} is wanted", what));
}

/// A number with or without a fraction. Errors: HWCFGBAD; of no other number than a finite one.
Result<double> take_any_number(const TomlValue& value, const std::string& full, std::string_view what) {
  if (const auto* whole = value.as<std::int64_t>()) return static_cast<double>(*whole);
  const auto* real = value.as<double>();
  if (real == nullptr || !std::isfinite(*real)) return wanted(full, what);
  return *real;
}

Error out_of_range(const std::string& full, const std::string& given, const std::string& min, const std::string& max) {
  return bad_key(full, fmt::format("{} is not {} to {}", given, min, max));
}

}  // namespace

Result<std::string> take_text(const TomlValue& value, const std::string& full) {
  if (const auto* text = value.as<std::string>()) return *text;
  return wanted(full, "a text in quotes");
}

Result<bool> take_flag(const TomlValue& value, const std::string& full) {
  if (const auto* flag = value.as<bool>()) return *flag;
  return wanted(full, "true or false");
}

Result<std::int64_t> take_number(const TomlValue& value, const std::string& full, std::int64_t min, std::int64_t max) {
  const auto* whole = value.as<std::int64_t>();
  if (whole == nullptr) return wanted(full, "a whole number");
  if (*whole < min || *whole > max)
    return out_of_range(full, toml_text(value), std::to_string(min), std::to_string(max));
  return *whole;
}

Result<double> take_real(const TomlValue& value, const std::string& full, double min, double max) {
  HW_TRY(const double number, take_any_number(value, full, "a number"));
  if (number < min || number > max)
    return out_of_range(full, toml_text(value), real_number_text(min), real_number_text(max));
  return number;
}

Result<Milliseconds> take_seconds(const TomlValue& value, const std::string& full, Milliseconds min, Milliseconds max) {
  HW_TRY(const double seconds, take_any_number(value, full, "a number of seconds"));
  const double count = seconds * 1000;
  if (count < static_cast<double>(min.count()) || count > static_cast<double>(max.count()))
    return out_of_range(full, toml_text(value), seconds_text(min), seconds_text(max));
  const Milliseconds rounded(std::llround(count));
  if (seconds != 0 && rounded == Milliseconds(0)) return Milliseconds(seconds > 0 ? 1 : -1);
  return rounded;
}

Result<std::vector<std::string>> take_list(const TomlValue& value, const std::string& full, TextRule rule) {
  const auto* list = value.as<std::vector<TomlValue>>();
  if (list == nullptr) return wanted(full, "a list of texts in brackets");
  if (list->size() > kDomainNamesMax)
    return bad_key(full, fmt::format("{} entries, at most {}", list->size(), kDomainNamesMax));
  std::vector<std::string> out;
  for (const TomlValue& element : *list) {
    const auto* text = element.as<std::string>();
    if (text == nullptr) return wanted(full, "a list of texts in brackets");
    if (const std::string why = rule(*text); !why.empty()) return bad_key(full, why);
    out.push_back(*text);
  }
  return out;
}

std::string real_number_text(double number) { return fmt::format("{}", number); }

std::string seconds_text(Milliseconds time) { return real_number_text(static_cast<double>(time.count()) / 1000); }

std::optional<std::vector<std::string>> names_added(const std::vector<std::string>& before,
                                                    const std::vector<std::string>& after) {
  if (after.size() < before.size() || !std::ranges::equal(before, std::span(after).first(before.size())))
    return std::nullopt;
  return std::vector<std::string>(after.begin() + static_cast<std::ptrdiff_t>(before.size()), after.end());
}

}  // namespace hw::cluster

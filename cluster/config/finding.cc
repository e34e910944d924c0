#include "cluster/config/finding.h"

#include <algorithm>

namespace hw::cluster {

std::string Finding::line(std::string_view file) const {
  return fmt::format("{}:{}:{}: {}", file, at.line, at.column, error.lines());
}

void Findings::add(const std::string& key, TextPosition at, Error error) {
  if (error.severity == Severity::Error) {
    ++errors_;
    keys_in_error_.insert(key);
  }
  all_.push_back({at, std::move(error)});
}

void Findings::add_bad(const std::string& key, TextPosition at, std::string_view why) {
  add(key, at, bad_key(key, why));
}

void Findings::sort() { std::ranges::stable_sort(all_, {}, &Finding::at); }

bool Findings::has_error_in(const std::string& key) const {
  if (keys_in_error_.contains(key)) return true;
  const std::string below = key + ".";
  const auto first = keys_in_error_.lower_bound(below);
  return first != keys_in_error_.end() && first->starts_with(below);
}

std::string Findings::render(std::string_view file) const {
  std::string out;
  for (const Finding& finding : all_) out += finding.line(file) + "\n";
  return out;
}

std::string Findings::summary(std::string_view file) const {
  return fmt::format("{}: {} errors, {} warnings", file, errors(), warnings());
}

Error bad_key(std::string_view key, std::string_view why) { return make_error<MsgId::HWCFGBAD>(shown(key), why); }

std::string shown(std::string_view text, std::size_t bytes_max) {
  const bool whole = text.size() <= bytes_max;
  std::string out(text.substr(0, bytes_max));
  // Not in the middle of a character of UTF-8.
  while (!whole && !out.empty() && (static_cast<unsigned char>(text[out.size()]) & 0xC0) == 0x80) out.pop_back();
  std::ranges::replace_if(
      out, [](unsigned char c) { return c < 0x20 || c == 0x7F; }, '?');
  return whole ? out : out + "...";
}

}  // namespace hw::cluster

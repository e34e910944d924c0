/// cluster/config/finding.h -- what a check of a configuration has found, each with the place in its text.
#pragma once

#include <compare>
#include <cstddef>
#include <cstdint>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/limits.h"
#include "engine/base/result.h"

namespace hw::cluster {

/// A place in a text. Units: lines and characters, both from 1.
struct TextPosition {
  std::uint32_t line = 1;
  std::uint32_t column = 1;
  auto operator<=>(const TextPosition&) const = default;
};

struct Finding {
  TextPosition at;
  Error error;

  /// `bank.toml:12:1: %GTM-E-HWCFGBAD, lease.renew: no such key; nearest: renew_s`, no newline.
  std::string line(std::string_view file) const;
};

class Findings {
 public:
  /// `key` is what the finding is about, `instance.B.upstreams`; a table's name, or empty, where it is no key.
  void add(const std::string& key, TextPosition at, Error error);
  /// HWCFGBAD: `key: why`.
  void add_bad(const std::string& key, TextPosition at, std::string_view why);
  /// By their place in the text; those of one place in the order in which they were added.
  void sort();

  const std::vector<Finding>& all() const { return all_; }
  std::size_t errors() const { return errors_; }
  std::size_t warnings() const { return all_.size() - errors_; }
  bool passed() const { return errors_ == 0; }
  /// Whether an error is about this key, or about one below this table.
  bool has_error_in(const std::string& key) const;

  /// All findings, a line each, ended by newlines.
  std::string render(std::string_view file) const;
  /// `bank.toml: 1 errors, 0 warnings`, no newline.
  std::string summary(std::string_view file) const;

 private:
  std::vector<Finding> all_;
  std::set<std::string> keys_in_error_;
  std::size_t errors_ = 0;
};

/// HWCFGBAD about `key`.
Error bad_key(std::string_view key, std::string_view why);

/// A text of the file as a message shows it: on one line, and cut.
std::string shown(std::string_view text, std::size_t bytes_max = kShownTextBytesMax);

}  // namespace hw::cluster

/// cluster/config/toml_text.h -- TOML text as a tree of ours, in the order of the text, each key with its place.
///
/// toml_text.cc alone knows the library that reads TOML.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "cluster/config/finding.h"

namespace hw::cluster {

struct TomlEntry;
struct TomlValue;

struct TomlTable {
  TextPosition at;                 ///< of its line `[name]`, or of the key that makes it
  std::vector<TomlEntry> entries;  ///< in the order in which their keys come first

  const TomlEntry* find(std::string_view key) const;
};

/// A date or time, which no key of ours takes.
struct TomlTime {};

struct TomlValue {
  std::variant<bool, std::int64_t, double, std::string, TomlTime, std::vector<TomlValue>, TomlTable> is;

  template <typename T>
  const T* as() const {
    return std::get_if<T>(&is);
  }
};

struct TomlEntry {
  std::string key;
  TextPosition at;
  TomlValue value;
};

/// Any bytes are taken. None, and one finding (HWCFGBAD), when they are no TOML, more than kDomainTextBytesMax, or have
/// a line with more than kTomlDotsMax dots. What is deeper than any key of ours is left out.
std::optional<TomlTable> parse_toml(std::string_view text, Findings& findings);

/// A string as TOML writes it, in quotes.
std::string toml_string(std::string_view text);
/// A list of strings as TOML writes it.
std::string toml_list(const std::vector<std::string>& texts);
/// A value on one line.
std::string toml_text(const TomlValue& value);

}  // namespace hw::cluster

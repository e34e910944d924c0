#include "cluster/config/written_diff.h"

#include <map>

namespace hw::cluster {
namespace {

using Values = std::map<std::string, const TomlValue*>;

void collect(const TomlTable& table, const std::string& prefix, Values& out) {
  for (const TomlEntry& entry : table.entries) {
    const std::string key = prefix + entry.key;
    if (const auto* inner = entry.value.as<TomlTable>())
      collect(*inner, key + ".", out);
    else
      out.emplace(key, &entry.value);
  }
}

/// One text for one value: a whole number with a fraction of zero is that number.
std::string canonical(const TomlValue& value) {
  std::string text = toml_text(value);
  if (value.as<double>() != nullptr && text.ends_with(".0")) text.resize(text.size() - 2);
  return text;
}

bool differs(const Values& other, const std::string& key, const TomlValue& value) {
  const auto found = other.find(key);
  return found == other.end() || canonical(*found->second) != canonical(value);
}

}  // namespace

std::vector<std::string> written_diff(const TomlTable& from, const TomlTable& to) {
  Values before, after;
  collect(from, "", before);
  collect(to, "", after);
  std::map<std::string, std::vector<std::string>> lines;  // By key.
  for (const auto& [key, value] : before)
    if (differs(after, key, *value)) lines[key].push_back(fmt::format("- {} = {}", key, toml_text(*value)));
  for (const auto& [key, value] : after)
    if (differs(before, key, *value)) lines[key].push_back(fmt::format("+ {} = {}", key, toml_text(*value)));
  std::vector<std::string> out;
  for (const auto& [key, of_key] : lines) out.insert(out.end(), of_key.begin(), of_key.end());
  return out;
}

}  // namespace hw::cluster

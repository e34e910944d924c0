#include "cluster/config/section.h"

#include <algorithm>

namespace hw::cluster {
namespace {

/// A text with more is no text with a slip of the pen, and the search takes time.
constexpr std::size_t kFindingsWithNearest = 100;

}  // namespace

void KeyPlaces::add(const TomlTable& table, const std::string& prefix) {
  for (const TomlEntry& entry : table.entries) {
    const std::string key = prefix.empty() ? entry.key : prefix + "." + entry.key;
    keys_.emplace(key, entry.at);
    const auto* inner = entry.value.as<TomlTable>();
    if (inner == nullptr) continue;
    tables_.emplace(key, inner->at);
    add(*inner, key);
  }
}

TextPosition KeyPlaces::of(std::string_view key) const {
  if (const auto table = tables_.find(key); table != tables_.end()) return table->second;
  if (const auto found = keys_.find(key); found != keys_.end()) return found->second;
  const auto dot = key.rfind('.');
  return dot == key.npos ? TextPosition() : of(key.substr(0, dot));
}

void read_section(const std::vector<BoundKey>& keys, const TomlTable& table, const std::string& prefix,
                  Findings& findings) {
  std::vector<std::string> known;
  for (const BoundKey& key : keys) known.push_back(key.name);
  for (const TomlEntry& entry : table.entries) {
    const std::string full = prefix + "." + entry.key;
    const auto key = std::ranges::find(keys, entry.key, &BoundKey::name);
    if (key == keys.end()) {
      add_unknown_key(full, entry, known, findings);
      continue;
    }
    if (Status status = key->put(entry.value, full); !status.has_value())
      findings.add(full, entry.at, std::move(status).error());
  }
  for (const BoundKey& key : keys)
    if (key.mandatory && table.find(key.name) == nullptr)
      findings.add_bad(prefix + "." + key.name, table.at, "missing");
}

std::string nearest_text(std::string_view name, const std::vector<std::string>& candidates, const Findings& findings) {
  if (candidates.empty() || findings.all().size() >= kFindingsWithNearest) return {};
  return fmt::format("; nearest: {}", nearest(name, candidates));
}

void add_unknown_key(const std::string& full, const TomlEntry& entry, const std::vector<std::string>& known,
                     Findings& findings) {
  findings.add_bad(full, entry.at, "no such key" + nearest_text(entry.key, known, findings));
}

}  // namespace hw::cluster

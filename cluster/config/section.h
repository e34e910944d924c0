/// cluster/config/section.h -- one section of the text into the object that it fills.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include "cluster/config/key_tables.h"

namespace hw::cluster {

/// Where each key and table of a text is.
class KeyPlaces {
 public:
  explicit KeyPlaces(const TomlTable& root) { add(root, ""); }

  /// Of `key`, as `node.n1.port`; one that is not written has the line of its table, or of what is around that.
  TextPosition of(std::string_view key) const;
  bool wrote(std::string_view key) const { return keys_.find(key) != keys_.end(); }

 private:
  void add(const TomlTable& table, const std::string& prefix);

  std::map<std::string, TextPosition, std::less<>> keys_;    ///< of tables too: where their names are first
  std::map<std::string, TextPosition, std::less<>> tables_;  ///< their own lines
};

/// A key with the object that it is about.
struct BoundKey {
  std::string name;
  bool mandatory = false;
  std::function<Status(const TomlValue&, const std::string& full)> put;
};

template <typename Object>
void bind_keys(Object& object, std::vector<BoundKey>& out) {
  for (const Key<Object>& key : keys_of<Object>())
    out.push_back({std::string(key.name), key.mandatory,
                   [&](const TomlValue& value, const std::string& full) { return key.put(object, value, full); }});
  if constexpr (std::is_same_v<Object, Node>) bind_keys(object.agent, out);
}

/// Puts what `table` has into the object of `keys`. `prefix` is the section's name, `node.n1`.
/// Findings: keys that there are not, values that cannot be, mandatory keys that are missing.
void read_section(const std::vector<BoundKey>& keys, const TomlTable& table, const std::string& prefix,
                  Findings& findings);

template <typename Object>
void read_object(Object& object, const TomlTable& table, const std::string& prefix, Findings& findings) {
  std::vector<BoundKey> keys;
  bind_keys(object, keys);
  read_section(keys, table, prefix, findings);
}

/// `; nearest: NAME`, or nothing: when there is no candidate, and when so much is wrong that it would help nobody.
std::string nearest_text(std::string_view name, const std::vector<std::string>& candidates, const Findings& findings);

/// HWCFGBAD: there is no such key.
void add_unknown_key(const std::string& full, const TomlEntry& entry, const std::vector<std::string>& known,
                     Findings& findings);

}  // namespace hw::cluster

/// cluster/store/keys.h -- where things are in the store. Pure.
///
///   PREFIX/DOMAIN/group/GROUP          the record of a group
///   PREFIX/DOMAIN/try/GROUP/MEMBER     the try key of a member
///   PREFIX/DOMAIN/node/NODE            there while the node's agent lives
///
/// Source: operations, section 9; docs/formats/store.md.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace hw::cluster::store {

class StoreKeys {
 public:
  /// `prefix` as in the configuration; a slash at its end is left out.
  StoreKeys(std::string_view prefix, std::string_view domain);

  /// All that is the domain's begins with it; ends with a slash. So do the other two.
  const std::string& all() const { return all_; }
  std::string records() const { return all_ + "group/"; }
  std::string nodes() const { return all_ + "node/"; }

  std::string record(std::string_view group) const;
  std::string try_key(std::string_view group, std::string_view member) const;
  std::string node(std::string_view node) const;

 private:
  std::string all_;
};

/// The first key after all those that begin with `prefix`, which ends with a slash.
std::string end_of(std::string_view prefix);

/// What follows `prefix` in `key`, when that is one name; else none.
std::optional<std::string> name_in(std::string_view key, std::string_view prefix);

}  // namespace hw::cluster::store

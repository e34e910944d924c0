/// cluster/config/difference.h -- what one configuration changes in another, object by object.
///
/// Values are compared with their defaults filled in: a node whose port comes from [agent] is changed by a change
/// there. `config apply` asks which objects are touched, and refuses what runs (HWCFGRUN); `config add` asks whether
/// there is anything but additions.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "cluster/config/domain.h"

namespace hw::cluster {

/// The sections. Those up to Security are there once, and have no name; [agent] acts through each node.
enum class ObjectKind : std::uint8_t {
  Domain,
  Etcd,
  Lease,
  Security,
  Node,
  Instance,
  Group,
  Gateway,
  Server,
  Resource
};

/// `node`, `lease`: as the section is called.
std::string_view section_name(ObjectKind kind);

enum class DifferenceKind : std::uint8_t { Added, Removed, Changed };

/// One key of an object that both have.
struct KeyChange {
  std::string key;  ///< as `node.n1.port`
  std::string before;
  std::string after;      ///< both as TOML
  bool addition = false;  ///< a raised max, or names of added objects after those of a list
};

struct ObjectChange {
  ObjectKind kind;
  std::string name;  ///< empty when the section has none
  DifferenceKind change;
  std::vector<KeyChange> keys;      ///< of DifferenceKind::Changed, in the order of the tables
  std::vector<std::string> nodes;   ///< where it acts, before or after, in file order; those before first
  std::vector<std::string> groups;  ///< for which it acts, the same

  /// `node.n1`, `lease`.
  std::string full_name() const;
  /// Something that was not there, or nothing but additions to what was.
  bool is_addition() const;
  /// What HWCFGRUN names: the first key that is more than an addition, or the object when it is removed or added.
  std::string first_key() const;
};

/// In the order of the sections; objects in file order, those that are removed first.
struct Difference {
  std::vector<ObjectChange> objects;

  bool empty() const { return objects.empty(); }
  /// What `config add` takes.
  bool only_additions() const;
  /// The first that is no addition; null when there is none.
  const ObjectChange* first_other() const;
  /// Names of added objects of a kind, in file order: what `boot -S new` may start.
  std::vector<std::string> added(ObjectKind kind) const;
};

/// Blocks: no. Both have passed the check.
Difference compare_domains(const Domain& before, const Domain& after);

}  // namespace hw::cluster

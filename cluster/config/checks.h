/// cluster/config/checks.h -- what must hold between the keys of a configuration. Each check adds to the findings.
#pragma once

#include <string>

#include "cluster/config/domain.h"
#include "cluster/config/finding.h"
#include "cluster/config/section.h"

namespace hw::cluster {

/// What a check reads, and where it writes what it has found.
struct Checking {
  const Domain& domain;
  const KeyPlaces& places;
  Findings& findings;

  /// Adds a finding at its key.
  void add(const std::string& key, Error error) const { findings.add(key, places.of(key), std::move(error)); }
  void add_bad(const std::string& key, std::string_view why) const { findings.add_bad(key, places.of(key), why); }
};

/// Keys that are mandatory because of another key's value.
void check_needed(const Checking& checking);
/// Every name stands for something; lists name nothing twice, nothing of another group, and not their own object.
void check_references(const Checking& checking);
/// An instance is in one group, and alone of it at its node; names that the board shows are unique.
void check_groups(const Checking& checking);
/// HWPORTDUP.
void check_ports(const Checking& checking);
/// HWLEASEMATH, and min above max.
void check_numbers(const Checking& checking);
/// Nothing goes over a network in the clear unless the configuration says so.
void check_security(const Checking& checking);
/// HWTREE. Groups that have another error, or whose instances have one, are left out.
void check_trees(const Checking& checking);
/// HWKEYIDLE, and values that are allowed but have a danger.
void warn_of_keys(const Checking& checking);

/// Whether a key of [group.NAME] is read in a group of this kind.
bool is_key_of_kind(GroupKind kind, std::string_view key);

}  // namespace hw::cluster

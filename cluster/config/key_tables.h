/// cluster/config/key_tables.h -- every key of a configuration, section by section: the one list of them.
///
/// docs/operations/configuration.md shows them to operators; a test holds the page to these tables.
#pragma once

#include <vector>

#include "cluster/config/key.h"

namespace hw::cluster {

/// Those of a section's struct. Of a Node its own: those of its AgentKeys are besides.
template <typename Object>
const std::vector<Key<Object>>& keys_of();

template <>
const std::vector<Key<DomainKeys>>& keys_of<DomainKeys>();
template <>
const std::vector<Key<EtcdKeys>>& keys_of<EtcdKeys>();
template <>
const std::vector<Key<LeaseKeys>>& keys_of<LeaseKeys>();
template <>
const std::vector<Key<AgentKeys>>& keys_of<AgentKeys>();
template <>
const std::vector<Key<SecurityKeys>>& keys_of<SecurityKeys>();
template <>
const std::vector<Key<Node>>& keys_of<Node>();
template <>
const std::vector<Key<Instance>>& keys_of<Instance>();
template <>
const std::vector<Key<Group>>& keys_of<Group>();
template <>
const std::vector<Key<Gateway>>& keys_of<Gateway>();
template <>
const std::vector<Key<Server>>& keys_of<Server>();
template <>
const std::vector<Key<Resource>>& keys_of<Resource>();

}  // namespace hw::cluster

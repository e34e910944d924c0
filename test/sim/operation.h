/// test/sim/operation.h -- one update of the workload: everything that takes one seqno.
///
/// Operation number N of worker W in a step follows from the step's seed, W and N alone. The worker that makes it and
/// the model that foretells what it does get it from the same function. Nodes are shared by all workers and few, so
/// that updates meet; every value names its maker, so that no two are the same.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "test/sim/random.h"

namespace hw::sim {

enum class ChangeKind : std::uint8_t { Set, Kill, ZKill, Increment };

struct Change {
  ChangeKind kind;
  std::string key;    ///< encoded (engine/globals/key.h)
  std::string value;  ///< Set: the value; Increment: by how much
};

struct Operation {
  std::vector<Change> changes;
  bool transaction = false;
  bool durable = false;  ///< acknowledged only when it is on disk
};

/// What a step's workers do.
struct Workload {
  std::uint64_t seed = 1;
  unsigned regions = 1;        ///< globals ^a, and ^x and ^y of the second and third region
  unsigned durable = 30;       ///< percent of the transactions that are durable
  unsigned transactions = 40;  ///< percent of the operations that are transactions
  unsigned large = 0;          ///< permille of the operations that change hundreds of nodes, or a long value
};

Operation make_operation(const Workload& load, unsigned worker, std::uint64_t number);

/// The region of an encoded key: 0 to 2.
unsigned region_of(const std::string& key);

}  // namespace hw::sim

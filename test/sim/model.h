/// test/sim/model.h -- what was ever committed, by whom, and what a database must hold because of it. No I/O.
///
/// Transactions form a tree: each one has the one before it, and two that have the same one before them were committed
/// by instances that had parted. A point of the tree is a state of a whole instance: the transactions on the way to it
/// from the root, and so its content, and the digest of each region (engine/integ/node_digest.h). What an instance does
/// moves its place in the tree: a commit and a transfer forward, a rollback back, a power loss back to somewhere
/// between what was on disk for certain and where it was.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "engine/integ/node_digest.h"
#include "test/sim/operation.h"

namespace hw::sim {

constexpr unsigned kRegionsMax = 3;
using Digests = std::array<NodeDigest, kRegionsMax>;

/// A transaction, and the state behind it. 0 is the empty beginning.
using Place = std::uint32_t;
constexpr Place kBeginning = 0;

class Timeline {
 public:
  Timeline();

  /// Commits an operation behind `place`, without regard to whether another one was committed there already.
  Place commit(Place place, const Operation& operation);
  /// The same transaction as one that `operation` has already become behind `place`, seen at another instance; commits
  /// it when there is none.
  Place find_or_commit(Place place, const Operation& operation);
  /// Digests that `operation` would lead to behind `place`.
  Digests digests_after(Place place, const Operation& operation);

  std::uint64_t seqno(Place place) const { return nodes_[place].seqno; }
  const Digests& digests(Place place) const { return nodes_[place].digests; }
  bool durable(Place place) const { return nodes_[place].durable; }
  /// The place with this seqno on the way to `place`; `place` itself for a seqno beyond it.
  Place at(Place place, std::uint64_t seqno) const;
  /// Whether `place` holds everything that `earlier` does.
  bool holds(Place place, Place earlier) const { return at(place, seqno(earlier)) == earlier; }
  /// The last transaction that both hold.
  Place common(Place one, Place other) const;

  /// The content at a place; valid until the next call.
  const std::map<std::string, std::string>& content(Place place);
  std::size_t transactions() const { return nodes_.size() - 1; }

 private:
  struct Delta {
    std::string key;
    std::optional<std::string> before;
    std::optional<std::string> after;
  };
  struct Node {
    Place parent = kBeginning;
    std::uint64_t seqno = 0;
    bool durable = false;
    Digests digests;
    std::vector<Delta> deltas;
  };

  void move_to(Place place);
  void put(const Delta& delta, const std::optional<std::string>& value);
  /// Applies to the content where it is; what it did.
  std::vector<Delta> apply(const Operation& operation, Digests& digests);
  void undo(const std::vector<Delta>& deltas);

  std::vector<Node> nodes_;
  Place here_ = kBeginning;  ///< what content_ shows
  std::map<std::string, std::string> content_;
};

}  // namespace hw::sim

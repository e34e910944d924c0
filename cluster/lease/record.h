/// cluster/lease/record.h -- who holds the lease of a group: the one record in the store that all agents agree on.
///
/// The store keeps it as JSON (cluster/store); here are its fields and what they mean. It is changed by compare-and-put
/// alone (action::PutRecord), so that each version of it follows from one that its writer has seen.
///
/// Source: operations, section 9; docs/operations/lease.md.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace hw::cluster::lease {

enum class RecordState : std::uint8_t {
  Held,      ///< `holder` is root, or was and has not said that it ended
  Released,  ///< `holder` has ended its reign for `next`, or for any candidate
  Down       ///< the group is stopped: nobody takes over unasked
};
const char* name_of(RecordState state);

/// Tells one put from every other one, also over restarts of agents and over a store that was rebuilt and counts its
/// revisions from 1 again.
struct Serial {
  std::uint64_t run = 0;     ///< of the agent's life: drawn at random at its start
  std::uint64_t number = 0;  ///< within it
  friend bool operator==(const Serial&, const Serial&) = default;
};

/// Names are instances; of a group of kind files they are nodes.
struct Record {
  std::string holder;
  RecordState state = RecordState::Held;
  /// Number of the reign. 0: just taken; the reign's epoch is then `base` + the revision of this put. The first renewal
  /// writes it.
  std::uint64_t epoch = 0;
  /// Highest epoch that any agent knew when the record was made. Stays the same until `config epoch-base`.
  std::uint64_t base = 0;
  std::string next;         ///< Released: who may take it at once; empty: nobody in particular
  std::uint64_t seqno = 0;  ///< the holder's next one
  std::vector<std::string> candidates;
  Serial serial;
  friend bool operator==(const Record&, const Record&) = default;
};

/// A record as the store has it.
struct Stored {
  Record record;
  std::uint64_t revision = 0;  ///< etcd's mod_revision
  /// The text of the key, byte for byte: what a compare-and-put compares. For cluster/store alone; the machine hands it
  /// back.
  std::string value;
};

/// Number of the reign that a record tells of, the same to every reader.
inline std::uint64_t epoch_of(const Stored& stored) {
  return stored.record.epoch != 0 ? stored.record.epoch : stored.record.base + stored.revision;
}

/// Of a member's own try key, what a take compares: the last put of that key that was answered.
struct TryMark {
  std::uint64_t revision = 0;
  Serial serial;
};

/// On disk while this member has a take under way, or one of unknown end. An agent that finds one at its start must
/// void that take before it answers anything (docs/operations/lease.md).
struct Note {
  Serial serial;            ///< of the take's put
  std::uint64_t epoch = 0;  ///< of the reign that it was to end; 0: none
  friend bool operator==(const Note&, const Note&) = default;
};

}  // namespace hw::cluster::lease

/// engine/integ/node_digest.h -- a digest of a set of nodes that can be carried forward and back by single updates.
///
/// The sum, modulo 2^128, of a 128-bit hash of each node (key with value). Order does not matter, so an update changes
/// it by the new node's hash less the old one's: the digest of a region at any seqno follows from that of another seqno
/// and the journal between them, whose records carry the old values. Two regions with the same nodes have the same
/// digest wherever their pages are; two that differ in one byte have the same one by a chance of 2^-128. Against
/// damage, not against an adversary.
#pragma once

#include <string>
#include <string_view>

#include <fmt/format.h>

#include "engine/base/checksum_of_pair.h"
#include "journal/record.h"

namespace hw {

class NodeDigest {
 public:
  void add(std::string_view key, std::string_view value) { change(checksum_of_pair(as_bytes(key), as_bytes(value))); }
  void remove(std::string_view key, std::string_view value) {
    Checksum128 hash = checksum_of_pair(as_bytes(key), as_bytes(value));
    hash.low = ~hash.low;
    hash.high = ~hash.high;
    change(hash);
    change({1, 0});
  }
  /// What a record of the journal did to the set, or its inverse. `body` of a Transaction or a Removed record.
  /// False when the body breaks its layout.
  bool apply(const Record& record, bool forward);

  /// 32 hexadecimal digits.
  std::string text() const { return fmt::format("{:016x}{:016x}", sum_.high, sum_.low); }
  friend bool operator==(const NodeDigest&, const NodeDigest&) = default;

 private:
  void change(const Checksum128& by) {
    sum_.low += by.low;
    sum_.high += by.high + (sum_.low < by.low ? 1 : 0);
  }
  Checksum128 sum_;
};

}  // namespace hw

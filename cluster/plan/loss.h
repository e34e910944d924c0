/// cluster/plan/loss.h -- what an unplanned change of root loses: resync seqno and lost transactions.
///
/// Pure. Source: operations, section 10 `plan`, F2, F5.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "cluster/board/board.h"

namespace hw::cluster {

struct Loss {
  std::uint64_t resync = 0;            ///< first seqno of the new reign: below it old and new root are the same
  std::uint64_t old_next = 0;          ///< the old root's next seqno, as heard last; 0: not known
  std::optional<std::uint64_t> count;  ///< as far as is known: what nobody was told may be lost, too. Empty: not known
  std::uint64_t first = 0;             ///< seqnos; 0: none
  std::uint64_t last = 0;

  /// `4 (918230..918233)`, `0`, `-`.
  std::string text() const;
};

/// `old_next`: the old root's next seqno, 0 when it is not known; `has_below`: first seqno that the new root has not.
Loss loss_of(std::uint64_t old_next, std::uint64_t has_below);

/// Whether more is lost than the group allows; -1: any. A loss that is not known is not above it.
bool is_above(const Loss& loss, std::int64_t max_loss);

/// `acct-42`: of the group and the new reign.
std::string receipt_id(const std::string& group, std::uint64_t new_epoch);

/// The receipt that a failover opens: F5.
Receipt opened_receipt(const std::string& group, const std::string& node, const std::string& old_instance,
                       std::uint64_t old_epoch, const std::string& new_instance, std::uint64_t new_epoch,
                       const Loss& loss);

/// The same, when the old root's rollback has said what it took out. Nothing: there is nothing to apply either.
Receipt collected_receipt(Receipt receipt, std::uint64_t count, std::uint64_t first, std::uint64_t last);

/// Whether its transactions are known, and each is applied, in the conflict file or given up: `complete` may come.
bool is_settled(const Receipt& receipt);

}  // namespace hw::cluster

/// engine/session/changed_nodes.h -- $ZQGBLMOD: which nodes were changed since two sites parted.
///
/// Instance and regions hold Zqgblmod Seqno, the first seqno that a former root need not share; the lowest counts. The
/// journal holds every change since. A commit pays nothing for the answer; the asking session reads the journal once
/// and then only what is new. "Not changed" is never wrong: where a region's journal does not go back far enough,
/// everything in it counts as changed. Source: docs/conformance.md 7.* and its decisions (by node; a KILL of an
/// ancestor counts).
#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "engine/commit/domain.h"
#include "engine/session/node_set.h"
#include "journal/transaction_merge.h"

namespace hw {

/// A transaction as the journals of the regions that are examined have it. The views hold during the call.
struct JournaledTransaction {
  Seqno seqno;
  std::string_view id;
  std::vector<JournalUpdate> updates;  ///< in their order
};

/// Thread: one at a time.
class ChangedNodes {
 public:
  /// The asking process, whose own changes do not count.
  class Own {
   public:
    virtual ~Own() = default;
    /// The journals are read again, from the first transaction on.
    virtual void forget() = 0;
    /// Asked of each transaction that is read; of the same one again after a failure.
    virtual bool is_own(const JournaledTransaction& transaction) = 0;
  };

  /// The regions are open for updating. `own` outlives the object; none: every change counts.
  ChangedNodes(Domain& domain, const std::vector<OpenRegion*>& regions, Own* own = nullptr);

  /// Nothing that was changed from `seqno` on is passed over, also where the mark says that sites parted later.
  void count_from(Seqno seqno) { count_from_ = seqno; }

  /// Whether there is a Zqgblmod Seqno other than 0. Errors: DBFILERR and kin.
  Result<bool> is_marked();
  /// Reads what has been committed since the last call. Errors: those of the journal's readers; DBFILERR and kin.
  /// Blocks: disk reads; takes the commit lock for a moment.
  Status catch_up();
  /// Whether what `type` of the node would touch may have been changed before the last catch_up. False while nothing is
  /// marked.
  bool may_be_changed(const OpenRegion& region, UpdateType type, std::string_view key) const;
  /// The region's journal does not go back to where sites parted, or the region was not there yet.
  bool is_unknown(const OpenRegion& region) const;

 private:
  struct Followed {
    OpenRegion* region;
    JournalPlace place;    ///< read up to here; generation 0: not begun
    bool unknown = false;  ///< nobody can say what was changed in it
  };

  /// What has come to the journals of some regions.
  struct News {
    std::vector<Followed*> regions;
    std::vector<MergeSource> sources;  ///< one for each of them
  };

  Result<Seqno> mark();
  void begin_anew(Seqno since, std::uint32_t rollbacks);
  Result<News> look_for_news();
  Status leave_out_unknown(News& news) const;
  Status read(News news);
  void take_in(const std::vector<TransactionMerge::Part>& parts);

  Domain& domain_;
  std::vector<Followed> regions_;
  Own* const own_;
  std::optional<Seqno> count_from_;
  Seqno since_{0};               ///< what has been read belongs to it; 0: nothing is marked
  std::uint32_t rollbacks_ = 0;  ///< of the pool when it was read
  NodeSet nodes_;
  JournaledTransaction transaction_;  ///< kept for its memory
};

}  // namespace hw

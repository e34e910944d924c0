/// engine/session/read_ahead.h -- nodes of one region, copied ahead of a program that walks through it.
///
/// $ORDER and $QUERY in a loop are calls of their own, and each sees the last commit. To take a snapshot for each costs
/// more than the rest of the call, and one that is kept between calls would pin pages that commits need. So a look
/// copies a *run*: the node that was asked for and, when the program walks, those next to it. The calls that follow are
/// answered from the run while nothing has been committed to the region since (OpenRegion::last_commit_is).
///
/// A run that was used up lets the next one be longer, one that was mostly not used lets it be shorter, down to the one
/// node. So a program that jumps about, or that changes what it walks through, copies hardly more than it asks for.
///
/// Thread: one at a time.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/result.h"
#include "engine/base/types.h"
#include "engine/storage/lmdb.h"

namespace hw {

class ReadAhead {
 public:
  using Node = TransactionBase::Node;
  /// The node, or that there is none. Its views are valid until the next take.
  using Answer = std::optional<Node>;

  /// What the run says; nothing when it cannot say. Of the node with this key, the first one at or after `from`, the
  /// last one before `until`.
  std::optional<Answer> get(std::string_view key);
  std::optional<Answer> seek(std::string_view from);
  std::optional<Answer> before(std::string_view until);
  /// The region's last commit when the run was copied.
  RegionTn tn() const { return tn_; }

  /// Asks the region and copies a run. Errors: HWDBDAMAGED, DBFILERR.
  Result<Answer> take_from(ReadTransaction& now, std::string_view from);
  Result<Answer> take_before(ReadTransaction& now, std::string_view until);

 private:
  struct Place {
    std::size_t at;  ///< of the key in bytes_; the value follows it
    std::size_t key_bytes;
    std::size_t value_bytes;
  };

  std::string_view key(std::size_t i) const {
    return std::string_view(bytes_).substr(places_[i].at, places_[i].key_bytes);
  }
  Node node(std::size_t i) const;
  std::size_t first_at_or_after(std::string_view wanted) const;
  Answer use(std::size_t i);
  void begin_run(ReadTransaction& now, bool walks);
  void add(const Node& node);
  template <typename Step>
  bool lengthen(Step&& step);

  RegionTn tn_;
  std::string bytes_;
  std::vector<Place> places_;  ///< in collation order
  /// The run has every node of the region from low_ on and below high_; no limit there when to_the_end_.
  std::string low_;
  std::string high_;
  bool to_the_end_ = false;
  std::size_t first_used_ = 0;  ///< of places_
  std::size_t last_used_ = 0;
  std::size_t length_ = 1;  ///< nodes of the next run
};

}  // namespace hw

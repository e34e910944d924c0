/// cluster/site/lost_text.h -- what is in a file of lost transactions, for people: seqnos, times, nodes, values. Pure.
///
/// The file is mupip's (engine/extract/extract_line.h); gbl apply-lost reads it with all its rules. Here it may come
/// over the network, and nothing of it is trusted.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "cluster/board/receipt.h"
#include "engine/base/result.h"

namespace hw::cluster {

struct LostUpdate {
  std::uint64_t seqno = 0;
  std::string global;                ///< `^acct(17,"balance")`
  std::optional<std::string> value;  ///< as zwrite prints it; none: it was killed
};

struct LostText {
  std::string instance;                       ///< that lost them
  bool primary = false;                       ///< it was root, so that nobody else has them
  std::vector<LostTransaction> transactions;  ///< in order of seqno
  std::vector<LostUpdate> updates;            ///< in the file's order
};

/// `where` is the file, for messages. An empty text has no transactions.
/// Errors: HWLOSTFILE naming the line that is not what it should be, or whose seqno is below the one before.
Result<LostText> parse_lost_text(std::string_view text, std::string_view where);

/// A reference at the front of `text`: `^acct(17,"a=b")`. Empty when there is none.
std::string_view reference_at_front(std::string_view text);

}  // namespace hw::cluster

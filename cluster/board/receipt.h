/// cluster/board/receipt.h -- the transactions that an unplanned change of root lost: `losttn/ID.json`, and how `losttn
/// show` and `losttn diff` print it.
///
/// The board has the receipt's sums; this file has each transaction, too. The transactions' values are in `ID.los`, as
/// mupip journal -rollback writes them.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "cluster/board/board.h"
#include "cluster/board/table.h"
#include "engine/base/file_rights.h"
#include "engine/base/result.h"

namespace hw::cluster {

struct LostTransaction {
  std::uint64_t seqno = 0;
  std::uint64_t time_us = 0;
  std::vector<std::string> nodes;  ///< of globals, as zwrite prints them: `^acct(17,"balance")`
  friend bool operator==(const LostTransaction&, const LostTransaction&) = default;
};

struct ReceiptFile {
  Receipt receipt;
  std::vector<LostTransaction> transactions;  ///< in order of seqno
  friend bool operator==(const ReceiptFile&, const ReceiptFile&) = default;
};

std::string encode_receipt(const ReceiptFile& file);
/// Any bytes. Errors: HWBOARDBAD, with `where`.
Result<ReceiptFile> decode_receipt(std::string_view bytes, std::string_view where);
/// Of a receipt, and of what is kept beside it: the agent's alone. It has keys and values of a database, whose mode may
/// keep them from others.
FileRights receipt_rights();
/// With these rights, and so that after a crash the old or the new file is there. Errors: SYSCALL; HWBOARDBAD when it
/// is larger than kReceiptFileBytesMax.
Status write_receipt(const std::string& path, const ReceiptFile& file);
/// Errors: SYSCALL, HWBOARDBAD.
Result<ReceiptFile> read_receipt(const std::string& path);

/// A node of a lost transaction beside what the new root has.
struct LostNode {
  std::uint64_t seqno = 0;
  std::string global;
  std::optional<std::string> lost;     ///< as zwrite prints values; empty: it was killed
  std::optional<std::string> present;  ///< empty: it has none
  bool zqgblmod = false;               ///< it may have been changed since
};

/// Five lines that name the receipt.
std::string receipt_head(const Receipt& receipt);
/// `losttn show`: the head, then a line a transaction.
std::string receipt_text(const ReceiptFile& file);
Table lost_transaction_table(const std::vector<LostTransaction>& transactions);
/// `losttn diff`: the head, then a line a node.
std::string diff_text(const Receipt& receipt, const std::vector<LostNode>& nodes);
Table diff_table(const std::vector<LostNode>& nodes);

/// What `--json` of show and diff has beside the rows.
std::vector<std::pair<std::string, Cell>> receipt_values(const Receipt& receipt);

}  // namespace hw::cluster

/// engine/session/session.h -- reading and changing globals: what one thread does with an open Database.
///
/// Keys are encoded nodes (engine/globals/key.h). Outside a transaction every call is one of its own: a read sees the
/// last commit, a change is a commit of its own. Inside, reads see one snapshot over all regions plus the transaction's
/// own changes, and the changes reach the database together, or not at all, at the outermost commit.
///
/// Transactions are optimistic: at commit, every read is checked against the database as it then is. If one would
/// read something else now, the commit (or a read, when a snapshot cannot be extended) fails with TPRESTART, the
/// transaction is rolled back, and its body must run again; `transact` does that. The fourth attempt runs under
/// the commit lock and cannot be disturbed, and so does one that asks for it (TransactionOptions::alone).
///
/// Thread: a Session belongs to one thread. Fork: an open database does not survive it (HWFORKED).
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "engine/base/result.h"
#include "engine/base/types.h"
#include "engine/globals/node_copy.h"

namespace hw {

class Database;
class TransactionState;

/// When a commit returns. Source: docs/durability.md.
enum class Durability {
  Batch,   ///< at once; survives the death of any process, and within a second of time a power loss
  Durable  ///< when the journal is on disk (fdatasync), together with everything committed before it
};

enum class Direction { Forward, Backward };

struct TransactionOptions {
  Durability durability = Durability::Durable;
  std::string id = {};  ///< up to 8 bytes, kept in the journal; "BATCH" also means Durability::Batch, as in GT.M
  /// Under the commit lock from the first attempt on: nobody commits between what the body looks at, also beside the
  /// session, and its own commit. Everybody who commits waits for the body.
  bool alone = false;
};

class Session {
 public:
  /// The database outlives it.
  explicit Session(Database& database);
  ~Session();  ///< Rolls an open transaction back.
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;

  /// The node's value, or none. Errors: DBOPNERR and kin when its region cannot be opened; TPRESTART in a transaction.
  Result<std::optional<std::string>> get(std::string_view key);
  /// $DATA: 0 nothing, 1 value, 10 descendants, 11 both. Errors: those of get.
  Result<unsigned> data(std::string_view key);
  /// $ORDER: the next node (with or without a value of its own) on the same level, as its key; none at the end.
  /// An empty last subscript, or for global names an empty key, starts at the beginning (or the end, backward). Errors:
  /// those of get.
  Result<std::optional<std::string>> order(std::string_view key, Direction direction);
  /// $QUERY: the next node that has a value, anywhere below or after in the same global. Errors: those of get.
  Result<std::optional<NodeCopy>> query(std::string_view key, Direction direction);
  /// The first node at or after `key` in the whole database whose key is below `limit` (empty: no limit). Errors: those
  /// of get.
  Result<std::optional<NodeCopy>> seek(std::string_view key, std::string_view limit);

  /// Errors: SCNDDBNOUPD on a secondary, and while the instance has no lease; GVSUBOFLOW, REC2BIG, NULSUBSC by the
  /// region's limits; GBLOFLOW, JNLFILOPN on a full disk; NOJNLPOOL, REPLINSTUNDEF when a replicating instance is not
  /// up. Nothing has changed then. HWLATE: it is made, and may be undone, because the instance's lease had ended
  /// (docs/durability.md).
  Status set(std::string_view key, std::string_view value);
  Status kill(std::string_view key);   ///< the node and everything below it
  Status zkill(std::string_view key);  ///< the node's own value
  /// Adds `by` to the node's number (an absent node is 0), as one step. Returns the new value. Errors: NUMOFLOW; those
  /// of set.
  Result<std::string> increment(std::string_view key, std::string_view by);

  /// $ZQGBLMOD: whether the node may have been changed here since the former root primary went another way
  /// (docs/conformance.md 7.*). False is never wrong; false for all once the lost transactions are complete. Blocks:
  /// reads the journal since then, at each call what is new. Errors: those of ChangedNodes.
  Result<bool> zqgblmod(std::string_view key);

  /// Opens a transaction, or one level more inside one. Errors: TPTOODEEP beyond 127 levels; of an attempt under the
  /// commit lock also those of Database::domain, and FORCEDHALT when the process is asked to end while it waits.
  Status begin(const TransactionOptions& options = {});
  /// Closes the innermost level; at the outermost, commits. Errors: TPRESTART (see above), TLVLZERO outside; those of
  /// set, HWLATE as there; TRANS2BIG; HWTPOWNCHANGE of an attempt under the commit lock when the thread itself, through
  /// another session, has changed what it had read; of a durable one those of sync: it is made then, and may not be on
  /// disk.
  Status commit();
  /// Undoes back to `level` levels (0: everything, ends the transaction). Errors: TLVLZERO outside a transaction.
  Status rollback(unsigned level = 0);
  unsigned level() const;
  /// Attempts made at the transaction since its first begin; begin() after TPRESTART counts one more.
  unsigned restarts() const;

  /// Runs `body` in a transaction until it commits or fails with something other than TPRESTART. Errors: those of
  /// begin, `body` and commit.
  Status transact(const TransactionOptions& options, const std::function<Status()>& body);

  /// Seqno of this session's last commit, 0 before the first one: what to wait for at another instance.
  Seqno last_seqno() const;

  /// Waits until everything this instance has committed so far is on disk. Errors: those of Database::domain;
  /// JNLFILOPN, HWJNLREPLACED. Blocks: an fdatasync.
  Status sync();

  Database& database() { return database_; }

 private:
  Database& database_;
  std::unique_ptr<TransactionState> state_;
};

/// True when a transaction has to run again.
inline bool is_restart(const Error& error) { return error.id == MsgId::TPRESTART; }

}  // namespace hw

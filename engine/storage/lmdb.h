/// engine/storage/lmdb.h -- LMDB as objects: an environment with its unnamed database, transactions, cursors.
///
/// Only lmdb.cc and lmdb_transaction.cc know <lmdb.h>. MDB codes become messages here: GBLOFLOW for a full disk or map,
/// HWDBDAMAGED for structures LMDB cannot read, DBFILERR for the rest.
///
/// LMDB's keys have 511 bytes at most. Longer ones are stored in another form (engine/storage/long_key.h), of which
/// callers see nothing: the records of that form are passed over, and nodes come with their whole keys, in the order of
/// these.
///
/// Two kinds of environment. Live: shared writable map, no syncing of its own; durability comes from journal and
/// checkpoint image. Image: LMDB's full synchronous commits, used by one process at a time.
///
/// A live file is exactly as long as its map, and all of it is reserved on disk, so that LMDB runs out of
/// map (an error) before it touches a page the disk cannot hold (a signal).
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <shared_mutex>
#include <string>
#include <string_view>

#include "engine/base/file.h"
#include "engine/base/file_rights.h"
#include "engine/base/result.h"
#include "engine/base/types.h"

struct MDB_env;
struct MDB_txn;
struct MDB_cursor;

namespace hw {

/// The file in which LMDB keeps readers' places: `<database>-lock`.
std::string lock_path(const std::string& database);

class TransactionBase;
class ReadTransaction;
class WriteTransaction;

/// Thread: any number may read; one at a time may write (the caller's commit lock sees to that).
class Environment {
 public:
  enum class Mode { LiveWriter, LiveReader, Image };

  Environment() = default;
  Environment(Environment&&) noexcept;
  Environment& operator=(Environment&&) noexcept;
  ~Environment();

  /// Makes a new live file of `bytes` reserved bytes. Errors: DBOPNERR with EEXIST and the like.
  static Status create_live(const std::string& path, std::uint64_t bytes);
  /// Makes a new, empty image in place of one that may be there, with the rights of `model`. Errors: DBOPNERR.
  static Status create_image(const std::string& path, const FileRights& model);
  /// Opens an existing file; an empty one as an empty image.
  /// Errors: DBOPNERR with the system's reason; DBNOTGDS when it is not an LMDB file; HWUNSEEN when a process of
  /// another PID name space that has this process's number reads it.
  static Result<Environment> open(const std::string& path, Mode mode);

  bool is_open() const { return handle_ != nullptr; }
  const std::string& path() const { return path_; }

  /// LMDB's number of the last committed transaction.
  RegionTn last_tn() const;
  /// Bytes of the file that hold data, and bytes reserved.
  std::uint64_t used_bytes() const;
  std::uint64_t map_bytes() const;
  void sizes(std::uint64_t& used, std::uint64_t& reserved) const;
  /// True when anybody has a snapshot open, in this process or another. Forgets those of dead processes.
  bool has_snapshots();
  /// Writes everything to disk (msync and fsync).
  Status sync();
  /// Reserves at least `more` bytes beyond the present map, which moves. No write transaction of this process may be
  /// open, and no thread may be at work in a read transaction.
  /// Errors: GBLOFLOW with ENOSPC; nothing has changed then.
  Status grow(std::uint64_t more);
  /// Brings the pages after the `used` bytes into memory, so that a commit does not stop for each new one. `prepared`:
  /// bytes of the file that have been seen to, by whichever process. No transaction that could take the pages may be
  /// open in any process. Errors: DBFILERR.
  Status prepare_pages(std::uint64_t used, std::uint64_t& prepared);
  /// Asks the kernel to bring this part of the file into memory; returns at once.
  void read_ahead(std::uint64_t offset, std::uint64_t bytes) const;
  /// Takes over a map that another process has made larger, if there is one. As for grow.
  Status adopt_size();
  /// Frees reader places of dead processes. Returns how many.
  int clear_dead_readers();
  MDB_env* handle() const { return handle_; }

  Error error(int rc, std::string_view doing) const;

 private:
  Status move_map(std::uint64_t bytes);
  /// LMDB says EIO also when the system wrote a part of what it was given, which has another reason: the disk is full,
  /// or a file may not become larger. The system names it when it is asked again. EIO when it does not.
  int reason_of_short_write() const;

  MDB_env* handle_ = nullptr;
  unsigned int dbi_ = 0;
  std::uint32_t map_moves_ = 0;
  std::string path_;
  Mode mode_ = Mode::LiveReader;
  friend class TransactionBase;
  friend class ReadTransaction;
  friend class WriteTransaction;
};

/// The common reading part. Views point into the map: valid until the transaction ends or, in a write transaction,
/// until the next change. But a Node's key of more than kStoredKeyBytesMax bytes, which is nowhere in one piece,
/// points into the transaction: valid until its next seek, next, before or change.
class TransactionBase {
 public:
  TransactionBase() = default;
  TransactionBase(const TransactionBase&) = delete;
  TransactionBase& operator=(const TransactionBase&) = delete;

  /// The value of exactly this key, or none. Errors of all of these: HWDBDAMAGED, DBFILERR.
  Result<std::optional<std::string_view>> get(std::string_view key);
  struct Node {
    std::string_view key;
    std::string_view value;
  };
  /// The first node at or after `key`; an empty key: the first of all.
  Result<std::optional<Node>> seek(std::string_view key);
  /// The node after the one that the last seek, before, next or previous found.
  Result<std::optional<Node>> next();
  /// The node before that one.
  Result<std::optional<Node>> previous();
  /// The last node before `key`.
  Result<std::optional<Node>> before(std::string_view key);
  /// The map has moved since the last seek or next: the place is lost, and `next` may only follow another seek.
  bool must_seek_again() const { return map_moves_ != environment_->map_moves_; }
  RegionTn tn() const;
  bool is_open() const { return handle_ != nullptr; }

 protected:
  struct Stored;  ///< a record as LMDB has it
  using Found = Result<std::optional<Node>>;

  Result<MDB_cursor*> cursor();
  /// The node where the cursor has come to: there, or, from a record that is none, the next one on (or back).
  Found forward(const Stored& at);
  Found back(const Stored& at);
  Found forward_from_record(const Stored& at);
  Found back_from_record(const Stored& at);
  Found first_of_group(const Stored& stub);
  Found last_of_group(const Stored& stub);
  Found seek_around_stub(std::string_view key);
  Found before_around_stub(std::string_view key);
  Found next_in_group();
  Found behind_stub(std::string_view stub);
  Found member(const Stored& at, std::uint32_t group);
  Result<std::optional<std::string_view>> get_long(std::string_view key);
  Error long_key_error(int rc, std::uint32_t group) const;

  Environment* environment_ = nullptr;
  MDB_txn* handle_ = nullptr;
  MDB_cursor* cursor_ = nullptr;
  bool cursor_stale_ = false;    ///< renewed on first use, so that a reader that only gets does not pay for it
  std::uint32_t map_moves_ = 0;  ///< of the environment when the cursor was last used
  std::uint32_t group_ = 0;      ///< the cursor is at this group's member with key_, or was there (removed_)
  bool removed_ = false;
  std::string key_;  ///< the whole key of the long node found last
};

/// A snapshot. Reusable: `reset` gives the snapshot up cheaply, `renew` takes a new one. The map may move while it is
/// held, though not during a call; views are valid until then. One thread at a time.
class ReadTransaction : public TransactionBase {
 public:
  ReadTransaction() = default;
  ReadTransaction(ReadTransaction&&) = delete;
  ~ReadTransaction() { close(); }
  /// Takes a snapshot. `needs_adoption` true: the map has grown elsewhere; call adopt_size and try again.
  Status renew(Environment& environment, bool& needs_adoption);
  void reset();
  void close();
  bool is_active() const { return active_; }
  /// Changes bytes of a value where they are in the file, for this snapshot and all others: `stored` is a part of
  /// what `seek` gave, `bytes` are as many. Commit lock held, no other process reads (engine/commit/in_place.h).
  void overwrite(std::string_view stored, std::string_view bytes);

 private:
  bool active_ = false;
};

/// LMDB's one write transaction. Aborts itself unless committed.
class WriteTransaction : public TransactionBase {
 public:
  WriteTransaction() = default;
  ~WriteTransaction() { abort(); }

  /// The owner of LMDB's own lock may have died; LMDB repairs that by itself.
  Status begin(Environment& environment, bool& needs_adoption);
  /// Stores a node. `on_old` is called with the value replaced, before it is. Errors: GBLOFLOW when the map or the disk
  /// is full; DBFILERR for a key that is none: of more than kKeyBytesMax bytes, or of the form of a record of long
  /// keys.
  template <typename OnOld>
  Status put(std::string_view key, std::string_view value, OnOld&& on_old) {
    bool existed = false;
    std::string_view old;
    if (int rc = insert(key, value, existed, old); rc != 0) return fail(rc, "put");
    if (!existed) return {};
    on_old(old);
    if (int rc = overwrite(key, value); rc != 0) return fail(rc, "put");
    return {};
  }
  Status put(std::string_view key, std::string_view value);
  /// Stores a node after all that are there, which `key` must follow: pages are filled to the brim.
  Status append(std::string_view key, std::string_view value);
  /// Removes exactly this key, if it is there.
  template <typename OnOld>
  Status remove(std::string_view key, OnOld&& on_old) {
    HW_TRY(const auto found, seek(key));
    if (!found || found->key != key) return {};
    on_old(found->value);
    return remove_current();
  }
  /// Removes every key that starts with `prefix`; `on_node(key, value)` returns a Status and is called before each is
  /// removed.
  template <typename OnNode>
  Status remove_subtree(std::string_view prefix, OnNode&& on_node) {
    HW_TRY(auto found, seek(prefix));
    while (found && found->key.substr(0, prefix.size()) == prefix) {
      HW_TRY_VOID(on_node(found->key, found->value));
      HW_TRY_VOID(remove_current());
      HW_TRY(found, next());
    }
    return {};
  }
  Status commit();
  void abort();
  /// True when the last failure was a full map: abort, grow, and do it all again.
  bool map_full() const { return map_full_; }

 private:
  int insert(std::string_view key, std::string_view value, bool& existed, std::string_view& old);
  int overwrite(std::string_view key, std::string_view value);
  /// Finds the group that a long key belongs to, or makes it; its stub `appended`, after all that is there.
  int group_for(std::string_view key, bool appended, std::uint32_t& group);
  int new_group_number(std::uint32_t& group);
  int insert_long(std::string_view key, std::string_view value, bool& existed, std::string_view& old);
  int put_long(std::string_view key, std::string_view value, bool appended);
  Status remove_current();
  int remove_member();
  Error fail(int rc, std::string_view doing);
  bool map_full_ = false;
  /// The last put made a new node, so the first one of the next transaction is tried without a cursor, which costs an
  /// allocation but spares the second descent when the node is there, or when more puts follow: keys that come in order
  /// meet where the cursor is. Outlives the transaction: programs insert, or overwrite, in runs.
  bool expect_new_ = false;
  bool first_ = true;        ///< no put in this transaction yet
  bool positioned_ = false;  ///< the cursor is at the node that insert() found
  std::string member_;       ///< the stored form of the long key that insert() found
};

}  // namespace hw

#include <lmdb.h>

#include <cerrno>
#include <cstring>
#include <span>
#include <utility>

#include "engine/base/checksum.h"
#include "engine/storage/lmdb.h"
#include "engine/storage/long_key.h"
#include "engine/storage/overwritten.h"

namespace hw {
namespace {

MDB_val value_of(std::string_view text) { return {text.size(), const_cast<char*>(text.data())}; }
std::string_view view_of(const MDB_val& value) { return {static_cast<const char*>(value.mv_data), value.mv_size}; }

}  // namespace

struct TransactionBase::Stored {
  int rc = 0;
  std::string_view key;
  std::string_view value;

  Stored(MDB_cursor* cursor, MDB_cursor_op move, std::string_view wanted = {}) {
    MDB_val k = value_of(wanted);
    MDB_val v{};
    rc = mdb_cursor_get(cursor, &k, &v, move);
    if (rc != 0) return;
    key = view_of(k);
    value = view_of(v);
  }
  bool is(std::string_view wanted) const { return rc == 0 && key == wanted; }
};

// ---- reading ------------------------------------------------------------------------------

RegionTn TransactionBase::tn() const { return RegionTn{mdb_txn_id(handle_)}; }

Result<MDB_cursor*> TransactionBase::cursor() {
  if (must_seek_again()) {  // A cursor remembers where pages were in memory.
    cursor_stale_ = cursor_ != nullptr;
    map_moves_ = environment_->map_moves_;
  }
  if (cursor_ == nullptr) {
    if (int rc = mdb_cursor_open(handle_, environment_->dbi_, &cursor_); rc != 0)
      return environment_->error(rc, "open cursor");
  } else if (cursor_stale_) {
    if (int rc = mdb_cursor_renew(handle_, cursor_); rc != 0) return environment_->error(rc, "renew cursor");
  }
  cursor_stale_ = false;
  return cursor_;
}

Result<std::optional<std::string_view>> TransactionBase::get(std::string_view key) {
  if (!is_plain(key)) [[unlikely]]
    return get_long(key);
  MDB_val k = value_of(key);
  MDB_val v{};
  const int rc = mdb_get(handle_, environment_->dbi_, &k, &v);
  if (rc == 0) return std::optional(view_of(v));
  if (rc == MDB_NOTFOUND) return std::optional<std::string_view>();
  return environment_->error(rc, "get");
}

inline TransactionBase::Found TransactionBase::forward(const Stored& at) {
  if (at.rc == 0 && is_plain(at.key)) [[likely]]
    return std::optional(Node{at.key, at.value});
  if (at.rc == MDB_NOTFOUND) return std::optional<Node>();
  return forward_from_record(at);
}

inline TransactionBase::Found TransactionBase::back(const Stored& at) {
  if (at.rc == 0 && is_plain(at.key)) [[likely]]
    return std::optional(Node{at.key, at.value});
  if (at.rc == MDB_NOTFOUND) return std::optional<Node>();
  return back_from_record(at);
}

TransactionBase::Found TransactionBase::seek(std::string_view key) {
  HW_TRY(MDB_cursor* const at, cursor());
  group_ = 0;
  if (key.size() >= kStoredKeyBytesMax && !is_plain(key)) [[unlikely]]
    return seek_around_stub(key);
  return forward(Stored(at, key.empty() ? MDB_FIRST : MDB_SET_RANGE, key));  // LMDB refuses an empty key.
}

TransactionBase::Found TransactionBase::next() {
  HW_CHECK(!must_seek_again());
  HW_TRY(MDB_cursor* const at, cursor());
  if (group_ != 0) [[unlikely]]
    return next_in_group();
  return forward(Stored(at, MDB_NEXT));
}

TransactionBase::Found TransactionBase::previous() {
  HW_CHECK(!must_seek_again());
  HW_TRY(MDB_cursor* const at, cursor());
  if (group_ != 0) [[unlikely]]
    return before(key_);
  return back(Stored(at, MDB_PREV));
}

TransactionBase::Found TransactionBase::before(std::string_view key) {
  HW_TRY(MDB_cursor* const at, cursor());
  group_ = 0;
  if (key.size() >= kStoredKeyBytesMax && !is_plain(key)) [[unlikely]]
    return before_around_stub(key);
  const Stored behind(at, MDB_SET_RANGE, key);
  if (behind.rc != 0 && behind.rc != MDB_NOTFOUND) return environment_->error(behind.rc, "seek");
  return back(Stored(at, behind.rc == 0 ? MDB_PREV : MDB_LAST));
}

// ---- reading long keys --------------------------------------------------------------------

Error TransactionBase::long_key_error(int rc, std::uint32_t group) const {
  if (rc == MDB_NOTFOUND) rc = MDB_CORRUPTED;  // A part of a group is missing.
  return environment_->error(rc, fmt::format("long keys, group {:08X}", group));
}

Result<std::optional<std::string_view>> TransactionBase::get_long(std::string_view key) {
  if (!is_long(key)) return std::optional<std::string_view>();
  std::string stored = stub_of(key);
  MDB_val k = value_of(stored);
  MDB_val v{};
  int rc = mdb_get(handle_, environment_->dbi_, &k, &v);
  if (rc == 0) {
    const auto group = group_of_stub(view_of(v));
    if (!group) return long_key_error(MDB_CORRUPTED, 0);
    stored = member_key(*group, key);
    k = value_of(stored);
    rc = mdb_get(handle_, environment_->dbi_, &k, &v);
  }
  if (rc == 0) return std::optional(view_of(v));
  if (rc == MDB_NOTFOUND) return std::optional<std::string_view>();
  return environment_->error(rc, "get");
}

TransactionBase::Found TransactionBase::forward_from_record(const Stored& at) {
  if (at.rc != 0) return environment_->error(at.rc, "seek");
  if (is_stub(at.key)) return first_of_group(at);
  const Stored behind(cursor_, MDB_SET_RANGE, kBehindGroupsKey);
  if (behind.rc == 0 && is_in_groups(behind.key)) return long_key_error(MDB_CORRUPTED, 0);
  return forward(behind);
}

TransactionBase::Found TransactionBase::back_from_record(const Stored& at) {
  if (at.rc != 0) return environment_->error(at.rc, "previous");
  if (is_stub(at.key)) return last_of_group(at);
  const Stored first(cursor_, MDB_SET_RANGE, kFirstGroupKey);
  if (first.rc != 0) return long_key_error(first.rc, 0);
  const Stored before_groups(cursor_, MDB_PREV);
  if (before_groups.rc == 0 && is_in_groups(before_groups.key)) return long_key_error(MDB_CORRUPTED, 0);
  return back(before_groups);
}

TransactionBase::Found TransactionBase::first_of_group(const Stored& stub) {
  const auto group = group_of_stub(stub.value);
  if (!group) return long_key_error(MDB_CORRUPTED, 0);
  key_.assign(stub.key);
  const std::string head = head_key(*group);
  const Stored at(cursor_, MDB_SET_RANGE, head);
  if (!at.is(head)) return long_key_error(at.rc == 0 ? MDB_CORRUPTED : at.rc, *group);
  HW_TRY(const auto node, member(Stored(cursor_, MDB_NEXT), *group));
  if (!node) return long_key_error(MDB_CORRUPTED, *group);
  return node;
}

TransactionBase::Found TransactionBase::last_of_group(const Stored& stub) {
  const auto group = group_of_stub(stub.value);
  if (!group) return long_key_error(MDB_CORRUPTED, 0);
  key_.assign(stub.key);
  const Stored behind(cursor_, MDB_SET_RANGE, head_key(*group + 1));  // At the latest a stub, which begins with a name.
  if (behind.rc != 0) return long_key_error(behind.rc, *group);
  HW_TRY(const auto node, member(Stored(cursor_, MDB_PREV), *group));
  if (!node) return long_key_error(MDB_CORRUPTED, *group);
  return node;
}

/// Nothing when the cursor has left the group.
TransactionBase::Found TransactionBase::member(const Stored& at, std::uint32_t group) {
  if (at.rc != 0 && at.rc != MDB_NOTFOUND) return long_key_error(at.rc, group);
  if (at.rc != 0 || !is_member_of(group, at.key)) return std::optional<Node>();
  group_ = group;
  removed_ = false;
  assemble_key(key_, at.key);
  return std::optional(Node{key_, at.value});
}

/// Every key of 511 bytes or more that is no plain one has a stub around which to look: keys below and above it are
/// below and above all of the stub's group.
TransactionBase::Found TransactionBase::seek_around_stub(std::string_view key) {
  if (is_in_groups(key)) return forward(Stored(cursor_, MDB_SET_RANGE, kBehindGroupsKey));
  const std::string stub = stub_of(key);
  const Stored at(cursor_, MDB_SET_RANGE, stub);
  if (!at.is(stub)) return forward(at);
  const auto group = group_of_stub(at.value);
  if (!group) return long_key_error(MDB_CORRUPTED, 0);
  const std::string bound = member_bound(*group, key);  // `key` may be key_.
  key_.assign(stub);
  Stored found(cursor_, MDB_SET_RANGE, bound);
  if (found.rc == 0 && is_head(found.key) && group_number(found.key) == group) found = Stored(cursor_, MDB_NEXT);
  HW_TRY(const auto node, member(found, *group));
  if (node) return node;
  return behind_stub(stub);
}

TransactionBase::Found TransactionBase::before_around_stub(std::string_view key) {
  if (is_in_groups(key)) return before(kBehindGroupsKey);
  const std::string stub = stub_of(key);
  Stored at(cursor_, MDB_SET_RANGE, stub);
  if (at.is(stub)) {
    const auto group = group_of_stub(at.value);
    if (!group) return long_key_error(MDB_CORRUPTED, 0);
    const std::string bound = member_bound(*group, key);  // As above.
    key_.assign(stub);
    const Stored behind(cursor_, MDB_SET_RANGE, bound);
    if (behind.rc != 0) return long_key_error(behind.rc, *group);
    HW_TRY(const auto node, member(Stored(cursor_, MDB_PREV), *group));
    if (node) return node;
    at = Stored(cursor_, MDB_SET_RANGE, stub);
  }
  if (at.rc != 0 && at.rc != MDB_NOTFOUND) return environment_->error(at.rc, "seek");
  return back(Stored(cursor_, at.rc == 0 ? MDB_PREV : MDB_LAST));
}

TransactionBase::Found TransactionBase::next_in_group() {
  const std::uint32_t group = group_;
  const Stored at = removed_ ? Stored(cursor_, MDB_SET_RANGE, member_key(group, key_)) : Stored(cursor_, MDB_NEXT);
  HW_TRY(const auto node, member(at, group));
  if (node) return node;
  return behind_stub(stub_of(key_));
}

TransactionBase::Found TransactionBase::behind_stub(std::string_view stub) {
  group_ = 0;
  const Stored at(cursor_, MDB_SET_RANGE, stub);
  if (!at.is(stub)) return long_key_error(at.rc == 0 ? MDB_CORRUPTED : at.rc, 0);
  return forward(Stored(cursor_, MDB_NEXT));
}

// ---- snapshots ----------------------------------------------------------------------------

Status ReadTransaction::renew(Environment& environment, bool& needs_adoption) {
  HW_CHECK(!active_);
  needs_adoption = false;
  int rc = 0;
  if (handle_ == nullptr || environment_ != &environment) {
    close();
    environment_ = &environment;
    rc = mdb_txn_begin(environment.handle_, nullptr, MDB_RDONLY, &handle_);
    if (rc == MDB_READERS_FULL && environment.clear_dead_readers() > 0)
      rc = mdb_txn_begin(environment.handle_, nullptr, MDB_RDONLY, &handle_);
    if (rc != 0) handle_ = nullptr;
  } else {
    rc = mdb_txn_renew(handle_);
    cursor_stale_ = cursor_ != nullptr;
  }
  if (rc == MDB_MAP_RESIZED) {
    needs_adoption = true;
    close();  // LMDB refuses to resize while even a reset transaction holds its place.
    return {};
  }
  if (rc != 0) {
    close();
    return environment.error(rc, "begin reading");
  }
  active_ = true;
  map_moves_ = environment.map_moves_;
  if (environment.last_tn() < tn()) [[unlikely]] {  // Others may have committed since.
    const Error error = overwritten(environment.path(), environment.last_tn(), tn());
    close();
    return error;
  }
  return {};
}

void ReadTransaction::reset() {
  if (active_) mdb_txn_reset(handle_);
  active_ = false;
}

void ReadTransaction::overwrite(std::string_view stored, std::string_view bytes) {
  HW_CHECK(active_ && environment_->mode_ == Environment::Mode::LiveWriter && stored.size() == bytes.size());
  std::memcpy(const_cast<char*>(stored.data()), bytes.data(), bytes.size());  // The map is a writable one.
}

void ReadTransaction::close() {
  if (cursor_ != nullptr) mdb_cursor_close(cursor_);
  cursor_ = nullptr;
  if (handle_ != nullptr) mdb_txn_abort(handle_);
  handle_ = nullptr;
  active_ = false;
}

// ---- writing ------------------------------------------------------------------------------

Status WriteTransaction::begin(Environment& environment, bool& needs_adoption) {
  HW_CHECK(handle_ == nullptr);
  environment_ = &environment;
  map_moves_ = environment.map_moves_;
  needs_adoption = false;
  map_full_ = false;
  first_ = true;
  const int rc = mdb_txn_begin(environment.handle_, nullptr, 0, &handle_);
  if (rc == 0) {
    const RegionTn before{tn().value - 1};
    if (environment.last_tn() == before) [[likely]]
      return {};
    const Error error = overwritten(environment.path(), environment.last_tn(), before);
    abort();
    return error;
  }
  handle_ = nullptr;
  if (rc == MDB_MAP_RESIZED) {
    needs_adoption = true;
    return {};
  }
  return environment.error(rc, "begin writing");
}

Error WriteTransaction::fail(int rc, std::string_view doing) {
  map_full_ = rc == MDB_MAP_FULL;
  return environment_->error(rc == EIO ? environment_->reason_of_short_write() : rc, doing);
}

int WriteTransaction::insert(std::string_view key, std::string_view value, bool& existed, std::string_view& old) {
  if (!is_plain(key)) [[unlikely]]
    return insert_long(key, value, existed, old);
  MDB_val k = value_of(key);
  MDB_val v = value_of(value);
  int rc = 0;
  positioned_ = !(first_ && expect_new_);
  if (!positioned_) {
    rc = mdb_put(handle_, environment_->dbi_, &k, &v, MDB_NOOVERWRITE);
  } else {
    if (cursor_ == nullptr) rc = mdb_cursor_open(handle_, environment_->dbi_, &cursor_);
    if (rc == 0) rc = mdb_cursor_put(cursor_, &k, &v, MDB_NOOVERWRITE);
  }
  first_ = false;
  existed = rc == MDB_KEYEXIST;
  expect_new_ = rc == 0;
  if (!existed) return rc;
  old = view_of(v);
  return 0;
}

int WriteTransaction::overwrite(std::string_view key, std::string_view value) {
  MDB_val k = value_of(is_plain(key) ? key : member_);
  MDB_val v = value_of(value);
  if (!positioned_) return mdb_put(handle_, environment_->dbi_, &k, &v, 0);
  return mdb_cursor_put(cursor_, &k, &v, MDB_CURRENT);
}

Status WriteTransaction::put(std::string_view key, std::string_view value) {
  if (!is_plain(key)) [[unlikely]] {
    if (int rc = put_long(key, value, false); rc != 0) return fail(rc, "put");
    return {};
  }
  MDB_val k = value_of(key);
  MDB_val v = value_of(value);
  HW_TRY(MDB_cursor* const at, cursor());
  if (int rc = mdb_cursor_put(at, &k, &v, 0); rc != 0) return fail(rc, "put");
  return {};
}

Status WriteTransaction::append(std::string_view key, std::string_view value) {
  if (!is_plain(key)) [[unlikely]] {
    if (int rc = put_long(key, value, true); rc != 0) return fail(rc, "append");
    return {};
  }
  MDB_val k = value_of(key);
  MDB_val v = value_of(value);
  if (int rc = mdb_put(handle_, environment_->dbi_, &k, &v, MDB_APPEND); rc != 0) return fail(rc, "append");
  return {};
}

Status WriteTransaction::remove_current() {
  const int rc = group_ != 0 ? remove_member() : mdb_cursor_del(cursor_, 0);
  if (rc != 0) return fail(rc, "delete");
  return {};
}

Status WriteTransaction::commit() {
  HW_CHECK(handle_ != nullptr);
  if (cursor_ != nullptr) mdb_cursor_close(cursor_);
  cursor_ = nullptr;
  const int rc = mdb_txn_commit(std::exchange(handle_, nullptr));
  if (rc != 0) return fail(rc, "commit");
  return {};
}

void WriteTransaction::abort() {
  if (cursor_ != nullptr) mdb_cursor_close(cursor_);
  cursor_ = nullptr;
  if (handle_ != nullptr) mdb_txn_abort(std::exchange(handle_, nullptr));
}

// ---- writing long keys --------------------------------------------------------------------

int WriteTransaction::group_for(std::string_view key, bool appended, std::uint32_t& group) {
  if (!is_long(key)) return MDB_BAD_VALSIZE;
  const std::string stub = stub_of(key);
  MDB_val k = value_of(stub);
  MDB_val v{};
  if (int rc = mdb_get(handle_, environment_->dbi_, &k, &v); rc != MDB_NOTFOUND) {
    if (rc != 0) return rc;
    const auto present = group_of_stub(view_of(v));
    if (!present) return MDB_CORRUPTED;
    group = *present;
    return 0;
  }
  if (int rc = new_group_number(group); rc != 0) return rc;
  const std::string head = head_key(group);
  v = value_of(head);
  if (int rc = mdb_put(handle_, environment_->dbi_, &k, &v, appended ? MDB_APPEND : MDB_NOOVERWRITE); rc != 0)
    return rc;
  MDB_val head_k = value_of(head);
  v = value_of(stub);
  return mdb_put(handle_, environment_->dbi_, &head_k, &v, MDB_NOOVERWRITE);
}

/// The one after the last in use, so that groups made in order are in order. Once that is the last there is, any
/// that is free: where to begin to look is left to chance, of which the time matters little.
int WriteTransaction::new_group_number(std::uint32_t& group) {
  if (cursor_ == nullptr) {
    if (int rc = mdb_cursor_open(handle_, environment_->dbi_, &cursor_); rc != 0) return rc;
  }
  const Stored behind(cursor_, MDB_SET_RANGE, kBehindGroupsKey);
  if (behind.rc != 0 && behind.rc != MDB_NOTFOUND) return behind.rc;
  const Stored last(cursor_, behind.rc == 0 ? MDB_PREV : MDB_LAST);
  if (last.rc != 0 && last.rc != MDB_NOTFOUND) return last.rc;
  const auto used = last.rc == 0 ? group_number(last.key) : std::nullopt;
  group = used ? *used + 1 : kGroupFirst;
  if (group <= kGroupLast) return 0;
  constexpr std::uint32_t kGroups = kGroupLast - kGroupFirst + 1;
  const auto tn = mdb_txn_id(handle_);
  const auto begin = static_cast<std::uint32_t>(checksum(std::as_bytes(std::span(&tn, 1))) % kGroups);
  for (std::uint32_t i = 0; i < kGroups; ++i) {
    group = kGroupFirst + (begin + i) % kGroups;
    const std::string head = head_key(group);
    const Stored at(cursor_, MDB_SET_RANGE, head);
    if (at.rc != 0 && at.rc != MDB_NOTFOUND) return at.rc;
    if (!at.is(head)) return 0;
  }
  return ENOSPC;
}

int WriteTransaction::insert_long(std::string_view key, std::string_view value, bool& existed, std::string_view& old) {
  positioned_ = false;
  std::uint32_t group = 0;
  if (int rc = group_for(key, false, group); rc != 0) return rc;
  member_ = member_key(group, key);
  MDB_val k = value_of(member_);
  MDB_val v = value_of(value);
  const int rc = mdb_put(handle_, environment_->dbi_, &k, &v, MDB_NOOVERWRITE);
  existed = rc == MDB_KEYEXIST;
  if (!existed) return rc;
  old = view_of(v);
  return 0;
}

int WriteTransaction::put_long(std::string_view key, std::string_view value, bool appended) {
  std::uint32_t group = 0;
  if (int rc = group_for(key, appended, group); rc != 0) return rc;
  const std::string stored = member_key(group, key);
  MDB_val k = value_of(stored);
  MDB_val v = value_of(value);
  return mdb_put(handle_, environment_->dbi_, &k, &v, 0);
}

/// The node where the cursor is, and what is left of its group when that was the last one. `next` finds the node
/// that follows.
int WriteTransaction::remove_member() {
  HW_CHECK(!removed_);
  if (int rc = mdb_cursor_del(cursor_, 0); rc != 0) return rc;
  const std::string head = head_key(group_);
  if (const Stored at(cursor_, MDB_SET_RANGE, head); !at.is(head)) return at.rc != 0 ? at.rc : MDB_CORRUPTED;
  const Stored rest(cursor_, MDB_NEXT);
  if (rest.rc != 0 && rest.rc != MDB_NOTFOUND) return rest.rc;
  removed_ = rest.rc == 0 && is_member_of(group_, rest.key);
  if (removed_) return 0;
  for (const std::string& record : {head, stub_of(key_)}) {
    if (const Stored at(cursor_, MDB_SET_RANGE, record); !at.is(record)) return at.rc != 0 ? at.rc : MDB_CORRUPTED;
    if (int rc = mdb_cursor_del(cursor_, 0); rc != 0) return rc;
  }
  group_ = 0;
  return 0;
}

}  // namespace hw

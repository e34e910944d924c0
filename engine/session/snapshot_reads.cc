#include "engine/session/snapshot_reads.h"

#include <algorithm>
#include <atomic>
#include <utility>

#include "engine/base/checksum.h"
#include "engine/commit/domain.h"
#include "engine/session/database.h"

namespace hw {
namespace {

constexpr int kSnapshotTries = 100;
constexpr std::string_view kFirstKey{"\x01", 1};  // Before every global name, after the header key.

std::uint64_t value_sum(std::string_view value) { return checksum(as_bytes(value)); }

std::optional<NodeCopy> copy_of(const std::optional<TransactionBase::Node>& node) {
  if (!node) return std::nullopt;
  return NodeCopy{std::string(node->key), std::string(node->value)};
}

/// Does a noted read again; true when it finds what it found then.
Result<bool> same_again(TransactionBase& transaction, const ReadCheck& check) {
  if (check.kind == ReadCheck::Kind::Get) {
    HW_TRY(const auto value, transaction.get(check.key));
    return value.has_value() == check.found && (!check.found || value_sum(*value) == check.value_sum);
  }
  auto node = check.kind == ReadCheck::Kind::Seek ? transaction.seek(check.key) : transaction.before(check.key);
  if (!node.has_value()) return std::move(node).error();
  if (node->has_value() != check.found) return false;
  return !check.found || ((*node)->key == check.found_key && value_sum((*node)->value) == check.value_sum);
}

}  // namespace

/// What one call reads from. Outside a transaction the snapshot lasts no longer than the call.
class SnapshotReads::Reading {
 public:
  Reading(RegionReader::Look shown, RegionReader* ends) : shown_(std::move(shown)), ends_(ends) {}
  Reading(Reading&& other) noexcept : shown_(std::move(other.shown_)), ends_(std::exchange(other.ends_, nullptr)) {}
  Reading& operator=(Reading&&) = delete;
  ~Reading() {
    if (ends_ != nullptr) ends_->release();
  }
  ReadTransaction& operator*() const { return *shown_; }
  ReadTransaction* operator->() const { return shown_.operator->(); }

 private:
  RegionReader::Look shown_;
  RegionReader* ends_;  ///< null: held until the transaction's end
};

SnapshotReads::SnapshotReads(Database& database)
    : database_(database), snapshots_(database.directory().regions().size()) {}

// ---- a transaction's beginning and end ----

void SnapshotReads::begin_transaction(bool locked) {
  HW_CHECK(!in_transaction_ && notes_.empty());
  in_transaction_ = true;
  locked_ = locked;
}

void SnapshotReads::release() {
  for (auto& snapshot : snapshots_)
    if (snapshot) snapshot->reader.release();
}

void SnapshotReads::end_transaction() {
  release();
  notes_.clear();
  in_transaction_ = locked_ = false;
}

void SnapshotReads::close() {
  HW_CHECK(!in_transaction_);
  for (auto& snapshot : snapshots_) snapshot.reset();
  domain_ = nullptr;
}

// ---- reads ----

Result<std::optional<std::string>> SnapshotReads::get(std::string_view key) {
  const std::size_t index = database_.directory().region_index_for(key);
  HW_TRY(Snapshot* const from, snapshot(index));
  if (const auto node = known(*from, [&](ReadAhead& run) { return run.get(key); }))
    return *node ? std::optional(std::string((*node)->value)) : std::nullopt;
  HW_TRY(const Reading reading, read(*from));
  HW_TRY(const auto value, reading->get(key));
  if (in_transaction_)
    notes_.push_back(
        {ReadCheck::Kind::Get, index, std::string(key), {}, value.has_value(), value ? value_sum(*value) : 0});
  if (!value) return std::optional<std::string>();
  return std::optional(std::string(*value));
}

Result<std::optional<unsigned>> SnapshotReads::data(std::string_view key) {
  const auto map = database_.directory().map();
  const auto limit = std::upper_bound(map.begin(), map.end(), key,
                                      [](std::string_view k, const auto& e) { return k < std::string_view(e.from); });
  const bool whole = limit == map.end() || std::string_view(limit->from) >= subtree_upper_bound(key);
  if (in_transaction_ || !whole) return std::optional<unsigned>();
  HW_TRY(Snapshot* const its, snapshot(std::prev(limit)->region_index));
  HW_TRY(const Reading reading, read(*its));
  HW_TRY(auto node, reading->seek(key));
  const bool has_value = node && node->key == key;
  if (has_value) {
    HW_TRY(node, reading->next());
  }
  const bool has_descendants = node && node->key.starts_with(key);
  return std::optional((has_value ? 1U : 0U) + (has_descendants ? 10U : 0U));
}

Result<std::optional<NodeCopy>> SnapshotReads::seek(std::string_view key) {
  const auto map = database_.directory().map();
  std::string from(std::max(key, kFirstKey));
  auto entry = std::upper_bound(map.begin(), map.end(), std::string_view(from),
                                [](std::string_view k, const auto& e) { return k < std::string_view(e.from); });
  --entry;  // The first entry's key is empty, so there is one at or before any key.
  for (; entry != map.end(); ++entry) {
    const auto limit = std::next(entry);
    from = std::max<std::string>(from, entry->from);
    HW_TRY(auto node, seek_in(entry->region_index, from));
    if (node && (limit == map.end() || node->key < limit->from)) return node;
  }
  return std::optional<NodeCopy>();
}

Result<std::optional<NodeCopy>> SnapshotReads::before(std::string_view key) {
  const auto map = database_.directory().map();
  auto entry = std::lower_bound(map.begin(), map.end(), key,
                                [](const auto& e, std::string_view k) { return std::string_view(e.from) < k; });
  std::string until(key);
  while (entry != map.begin()) {
    --entry;
    HW_TRY(auto node, before_in(entry->region_index, until));
    if (node && node->key >= entry->from && node->key >= kFirstKey) return node;
    until = std::min<std::string>(until, entry->from);
  }
  return std::optional<NodeCopy>();
}

/// What a call outside a transaction need not ask the region.
template <typename Ask>
std::optional<ReadAhead::Answer> SnapshotReads::known(Snapshot& snapshot, Ask&& ask) const {
  if (in_transaction_) return std::nullopt;
  const std::optional<ReadAhead::Answer> answer = ask(snapshot.ahead);
  if (!answer || !snapshot.region->last_commit_is(snapshot.ahead.tn())) return std::nullopt;
  return answer;
}

Result<std::optional<NodeCopy>> SnapshotReads::seek_in(std::size_t index, const std::string& from) {
  HW_TRY(Snapshot* const its, snapshot(index));
  if (const auto answer = known(*its, [&](ReadAhead& run) { return run.seek(from); })) return copy_of(*answer);
  HW_TRY(const Reading reading, read(*its));
  HW_TRY(const auto node, in_transaction_ ? reading->seek(from) : its->ahead.take_from(*reading, from));
  note(ReadCheck::Kind::Seek, index, from, node);
  return copy_of(node);
}

Result<std::optional<NodeCopy>> SnapshotReads::before_in(std::size_t index, const std::string& until) {
  HW_TRY(Snapshot* const its, snapshot(index));
  if (const auto answer = known(*its, [&](ReadAhead& run) { return run.before(until); })) return copy_of(*answer);
  HW_TRY(const Reading reading, read(*its));
  HW_TRY(const auto node, in_transaction_ ? reading->before(until) : its->ahead.take_before(*reading, until));
  note(ReadCheck::Kind::Before, index, until, node);
  return copy_of(node);
}

void SnapshotReads::note(ReadCheck::Kind kind, std::size_t region, const std::string& key,
                         const std::optional<TransactionBase::Node>& node) {
  if (!in_transaction_) return;
  notes_.push_back({kind, region, key, node ? std::string(node->key) : std::string(), node.has_value(),
                    node ? value_sum(node->value) : 0});
}

Result<bool> SnapshotReads::still_finds(TransactionBase& now, const ReadCheck& note) const {
  const auto& snapshot = snapshots_[note.region];
  HW_CHECK(snapshot != nullptr);  // It was read.
  // Nothing was committed to the region since the snapshot: its reads need not be done again.
  if (now.tn().value == snapshot->tn + 1) return true;
  return same_again(now, note);
}

// ---- snapshots ----

Status SnapshotReads::take(Snapshot& snapshot) {
  HW_TRY_VOID(snapshot.reader.take(*snapshot.region));
  snapshot.tn = snapshot.reader.tn().value;
  return {};
}

Result<SnapshotReads::Snapshot*> SnapshotReads::snapshot(std::size_t index) {
  auto& place = snapshots_[index];
  if (!place) {
    auto made = std::make_unique<Snapshot>();
    HW_TRY(made->region, database_.region(index));
    place = std::move(made);
  }
  return place.get();
}

Result<SnapshotReads::Reading> SnapshotReads::read(Snapshot& snapshot) {
  RegionReader& reader = snapshot.reader;
  if (!in_transaction_) {
    HW_TRY(auto shown, reader.take(*snapshot.region));
    return Reading(std::move(shown), &reader);
  }
  if (!reader.is_held()) HW_TRY_VOID(take_consistently(snapshot));
  return Reading(reader.look(), nullptr);
}

Status SnapshotReads::take_all(const std::vector<Snapshot*>& wanted) {
  for (Snapshot* snapshot : wanted) HW_TRY_VOID(take(*snapshot));
  return {};
}

/// Adds a region to the transaction's snapshot, so that all regions show one moment.
Status SnapshotReads::take_consistently(Snapshot& added) {
  bool first = true;
  for (auto& snapshot : snapshots_)
    if (snapshot && snapshot->reader.is_held()) first = false;
  if (domain_ == nullptr) {
    auto attached = database_.domain();
    // Without a journal pool no process can commit, so any moment is the same moment.
    if (!attached.has_value()) return take(added);
    domain_ = *attached;
  }
  PoolHeader& pool = domain_->header();
  if (!first && pool.commit_begun.load(std::memory_order_acquire) == moment_) {
    HW_TRY_VOID(take(added));
    std::atomic_thread_fence(std::memory_order_acquire);
    if (pool.commit_begun.load(std::memory_order_acquire) == moment_) return {};
    added.reader.release();
  }
  std::vector<Snapshot*> wanted{&added};
  for (auto& snapshot : snapshots_) {
    if (!snapshot || !snapshot->reader.is_held()) continue;
    wanted.push_back(snapshot.get());
    snapshot->reader.release();
  }
  bool done = false;
  if (locked_) {
    HW_TRY_VOID(take_all(wanted));
    moment_ = pool.commit_begun.load(std::memory_order_acquire);
    done = true;
  }
  for (int tries = 0; !done && tries < kSnapshotTries; ++tries) {
    moment_ = pool.commit_begun.load(std::memory_order_acquire);
    if (pool.commit_done.load(std::memory_order_acquire) != moment_) continue;
    HW_TRY_VOID(take_all(wanted));
    std::atomic_thread_fence(std::memory_order_acquire);
    done = pool.commit_begun.load(std::memory_order_acquire) == moment_;
    if (!done)
      for (Snapshot* snapshot : wanted) snapshot->reader.release();
  }
  if (!done) {
    HW_TRY(const CommitLock lock, CommitLock::take(*domain_));
    HW_TRY_VOID(take_all(wanted));
    moment_ = pool.commit_begun.load(std::memory_order_acquire);
  }
  return read_again();
}

/// What was read from the former snapshots must still hold in the new ones.
Status SnapshotReads::read_again() {
  for (const ReadCheck& note : notes_) {
    HW_TRY(const bool same, same_again(*snapshots_[note.region]->reader.look(), note));
    if (!same) return make_error<MsgId::TPRESTART>("a region it had read changed before it read the next one");
  }
  return {};
}

}  // namespace hw

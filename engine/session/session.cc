#include "engine/session/session.h"

#include <algorithm>

#include "engine/base/checksum.h"
#include "engine/commit/commit.h"
#include "engine/commit/domain.h"
#include "engine/globals/number.h"
#include "engine/region/region_reader.h"
#include "engine/session/changed_nodes.h"
#include "engine/session/database.h"
#include "engine/session/transaction.h"

namespace hw {
namespace {

constexpr unsigned kRestartsBeforeLock = 3;  // GT.M's number of optimistic tries.
constexpr int kSnapshotTries = 100;
constexpr std::string_view kFirstKey{"\x01", 1};  // Before every global name, behind the header key.

std::uint64_t value_sum(std::string_view value) { return checksum(as_bytes(value)); }

/// Does a logged read again; true when it finds what it found then.
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

/// The part of `key` down to the level just below `parent`, with its closing 00.
std::string child_of(std::string_view key, std::string_view parent) {
  return std::string(key.substr(0, key.find('\0', parent.size()) + 1));
}

}  // namespace

class TransactionState {
 public:
  explicit TransactionState(Database& database) : database_(database), sessions_(database.sessions()) {
    number_ = sessions_->enter([this] { close(); });
    snapshots_.resize(database.directory().regions().size());
    writable_.resize(database.directory().regions().size());
    changed_.resize(database.directory().regions().size());
  }
  ~TransactionState() {
    sessions_->leave(number_);
    end();
  }
  /// The database is being closed: nothing of it is held any more.
  void close() {
    end();
    for (auto& snapshot : snapshots_) snapshot.reset();
    for (auto& changed : changed_) changed.reset();
    std::fill(writable_.begin(), writable_.end(), nullptr);
    committer_.reset();
    domain_ = nullptr;
  }

  // ---- reading ----
  Result<std::optional<std::string>> get(std::string_view key) {
    std::string_view own;
    switch (log_.overlay().lookup(key, own)) {
      case Overlay::Known::Absent:
        return std::optional<std::string>();
      case Overlay::Known::Present:
        return std::optional(std::string(own));
      case Overlay::Known::No:
        break;
    }
    const std::size_t index = database_.directory().region_index_for(key);
    HW_TRY(const Reading reading, read(index));
    HW_TRY(const auto value, reading->get(key));
    if (in_transaction())
      checks_.push_back(
          {ReadCheck::Kind::Get, index, std::string(key), {}, value.has_value(), value ? value_sum(*value) : 0});
    if (!value) return std::optional<std::string>();
    return std::optional(std::string(*value));
  }

  /// The first node at or after `key`, over all regions and the transaction's own changes.
  Result<std::optional<NodeCopy>> seek(std::string_view key) {
    std::string from(std::max(key, kFirstKey));
    for (;;) {
      const auto own = log_.overlay().seek(from);
      HW_TRY(auto stored, stored_seek(from));
      if (stored && (!own || stored->key < own->first)) {
        std::string_view ignored;
        if (log_.overlay().lookup(stored->key, ignored) == Overlay::Known::No) return stored;
        const auto root = log_.overlay().killed_above(stored->key);
        from = root ? subtree_upper_bound(*root) : stored->key + '\0';
        // A node of the transaction's own may stand inside the subtree it has killed.
        if (own && own->first < from) return std::optional(NodeCopy{std::string(own->first), std::string(own->second)});
        continue;
      }
      if (!own) return std::optional<NodeCopy>();
      return std::optional(NodeCopy{std::string(own->first), std::string(own->second)});
    }
  }

  /// The last node before `key`.
  Result<std::optional<NodeCopy>> before(std::string_view key) {
    std::string until(key);
    for (;;) {
      const auto own = log_.overlay().before(until);
      HW_TRY(auto stored, stored_before(until));
      if (stored && (!own || stored->key > own->first)) {
        std::string_view ignored;
        if (log_.overlay().lookup(stored->key, ignored) == Overlay::Known::No) return stored;
        const auto root = log_.overlay().killed_above(stored->key);
        until = root ? std::string(*root) : stored->key;
        if (own && own->first >= until)
          return std::optional(NodeCopy{std::string(own->first), std::string(own->second)});
        continue;
      }
      if (!own) return std::optional<NodeCopy>();
      return std::optional(NodeCopy{std::string(own->first), std::string(own->second)});
    }
  }

  // ---- changing ----
  Status update(UpdateType type, std::string_view key, std::string_view value) {
    const std::size_t index = database_.directory().region_index_for(key);
    HW_TRY(OpenRegion* const region, writable(index));
    if (type == UpdateType::Set) HW_TRY_VOID(check_limits(*region, key, value));
    if (in_transaction()) {
      if (region->header.replicated && domain_->header().updates_enabled.load(std::memory_order_relaxed) == 0)
        return make_error<MsgId::SCNDDBNOUPD>();
      log_.add(type, index, key, value);
      return {};
    }
    const PendingUpdate one[] = {{region, {type, key, value}}};
    CommitRequest request;
    request.updates = one;
    HW_TRY(const CommitReceipt receipt,
           type == UpdateType::Set ? committer_->set(*region, key, value) : committer_->commit(request));
    last_seqno_ = receipt.seqno;  // Durability::Batch: the background thread hardens it.
    return {};
  }

  Result<std::string> increment(std::string_view key, std::string_view by) {
    const auto sum = [&](std::optional<std::string_view> present) -> Result<std::string> {
      HW_TRY(const Number left, parse_number(present.value_or("")));
      HW_TRY(const Number right, parse_number(by));
      HW_TRY(const Number total, add(left, right));
      return to_text(total);
    };
    if (in_transaction()) {
      HW_TRY(const auto present, get(key));
      HW_TRY(const std::string total, sum(present ? std::optional<std::string_view>(*present) : std::nullopt));
      HW_TRY_VOID(update(UpdateType::Set, key, total));
      return total;
    }
    HW_TRY(OpenRegion* const region, writable(database_.directory().region_index_for(key)));
    HW_TRY_VOID(check_limits(*region, key, "0"));
    std::string total;
    HW_TRY(const CommitReceipt receipt, committer_->set_computed(*region, key, sum, total));
    last_seqno_ = receipt.seqno;
    return total;
  }

  Result<bool> zqgblmod(std::string_view key) {
    const std::size_t index = database_.directory().region_index_for(key);
    HW_TRY(OpenRegion* const region, writable(index));
    auto& place = changed_[index];
    if (!place) place = std::make_unique<ChangedNodes>(*domain_, *region);
    return place->may_be_changed(key, false);
  }

  // ---- transactions ----
  Status begin(const TransactionOptions& options) {
    if (log_.level() >= kNestingMax) return make_error<MsgId::TPTOODEEP>();
    if (log_.level() == 0) {
      options_ = options;
      options_.id.resize(std::min(options_.id.size(), kTransactionIdBytesMax));
      if (options_.id == "BATCH") options_.durability = Durability::Batch;
      if (restarts_ > kRestartsBeforeLock) {
        HW_TRY(Domain* const its_domain, domain());
        HW_TRY(CommitLock lock, CommitLock::take(*its_domain));
        lock_.emplace(std::move(lock));
      }
    }
    log_.open_level();
    return {};
  }

  Status commit() {
    if (log_.level() == 0) return make_error<MsgId::TLVLZERO>();
    if (log_.level() > 1) {
      log_.close_level();
      return {};
    }
    release_snapshots();
    if (log_.operations().empty()) {
      finish(true);
      return {};
    }
    pending_.clear();
    for (const auto& operation : log_.operations()) {
      HW_TRY(OpenRegion* const region, writable(operation.region));
      pending_.push_back({region, log_.view(operation)});
    }
    // All regions are attached before the commit lock is taken: a process that attaches takes that lock last.
    for (const ReadCheck& check : checks_) HW_TRY_VOID(writable(check.region));
    CommitRequest request;
    request.updates = pending_;
    request.fenced = true;
    request.transaction_id = options_.id;
    if (!checks_.empty()) {
      request.validate = [this](const auto& read) -> Result<bool> {
        for (const ReadCheck& check : checks_) {
          HW_TRY(TransactionBase* const now, read(*writable_[check.region]));
          // Nothing was committed to the region since the snapshot: its reads need not be done again.
          if (now->tn().value == snapshots_[check.region]->tn + 1) continue;
          HW_TRY(const bool same, same_again(*now, check));
          if (!same) return false;
        }
        return true;
      };
    }
    auto receipt = committer_->commit(request);
    const bool durable = options_.durability == Durability::Durable;
    if (!receipt.has_value() && receipt.error().id == MsgId::HWFROZEN && lock_) {  // Others must not wait for it, too.
      lock_.reset();
      committer_->wait_while_frozen();
      return restart("a region it changes was frozen");
    }
    if (!receipt.has_value()) {
      if (is_restart(receipt.error())) return restart("another commit changed what it had read");
      finish(true);
      return std::move(receipt).error();
    }
    finish(true);
    last_seqno_ = receipt->seqno;
    if (durable) return domain_->wait_durable(receipt->number);
    return {};
  }

  Status rollback(unsigned level) {
    if (log_.level() == 0) return make_error<MsgId::TLVLZERO>();
    if (level == 0) {
      finish(true);
    } else {
      log_.undo_to(level);
    }
    return {};
  }

  /// The transaction has to run again. Not when it had the commit lock: then only the thread itself, through another
  /// session, can have changed what it had read, and would do so again.
  Error restart(std::string_view why) {
    if (lock_) {
      finish(true);
      return make_error<MsgId::HWTPOWNCHANGE>();
    }
    ++restarts_;
    finish(false);
    return make_error<MsgId::TPRESTART>(why);
  }

  unsigned level() const { return log_.level(); }
  unsigned restarts() const { return restarts_; }
  Seqno last_seqno() const { return last_seqno_; }
  Result<Domain*> domain() {
    if (domain_ == nullptr) {
      HW_TRY(domain_, database_.domain());
      committer_ = std::make_unique<Committer>(*domain_);
    }
    return domain_;
  }
  void end() { finish(true); }

 private:
  struct Snapshot {
    OpenRegion* region = nullptr;
    RegionReader reader;
    std::uint64_t tn = 0;  ///< of the last snapshot taken
  };

  /// What one call reads from. Outside a transaction the snapshot lasts no longer than the call.
  class Reading {
   public:
    Reading(RegionReader::Look shown, RegionReader* ends) : shown_(std::move(shown)), ends_(ends) {}
    Reading(Reading&& other) noexcept : shown_(std::move(other.shown_)), ends_(std::exchange(other.ends_, nullptr)) {}
    Reading& operator=(Reading&&) = delete;
    ~Reading() {
      if (ends_ != nullptr) ends_->release();
    }
    ReadTransaction* operator->() const { return shown_.operator->(); }

   private:
    RegionReader::Look shown_;
    RegionReader* ends_;  ///< null: held until the transaction's end
  };

  bool in_transaction() const { return log_.level() > 0; }

  void release_snapshots() {
    for (auto& snapshot : snapshots_)
      if (snapshot) snapshot->reader.release();
  }
  Status take(Snapshot& snapshot) {
    HW_TRY_VOID(snapshot.reader.take(*snapshot.region));
    snapshot.tn = snapshot.reader.tn().value;
    return {};
  }

  Result<Reading> read(std::size_t index) {
    auto& place = snapshots_[index];
    if (!place) {
      auto made = std::make_unique<Snapshot>();
      HW_TRY(made->region, database_.region(index));
      place = std::move(made);
    }
    RegionReader& reader = place->reader;
    if (!in_transaction()) {
      HW_TRY(auto shown, reader.take(*place->region));
      return Reading(std::move(shown), &reader);
    }
    if (!reader.is_held()) HW_TRY_VOID(take_consistently(*place));
    return Reading(reader.look(), nullptr);
  }

  /// Adds a region to the transaction's snapshot, so that all regions show one moment.
  Status take_consistently(Snapshot& added) {
    bool first = true;
    for (auto& snapshot : snapshots_)
      if (snapshot && snapshot->reader.is_held()) first = false;
    if (domain_ == nullptr) {
      auto attached = domain();
      // Without a journal pool nobody can commit, so any moment is the same moment.
      if (!attached.has_value()) return take(added);
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
    const auto take_all = [&]() -> Status {
      for (Snapshot* snapshot : wanted) HW_TRY_VOID(take(*snapshot));
      return {};
    };
    bool done = false;
    if (lock_) {
      HW_TRY_VOID(take_all());
      moment_ = pool.commit_begun.load(std::memory_order_acquire);
      done = true;
    }
    for (int tries = 0; !done && tries < kSnapshotTries; ++tries) {
      moment_ = pool.commit_begun.load(std::memory_order_acquire);
      if (pool.commit_done.load(std::memory_order_acquire) != moment_) continue;
      HW_TRY_VOID(take_all());
      std::atomic_thread_fence(std::memory_order_acquire);
      done = pool.commit_begun.load(std::memory_order_acquire) == moment_;
      if (!done)
        for (Snapshot* snapshot : wanted) snapshot->reader.release();
    }
    if (!done) {
      HW_TRY(const CommitLock lock, CommitLock::take(*domain_));
      HW_TRY_VOID(take_all());
      moment_ = pool.commit_begun.load(std::memory_order_acquire);
    }
    // What was read from the former snapshots must still hold in the new ones.
    for (const ReadCheck& check : checks_) {
      HW_TRY(const bool same, same_again(*snapshots_[check.region]->reader.look(), check));
      if (!same) return restart("a region it had read changed before it read the next one");
    }
    return {};
  }

  Result<std::optional<NodeCopy>> stored_seek(std::string_view key) {
    const auto map = database_.directory().map();
    auto entry = std::upper_bound(map.begin(), map.end(), key,
                                  [](std::string_view k, const auto& e) { return k < std::string_view(e.from); });
    --entry;  // The first entry's key is empty, so there is one at or before any key.
    std::string from(key);
    for (; entry != map.end(); ++entry) {
      const auto limit = std::next(entry);
      from = std::max<std::string>(from, entry->from);
      HW_TRY(const Reading reading, read(entry->region_index));
      HW_TRY(const auto node, reading->seek(from));
      note(ReadCheck::Kind::Seek, entry->region_index, from, node);
      if (node && (limit == map.end() || node->key < limit->from))
        return std::optional(NodeCopy{std::string(node->key), std::string(node->value)});
    }
    return std::optional<NodeCopy>();
  }

  Result<std::optional<NodeCopy>> stored_before(std::string_view key) {
    const auto map = database_.directory().map();
    auto entry = std::lower_bound(map.begin(), map.end(), key,
                                  [](const auto& e, std::string_view k) { return std::string_view(e.from) < k; });
    std::string until(key);
    while (entry != map.begin()) {
      --entry;
      HW_TRY(const Reading reading, read(entry->region_index));
      HW_TRY(const auto node, reading->before(until));
      note(ReadCheck::Kind::Before, entry->region_index, until, node);
      if (node && node->key >= entry->from && node->key >= kFirstKey)
        return std::optional(NodeCopy{std::string(node->key), std::string(node->value)});
      until = std::min<std::string>(until, entry->from);
    }
    return std::optional<NodeCopy>();
  }

  void note(ReadCheck::Kind kind, std::size_t region, const std::string& key,
            const std::optional<TransactionBase::Node>& node) {
    if (!in_transaction()) return;
    checks_.push_back({kind, region, key, node ? std::string(node->key) : std::string(), node.has_value(),
                       node ? value_sum(node->value) : 0});
  }

  Result<OpenRegion*> writable(std::size_t index) {
    if (writable_[index] != nullptr) return writable_[index];
    HW_TRY(Domain* const its_domain, domain());
    (void)its_domain;
    HW_TRY(writable_[index], database_.writable_region(index));
    return writable_[index];
  }

  Status check_limits(const OpenRegion& region, std::string_view key, std::string_view value) const {
    // GT.M counts a second 00 at the end of a key.
    if (key.size() >= region.header.key_bytes_max) return make_error<MsgId::GVSUBOFLOW>();
    if (value.size() > region.header.value_bytes_max)
      return make_error<MsgId::REC2BIG>(value.size(), region.header.value_bytes_max, region.header.name);
    if (region.header.null_subscripts != static_cast<std::uint8_t>(NullSubscripts::Always)) {
      const std::string_view null =
          region.nulls() == NullCollation::Standard ? std::string_view("\0\x01\0", 3) : std::string_view("\0\xFF\0", 3);
      if (key.find(null) != std::string_view::npos) return make_error<MsgId::NULSUBSC>(region.header.name);
    }
    return {};
  }

  void finish(bool forget_restarts) {
    release_snapshots();
    log_.clear();
    checks_.clear();
    lock_.reset();
    if (forget_restarts) restarts_ = 0;
  }

  Database& database_;
  const std::shared_ptr<OpenSessions> sessions_;
  std::uint64_t number_ = 0;  ///< among them
  Domain* domain_ = nullptr;
  std::unique_ptr<Committer> committer_;
  std::vector<std::unique_ptr<Snapshot>> snapshots_;    ///< by region
  std::vector<OpenRegion*> writable_;                   ///< by region
  std::vector<std::unique_ptr<ChangedNodes>> changed_;  ///< by region, for $ZQGBLMOD
  TransactionLog log_;
  std::vector<PendingUpdate> pending_;  ///< of the commit under way; kept for its memory
  std::vector<ReadCheck> checks_;
  TransactionOptions options_;
  std::optional<CommitLock> lock_;  ///< held through the last attempt
  std::uint64_t moment_ = 0;        ///< commits begun when the snapshots were taken
  unsigned restarts_ = 0;
  Seqno last_seqno_;  ///< of the last commit
};

Session::Session(Database& database) : database_(database), state_(std::make_unique<TransactionState>(database)) {}
Session::~Session() = default;

Result<std::optional<std::string>> Session::get(std::string_view key) { return state_->get(key); }

Result<unsigned> Session::data(std::string_view key) {
  HW_TRY(const auto value, get(key));
  HW_TRY(const auto below, state_->seek(std::string(key) + '\0'));
  const bool descendants = below && std::string_view(below->key).starts_with(key);
  return (value ? 1u : 0u) + (descendants ? 10u : 0u);
}

Result<std::optional<std::string>> Session::order(std::string_view key, Direction direction) {
  const std::string_view parent = key.empty() ? key : key_parent(key);
  const std::string_view component = key.empty() ? key : key_last_component(key);
  // An empty last subscript asks for the first (or last) of its level; both encodings of it are one byte.
  const bool from_edge =
      key.empty() || (!parent.empty() && component.size() == 1 && (component[0] == '\x01' || component[0] == '\xFF'));
  if (direction == Direction::Forward) {
    const std::string start = from_edge ? std::string(parent) + '\x01' : subtree_upper_bound(key);
    HW_TRY(const auto found, state_->seek(start));
    if (!found || !std::string_view(found->key).starts_with(parent)) return std::optional<std::string>();
    return std::optional(child_of(found->key, parent));
  }
  std::string end(key);
  if (from_edge) end = parent.empty() ? std::string(1, '\xFF') : subtree_upper_bound(parent);
  HW_TRY(const auto found, state_->before(end));
  if (!found || !std::string_view(found->key).starts_with(parent) || found->key.size() <= parent.size())
    return std::optional<std::string>();
  return std::optional(child_of(found->key, parent));
}

Result<std::optional<NodeCopy>> Session::query(std::string_view key, Direction direction) {
  const std::string global = child_of(key, {});
  auto found = direction == Direction::Forward ? state_->seek(std::string(key) + '\0') : state_->before(key);
  if (found.has_value() && *found && !std::string_view((*found)->key).starts_with(global))
    return std::optional<NodeCopy>();
  return found;
}

Result<std::optional<NodeCopy>> Session::seek(std::string_view key, std::string_view limit) {
  HW_TRY(auto found, state_->seek(key));
  if (found && !limit.empty() && found->key >= limit) return std::optional<NodeCopy>();
  return found;
}

Status Session::set(std::string_view key, std::string_view value) {
  return state_->update(UpdateType::Set, key, value);
}
Status Session::kill(std::string_view key) { return state_->update(UpdateType::Kill, key, {}); }
Status Session::zkill(std::string_view key) { return state_->update(UpdateType::ZKill, key, {}); }
Result<std::string> Session::increment(std::string_view key, std::string_view by) { return state_->increment(key, by); }

Result<bool> Session::zqgblmod(std::string_view key) { return state_->zqgblmod(key); }

Status Session::begin(const TransactionOptions& options) { return state_->begin(options); }
Status Session::commit() { return state_->commit(); }
Status Session::rollback(unsigned level) { return state_->rollback(level); }
unsigned Session::level() const { return state_->level(); }
unsigned Session::restarts() const { return state_->restarts(); }
Seqno Session::last_seqno() const { return state_->last_seqno(); }

Status Session::transact(const TransactionOptions& options, const std::function<Status()>& body) {
  for (;;) {
    HW_TRY_VOID(begin(options));
    Status status = body();
    if (status.has_value()) status = commit();
    if (status.has_value()) return {};
    if (is_restart(status.error())) continue;
    if (level() > 0) HW_TRY_VOID(rollback(0));
    return status;
  }
}

Status Session::sync() {
  HW_TRY(Domain* const domain, state_->domain());
  return domain->wait_durable(domain->header().commit_done.load());
}

}  // namespace hw

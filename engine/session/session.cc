#include "engine/session/session.h"

#include <algorithm>

#include "engine/commit/commit.h"
#include "engine/commit/domain.h"
#include "engine/globals/number.h"
#include "engine/session/changed_nodes.h"
#include "engine/session/database.h"
#include "engine/session/snapshot_reads.h"
#include "engine/session/transaction.h"

namespace hw {
namespace {

constexpr unsigned kRestartsBeforeLock = 3;  // GT.M's number of optimistic tries.

/// The part of `key` down to the level just below `parent`, with its closing 00.
std::string child_of(std::string_view key, std::string_view parent) {
  return std::string(key.substr(0, key.find('\0', parent.size()) + 1));
}

}  // namespace

class TransactionState {
 public:
  explicit TransactionState(Database& database)
      : database_(database), sessions_(database.sessions()), reads_(database) {
    number_ = sessions_->enter([this] { close(); });
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
    reads_.close();
    for (auto& changed : changed_) changed.reset();
    std::fill(writable_.begin(), writable_.end(), nullptr);
    committer_.reset();
    domain_ = nullptr;
  }

  // ---- reading ----
  Result<std::optional<std::string>> get(std::string_view key) {
    if (!in_transaction()) return reads_.get(key);
    std::string_view own;
    switch (log_.overlay().lookup(key, own)) {
      case Overlay::Known::Absent:
        return std::optional<std::string>();
      case Overlay::Known::Present:
        return std::optional(std::string(own));
      case Overlay::Known::No:
        break;
    }
    return or_restart(reads_.get(key));
  }

  /// What one look says, where it says all.
  Result<std::optional<unsigned>> data(std::string_view key) { return reads_.data(key); }

  /// The first node at or after `key`, over all regions and the transaction's own changes.
  Result<std::optional<NodeCopy>> seek(std::string_view key) {
    if (!in_transaction()) return reads_.seek(key);
    std::string from(key);
    for (;;) {
      const auto own = log_.overlay().seek(from);
      HW_TRY(auto stored, or_restart(reads_.seek(from)));
      if (stored && (!own || stored->key < own->first)) {
        std::string_view ignored;
        if (log_.overlay().lookup(stored->key, ignored) == Overlay::Known::No) return stored;
        const auto root = log_.overlay().killed_above(stored->key);
        from = root ? subtree_upper_bound(*root) : stored->key + '\0';
        // A node of the transaction's own may be inside the subtree it has killed.
        if (own && own->first < from) return std::optional(NodeCopy{std::string(own->first), std::string(own->second)});
        continue;
      }
      if (!own) return std::optional<NodeCopy>();
      return std::optional(NodeCopy{std::string(own->first), std::string(own->second)});
    }
  }

  /// The last node before `key`.
  Result<std::optional<NodeCopy>> before(std::string_view key) {
    if (!in_transaction()) return reads_.before(key);
    std::string until(key);
    for (;;) {
      const auto own = log_.overlay().before(until);
      HW_TRY(auto stored, or_restart(reads_.before(until)));
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
      if (region->header.replicated && !domain_->header().takes_updates()) return make_error<MsgId::SCNDDBNOUPD>();
      log_.add(type, index, key, value);
      return {};
    }
    const PendingUpdate one[] = {{region, {type, key, value}}};
    CommitRequest request;
    request.updates = one;
    HW_TRY(const CommitReceipt receipt,
           type == UpdateType::Set ? committer_->set(*region, key, value) : committer_->commit(request));
    return acknowledge(receipt, Durability::Batch);
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
    HW_TRY_VOID(acknowledge(receipt, Durability::Batch));
    return total;
  }

  Result<bool> zqgblmod(std::string_view key) {
    const std::size_t index = database_.directory().region_index_for(key);
    HW_TRY(OpenRegion* const region, writable(index));
    auto& place = changed_[index];
    if (!place) place = std::make_unique<ChangedNodes>(*domain_, std::vector{region});
    HW_TRY_VOID(place->catch_up());
    return place->may_be_changed(*region, UpdateType::Set, key);
  }

  // ---- transactions ----
  Status begin(const TransactionOptions& options) {
    if (log_.level() >= kNestingMax) return make_error<MsgId::TPTOODEEP>();
    if (log_.level() == 0) {
      options_ = options;
      options_.id.resize(std::min(options_.id.size(), kTransactionIdBytesMax));
      if (options_.id == "BATCH") options_.durability = Durability::Batch;
      if (options_.alone || restarts_ > kRestartsBeforeLock) {
        HW_TRY(Domain* const its_domain, domain());
        HW_TRY(CommitLock lock, CommitLock::take(*its_domain));
        lock_.emplace(std::move(lock));
      }
      HW_CHECK(log_.operations().empty());
      reads_.begin_transaction(lock_.has_value());
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
    reads_.release();
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
    for (const ReadCheck& note : reads_.notes()) HW_TRY_VOID(writable(note.region));
    CommitRequest request;
    request.updates = pending_;
    request.fenced = true;
    request.transaction_id = options_.id;
    if (!reads_.notes().empty()) {
      request.validate = [this](const auto& read) -> Result<bool> {
        for (const ReadCheck& note : reads_.notes()) {
          HW_TRY(TransactionBase* const now, read(*writable_[note.region]));
          HW_TRY(const bool same, reads_.still_finds(*now, note));
          if (!same) return false;
        }
        return true;
      };
    }
    auto receipt = committer_->commit(request);
    if (!receipt.has_value() && receipt.error().id == MsgId::HWFROZEN && lock_) {  // Others must not wait for it, too.
      lock_.reset();
      committer_->wait_while_frozen();
      return restart(make_error<MsgId::TPRESTART>("a region it changes was frozen"));
    }
    if (!receipt.has_value()) {
      if (is_restart(receipt.error())) return restart(std::move(receipt).error());
      finish(true);
      return std::move(receipt).error();
    }
    finish(true);
    return acknowledge(*receipt, options_.durability);
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
  Error restart(Error why) {
    if (lock_) {
      finish(true);
      return make_error<MsgId::HWTPOWNCHANGE>();
    }
    ++restarts_;
    finish(false);
    return why;
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
  bool in_transaction() const { return log_.level() > 0; }

  /// A transaction whose reads are not of one moment has to run again.
  template <typename T>
  Result<T> or_restart(Result<T> read) {
    if (!read.has_value() && is_restart(read.error())) return restart(std::move(read).error());
    return read;
  }

  /// All that a program is told is done goes through here. Durable: fdatasync of the journals (Domain::wait_durable);
  /// else the background thread hardens it.
  Status acknowledge(const CommitReceipt& receipt, Durability durability) {
    last_seqno_ = receipt.seqno;
    if (durability == Durability::Durable) HW_TRY_VOID(domain_->wait_durable(receipt.number));
    return domain_->acknowledge(receipt);
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
    reads_.end_transaction();
    log_.clear();
    lock_.reset();
    HW_CHECK(!in_transaction() && log_.operations().empty());
    if (forget_restarts) restarts_ = 0;
  }

  Database& database_;
  const std::shared_ptr<OpenSessions> sessions_;
  std::uint64_t number_ = 0;  ///< among them
  Domain* domain_ = nullptr;
  std::unique_ptr<Committer> committer_;
  std::vector<OpenRegion*> writable_;                   ///< by region
  std::vector<std::unique_ptr<ChangedNodes>> changed_;  ///< by region, for $ZQGBLMOD
  SnapshotReads reads_;
  TransactionLog log_;
  std::vector<PendingUpdate> pending_;  ///< of the commit under way; kept for its memory
  TransactionOptions options_;
  std::optional<CommitLock> lock_;  ///< held through the last attempt
  unsigned restarts_ = 0;
  Seqno last_seqno_;  ///< of the last commit
};

Session::Session(Database& database) : database_(database), state_(std::make_unique<TransactionState>(database)) {}
Session::~Session() = default;

Result<std::optional<std::string>> Session::get(std::string_view key) { return state_->get(key); }

Result<unsigned> Session::data(std::string_view key) {
  HW_TRY(const auto known, state_->data(key));
  if (known) return *known;
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

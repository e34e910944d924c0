#include "engine/gbl/apply_lost.h"
#include "engine/base/file_rights.h"

#include <unistd.h>

#include <cerrno>
#include <fstream>
#include <map>
#include <set>
#include <vector>

#include "engine/base/file.h"
#include "engine/extract/extract_reader.h"
#include "engine/extract/text_output.h"
#include "engine/session/changed_nodes.h"
#include "engine/session/database.h"

namespace hw::gbl {
namespace {

using Update = ExtractUpdate;
using Group = ExtractGroup;

/// $ZQGBLMOD of all regions, without what this process has changed itself.
class Divergence {
 public:
  explicit Divergence(Database& database) : database_(database) {}
  Result<bool> may_be_changed(const Update& update) {
    const std::size_t index = database_.directory().region_index_for(update.key);
    auto& place = regions_[index];
    if (!place) {
      HW_TRY(Domain* const domain, database_.domain());
      HW_TRY(OpenRegion* const region, database_.writable_region(index));
      place = std::make_unique<ChangedNodes>(*domain, *region, static_cast<std::uint32_t>(::getpid()));
      HW_TRY(const bool marked, place->is_marked());
      if (!marked) return no_mark();
    }
    return place->may_be_changed(update.key, update.type == UpdateType::Kill);
  }

 private:
  /// Only the instance that became root primary when the transactions were lost has a mark, until they are complete.
  /// One that follows it may have later updates of the same nodes all the same.
  static Error no_mark() {
    Error error = make_error<MsgId::HWREFUSED>(
        "gbl apply-lost", "this instance has no mark of where it parted from the one that lost the transactions");
    return error.note("Apply them at the instance that answered that one's rollback");
  }

  Database& database_;
  std::map<std::size_t, std::unique_ptr<ChangedNodes>> regions_;
};

/// Nodes that transactions in conflict would have changed: what comes after them was made on top of them.
class HeldBack {
 public:
  void add(const Group& group) {
    for (const Update& update : group.updates) (update.type == UpdateType::Kill ? killed_ : nodes_).insert(update.key);
  }
  bool touches(const Update& update) const {
    const std::string_view key(update.key);
    if (nodes_.contains(update.key)) return true;
    for (std::size_t bytes = 1; bytes <= key.size(); ++bytes)
      if (key[bytes - 1] == '\0' && killed_.contains(key.substr(0, bytes))) return true;
    if (update.type != UpdateType::Kill) return false;
    const auto starts_below = [&](const auto& keys) {
      const auto at = keys.lower_bound(key);
      return at != keys.end() && std::string_view(*at).starts_with(key);
    };
    return starts_below(nodes_) || starts_below(killed_);
  }

 private:
  std::set<std::string, std::less<>> nodes_;
  std::set<std::string, std::less<>> killed_;
};

/// Applies the transaction; returns what stands against it, or none.
Result<std::optional<std::string>> apply(Session& session, Divergence& divergence, const HeldBack& held_back,
                                         const Group& group) {
  std::optional<std::string> conflict;
  for (const Update& update : group.updates)
    if (held_back.touches(update)) return std::optional(update.reference + " comes from a transaction in conflict");
  TransactionOptions options;
  options.id = group.transaction_id;
  HW_TRY_VOID(session.transact(options, [&]() -> Status {
    conflict.reset();
    for (const Update& update : group.updates) {
      // Read, so that a process that changes it while this goes on makes the transaction run, and ask, again.
      HW_TRY(const auto ignored, session.get(update.key));
      (void)ignored;
      HW_TRY(const bool changed, divergence.may_be_changed(update));
      if (changed) {
        conflict = update.reference + " was changed here after the sites parted";
        return {};  // Nothing is changed.
      }
    }
    for (const Update& update : group.updates) HW_TRY_VOID(apply_update(session, update));
    return {};
  }));
  return conflict;
}

/// For those who may read the file of lost transactions.
Status keep_conflicts(const std::string& path, const std::string& text, const std::string& lost) {
  if (file_exists(path)) {
    if (!is_extract_file(path)) {
      Error error = make_error<MsgId::FILEEXISTS>(path);
      return error.note("It is no file of conflicts, and is left as it is");
    }
    HW_TRY_VOID(rename_file(path, stamped_name(path)));
  }
  HW_TRY(const FileRights model, rights_of(lost));
  return replace_file(path, text, &model);
}

}  // namespace

Result<AppliedLost> apply_lost(Session& session, const std::string& path, const std::string& conflict_path) {
  std::ifstream in(path, std::ios::binary);
  if (!in) return make_error<MsgId::FILEOPENFAIL>(path).with_errno(errno);
  ExtractReader reader(in, path, session.database().directory());
  HW_TRY_VOID(reader.open());
  constexpr std::string_view kOrigin = "ROLLBACK PRIMARY ";
  if (!reader.origin().starts_with(kOrigin))
    return reader.bad("ROLLBACK PRIMARY and an instance: only what a root primary lost has to be applied again");
  Divergence divergence(session.database());
  HeldBack held_back;
  AppliedLost result;
  result.instance = reader.origin().substr(kOrigin.size());
  std::string conflicts;
  Group group;
  Status status;
  for (;;) {
    auto more = reader.next(group);
    if (!more.has_value()) {
      status = std::move(more).error();
      break;
    }
    if (!*more) break;
    auto conflict = apply(session, divergence, held_back, group);
    if (!conflict.has_value()) {
      status = std::move(conflict).error();
      break;
    }
    if (!*conflict) {
      ++result.applied;
      continue;
    }
    ++result.conflicts;
    if (conflicts.empty()) conflicts = reader.heading() + '\n';
    held_back.add(group);
    conflicts += fmt::format("; seqno {}: {}\n", group.seqno, **conflict);
    conflicts += group.text;
  }
  if (!conflicts.empty()) HW_TRY_VOID(keep_conflicts(conflict_path, conflicts, path));
  if (!status.has_value()) return std::move(status).error();
  return result;
}

}  // namespace hw::gbl

#include "engine/gbl/apply_lost.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <fstream>
#include <map>
#include <set>
#include <vector>

#include "engine/base/file.h"
#include "engine/changed_nodes.h"
#include "engine/database.h"
#include "engine/extract_line.h"
#include "engine/node_key.h"
#include "engine/zwr.h"

namespace hw::gbl {
namespace {

struct Update {
  UpdateType type;
  std::string key;
  std::string value;
  std::string reference;  ///< as written, for the reason
};

/// All lines of one seqno.
struct Group {
  std::string seqno;
  std::string text;
  std::string transaction_id;
  std::vector<Update> updates;
};

class LostReader {
 public:
  LostReader(const std::string& path, const GlobalDirectory& directory)
      : path_(path), directory_(directory), in_(path, std::ios::binary) {}

  Status open() {
    if (!in_) return make_error<MsgId::FILEOPENFAIL>(path_).with_errno(errno);
    HW_TRY(const bool any, next_line());
    if (!any) return bad("a first line");
    heading_ = line_;
    const std::string_view heading(line_);
    if (heading.starts_with("GDSJEX03 "))
      layout_ = ExtractLayout::V5;
    else if (!heading.starts_with("GDSJEX07 "))
      return bad("GDSJEX07 or GDSJEX03");
    constexpr std::string_view kOrigin = "ROLLBACK PRIMARY ";
    if (!heading.substr(9).starts_with(kOrigin))
      return bad("ROLLBACK PRIMARY and an instance: only what a root primary lost has to be applied again");
    instance_ = heading.substr(9 + kOrigin.size());
    HW_TRY(more_, next_line());
    return {};
  }

  const std::string& heading() const { return heading_; }
  const std::string& instance() const { return instance_; }

  /// The next transaction; false at the end.
  Result<bool> next(Group& group) {
    group = {};
    while (more_) {
      HW_TRY_VOID(parse());
      if (group.text.empty()) group.seqno = seqno_;
      if (seqno_ != group.seqno) return true;
      group.text += line_ + '\n';
      if (update_) group.updates.push_back(std::move(*update_));
      if (line_.starts_with("09")) group.transaction_id = rest_.substr(rest_.find('\\') + 1);
      HW_TRY(more_, next_line());
    }
    return !group.text.empty();
  }

 private:
  Error bad(std::string_view expected) const {
    return make_error<MsgId::HWLOSTFILE>(path_, number_, fmt::format("{} was expected", expected));
  }

  Result<bool> next_line() {
    do {
      if (!std::getline(in_, line_)) {
        if (in_.bad()) return make_error<MsgId::FILEOPENFAIL>(path_).with_errno(EIO);
        return false;
      }
      ++number_;
      // Processes (01, 02) and file ends (03) between transactions say nothing here.
    } while (line_.starts_with(';') || line_.starts_with("01\\") || line_.starts_with("02\\") ||
             line_.starts_with("03\\"));
    return true;
  }

  /// Takes the line at hand apart: seqno_, and update_ when it holds one.
  Status parse() {
    update_.reset();
    const auto line = split_extract_line(line_, layout_);
    if (!line) return bad("a record of a known kind with all its fields");
    seqno_ = line->seqno;
    rest_ = line->rest;
    if (line->code != ExtractCode::Set && line->code != ExtractCode::Kill && line->code != ExtractCode::ZKill)
      return {};
    const NullCollation nulls = null_collation_of(directory_, global_of_reference(rest_));
    Update update{};
    update.type = line->code == ExtractCode::Set    ? UpdateType::Set
                  : line->code == ExtractCode::Kill ? UpdateType::Kill
                                                    : UpdateType::ZKill;
    const Status status = update.type == UpdateType::Set ? parse_zwr_line_to_key(rest_, update.key, update.value, nulls)
                                                         : parse_reference_to_key(rest_, update.key, nulls);
    if (!status.has_value()) return make_error<MsgId::HWLOSTFILE>(path_, number_, status.error().text);
    HW_TRY_VOID(append_reference(update.reference, update.key, nulls));
    update_ = std::move(update);
    return {};
  }

  const std::string path_;
  const GlobalDirectory& directory_;
  std::ifstream in_;
  ExtractLayout layout_ = ExtractLayout::V7;
  std::string heading_, instance_, line_;
  std::uint64_t number_ = 0;
  bool more_ = false;
  std::string_view rest_;
  std::string seqno_;
  std::optional<Update> update_;
};

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
    }
    return place->may_be_changed(update.key, update.type == UpdateType::Kill);
  }

 private:
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
      // Read, so that somebody who changes it while this goes on makes the transaction run, and ask, again.
      HW_TRY(const auto ignored, session.get(update.key));
      (void)ignored;
      HW_TRY(const bool changed, divergence.may_be_changed(update));
      if (changed) {
        conflict = update.reference + " was changed here after the sites parted";
        return {};  // Nothing is changed.
      }
    }
    for (const Update& update : group.updates) {
      if (update.type == UpdateType::Set) {
        HW_TRY_VOID(session.set(update.key, update.value));
      } else if (update.type == UpdateType::Kill) {
        HW_TRY_VOID(session.kill(update.key));
      } else {
        HW_TRY_VOID(session.zkill(update.key));
      }
    }
    return {};
  }));
  return conflict;
}

Status keep_conflicts(const std::string& path, const std::string& text) {
  if (file_exists(path)) HW_TRY_VOID(rename_file(path, stamped_name(path)));
  return replace_file(path, text);
}

}  // namespace

Result<AppliedLost> apply_lost(Session& session, const std::string& path, const std::string& conflict_path) {
  LostReader reader(path, session.database().directory());
  HW_TRY_VOID(reader.open());
  Divergence divergence(session.database());
  HeldBack held_back;
  AppliedLost result;
  result.instance = reader.instance();
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
  if (!conflicts.empty()) HW_TRY_VOID(keep_conflicts(conflict_path, conflicts));
  if (!status.has_value()) return std::move(status).error();
  return result;
}

}  // namespace hw::gbl

#include "engine/gbl/apply_lost.h"
#include "engine/base/file_rights.h"

#include <sys/stat.h>

#include <array>
#include <cerrno>
#include <charconv>
#include <fstream>
#include <memory>
#include <optional>
#include <sstream>

#include "engine/base/file.h"
#include "engine/base/output_path.h"
#include "engine/extract/extract_reader.h"
#include "engine/extract/text_output.h"
#include "engine/gbl/lost_identity.h"
#include "engine/session/changed_nodes.h"
#include "engine/session/database.h"

namespace hw::gbl {
namespace {

using Update = ExtractUpdate;
using Group = ExtractGroup;

constexpr std::string_view kOrigin = "ROLLBACK PRIMARY ";

/// The file, as often from its beginning as it is wanted. The text of a pipe is kept in memory.
class LostInput {
 public:
  static Result<std::unique_ptr<LostInput>> open(const std::string& path) {
    auto input = std::make_unique<LostInput>();
    input->path_ = path;
    input->file_.open(path, std::ios::binary);
    if (!input->file_) return make_error<MsgId::FILEOPENFAIL>(path).with_errno(errno);
    struct stat about {};
    if (::stat(path.c_str(), &about) != 0 || !S_ISREG(about.st_mode)) {
      HW_TRY_VOID(input->keep());
    }
    return input;
  }

  /// A reader before the first transaction, the only one at a time. Errors: HWLOSTFILE when the file is no PRIMARY's.
  Result<std::unique_ptr<ExtractReader>> from_the_beginning(const GlobalDirectory& directory) {
    std::istream& in = kept_ ? static_cast<std::istream&>(*kept_) : file_;
    in.clear();
    in.seekg(0);
    auto reader = std::make_unique<ExtractReader>(in, path_, directory);
    HW_TRY_VOID(reader->open());
    if (!reader->origin().starts_with(kOrigin))
      return reader->bad("ROLLBACK PRIMARY and an instance: only what a root primary lost has to be applied again");
    return reader;
  }

 private:
  /// A stream that begins otherwise may have no end, as /dev/zero, and is not read on.
  Status keep() {
    constexpr std::string_view kLabel = "GDSJEX";
    kept_.emplace();
    std::array<char, 4096> piece{};
    for (bool first = true; file_.good(); first = false) {
      file_.read(piece.data(), piece.size());
      const std::string_view text(piece.data(), static_cast<std::size_t>(file_.gcount()));
      *kept_ << text;
      if (first && !text.starts_with(kLabel)) break;
    }
    if (file_.bad() || kept_->bad()) return make_error<MsgId::FILEOPENFAIL>(path_).with_errno(EIO);
    return {};
  }

  std::string path_;
  std::ifstream file_;
  std::optional<std::stringstream> kept_;
};

std::string instance_of(const ExtractReader& reader) { return reader.origin().substr(kOrigin.size()); }

/// What is in the file before the first line that is not what it should be, which who applies it meets again.
struct Listed {
  LostIndex index;
  std::optional<Seqno> first;  ///< the lowest seqno
};

Listed list(ExtractReader& reader) {
  Listed listed;
  const std::string instance = instance_of(reader);
  Group group;
  for (;;) {
    const auto more = reader.next(group);
    if (!more.has_value() || !*more) break;
    listed.index.add(identity_of(instance, group));
    std::uint64_t seqno = 0;
    std::from_chars(group.seqno.data(), group.seqno.data() + group.seqno.size(), seqno);
    if (seqno != 0 && (!listed.first || Seqno{seqno} < *listed.first)) listed.first = Seqno{seqno};
  }
  listed.index.sort();
  return listed;
}

enum class Outcome { Applied, AppliedBefore, Conflict };

/// Applies transactions of one file, in their order. Thread: one at a time.
class Applier {
 public:
  /// Errors: HWREFUSED when nothing is marked; those of Database::domain and ChangedNodes.
  static Result<std::unique_ptr<Applier>> open(Session& session, std::string instance, Listed listed) {
    std::unique_ptr<Applier> applier(new Applier(session, std::move(instance), std::move(listed.index)));
    HW_TRY(Domain* const domain, session.database().domain());
    const auto regions = domain->regions();
    applier->changed_.emplace(*domain, std::vector<OpenRegion*>(regions.begin(), regions.end()), &applier->index_);
    if (applier->index_.empty()) return applier;
    HW_TRY(const bool marked, applier->changed_->is_marked());
    if (!marked) return no_mark();
    if (listed.first) applier->changed_->count_from(*listed.first);
    return applier;
  }

  Result<Outcome> apply(const Group& group) {
    const LostIdentity identity = identity_of(instance_, group);
    Outcome outcome{};
    HW_TRY_VOID(changed_->catch_up());  // Most of it while others can commit.
    TransactionOptions options;
    options.durability = Durability::Batch;  // The file's end waits for the disk.
    options.alone = true;
    options.id = identity.text();
    HW_TRY_VOID(session_.transact(options, [&]() -> Status {
      HW_TRY_VOID(changed_->catch_up());
      HW_TRY(outcome, decide(identity, group));
      if (outcome != Outcome::Applied) return {};  // Nothing is changed.
      for (const Update& update : group.updates) HW_TRY_VOID(apply_update(session_, update));
      return {};
    }));
    if (outcome != Outcome::Conflict) return outcome;
    // What comes after it in the file was made on top of it.
    for (const Update& update : group.updates) held_back_.add(update.type, update.key);
    return outcome;
  }

  /// Why the last one was a conflict.
  const std::string& why() const { return why_; }

 private:
  Applier(Session& session, std::string instance, LostIndex index)
      : session_(session), instance_(std::move(instance)), index_(std::move(index)) {}

  Result<Outcome> decide(const LostIdentity& identity, const Group& group) {
    if (index_.is_applied(identity)) return Outcome::AppliedBefore;
    for (const Update& update : group.updates) {
      if (!held_back_.touches(update.type, update.key)) continue;
      why_ = update.reference + " comes from a transaction in conflict";
      return Outcome::Conflict;
    }
    Database& database = session_.database();
    for (const Update& update : group.updates) {
      HW_TRY(const OpenRegion* const region,
             database.writable_region(database.directory().region_index_for(update.key)));
      if (!changed_->may_be_changed(*region, update.type, update.key)) continue;
      why_ = update.reference +
             (changed_->is_unknown(*region)
                  ? " may have been changed here: the journal does not go back to where the sites parted"
                  : " was changed here after the sites parted");
      return Outcome::Conflict;
    }
    return Outcome::Applied;
  }

  /// A takeover marks the new root and all who follow it, until the lost transactions are complete.
  static Error no_mark() {
    return make_error<MsgId::HWREFUSED>(
               "gbl apply-lost", "this instance has no mark of where it parted from the one that lost the transactions")
        .note("They were said to be complete, or this instance has not parted from that one");
  }

  Session& session_;
  const std::string instance_;
  LostIndex index_;
  std::optional<ChangedNodes> changed_;
  NodeSet held_back_;  ///< of transactions in conflict
  std::string why_;
};

/// For those who may read the file of lost transactions.
Status keep_conflicts(const std::string& name, const std::string& text, const std::string& lost) {
  const OutputPath to = output_path(name);
  const std::string& path = to.path;
  if (Status is_file = to.check_is_file(); !is_file.has_value())
    return rename_error<MsgId::FILEEXISTS>(std::move(is_file).error(), path);
  if (file_exists(path)) {
    if (!is_extract_file(path)) {
      return make_error<MsgId::FILEEXISTS>(path).note("It is no file of conflicts, and is left as it is");
    }
    HW_TRY_VOID(rename_file(path, stamped_name(path)));
  }
  HW_TRY(const FileRights model, rights_of(lost));
  return replace_file(path, text, &model);
}

/// The transactions that are in conflict, as a file of lost transactions.
std::string conflict_text(const ExtractReader& reader, const Group& group, const std::string& why, bool is_first) {
  return (is_first ? reader.heading() + '\n' : std::string()) + fmt::format("; seqno {}: {}\n", group.seqno, why) +
         group.text;
}

}  // namespace

Result<AppliedLost> apply_lost(Session& session, const std::string& path, const std::string& conflict_path) {
  const GlobalDirectory& directory = session.database().directory();
  HW_TRY(const auto input, LostInput::open(path));
  HW_TRY(auto reader, input->from_the_beginning(directory));
  AppliedLost result;
  result.instance = instance_of(*reader);
  HW_TRY(const auto applier, Applier::open(session, result.instance, list(*reader)));
  HW_TRY(reader, input->from_the_beginning(directory));
  std::string conflicts;
  Group group;
  Status status;
  for (;;) {
    const auto more = reader->next(group);
    if (!more.has_value()) status = more.error();
    if (!more.has_value() || !*more) break;
    const auto outcome = applier->apply(group);
    if (!outcome.has_value()) {
      status = outcome.error();
      break;
    }
    if (*outcome == Outcome::Conflict) {
      ++result.conflicts;
      conflicts += conflict_text(*reader, group, applier->why(), conflicts.empty());
    } else {
      ++result.applied;
      if (*outcome == Outcome::AppliedBefore) ++result.applied_before;
    }
  }
  if (!conflicts.empty()) HW_TRY_VOID(keep_conflicts(conflict_path, conflicts, path));
  if (!status.has_value()) return std::move(status).error();
  HW_TRY_VOID(session.sync());  // Only what is on disk may be struck off the list.
  return result;
}

}  // namespace hw::gbl

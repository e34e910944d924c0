#include "engine/integ/integrity.h"

#include <fcntl.h>

#include <cerrno>

#include "engine/base/limits.h"
#include "engine/integ/content_check.h"
#include "engine/recovery/checkpoint.h"
#include "engine/recovery/image_reach.h"
#include "journal/generations.h"

namespace hw {
namespace {

/// A file that this user may not read is not a damaged one.
bool may_not_look(const Error& error) { return error.os_errno == EACCES || error.os_errno == EPERM; }

class RegionCheck {
 public:
  RegionCheck(const RegionLook& seen, PoolHeader* pool, const IntegrityOptions& options)
      : seen_(seen), pool_(pool), options_(options), rollbacks_(pool != nullptr ? pool->rollbacks.load() : 0) {}

  Result<IntegrityReport> run() {
    HW_TRY_VOID(pages());
    if (!seen_.header.has_value()) {
      fault(seen_.header.error());
    } else {
      HW_TRY_VOID(control());
      if (seen_.header->journal_state == JournalState::On) {
        journal();
        HW_TRY_VOID(image());
        HW_TRY_VOID(content());
      }
    }
    return std::move(report_);
  }

 private:
  void fault(const Error& error) {
    ++report_.faults;
    if (options_.tell) options_.tell(error);
  }

  Status pages() {
    StructureOptions walk;
    walk.nodes = !options_.fast;
    walk.adjacency = options_.adjacency;
    walk.faults_max = options_.faults_max;
    walk.stop = options_.stop;
    if (seen_.header.has_value()) {
      walk.nulls = static_cast<NullCollation>(seen_.header->null_collation);
      if (options_.key_sizes) walk.key_bytes_max = seen_.header->key_bytes_max;
    }
    walk.value_bytes_max = kValueBytesMax;
    walk.fault = [this](std::uint64_t page, std::string_view node, std::string_view what) {
      if (!options_.tell) return;
      options_.tell(node.empty() ? make_error<MsgId::HWINTEGPAGE>(seen_.path, page, what)
                                 : make_error<MsgId::HWINTEGNODE>(seen_.path, node, what));
    };
    walk.node = [this](std::string_view key, std::string_view value) {
      if (key != kHeaderKey) report_.digest.add(key, value);
    };
    report_.structure = check_structure(seen_.file, seen_.meta, walk);
    report_.faults += report_.structure.faults;
    if (report_.structure.stopped) return make_error<MsgId::FORCEDHALT>();
    return {};
  }

  /// The journal belongs to the database, reaches to where the header says, and its last record is of that moment.
  void journal() {
    const RegionHeader& header = *seen_.header;
    const auto chain = generation_chain(header.journal_path);
    if (!chain.has_value()) {
      if (!may_not_look(chain.error())) fault(chain.error());  // Otherwise it is told with the nodes.
      return;
    }
    const JournalGeneration* current = nullptr;
    for (const JournalGeneration& file : chain->files)
      if (file.info.header.generation == seen_.generation) current = &file;
    if (current == nullptr) {
      fault(make_error<MsgId::HWINTEGHEADER>(
          seen_.path, fmt::format("it is in generation {} of its journal, {} is generation {}", seen_.generation,
                                  header.journal_path, chain->files.front().info.header.generation)));
      return;
    }
    if (current->info.header.database_id != header.database_id)
      fault(make_error<MsgId::HWINTEGHEADER>(seen_.path,
                                             fmt::format("{} is the journal of another database", current->path)));
    if (const Status in_use = is_in_use(*current); !in_use.has_value()) fault(in_use.error());
    auto reader = BackwardReader::open(current->path, seen_.journal_offset, seen_.last_record_bytes);
    if (!reader.has_value()) {
      fault(reader.error());
      return;
    }
    Record record;
    const auto more = reader->previous(record);
    if (!more.has_value()) {
      fault(more.error());
      return;
    }
    Seqno expected = current->info.header.first_seqno;
    if (*more)
      expected = record.header.type == RecordType::Transaction ? next(record.header.seqno) : record.header.seqno;
    if (!is_numbered(seen_.reg_seqno, expected))
      wrong(seen_.path, fmt::format("its seqno is {}, its journal {} ends at {}", seen_.reg_seqno.value, current->path,
                                    expected.value));
  }

  /// The file under the journal's name is the one that processes write to.
  Status is_in_use(const JournalGeneration& current) const {
    if (!seen_.journal_in_use) return {};
    const auto file = File::open(current.path, O_RDONLY);
    if (!file.has_value()) return rename_error<MsgId::JNLFILEOPNERR>(file.error(), current.path);
    return require_current(*file, current.info.header, *seen_.journal_in_use);
  }

  /// A rollback by an earlier release left the seqno to which it went in regions whose last transaction is older.
  bool is_numbered(Seqno seqno, Seqno by_journal) const {
    const Undone& undone = seen_.header->undone;
    return seqno == by_journal || (undone.times != 0 && seqno > by_journal && seqno >= undone.lowest);
  }

  void wrong(const std::string& path, std::string_view what) { fault(make_error<MsgId::HWINTEGHEADER>(path, what)); }

  /// The control file is this database's.
  Status control() {
    if (!file_exists(seen_.path + "-ctl")) return {};
    HW_TRY(const ControlFile file, ControlFile::open(seen_.path));
    HW_TRY(const ControlState state, file.read());
    if (!state.fresh && state.database_id != seen_.header->database_id)
      wrong(seen_.path + "-ctl", "it is the control file of another database");
    return {};
  }

  /// The image says of the region what the live file says (or names a journal file that says where its successor is:
  /// the next checkpoint goes there), it is at the seqno that the journal has at its place, and the journal reaches
  /// from there to the live file's place. Without an image, or while no process has the region open, the next process
  /// that opens it makes one.
  Status image() {
    const auto header = image_header_of(seen_, pool_);
    if (!header.has_value()) return {};  // Told with the nodes.
    const std::string path = image_path(seen_.path);
    const RegionHeader& live = *seen_.header;
    // Of a change of settings that was broken off before it counted. No process uses it: the next one that opens the
    // region makes another one.
    const bool ahead = header->generation > seen_.generation ||
                       (header->generation == seen_.generation && header->offset > seen_.journal_offset);
    if (pool_ == nullptr && (ahead || header->journal_state != live.journal_state)) return {};
    if (header->name != live.name || header->null_collation != live.null_collation ||
        header->journal_state != live.journal_state || header->replicated != live.replicated ||
        newest_journal_path(header->journal_path) != newest_journal_path(live.journal_path))
      wrong(path, "it does not say of the region what the database file says");
    const auto reach = reach_of_image(seen_.path, *header);
    if (!reach.has_value()) {
      if (pool_ != nullptr && !may_not_look(reach.error())) fault(reach.error());
      return {};
    }
    for (std::size_t i = 1; i < reach->size(); ++i) {
      const JournalGeneration& newer = (*reach)[i - 1];
      const Seqno end = (*reach)[i].info.closing->end_seqno;
      if (end != newer.info.header.first_seqno)
        wrong(newer.path, fmt::format("it begins at seqno {}, the file before it ends at {}",
                                      newer.info.header.first_seqno.value, end.value));
    }
    return image_seqno(path, *header, reach->back());
  }

  Status image_seqno(const std::string& path, const RegionHeader& image, const JournalGeneration& file) {
    const auto by_journal = seqno_at(file, {image.generation, image.offset, image.last_record_bytes});
    if (!by_journal.has_value()) {
      fault(by_journal.error());
    } else if (!is_numbered(image.reg_seqno, *by_journal)) {
      wrong(path, fmt::format("its seqno is {}, that of the journal at its place is {}", image.reg_seqno.value,
                              by_journal->value));
    }
    return {};
  }

  Status content() {
    if (options_.fast || !options_.settled || report_.structure.faults != 0) return {};
    const auto tell = [this](const Error& error) { fault(error); };
    const auto expected = digest_of_image_and_journal(seen_, pool_, tell, options_.stop);
    if (!expected.has_value()) {
      if (expected.error().id == MsgId::FORCEDHALT) return expected.error();
      // Journal files that were moved away, or no image yet: nothing to compare with, and no fault of the database.
      if (expected.error().os_errno == ENOENT || may_not_look(expected.error())) {
        report_.uncompared = expected.error();
      } else {
        fault(expected.error());
      }
      return {};
    }
    if (*expected == report_.digest) return {};
    if (pool_ != nullptr && pool_->rollbacks.load() != rollbacks_) {
      report_.uncompared = make_error<MsgId::TPRESTART>("a rollback has taken out a part of the journal meanwhile");
      return {};
    }
    fault(make_error<MsgId::HWINTEGHEADER>(
        seen_.path, fmt::format("its nodes have digest {}, those of checkpoint image and journal have {}",
                                report_.digest.text(), expected->text())));
    if (!options_.tell) return {};
    return tell_differing_nodes(seen_, pool_, options_.faults_max, options_.tell, options_.stop);
  }

  const RegionLook& seen_;
  PoolHeader* pool_;
  const IntegrityOptions& options_;
  const std::uint64_t rollbacks_;
  IntegrityReport report_;
};

}  // namespace

Result<IntegrityReport> check_region(const RegionLook& seen, PoolHeader* pool, const IntegrityOptions& options) {
  return RegionCheck(seen, pool, options).run();
}

}  // namespace hw

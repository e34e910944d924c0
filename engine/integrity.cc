#include "engine/integrity.h"

#include "engine/base/limits.h"
#include "engine/checkpoint.h"
#include "engine/content_check.h"
#include "journal/generations.h"

namespace hw {
namespace {

class RegionCheck {
 public:
  RegionCheck(const RegionLook& seen, PoolHeader* pool, const IntegrityOptions& options)
      : seen_(seen), pool_(pool), options_(options) {}

  Result<IntegrityReport> run() {
    HW_TRY_VOID(pages());
    if (!seen_.header.has_value()) {
      fault(seen_.header.error());
    } else if (seen_.header->journal_state == JournalState::On) {
      journal();
      HW_TRY_VOID(content());
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
    if (report_.structure.stopped) return make_error<MsgId::HWINTERRUPTED>("MUPIP INTEG", "nothing was changed");
    return {};
  }

  /// The journal belongs to the database, reaches to where the header says, and its last record is of that moment.
  void journal() {
    const RegionHeader& header = *seen_.header;
    const auto chain = generation_chain(header.journal_path);
    if (!chain.has_value()) {
      fault(chain.error());
      return;
    }
    const JournalGeneration* current = nullptr;
    for (const JournalGeneration& file : chain->files)
      if (file.info.header.generation == seen_.generation) current = &file;
    if (current == nullptr) {
      fault(make_error<MsgId::HWINTEGHEADER>(
          seen_.path, fmt::format("it stands in generation {} of its journal, {} is generation {}", seen_.generation,
                                  header.journal_path, chain->files.front().info.header.generation)));
      return;
    }
    if (current->info.header.database_id != header.database_id)
      fault(make_error<MsgId::HWINTEGHEADER>(seen_.path,
                                             fmt::format("{} is the journal of another database", current->path)));
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
    if (expected != seen_.reg_seqno)
      fault(make_error<MsgId::HWINTEGHEADER>(
          seen_.path, fmt::format("its seqno is {}, its journal {} ends at {}", seen_.reg_seqno.value, current->path,
                                  expected.value)));
  }

  Status content() {
    if (options_.fast || report_.structure.faults != 0) return {};
    const auto tell = [this](const Error& error) { fault(error); };
    const auto expected = digest_of_image_and_journal(seen_, pool_, tell, options_.stop);
    if (!expected.has_value()) {
      if (expected.error().id == MsgId::HWINTERRUPTED) return expected.error();
      // Journal files that were moved away, or no image yet: nothing to compare with, and no fault of the database.
      if (expected.error().os_errno == ENOENT) {
        report_.uncompared = expected.error();
      } else {
        fault(expected.error());
      }
      return {};
    }
    if (*expected == report_.digest) return {};
    fault(make_error<MsgId::HWINTEGHEADER>(
        seen_.path, fmt::format("its nodes have digest {}, those of checkpoint image and journal have {}",
                                report_.digest.text(), expected->text())));
    if (!options_.tell) return {};
    return tell_differing_nodes(seen_, pool_, options_.faults_max, options_.tell, options_.stop);
  }

  const RegionLook& seen_;
  PoolHeader* pool_;
  const IntegrityOptions& options_;
  IntegrityReport report_;
};

}  // namespace

Result<IntegrityReport> check_region(const RegionLook& seen, PoolHeader* pool, const IntegrityOptions& options) {
  return RegionCheck(seen, pool, options).run();
}

}  // namespace hw

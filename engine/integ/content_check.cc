#include "engine/integ/content_check.h"

#include <fcntl.h>

#include <cerrno>
#include <unordered_map>

#include "engine/base/file.h"
#include "engine/globals/zwr.h"
#include "engine/recovery/checkpoint.h"
#include "engine/storage/structure_check.h"
#include "journal/generations.h"
#include "journal/reader.h"

namespace hw {
namespace {

/// Maps the image and looks at it while no checkpoint changes it.
Status visit_image(const RegionLook& seen, PoolHeader* pool, const std::function<Status(const RegionLook&)>& visit) {
  std::optional<CheckpointLock> still;
  if (pool != nullptr) {
    HW_TRY(CheckpointLock taken, CheckpointLock::take(*pool));
    still.emplace(std::move(taken));
  }
  const std::string path = image_path(seen.path);
  auto file = File::open(path, O_RDONLY);
  if (!file.has_value()) return image_not_opened(seen.path, std::move(file).error());
  HW_TRY(const std::uint64_t bytes, file->size());
  if (bytes < 2 * kPageBytes) return make_error<MsgId::DBNOTGDS>(path);
  HW_TRY(const Mapping map, Mapping::map(*file, bytes, false));
  HW_TRY(const RegionLook image, look_at_bytes(path, Bytes(map.data(), map.size()), nullptr));
  if (!image.header.has_value()) return image.header.error();
  if (seen.header.has_value() && image.header->database_id != seen.header->database_id) {
    return make_error<MsgId::DBNOTGDS>(path).note("It is the image of another database");
  }
  return visit(image);
}

/// Calls `node` with every node of the image but the header; returns its place in the journal.
Result<JournalPlace> read_image(const RegionLook& seen, PoolHeader* pool, const std::function<void(const Error&)>& tell,
                                const std::function<bool()>& stop,
                                const std::function<void(std::string_view, std::string_view)>& node) {
  JournalPlace place;
  HW_TRY_VOID(visit_image(seen, pool, [&](const RegionLook& image) -> Status {
    StructureOptions options;
    options.nulls = static_cast<NullCollation>(image.header->null_collation);
    options.stop = stop;
    options.fault = [&](std::uint64_t page, std::string_view name, std::string_view what) {
      tell(name.empty() ? make_error<MsgId::HWINTEGPAGE>(image.path, page, what)
                        : make_error<MsgId::HWINTEGNODE>(image.path, name, what));
    };
    options.node = [&](std::string_view key, std::string_view value) {
      if (key != kHeaderKey) node(key, value);
    };
    if (check_structure(image.file, image.meta, options).stopped) return make_error<MsgId::FORCEDHALT>();
    place = {image.header->generation, image.header->offset, image.header->last_record_bytes};
    return {};
  }));
  return place;
}

/// The file of a generation, which may have been switched out since. Errors: JNLFILEOPNERR.
Result<std::string> generation_path(const GenerationChain& chain, std::uint64_t generation) {
  for (const JournalGeneration& file : chain.files)
    if (file.info.header.generation == generation) return file.path;
  const std::string& current = chain.files.front().path;
  return rename_error<MsgId::JNLFILEOPNERR>(system_error("open()", current, ENOENT),
                                            fmt::format("generation {} before {}", generation, current));
}

JournalPlace place_of(const RegionLook& seen) { return {seen.generation, seen.journal_offset, seen.last_record_bytes}; }

bool is_later(const JournalPlace& a, const JournalPlace& b) {
  return a.generation != b.generation ? a.generation > b.generation : a.offset > b.offset;
}

/// Calls `take` with every record from one place to a later one.
Status read_journal(const RegionLook& seen, JournalPlace from, const JournalPlace& to,
                    const std::function<bool()>& stop, const std::function<bool(const Record&)>& take) {
  HW_TRY(const GenerationChain chain, generation_chain(seen.header->journal_path));
  for (; from.generation <= to.generation; ++from.generation, from.offset = kJournalHeaderBytes) {
    HW_TRY(const std::string path, generation_path(chain, from.generation));
    HW_TRY(JournalReader reader, JournalReader::open(path));
    reader.seek(from.offset);
    if (from.generation == to.generation) reader.set_end(to.offset);
    for (std::uint64_t count = 0;; ++count) {
      if (count % 1024 == 0 && stop && stop()) return make_error<MsgId::FORCEDHALT>();
      Record record;
      const std::uint64_t offset = reader.offset();
      HW_TRY(const bool more, reader.next(record));
      if (!more) break;
      if (!take(record)) return bad_record(path, offset, verdict_text(RecordVerdict::BadBody));
    }
  }
  return {};
}

std::uint64_t hash_of(std::string_view text) { return checksum_of_pair(as_bytes(text), {}).low; }

}  // namespace

Result<RegionHeader> image_header_of(const RegionLook& seen, PoolHeader* pool) {
  RegionHeader header;
  HW_TRY_VOID(visit_image(seen, pool, [&](const RegionLook& image) -> Status {
    header = *image.header;
    return {};
  }));
  return header;
}

Result<NodeDigest> digest_of_image_and_journal(const RegionLook& seen, PoolHeader* pool,
                                               const std::function<void(const Error&)>& tell,
                                               const std::function<bool()>& stop) {
  NodeDigest digest;
  HW_TRY(const JournalPlace place,
         read_image(seen, pool, tell, stop,
                    [&](std::string_view key, std::string_view value) { digest.add(key, value); }));
  // A checkpoint may have gone past the snapshot meanwhile.
  const JournalPlace at = place_of(seen);
  const bool back = is_later(place, at);
  HW_TRY_VOID(read_journal(seen, back ? at : place, back ? place : at, stop,
                           [&](const Record& record) { return digest.apply(record, !back); }));
  return digest;
}

Status tell_differing_nodes(const RegionLook& seen, PoolHeader* pool, std::uint64_t most,
                            const std::function<void(const Error&)>& tell, const std::function<bool()>& stop) {
  std::unordered_map<std::uint64_t, std::uint64_t> expected;  // Hash of the key to hash of the value.
  const auto ignore = [](const Error&) {};                    // Told when the digest was made.
  HW_TRY(const JournalPlace place,
         read_image(seen, pool, ignore, stop,
                    [&](std::string_view key, std::string_view value) { expected[hash_of(key)] = hash_of(value); }));
  if (is_later(place, place_of(seen))) return {};  // A checkpoint has gone past the snapshot: what it had is not known.
  std::unordered_map<std::uint64_t, std::string> journaled;  // Names of what the image does not have.
  HW_TRY_VOID(read_journal(seen, place, place_of(seen), stop, [&](const Record& record) {
    if (record.header.type == RecordType::Removed) {
      std::uint32_t number = 0;
      std::vector<RemovedNode> nodes;
      if (!decode_removed(record.body, number, nodes)) return false;
      for (const RemovedNode& node : nodes) expected.erase(hash_of(node.key));
      return true;
    }
    if (record.header.type != RecordType::Transaction) return true;
    TransactionBody body;
    if (!decode_transaction(record.body, body)) return false;
    for (const JournalUpdate& one : transaction_updates(body)) {
      const std::uint64_t key = hash_of(one.update.key);
      if (one.update.type == UpdateType::Set) {
        expected[key] = hash_of(one.update.value);
        journaled[key] = one.update.key;
      } else if (one.update.type == UpdateType::ZKill) {
        expected.erase(key);
      }
    }
    return true;
  }));

  std::uint64_t told = 0;
  const auto nulls = static_cast<NullCollation>(seen.header->null_collation);
  const auto node = [&](std::string_view key, std::string_view what) {
    if (most != 0 && ++told > most) return;
    std::string name;
    if (!append_reference(name, key, nulls).has_value()) name = "(bytes that are no node)";
    tell(make_error<MsgId::HWINTEGNODE>(seen.path, name, what));
  };
  StructureOptions options;
  options.nulls = nulls;
  options.stop = stop;
  options.node = [&](std::string_view key, std::string_view value) {
    if (key == kHeaderKey) return;
    const auto found = expected.find(hash_of(key));
    if (found == expected.end()) {
      node(key, "image and journal do not have it");
    } else if (found->second != hash_of(value)) {
      node(key, "image and journal have another value");
    }
    if (found != expected.end()) expected.erase(found);
  };
  if (check_structure(seen.file, seen.meta, options).stopped) return make_error<MsgId::FORCEDHALT>();
  for (const auto& [key, name] : journaled)
    if (expected.erase(key) != 0) node(name, "is missing; the journal has it");
  if (expected.empty()) return {};
  HW_TRY(const JournalPlace again, read_image(seen, pool, ignore, stop, [&](std::string_view key, std::string_view) {
           if (expected.erase(hash_of(key)) != 0) node(key, "is missing; the image has it");
         }));
  (void)again;  // The same place as above, or a later one: only names are wanted.
  return {};
}

Status take_digest_back(const RegionLook& seen, Seqno last, NodeDigest& digest) {
  if (seen.reg_seqno.value <= last.value + 1) return {};
  if (seen.header->journal_state != JournalState::On) return make_error<MsgId::NOPREVLINK>(seen.header->journal_path);
  HW_TRY(const GenerationChain chain, generation_chain(seen.header->journal_path));
  HW_TRY(const std::string path, generation_path(chain, seen.generation));
  HW_TRY(BackwardReader reader, BackwardReader::open(path, seen.journal_offset, seen.last_record_bytes));
  bool above = true;  // Removed records come before the record they belong to, so after it on the way back.
  for (;;) {
    Record record;
    HW_TRY(const bool more, reader.previous(record));
    if (!more) {
      const JournalFileHeader header = reader.header();
      if (header.first_seqno.value <= last.value + 1) return {};
      if (header.previous_path.empty()) return make_error<MsgId::NOPREVLINK>(reader.path());
      HW_TRY(reader, BackwardReader::open_closed(header.previous_path));
      continue;
    }
    if (record.header.type == RecordType::Transaction) {
      above = record.header.seqno > last;
      if (!above) return {};
    }
    if (above && !digest.apply(record, false))
      return bad_record(reader.path(), reader.place().offset, verdict_text(RecordVerdict::BadBody));
  }
}

}  // namespace hw

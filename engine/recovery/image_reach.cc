#include "engine/recovery/image_reach.h"

#include <cerrno>

#include "engine/region/open_region.h"

namespace hw {
namespace {

/// Says which part of the journal lies between the image and the oldest file that is there.
Error& note_missing(Error& why, const JournalFileHeader& oldest, const RegionHeader& image) {
  const std::uint64_t first = image.generation;
  const std::uint64_t last = oldest.generation - 1;
  return why.note(fmt::format("Missing: generation{} of the journal, with the sequence numbers from {} to {}",
                              first == last ? fmt::format(" {}", first) : fmt::format("s {} to {}", first, last),
                              image.reg_seqno.value, oldest.first_seqno.value - 1));
}

/// The file before `newer`, which the image needs too.
Result<JournalGeneration> file_before(const JournalGeneration& newer, const RegionHeader& image) {
  const JournalFileHeader& header = newer.info.header;
  if (header.previous_path.empty()) {
    Error error = make_error<MsgId::NOPREVLINK>(newer.path);
    return std::move(note_missing(error, header, image));
  }
  auto older = read_journal_info(header.previous_path);
  if (!older.has_value()) return std::move(note_missing(older.error(), header, image));
  if (older->header.database_id != header.database_id)
    return make_error<MsgId::JNLBADLABEL>(header.previous_path, "a journal of the same database",
                                          "another database's journal");
  if (older->header.generation + 1 != header.generation)
    return make_error<MsgId::JNLBADLABEL>(header.previous_path, fmt::format("generation {}", header.generation - 1),
                                          fmt::format("generation {}", older->header.generation));
  if (!older->closing)
    return bad_record(header.previous_path, 4096, "The file was not closed, though a later one follows it");
  return JournalGeneration{header.previous_path, std::move(older).value()};
}

}  // namespace

Error not_recovered(Error why, const std::string& database, const RegionHeader& image) {
  why.note(fmt::format(
      "Checkpoint image {} holds everything up to sequence number {}: generation {} of journal {}, up to 0x{:X}",
      image_path(database), image.reg_seqno.value - 1, image.generation, image.journal_path, image.offset));
  return std::move(why.note(
      fmt::format("Nothing was changed: {}, its checkpoint image and its journal are as they were found", database)));
}

Result<ImageReach> reach_of_image(const std::string& database, const RegionHeader& image) {
  const auto refuse = [&](Error why) { return not_recovered(std::move(why), database, image); };
  auto current = open_current_journal(image.journal_path);
  if (!current.has_value()) return refuse(std::move(current).error());
  if (current->header().database_id != image.database_id)
    return refuse(
        make_error<MsgId::JNLBADLABEL>(current->path(), "a journal of " + database, "another database's journal"));
  const std::uint64_t wanted = image.generation;
  if (current->header().generation < wanted)
    return refuse(make_error<MsgId::JNLBADLABEL>(current->path(), fmt::format("generation {}", wanted),
                                                 fmt::format("generation {}", current->header().generation)));
  ImageReach reach{{image.journal_path, {current->header(), current->closing(), {}}}};
  while (reach.back().info.header.generation > wanted) {
    auto older = file_before(reach.back(), image);
    if (!older.has_value()) return refuse(std::move(older).error());
    reach.push_back(std::move(older).value());
  }
  HW_CHECK_EQ(reach.back().info.header.generation, wanted);
  const auto& closing = reach.back().info.closing;
  if (closing && image.offset > closing->end_offset)
    return refuse(bad_record(reach.back().path, closing->end_offset,
                             "The file ends there, before the place up to which the checkpoint image holds it"));
  return reach;
}

Result<Seqno> seqno_at(const JournalGeneration& file, const JournalPlace& place) {
  if (place.offset == kJournalHeaderBytes) return file.info.header.first_seqno;
  HW_TRY(JournalReader ahead, JournalReader::open(file.path));
  ahead.seek(place.offset);
  Record record;
  // The record that follows knows the size of the one before it; where none follows, the image does.
  std::uint32_t bytes = place.last_record_bytes;
  const auto more = ahead.next(record);
  if (more.has_value() && (*more || ahead.at_end_of_file_record())) bytes = record.header.prev_bytes;
  HW_TRY(BackwardReader back, BackwardReader::open(file.path, place.offset, bytes));
  HW_TRY(const bool found, back.previous(record));
  if (!found) return file.info.header.first_seqno;
  return record.header.type == RecordType::Transaction ? next(record.header.seqno) : record.header.seqno;
}

Status check_closed_files(const std::string& database, const RegionHeader& image, const ImageReach& reach) {
  const auto read = [&](const JournalGeneration& file) -> Status {
    HW_TRY(JournalReader reader, JournalReader::open(file.path));
    if (file.info.header.generation == image.generation) reader.seek(image.offset);
    Record record;
    for (bool more = true; more;) {
      HW_TRY(more, reader.next(record));
    }
    return {};
  };
  for (std::size_t i = reach.size(); i-- > 1;)
    if (Status status = read(reach[i]); !status.has_value())
      return not_recovered(std::move(status).error(), database, image);
  return {};
}

Result<JournalTail> end_of_current(const std::string& database, const RegionHeader& image, const ImageReach& reach) {
  HW_CHECK(!reach.empty());
  const std::string& path = reach.front().path;
  auto tail = find_tail(path);
  if (!tail.has_value()) return not_recovered(std::move(tail).error(), database, image);
  // The image holds only what the journal held on disk before: less in the journal now is damage, not a torn end.
  if (reach.size() > 1 || image.offset <= tail->end_offset) return tail;
  return not_recovered(bad_record(path, tail->end_offset,
                                  "The journal ends there, before the place up to which the checkpoint image holds it"),
                       database, image);
}

}  // namespace hw

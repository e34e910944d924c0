#include "engine/recovery/journal_end.h"

#include "engine/region/copy_check.h"
#include "journal/backward_reader.h"
#include "journal/reader.h"

namespace hw {
namespace {

Error earlier_than_journal(const OpenRegion& region, const std::string& where) {
  Error error = make_error<MsgId::JNLFILOPN>(region.header.journal_path, region.path);
  error.note(fmt::format("The database holds its journal up to 0x{:X}, sequence number {}; the journal goes on {}",
                         region.header.offset, region.header.reg_seqno.value - 1, where));
  error.note(
      "The database file is an earlier one, or was not closed. mupip integ -rebuild makes it from checkpoint image and "
      "journal");
  return error;
}

/// Whether a record follows the place of the database. What can be no record is the remains of a commit.
bool goes_on(JournalReader& reader, const RegionHeader& header) {
  Record record;
  reader.seek(header.offset);
  const auto more = reader.next(record);
  return more.has_value() && *more;
}

}  // namespace

Status require_end_of_journal(const OpenRegion& region) {
  const RegionHeader& own = region.header;
  HW_TRY(JournalReader reader, JournalReader::open(own.journal_path));
  Record record;
  HW_TRY(BackwardReader before, BackwardReader::open(own.journal_path, own.offset, own.last_record_bytes));
  HW_TRY_VOID(before.previous(record));  // The file has been cut otherwise.
  if (goes_on(reader, own)) return earlier_than_journal(region, "there");
  return {};
}

Status refuse_behind_journal(const OpenRegion& region) {
  const RegionHeader& own = region.header;
  if (own.journal_state != JournalState::On) return {};
  auto reader = JournalReader::open(own.journal_path);
  if (!reader.has_value() || reader->header().database_id != own.database_id) return {};
  const std::uint64_t generation = reader->header().generation;
  const bool later = generation > own.generation;
  if (!later && !(generation == own.generation && goes_on(*reader, own))) return {};
  if (!owns_journal(region.path, own)) return {};  // It is the journal of the database that this one is a copy of.
  return earlier_than_journal(
      region, later ? fmt::format("in generation {}, and it is at {}", generation, own.generation) : "there");
}

}  // namespace hw

// Any bytes as a journal file: a tail that is found can be read up to its end, forward and backward, and no reader is
// harmed.
#include <cstdint>
#include <string>

#include "engine/journal_tools/journal_survey.h"
#include "journal/backward_reader.h"
#include "journal/file_list.h"
#include "journal/seqno_reader.h"
#include "journal/tail.h"
#include "test/support/fuzz/input_file.h"
#include "test/support/fuzz/mutator.h"
#include "test/support/fuzz/seal.h"

namespace {

using namespace hw;

/// Both ways give the same records.
void check_readers(const std::string& path, const JournalTail& tail) {
  auto reader = JournalReader::open(path);
  HW_CHECK(reader.has_value());
  reader->set_end(tail.end_offset);
  Record record;
  std::vector<std::uint64_t> forward;
  std::uint32_t last_bytes = 0;
  while (true) {
    const auto more = reader->next(record);
    HW_CHECK(more.has_value());
    if (!*more) break;
    forward.push_back(record.header.checksum);
    last_bytes = record.header.total_bytes;
  }
  HW_CHECK(reader->offset() == tail.end_offset && last_bytes == tail.last_record_bytes);
  auto backward = BackwardReader::open(path, tail.end_offset, tail.last_record_bytes);
  HW_CHECK(backward.has_value());
  while (true) {
    const auto more = backward->previous(record);
    HW_CHECK(more.has_value());
    if (!*more) break;
    HW_CHECK(!forward.empty() && forward.back() == record.header.checksum);
    forward.pop_back();
  }
  HW_CHECK(forward.empty());
}

/// By seqno, as a source server reads it. False on damage, which it must survive.
void read_by_seqno(const std::string& path, std::uint64_t first, LiveEnd live) {
  auto transactions = SeqnoReader::open({path}, Seqno{first});
  if (!transactions.has_value()) return;
  Seqno at{first};
  std::string frames;
  const auto read = transactions->read(at, Seqno{first + 1000}, 1 << 20, frames, [&](std::size_t) { return live; });
  if (read.has_value()) HW_CHECK(*read > 0 && at.value == first + *read && !frames.empty());
}

void survey(const std::string& path) {
  auto files =
      list_journal_files(std::vector<std::string>{path},
                         [](const std::string&, const JournalFileHeader&) -> Result<std::optional<JournalTail>> {
                           return std::optional<JournalTail>();
                         });
  if (!files.has_value()) return;
  HW_CHECK(files->size() == 1 && files->front().size() == 1);
  (void)verify_journal(files->front().front()).has_value();
  for (const Fences fences : {Fences::None, Fences::Always, Fences::Process})
    (void)survey_journals(*files, fences).has_value();
}

}  // namespace

HW_FUZZ_SHAPE(fuzz::seal_journal_input,
              [](std::string_view bytes) { return fuzz::record_parts(bytes, fuzz::kJournalInputHeaderBytes); })

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string bytes = fuzz::journal_file_of(fuzz::text_of(data, size));
  const fuzz::InputFile file(bytes);
  const auto info = read_journal_info(file.path());
  if (!info.has_value()) return 0;
  const auto tail = find_tail(file.path());
  if (tail.has_value()) {
    HW_CHECK(tail->end_offset >= kJournalHeaderBytes && tail->end_offset <= bytes.size());
    check_readers(file.path(), *tail);
  }
  const std::uint64_t end = tail.has_value() ? tail->end_offset : bytes.size();
  const std::uint64_t first = info->header.first_seqno.value;
  if (first >= 1 && first < 1'000'000'000) read_by_seqno(file.path(), first, {info->header.generation, end});
  if (auto closed = BackwardReader::open_closed(file.path()); closed.has_value()) {
    Record record;
    for (auto more = closed->previous(record); more.has_value() && *more;) more = closed->previous(record);
  }
  survey(file.path());
  return 0;
}

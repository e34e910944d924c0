/// test/support/journal_sample.h -- a frame and a journal file with every record type, the same bytes each time. The
/// stored copies are test/golden/journal-1.mjl and the hexadecimal texts of test/unit/journal/format_test.cc.
#pragma once

#include <string>
#include <vector>

#include "journal/file_header.h"
#include "journal/record.h"

namespace hw::test {

inline std::string hex(std::string_view bytes) {
  std::string out;
  for (const char byte : bytes) out += fmt::format("{:02x}", static_cast<unsigned char>(byte));
  return out;
}

inline std::string sample_frame() {
  FrameBuilder frame;
  frame.start(true, "BA");
  (void)frame.add({UpdateType::Set, std::string_view("a\0", 2), "1"});
  (void)frame.add({UpdateType::Kill, std::string_view("bc\0", 3), ""});
  return std::string(frame.finish(Seqno{258}, 0x0102030405060708));
}

inline JournalFileHeader sample_header() {
  JournalFileHeader header;
  header.replicated = true;
  for (std::size_t i = 0; i < header.database_id.size(); ++i) header.database_id[i] = static_cast<std::uint8_t>(i + 1);
  header.generation = 3;
  header.created_us = 1'700'000'000'000'000;
  header.first_seqno = Seqno{257};
  header.first_tn = RegionTn{40};
  header.autoswitch_bytes = 1 << 20;
  header.allocation_bytes = 16384;
  header.extension_bytes = 8192;
  header.region = "DEFAULT";
  header.database_path = "/data/a.mdb";
  header.previous_path = "/data/a.mjl_2023318221320";
  return header;
}

/// The records of the sample, in order; each knows the size of the one before.
inline std::vector<std::string> sample_records() {
  std::vector<std::string> records;
  RecordBuilder builder;
  const auto add = [&](std::uint64_t seqno, std::uint64_t tn) {
    const std::uint32_t before = records.empty() ? 0 : static_cast<std::uint32_t>(records.back().size());
    records.emplace_back(builder.finish(Seqno{seqno}, RegionTn{tn}, 1'700'000'000'000'001 + records.size(), before));
  };
  builder.build_process(RecordType::ProcessBegin, 4711, "gtm", "host");
  add(257, 40);
  builder.start_removed(2);
  builder.add_removed(std::string_view("bc\0x\0", 5), "old");
  add(257, 41);
  builder.start_transaction(true, "BA", 4711);
  builder.add_update({UpdateType::Set, std::string_view("a\0", 2), "1"}, OldKind::Inline, "0", 1);
  builder.add_update({UpdateType::Kill, std::string_view("bc\0", 3), ""}, OldKind::Removed, "", 2);
  builder.set_totals(2, 1);
  add(257, 41);
  builder.build_epoch({Seqno{258}, 12'000});
  add(258, 41);
  builder.build_process(RecordType::ProcessEnd, 4711, "gtm", "host");
  add(258, 41);
  builder.build_end_of_file();
  add(258, 41);
  return records;
}

inline std::string sample_file() {
  const auto opening = encode_opening(sample_header());
  std::string file(as_text(opening));
  std::string body;
  std::uint64_t end = kJournalHeaderBytes;
  for (const std::string& record : sample_records()) {
    end = kJournalHeaderBytes + body.size();  // Of the records before the last one, EndOfFile.
    body += record;
  }
  const auto closing = encode_closing({end, Seqno{258}, RegionTn{41}, 1'700'000'000'000'009});
  file += as_text(closing);
  return file + body;
}

}  // namespace hw::test

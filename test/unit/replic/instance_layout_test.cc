#include "replic/instance/instance_layout.h"

#include <gtest/gtest.h>

#include "golden.h"

namespace hw {
namespace {

TEST(InstanceLayout, DualSiteGoldenBytes) {
  InstanceHeader header;
  header.level = kLevelDualSite;
  for (std::size_t i = 0; i < 16; ++i) header.file_id[i] = std::byte(i + 1);
  header.seqno = Seqno{258};
  header.root_primary = true;
  header.creator_pid = 4711;
  header.created_s = 1'795'312'041;
  header.node_name = "vm";
  std::string cell(kInstanceHeaderBytes, 'x');
  encode_header(header, 3, std::as_writable_bytes(std::span(cell)));
  test::expect_golden("instance_header_dual_site.bin", cell);
  InstanceHeader back;
  ASSERT_EQ(decode_header(as_bytes(cell), back), CellVerdict::Good);
  EXPECT_EQ(back, header);
  // A name or a history is nothing that this version has.
  put_le<std::uint8_t>(std::as_writable_bytes(std::span(cell)), 24, 'A');
  seal_cell(std::as_writable_bytes(std::span(cell)));
  EXPECT_EQ(decode_header(as_bytes(cell), back), CellVerdict::BadField);
}

TEST(InstanceLayout, Format1GoldenBytes) {
  InstanceHeader header;
  header.name = "INSTA";
  for (std::size_t i = 0; i < 16; ++i) header.file_id[i] = std::byte(i + 1);
  header.seqno = Seqno{258};
  header.root_cycle = 3;
  header.history_count = 1;
  header.crash = header.root_primary = header.lost_transactions = true;
  header.jnlpool_shmid = 458815;
  header.recvpool_shmid = 458816;
  header.creator_pid = 4698;
  header.jnlpool_boot_id = "0f6e9f4c-7f0e-4d0b-9d52-3b6f7a9f1c11";
  header.recvpool_boot_id = "1f6e9f4c-7f0e-4d0b-9d52-3b6f7a9f1c11";
  header.created_s = 1795312041;
  header.pool_seqno = Seqno{200};
  header.node_name = "vm";
  for (std::size_t i = 0; i < 16; ++i) header.group[i] = std::byte(0x20 + i);
  InstanceSlot slot;
  slot.name = "INSTB";
  slot.pid = 5889;
  slot.send_next = Seqno{250};
  slot.connect_seqno = Seqno{201};
  slot.acked_next = Seqno{240};
  slot.start_s = 1795312050;
  slot.connect_s = 1795312060;
  slot.file_id = header.group;
  HistoryRecord record;
  record.root_name = "INSTA";
  record.start = Seqno{1};
  record.cycle = 3;
  record.creator_pid = 4708;
  record.created_s = 1795312041;

  std::string all(kInstanceHeaderBytes + kSlotBytes + kHistoryBytes, '\0');
  const auto out = std::as_writable_bytes(std::span(all));
  encode_header(header, 7, out.first(kInstanceHeaderBytes));
  encode_slot(slot, 5, 8, out.subspan(kInstanceHeaderBytes, kSlotBytes));
  encode_history(record, 9, out.subspan(kInstanceHeaderBytes + kSlotBytes));
  test::expect_golden("instance_cells_format1.bin", all);

  InstanceHeader header_back;
  InstanceSlot slot_back;
  HistoryRecord record_back;
  const Bytes in = as_bytes(all);
  ASSERT_EQ(decode_header(in.first(kInstanceHeaderBytes), header_back), CellVerdict::Good);
  ASSERT_EQ(decode_slot(in.subspan(kInstanceHeaderBytes, kSlotBytes), 5, slot_back), CellVerdict::Good);
  ASSERT_EQ(decode_history(in.subspan(kInstanceHeaderBytes + kSlotBytes), 0, record_back), CellVerdict::Good);
  EXPECT_EQ(header_back, header);
  EXPECT_EQ(slot_back, slot);
  EXPECT_EQ(record_back, record);
  EXPECT_EQ(decode_slot(in.subspan(kInstanceHeaderBytes, kSlotBytes), 4, slot_back), CellVerdict::BadField);
}

/// A header that is fenced, as bytes.
std::string fenced_cell(InstanceHeader& header) {
  header.name = "INSTA";
  for (std::size_t i = 0; i < 16; ++i) header.file_id[i] = std::byte(i + 1);
  header.seqno = Seqno{258};
  header.regions = 2;
  header.fence_required = true;
  header.fencing_epoch = 42;
  std::string cell(kInstanceHeaderBytes, 'x');
  encode_header(header, 7, std::as_writable_bytes(std::span(cell)));
  return cell;
}

TEST(InstanceLayout, Format2GoldenBytes) {
  InstanceHeader header;
  const std::string cell = fenced_cell(header);
  test::expect_golden("instance_header_format2.bin", cell);
  InstanceHeader back;
  ASSERT_EQ(decode_header(as_bytes(cell), back), CellVerdict::Good);
  EXPECT_EQ(back, header);
}

// What knows nothing of fences leaves a file alone that has one, and goes on with one that has none.
TEST(InstanceLayout, TheFormatRisesWithTheFirstFence) {
  const auto format_of = [](const InstanceHeader& header) {
    std::string cell(kInstanceHeaderBytes, 'x');
    encode_header(header, 7, std::as_writable_bytes(std::span(cell)));
    return get_le<std::uint32_t>(as_bytes(cell), 16);
  };
  InstanceHeader header;
  std::string cell = fenced_cell(header);
  EXPECT_EQ(format_of(header), 2U);
  header.fence_required = false;
  EXPECT_EQ(format_of(header), 2U);
  header.fencing_epoch = 0;
  EXPECT_EQ(format_of(header), 1U);
  InstanceHeader back;
  for (const std::uint32_t unknown : {0U, 3U}) {
    put_le<std::uint32_t>(std::as_writable_bytes(std::span(cell)), 16, unknown);
    seal_cell(std::as_writable_bytes(std::span(cell)));
    EXPECT_EQ(decode_header(as_bytes(cell), back), CellVerdict::BadField);
  }
}

TEST(InstanceLayout, EveryFieldStandsAtAMultipleOfItsSizeAndInsideItsCell) {
  const auto check = [](std::span<const Field> fields, std::size_t cell_bytes) {
    std::size_t end = 0;
    for (const auto& field : fields) {
      EXPECT_GE(field.offset, end) << field.name;
      end = field.offset + field.bytes;
      EXPECT_LE(end, cell_bytes - 8) << field.name;
      if (field.bytes <= 8) {
        EXPECT_EQ(field.offset % field.bytes, 0) << field.name;
      }
    }
  };
  check(header_fields(), kInstanceHeaderBytes);
  check(slot_fields(), kSlotBytes);
  check(history_fields(), kHistoryBytes);
}

}  // namespace
}  // namespace hw

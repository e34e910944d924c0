#include "dse/render.h"

#include <ctime>

#include "engine/globals/zwr.h"
#include "engine/storage/long_key.h"
#include "engine/storage/page_tree.h"

namespace hw::dse {
namespace {

constexpr std::size_t kLeftColumns = 49;
constexpr std::size_t kRightColumns = 42;
constexpr std::size_t kRowBytes = 20;
constexpr std::uint64_t kJournalBlockBytes = 512;  // GT.M counts journal sizes in these.

std::string cell(std::string_view label, std::string_view value, std::size_t columns) {
  const std::size_t used = label.size() + value.size();
  return fmt::format("{}{:{}}{}", label, "", used < columns ? columns - used : 1, value);
}

std::string line(std::string_view left, std::string_view left_value) {
  return "  " + cell(left, left_value, kLeftColumns) + "\n";
}

std::string line(std::string_view left, std::string_view left_value, std::string_view right,
                 std::string_view right_value) {
  return "  " + cell(left, left_value, kLeftColumns) + "  " + cell(right, right_value, kRightColumns) + "\n";
}

std::string hex(std::uint64_t value) { return fmt::format("0x{:016X}", value); }
std::string decimal(std::uint64_t value) { return fmt::format("{}", value); }
std::string_view truth(bool value) { return value ? "TRUE" : "FALSE"; }

/// `22-NOV-2026 01:56:12`, and with the day count since 31-DEC-1840 that M calls $H.
std::string date_time(std::time_t at, bool with_horolog) {
  std::tm local{};
  ::localtime_r(&at, &local);
  char text[32];
  const std::size_t bytes = std::strftime(text, sizeof text, "%d-%b-%Y %H:%M:%S", &local);
  std::string out(text, bytes);
  for (char& c : out) c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  if (!with_horolog) return out;
  constexpr std::int64_t kDaysTo1970 = 47117;
  const std::int64_t seconds = static_cast<std::int64_t>(at) + local.tm_gmtoff;
  return out + fmt::format(" [$H = {},{}]", seconds / 86400 + kDaysTo1970, seconds % 86400);
}

std::string journal_lines(const RegionHeader& header) {
  constexpr std::string_view kStates[] = {"DISABLED", "OFF", "ON"};
  const std::string_view state = kStates[static_cast<std::size_t>(header.journal_state)];
  if (header.journal_state == JournalState::Disabled) return line("Journal State", state);
  std::string out = line("Journal State", state, "Journal Before imaging", truth(true));
  out += line("Journal Allocation", decimal(header.journal_allocation / kJournalBlockBytes), "Journal Extension",
              decimal(header.journal_extension / kJournalBlockBytes));
  out += line("Journal AutoSwitchLimit", decimal(header.journal_autoswitch / kJournalBlockBytes));
  return out + fmt::format("  Journal File: {}\n", header.journal_path);
}

std::string id_text(const DatabaseId& id) {
  std::string out;
  for (const auto byte : id) out += fmt::format("{:02x}", static_cast<unsigned>(byte));
  return out;
}

std::string all_lines(const RegionLook& seen, const RegionHeader& header, const FileUse& use) {
  const ControlState& state = use.state;
  std::string out = "\n";
  out += line("Database id", id_text(header.database_id));
  out += line("Created", date_time(static_cast<std::time_t>(header.created_us / 1'000'000), false), "Closed cleanly",
              truth(state.clean));
  out += line("Journal generation", decimal(seen.generation), "Journal offset", hex(seen.journal_offset));
  out += line("Holds journal generation", decimal(header.generation), "up to offset", hex(header.offset));
  out +=
      line("Ever replicated", truth(header.ever_replicated), "Rollback under way to", hex(header.rollback_seqno.value));
  out += line("Pool shared memory id", fmt::format("{}", state.pool_id), "Added to transactions", hex(header.tn_base));
  out += line("Cache freeze id", use.frozen_by == 0 ? hex(0) : fmt::format("FROZEN BY USER {}", use.frozen_by - 1));
  out += line("Tree depth", decimal(seen.meta.data.depth), "Records", hex(seen.meta.data.records));
  out += line("Branch pages", hex(seen.meta.data.branch_pages), "Leaf pages", hex(seen.meta.data.leaf_pages));
  out += line("Overflow pages", hex(seen.meta.data.overflow_pages), "Last page in use", hex(seen.meta.last_page));
  return out + "\n";
}

}  // namespace

std::string render_header(const RegionLook& seen, const RegionHeader& header, const std::string& region,
                          const FileUse& use, bool all) {
  constexpr std::string_view kNulls[] = {"NEVER", "ALWAYS", "EXISTING"};
  const std::uint64_t pages = seen.file.size() / kPageBytes;
  const std::uint64_t in_use = 2 + seen.meta.data.branch_pages + seen.meta.data.leaf_pages +
                               seen.meta.data.overflow_pages + seen.meta.free.branch_pages + seen.meta.free.leaf_pages +
                               seen.meta.free.overflow_pages;
  std::string out = fmt::format("\nFile            {}\nRegion          {}\nDate/Time       {}\n", seen.path, region,
                                date_time(std::time(nullptr), true));
  out += line("Access method", "MM", "Block size (in bytes)", decimal(kPageBytes));
  out += line("Maximum record size", decimal(header.value_bytes_max), "Total blocks", hex(pages));
  out +=
      line("Maximum key size", decimal(header.key_bytes_max), "Free blocks", hex(in_use < pages ? pages - in_use : 0));
  out += line("Null subscripts", kNulls[header.null_subscripts], "Extension Count", decimal(header.extension_blocks));
  out += line("Standard Null Collation", truth(header.null_collation == 0), "Current transaction", hex(seen.tn + 1));
  out += journal_lines(header);
  out += line("Replication State", header.replicated ? "ON" : "OFF", "Region Seqno", hex(seen.reg_seqno.value));
  if (all) out += all_lines(seen, header, use);
  return out + line("Zqgblmod Seqno", hex(header.zqgblmod_seqno.value), "Zqgblmod Trans", hex(header.zqgblmod_tn));
}

std::string render_page(std::uint64_t number, const PageHeader& header, unsigned level) {
  if (header.is(PageType::Overflow))
    return fmt::format("\nBlock {:X}   Large value   Blocks {:X}\n", number, header.overflow_pages);
  const std::size_t used = header.lower + (kPageBytes - header.upper);
  return fmt::format("\nBlock {:X}   Size {:X}   Level {}   Records {}\n", number, used, level, header.record_count());
}

std::string render_key(std::string_view key, NullCollation nulls) {
  if (key.empty()) return "*";  // A branch's first record means everything below its second.
  if (key == kHeaderKey) return "(file header)";
  std::string text;
  if (append_reference(text, key, nulls).has_value()) return text;
  for (const char c : key) text += fmt::format("{:02X}", static_cast<unsigned char>(c));
  return "0x" + text;
}

std::string render_key_of_record(const RegionLook& seen, const PageHeader& header, const PageRecord& record,
                                 NullCollation nulls) {
  if (header.is(PageType::Branch) || is_plain(record.key)) return render_key(record.key, nulls);
  if (is_head(record.key)) return fmt::format("(head of long keys, group {:08X})", *group_number(record.key));
  if (is_stub(record.key))
    return fmt::format("(stub of long keys, group {:08X})", group_number(record.value).value_or(0));
  const auto key = whole_key(seen.file, seen.meta.data, record.key, seen.path);
  return render_key(key.has_value() ? *key : record.key, nulls);  // What is damaged is shown as far as it can be.
}

std::string render_record(Bytes page, std::uint64_t number, const PageHeader& header, std::size_t index,
                          const PageRecord& record, std::string_view key) {
  std::string out =
      fmt::format("\nRec:{:X}  Blk {:X}  Off {:X}  Size {:X}  ", index + 1, number, record.offset, record.bytes);
  if (header.is(PageType::Branch)) out += fmt::format("Ptr {:X}  ", record.child);
  if (record.overflow != kNoPage)
    out += fmt::format("Value {:X} bytes from Blk {:X}  ", record.value_bytes, record.overflow);
  out += fmt::format("Key {}\n", key);
  const Bytes bytes = page.subspan(record.offset, record.bytes);
  for (std::size_t at = 0; at < bytes.size(); at += kRowBytes) {
    std::string codes, letters;
    for (std::size_t i = at; i < at + kRowBytes; ++i) {
      const bool inside = i < bytes.size();
      const auto value = inside ? static_cast<unsigned>(bytes[i]) : 0u;
      codes += inside ? fmt::format(" {:2X}", value) : "   ";
      letters += inside ? fmt::format("  {}", value >= 0x20 && value < 0x7F ? static_cast<char>(value) : '.') : "   ";
    }
    out += fmt::format("{:8X} : |{} |\n{:11}|{} |\n", record.offset + at, codes, "", letters);
  }
  return out;
}

}  // namespace hw::dse

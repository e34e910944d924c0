#include "mupip/journal/journal_show.h"

#include <filesystem>

#include "journal/record.h"
#include "mupip/journal/journal_qualifiers.h"

namespace hw::mupip {
namespace {

constexpr std::string_view kRule = "-------------------------------------------------------------------------------";
constexpr std::uint64_t kBlockBytes = 512;

void number(std::ostream& out, std::string_view name, std::uint64_t value, std::string_view unit = {}) {
  out << fmt::format(" {:<37}{:>12} [0x{:08X}]{}\n", name, value, value, unit);
}
void long_number(std::ostream& out, std::string_view name, std::uint64_t value) {
  out << fmt::format(" {:<37}{:>12} [0x{:016X}]\n", name, value, value);
}
void word(std::ostream& out, std::string_view name, std::string_view value) {
  out << fmt::format(" {:<37}{:>12}\n", name, value);
}
std::string_view yes(bool value) { return value ? "TRUE" : "FALSE"; }

void process_table(std::ostream& out, std::string_view title, const std::vector<const SeenProcess*>& processes) {
  out << '\n'
      << title << "\n\nPID        NODE             USER         TERM JPV_TIME           \n"
      << "-----------------------------------------------------------------\n";
  for (const SeenProcess* process : processes)
    out << fmt::format("{:010} {:<16} {:<12} {:<4} {}\n", process->pid, process->node, process->user, "",
                       display_time(process->begun_us));
}

void show_header(std::ostream& out, const ListedFile& file, const SeenProcess* first, FileUse use) {
  const JournalFileHeader& header = file.info.header;
  const JournalTail& tail = file.tail;
  out << "\nJournal file name       " << file.path << "\nJournal file label      " << kJournalLabel
      << "\nDatabase file name      " << header.database_path << "\n Prev journal file name " << header.previous_path
      << "\n Next journal file name \n\n";
  word(out, "Before-image journal", "ENABLED");
  number(out, "Journal file header size", kJournalHeaderBytes);
  std::error_code ignored;
  const std::uintmax_t bytes = std::filesystem::file_size(file.path, ignored);
  number(out, "Virtual file size", (ignored ? tail.end_offset : bytes) / kBlockBytes, " blocks");
  word(out, "Crash", yes(use != FileUse::Closed));
  word(out, "Recover interrupted", "FALSE");
  word(out, "Journal file encrypted", "FALSE");
  number(out, "End of Data", tail.end_offset);
  word(out, "Endian Format", "LITTLE");
  out << fmt::format(" {:<30}{}\n", "Journal Creation Time", display_time(header.created_us));
  out << fmt::format(" {:<30}{}\n", "Time of last update", display_time(tail.last_time_us));
  long_number(out, "Begin Transaction", header.first_tn.value + 1);
  long_number(out, "End Transaction", tail.last_tn.value + 1);
  word(out, "Replication State", header.replicated ? "OPEN" : "CLOSED");
  number(out, "Jnlfile SwitchLimit", header.autoswitch_bytes / kBlockBytes, " blocks");
  number(out, "Jnlfile Allocation", header.allocation_bytes / kBlockBytes, " blocks");
  number(out, "Jnlfile Extension", header.extension_bytes / kBlockBytes, " blocks");
  number(out, "Maximum Journal Record Length", kRecordBytesMax);
  word(out, "Last EOF Written", yes(file.info.closing.has_value()));
  word(out, "Was a Previous Generation Journal File", yes(file.info.closing.has_value()));
  number(out, "Generation", header.generation);
  long_number(out, "Start Region Sequence Number", header.first_seqno.value);
  long_number(out, "End Region Sequence Number", tail.next_seqno.value);
  std::vector<const SeenProcess*> rows;
  if (first != nullptr) rows.push_back(first);
  process_table(out, "Process That First Opened the Journal File:", rows);
}

void show_statistics(std::ostream& out, const FileSurvey& survey) {
  struct Row {
    std::string_view name;
    RecordCount kind = RecordCount::End;  ///< End: we have none of these
  };
  using enum RecordCount;
  constexpr Row kRows[] = {{"*BAD*"},        {"PINI", Pini},   {"PFIN", Pfin}, {"ZTCOM"},         {"KILL", Kill},
                           {"FKILL"},        {"GKILL"},        {"SET", Set},   {"FSET"},          {"GSET"},
                           {"PBLK"},         {"EPOCH", Epoch}, {"EOF", Eof},   {"TKILL", TKill},  {"UKILL", UKill},
                           {"TSET", TSet},   {"USET", USet},   {"TCOM", TCom}, {"ALIGN"},         {"NULL", Null},
                           {"ZKILL", ZKill}, {"FZKIL"},        {"GZKIL"},      {"TZKIL", TZKill}, {"UZKIL", UZKill},
                           {"INCTN"},        {"AIMG"},         {"TZTWO"},      {"UZTWO"},         {"TZTRI"},
                           {"UZTRI"},        {"TRUNC"},        {"TLGTR"},      {"ULGTR"},         {"PNODE", Removed}};
  out << "\nRecord type    Count\n----------------------\n";
  for (const Row& row : kRows)
    out << fmt::format("   {:<5}{:>11}\n", row.name,
                       row.kind == End ? 0 : survey.counts[static_cast<std::size_t>(row.kind)]);
}

}  // namespace

void show_journal(std::ostream& out, const ListedFile& file, const FileSurvey* survey, const SeenProcess* first,
                  FileUse use, const ShowWhat& what) {
  out << '\n' << kRule << "\nSHOW output for journal file " << file.path << '\n' << kRule << '\n';
  if (what.header) show_header(out, file, first, use);
  if (survey != nullptr) {
    const auto table = [&](std::string_view title, const auto& belongs) {
      std::vector<const SeenProcess*> rows;
      for (const SeenProcess& process : survey->processes)
        if (belongs(process)) rows.push_back(&process);
      if (!rows.empty()) process_table(out, title, rows);
    };
    if (what.processes || what.broken_transactions)
      table("Process(es) with BROKEN transactions in this journal:", [](const auto& p) { return p.broken; });
    if (what.processes || what.active_processes)
      table("Process(es) that are still ACTIVE in this journal:", [](const auto& p) { return !p.broken && !p.ended; });
    if (what.processes)
      table("Process(es) that are COMPLETE in this journal:", [](const auto& p) { return !p.broken && p.ended; });
    if (what.statistics) show_statistics(out, *survey);
  }
  out << '\n';
}

}  // namespace hw::mupip

#include "engine/journal_tools/lost_file.h"

#include <fcntl.h>

#include <algorithm>
#include <functional>
#include <vector>

#include "engine/extract/text_output.h"
#include "engine/extract/transaction_text.h"
#include "engine/recovery/undo.h"
#include "journal/transaction_merge.h"

namespace hw {
namespace {

std::vector<TextPart> as_text_parts(std::span<OpenRegion* const> regions,
                                    const std::vector<TransactionMerge::Part>& parts) {
  std::vector<TextPart> texts;
  for (const TransactionMerge::Part& part : parts) {
    const OpenRegion& region = *regions[part.region];
    texts.push_back(
        {{part.header.time_us, part.header.tn.value + region.header.tn_base, part.body.pid, part.header.seqno},
         part.body,
         region.nulls()});
  }
  return texts;
}

using Parts = std::vector<TransactionMerge::Part>;

/// Everything after the first line of a file.
Status append_lines_of(const std::string& path, TextOutput& output) {
  constexpr std::uint64_t kPiece = 1 << 20;
  HW_TRY(const File file, File::open(path, O_RDONLY | O_CLOEXEC));
  HW_TRY(const std::uint64_t bytes, file.size());
  bool in_first_line = true;
  std::string piece;
  for (std::uint64_t at = 0; at < bytes; at += piece.size()) {
    piece.resize(std::min(kPiece, bytes - at));
    HW_TRY_VOID(file.read_exact(at, std::as_writable_bytes(std::span(piece))));
    const std::size_t begin = in_first_line ? piece.find('\n') + 1 : 0;  // 0 when the line goes on.
    if (in_first_line && begin == 0) continue;
    in_first_line = false;
    output.buffer().append(piece, begin);
    HW_TRY_VOID(output.wrote());
  }
  return {};
}

/// The wanted transactions from `from` on, in a file of their own. `kind` is what messages call it.
Result<LostFile> write_transactions(std::string_view kind, std::span<OpenRegion* const> regions,
                                    const std::vector<MergeSource>& sources, Seqno from, const std::string& path,
                                    std::string first_line, ExtractLayout layout,
                                    const std::function<bool(const Parts&)>& wanted, const LostFile& cut = {}) {
  LostFile result;
  result.path = path;
  if (regions.empty()) return result;
  HW_TRY(TransactionMerge merge, TransactionMerge::open(sources, from));
  std::vector<FileRights> models;  // The file holds something of each region.
  for (const OpenRegion* region : regions) {
    HW_TRY(models.emplace_back(), rights_of(region->path));
  }
  TextOutput output(std::string(kind), path, std::move(first_line), common_rights(models));
  TransactionText text(layout);
  Parts parts;
  for (;;) {
    HW_TRY(const bool more, merge.next(parts));
    if (!more) break;
    if (!wanted(parts)) continue;
    ++result.transactions;
    HW_TRY_VOID(text.append(output.buffer(), as_text_parts(regions, parts)));
    HW_TRY_VOID(output.wrote());
  }
  const bool with_cut = result.transactions > 0 && cut.transactions > 0 && cut.path == path;
  if (with_cut) HW_TRY_VOID(append_lines_of(path, output));
  HW_TRY(TextOutcome outcome, output.finish(with_cut ? TextOutput::Former::Replaced : TextOutput::Former::Renamed));
  result.renamed_to = std::move(outcome.renamed_to);
  return result;
}

/// The regions that have something from `from` on, and where their journals end.
struct Ahead {
  std::vector<OpenRegion*> regions;
  std::vector<MergeSource> sources;
};
Result<Ahead> ahead_of(std::span<OpenRegion* const> regions, Seqno from) {
  Ahead ahead;
  for (OpenRegion* region : regions) {
    const RegionHeader& header = region->header;
    if (header.journal_state != JournalState::On || header.reg_seqno <= from) continue;
    HW_TRY_VOID(can_undo_to(*region, header.generation, from));
    ahead.regions.push_back(region);
    ahead.sources.push_back({header.journal_path, {header.generation, header.offset, header.last_record_bytes}});
  }
  return ahead;
}

}  // namespace

Result<LostFile> write_lost_file(std::span<OpenRegion* const> regions, Seqno from, const std::string& path,
                                 std::string_view heading, ExtractLayout layout, const LostFile& cut) {
  HW_TRY(const Ahead ahead, ahead_of(regions, from));
  return write_transactions(
      kLostExtract, ahead.regions, ahead.sources, from, path, extract_heading(extract_label(layout), heading), layout,
      [](const Parts&) { return true; }, cut);
}

Status check_journals(std::span<OpenRegion* const> regions, Seqno from) {
  HW_TRY(const Ahead ahead, ahead_of(regions, from));
  if (ahead.regions.empty()) return {};
  HW_TRY(TransactionMerge merge, TransactionMerge::open(ahead.sources, from));
  Parts parts;
  for (bool more = true; more;) {
    HW_TRY(more, merge.next(parts));
  }
  return {};
}

Result<CutFiles> write_cut_files(std::span<OpenRegion* const> regions, std::span<const RegionRecovery> ends, Seqno from,
                                 const std::string& broken_path, const std::string& lost_path, std::string_view heading,
                                 ExtractLayout layout) {
  std::vector<OpenRegion*> ahead;
  std::vector<MergeSource> sources;
  for (std::size_t i = 0; i < regions.size(); ++i) {
    if (regions[i]->header.journal_state != JournalState::On || ends[i].reg_seqno <= from) continue;
    ahead.push_back(regions[i]);
    sources.push_back(
        {regions[i]->header.journal_path, {ends[i].generation, ends[i].end_offset, ends[i].last_record_bytes}});
  }
  const auto whole = [](const Parts& parts) { return parts.size() >= parts.front().body.participants; };
  CutFiles files;
  if (!broken_path.empty()) {
    HW_TRY(files.broken,
           write_transactions(kBrokenExtract, ahead, sources, from, broken_path, extract_heading(extract_label(layout)),
                              layout, [&](const Parts& parts) { return !whole(parts); }));
  }
  if (!lost_path.empty()) {
    HW_TRY(files.lost, write_transactions(kLostExtract, ahead, sources, from, lost_path,
                                          extract_heading(extract_label(layout), heading), layout, whole));
  }
  return files;
}

}  // namespace hw

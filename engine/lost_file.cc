#include "engine/lost_file.h"

#include <vector>

#include "engine/text_output.h"
#include "engine/transaction_text.h"
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

}  // namespace

Result<LostFile> write_lost_file(std::span<OpenRegion* const> regions, Seqno from, const std::string& path,
                                 std::string_view heading, ExtractLayout layout) {
  std::vector<OpenRegion*> ahead;
  std::vector<MergeSource> sources;
  for (OpenRegion* region : regions) {
    const RegionHeader& header = region->header;
    if (header.journal_state != JournalState::On || header.reg_seqno <= from) continue;
    ahead.push_back(region);
    sources.push_back({header.journal_path, {header.generation, header.offset, header.last_record_bytes}});
  }
  LostFile result;
  if (ahead.empty()) return result;
  HW_TRY(TransactionMerge merge, TransactionMerge::open(std::move(sources), from));
  TextOutput output("Lost transactions extract", path, fmt::format("{} {}", extract_label(layout), heading));
  TransactionText text(layout);
  std::vector<TransactionMerge::Part> parts;
  for (;;) {
    HW_TRY(const bool more, merge.next(parts));
    if (!more) break;
    ++result.transactions;
    HW_TRY_VOID(text.append(output.buffer(), as_text_parts(ahead, parts)));
    HW_TRY_VOID(output.wrote());
  }
  HW_TRY(TextOutcome outcome, output.finish());
  result.renamed_to = std::move(outcome.renamed_to);
  return result;
}

}  // namespace hw

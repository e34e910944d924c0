#include "engine/lost_file.h"

#include <fcntl.h>

#include <algorithm>
#include <vector>

#include "engine/base/file.h"
#include "journal/transaction_merge.h"

namespace hw {
namespace {

constexpr std::size_t kPieceBytes = 1 << 20;

/// Lines of one transaction, whose parts may stand in several regions.
class TransactionText {
 public:
  TransactionText(std::span<OpenRegion* const> regions, ExtractLayout layout) : regions_(regions), layout_(layout) {}

  Status append(std::string& out, const std::vector<TransactionMerge::Part>& parts) {
    updates_.clear();
    begun_.assign(parts.size(), false);
    for (std::size_t i = 0; i < parts.size(); ++i)
      for (const JournalUpdate& one : transaction_updates(parts[i].body)) updates_.push_back({i, one});
    std::sort(updates_.begin(), updates_.end(),
              [](const auto& a, const auto& b) { return a.one.number < b.one.number; });
    if (updates_.empty()) append_null_line(out, stamp(parts.front()), layout_);
    for (const auto& [part, one] : updates_) {
      const bool fenced = parts[part].body.fenced;
      const ExtractStamp its_stamp = stamp(parts[part]);
      if (fenced && !begun_[part]) append_tstart_line(out, its_stamp, layout_);
      begun_[part] = true;
      HW_TRY_VOID(append_update_line(out, its_stamp, one.update, fenced ? one.number : 0,
                                     regions_[parts[part].region]->nulls(), layout_));
    }
    for (const TransactionMerge::Part& part : parts)
      if (part.body.fenced) append_tcom_line(out, stamp(part), part.body.participants, part.body.tid, layout_);
    return {};
  }

 private:
  struct Placed {
    std::size_t part;
    JournalUpdate one;
  };
  ExtractStamp stamp(const TransactionMerge::Part& part) const {
    return {part.header.time_us, part.header.tn.value + regions_[part.region]->header.tn_base, part.body.pid,
            part.header.seqno};
  }

  std::span<OpenRegion* const> regions_;
  ExtractLayout layout_;
  std::vector<Placed> updates_;
  std::vector<bool> begun_;
};

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
  const auto refuse = [&](Error why) {
    return rename_error<MsgId::FILENOTCREATE>(std::move(why), "Lost transactions extract", path).as(Severity::Error);
  };
  if (file_exists(path)) {
    result.renamed_to = stamped_name(path);
    if (Status status = rename_file(path, result.renamed_to); !status.has_value())
      return refuse(std::move(status).error());
  }
  // Under its own name only when it is whole.
  const std::string temporary = path + "_part";
  auto file = File::open(temporary, O_RDWR | O_CREAT | O_TRUNC);
  if (!file.has_value()) return refuse(std::move(file).error());
  const auto give_up = [&](Error why) {
    (void)remove_file(temporary);  // The first failure is the one to report.
    return why;
  };
  auto merge = TransactionMerge::open(std::move(sources), from);
  if (!merge.has_value()) return give_up(std::move(merge).error());
  TransactionText text(ahead, layout);
  std::vector<TransactionMerge::Part> parts;
  std::string buffer = fmt::format("{} {}\n", extract_label(layout), heading);
  std::uint64_t at = 0;
  for (bool more = true; more;) {
    auto read = merge->next(parts);
    if (!read.has_value()) return give_up(std::move(read).error());
    more = *read;
    if (more) {
      ++result.transactions;
      if (Status status = text.append(buffer, parts); !status.has_value()) return give_up(std::move(status).error());
    }
    if (more && buffer.size() < kPieceBytes) continue;
    if (Status status = file->write_all(at, as_bytes(buffer)); !status.has_value())
      return give_up(refuse(std::move(status).error()));
    at += buffer.size();
    buffer.clear();
  }
  Status status = file->sync();
  if (status.has_value()) status = rename_file(temporary, path);
  if (status.has_value()) status = sync_folder_of(path);
  if (!status.has_value()) return give_up(refuse(std::move(status).error()));
  return result;
}

}  // namespace hw

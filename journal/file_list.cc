#include "journal/file_list.h"

#include <algorithm>
#include <cerrno>

namespace hw {
namespace {

Result<ListedFile> look_at(const std::string& path, const LiveTailOf& live_tail) {
  ListedFile file{path, {}, {}};
  HW_TRY(file.info, read_journal_info(path));
  if (!file.info.closing && live_tail) {
    HW_TRY(const auto live, live_tail(path, file.info.header));
    if (live) {
      file.tail = *live;
      return file;
    }
    HW_TRY(file.info, read_journal_info(path));  // It may have been closed before that was asked.
  }
  if (const auto& closing = file.info.closing) {
    file.tail.end_offset = closing->end_offset;
    file.tail.next_seqno = closing->end_seqno;
    file.tail.last_tn = closing->end_tn;
    file.tail.last_time_us = closing->closed_us;
    return file;
  }
  HW_TRY(file.tail, find_tail(path));
  return file;
}

Error gap(const ListedFile& earlier, const ListedFile& later, std::string_view why) {
  return make_error<MsgId::HWJNLGAP>(later.path, earlier.path, why);
}

}  // namespace

Result<std::vector<RegionFiles>> list_journal_files(std::span<const std::string> paths, const LiveTailOf& live_tail) {
  std::vector<RegionFiles> regions;
  for (const std::string& path : paths) {
    HW_TRY(ListedFile file, look_at(path, live_tail));
    const JournalFileHeader& header = file.info.header;
    const auto its_region = std::find_if(regions.begin(), regions.end(), [&](const RegionFiles& files) {
      return files.front().info.header.database_id == header.database_id;
    });
    if (its_region == regions.end()) {
      regions.push_back({std::move(file)});
      continue;
    }
    const auto place = std::find_if(its_region->begin(), its_region->end(), [&](const ListedFile& other) {
      return other.info.header.generation >= header.generation;
    });
    if (place != its_region->end() && place->info.header.generation == header.generation)
      return make_error<MsgId::JNLFILEDUP>(place->path, path);
    its_region->insert(place, std::move(file));
  }
  return regions;
}

Result<std::vector<std::string>> add_earlier_files(RegionFiles& files,
                                                   const std::function<bool(const JournalFileHeader&)>& wanted) {
  std::vector<std::string> added;
  for (;;) {
    const JournalFileHeader& oldest = files.front().info.header;
    if (oldest.previous_path.empty() || !wanted(oldest)) return added;
    auto earlier = look_at(oldest.previous_path, {});
    if (!earlier.has_value()) {
      if (earlier.error().id == MsgId::JNLFILEOPNERR && earlier.error().os_errno == ENOENT) return added;
      return std::move(earlier).error();
    }
    if (earlier->info.header.database_id != oldest.database_id ||
        earlier->info.header.generation + 1 != oldest.generation)
      return gap(*earlier, files.front(), "it is not the generation before it");
    added.push_back(earlier->path);
    files.insert(files.begin(), std::move(earlier).value());
  }
}

Status check_continuity(const RegionFiles& files) {
  for (std::size_t i = 1; i < files.size(); ++i) {
    const ListedFile& earlier = files[i - 1];
    const ListedFile& later = files[i];
    const JournalFileHeader& header = later.info.header;
    if (header.generation != earlier.info.header.generation + 1)
      return gap(earlier, later,
                 fmt::format("generation {} does not follow generation {}", header.generation,
                             earlier.info.header.generation));
    if (header.previous_path.empty()) return gap(earlier, later, "its link to earlier files was cut");
    if (header.first_seqno != earlier.tail.next_seqno)
      return gap(earlier, later,
                 fmt::format("it begins with sequence number {}, the earlier file ends before {}", header.first_seqno,
                             earlier.tail.next_seqno));
  }
  return {};
}

}  // namespace hw

/// engine/storage/structure_check.h -- whether every page of a database is what it must be: the work of `mupip integ`.
///
/// Reads the file's bytes (engine/storage/page.h), not through LMDB, so that damage gives a message and not a signal.
/// From the meta page of one moment it walks both trees, the nodes' and the list of free pages, and holds that
///
///   - each page is reached once: from one tree, or from the list of free pages; none is left over;
///   - a page's number, type and level are what led to it; its records fill it without holes and lie within it;
///   - keys rise within a page and lie between the separators above it;
///   - the counts in the meta page are the counts found;
///   - large values are on pages of their own that are as long as they must be;
///   - (`nodes`) every key is one that engine/globals/key.h makes, no longer than the region allows, and every value
///   too;
///   - (`nodes`) the records that hold long keys belong together (engine/storage/long_key_check.h).
///
/// What it cannot find, because LMDB keeps no checksum: a changed byte in a value, in a key that stays in order and
/// stays a key, in the free room of a page, in a free page, in bytes that nothing reads (the header's two spare bytes,
/// the filler after a record of odd length), in a separator of a branch that separates the same pages as before.
/// Values and keys are compared by engine/integ/content_check.h.
///
/// Thread: one. Memory: two bytes a page, and some tens of bytes a group of long keys.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/globals/key.h"
#include "engine/storage/page.h"

namespace hw {

/// Pages and records of one kind, for the summary.
struct PageTally {
  std::uint64_t pages = 0;
  std::uint64_t records = 0;
  std::uint64_t used_bytes = 0;
  std::uint64_t adjacent = 0;  ///< pages that are near the one before them in key order
};

struct StructureOptions {
  bool nodes = true;              ///< false: branches only down to the leaves' numbers (-fast)
  std::uint64_t adjacency = 10;   ///< pages this far from their predecessor count as adjacent
  std::uint64_t faults_max = 10;  ///< so many are told, all are counted; 0: no limit
  NullCollation nulls = NullCollation::Standard;
  std::uint32_t key_bytes_max = 0;    ///< 0: not compared
  std::uint32_t value_bytes_max = 0;  ///< 0: not compared
  /// Called with each fault: the page, or the node as text when it is about one, and what is wrong.
  std::function<void(std::uint64_t page, std::string_view node, std::string_view what)> fault;
  /// Called with every node as it is met, the header's included: nodes with long keys come first, each kind is in key
  /// order. Views last for the call. May be empty.
  std::function<void(std::string_view key, std::string_view value)> node;
  std::function<bool()> stop;  ///< asked at each page; may be empty
};

struct StructureReport {
  PageTally free_list;
  PageTally index;
  PageTally data;
  std::vector<PageTally> levels;  ///< of the nodes' tree, by level from the leaves
  std::uint64_t free_pages = 0;   ///< listed as free, or beyond the last page in use
  std::uint64_t total_pages = 0;
  std::uint64_t faults = 0;
  bool stopped = false;
};

/// Checks the file as `meta` has it. `file` is mapped; nothing in it that this meta reaches changes meanwhile (a
/// snapshot is held, or no process has it open). Never fails: faults are told and counted.
StructureReport check_structure(Bytes file, const MetaPage& meta, const StructureOptions& options);

}  // namespace hw

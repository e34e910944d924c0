/// engine/storage/page_tree.h -- looking for one key in a tree of pages, without LMDB.
///
/// For tools that must not die of a damaged file: every page is checked as it is met, and a fault is an error that
/// names the page. The file must not change meanwhile: the caller holds the commit lock, or no process has it open.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "engine/base/result.h"
#include "engine/storage/page.h"

namespace hw {

/// A page on the way from the root, and the record of it that was followed.
struct TreeStep {
  std::uint64_t page = 0;
  std::size_t index = 0;
  std::size_t offset = 0;  ///< of the record; of the page's end when the key would follow all its records
};

struct TreePath {
  std::vector<TreeStep> steps;        ///< root first; empty: the tree is
  std::optional<PageRecord> at;       ///< the first record of the leaf whose key is not below the one looked for
  std::optional<std::uint64_t> left;  ///< leaves beside the one found
  std::optional<std::uint64_t> right;
  bool there = false;  ///< that record is the one looked for
};

/// The record with this stored key. Errors: HWDBDAMAGED naming `path` and the page. Blocks: never. Thread: any.
Result<TreePath> find_in_tree(Bytes file, const TreeFacts& tree, std::string_view key, const std::string& path);

/// A node's record by its whole key, which may be a long one (engine/storage/long_key.h). Without its group the way to
/// where the group's stub would be. Errors: as above.
Result<TreePath> find_node(Bytes file, const TreeFacts& tree, std::string_view key, const std::string& path);

/// The whole key of a leaf's record; of one that is no node's, the stored one. Errors: as above.
Result<std::string> whole_key(Bytes file, const TreeFacts& tree, std::string_view stored, const std::string& path);

/// The whole value of a leaf's record. Errors: HWDBDAMAGED.
Result<std::string_view> value_of_record(Bytes file, const PageRecord& record, const std::string& path);

/// The page and what it must be to be read on. Errors: HWDBDAMAGED.
Result<Bytes> tree_page(Bytes file, std::uint64_t number, const std::string& path);

}  // namespace hw

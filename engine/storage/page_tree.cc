#include "engine/storage/page_tree.h"

#include "engine/storage/long_key.h"

namespace hw {
namespace {

Error damaged(const std::string& path, std::uint64_t page, std::string_view what) {
  return make_error<MsgId::HWDBDAMAGED>(path, fmt::format("page {}: {}", page, what));
}

/// The neighbouring leaf: last (or first) page below the neighbouring record of the lowest ancestor that has one.
Result<std::optional<std::uint64_t>> leaf_beside(Bytes file, const std::vector<TreeStep>& steps, bool to_the_right,
                                                 const std::string& path) {
  for (std::size_t level = steps.size() - 1; level-- > 0;) {
    HW_TRY(Bytes page, tree_page(file, steps[level].page, path));
    PageHeader header = page_header(page);
    const std::size_t index = steps[level].index;
    if (to_the_right ? index + 1 >= header.record_count() : index == 0) continue;
    auto record = page_record(page, header, to_the_right ? index + 1 : index - 1);
    for (std::size_t below = level + 1; record && below + 1 < steps.size(); ++below) {
      HW_TRY(page, tree_page(file, record->child, path));
      header = page_header(page);
      record = header.record_count() == 0 ? std::nullopt
                                          : page_record(page, header, to_the_right ? 0 : header.record_count() - 1);
    }
    if (!record) return damaged(path, steps[level].page, "a record beside the one followed cannot be read");
    return std::optional(record->child);
  }
  return std::optional<std::uint64_t>();
}

}  // namespace

Result<Bytes> tree_page(Bytes file, std::uint64_t number, const std::string& path) {
  const auto page = page_at(file, number);
  if (!page) return damaged(path, number, "is beyond the end of the file");
  const PageHeader header = page_header(*page);
  if (header.number != number) return damaged(path, number, fmt::format("says that it is page {}", header.number));
  if (const std::string fault = page_header_fault(header); !fault.empty()) return damaged(path, number, fault);
  return *page;
}

Result<TreePath> find_in_tree(Bytes file, const TreeFacts& tree, std::string_view key, const std::string& path) {
  TreePath found;
  std::uint64_t number = tree.root;
  while (number != kNoPage) {
    if (found.steps.size() == kTreeDepthMax) return damaged(path, number, "the tree is deeper than any can be");
    HW_TRY(const Bytes page, tree_page(file, number, path));
    const PageHeader header = page_header(page);
    const bool leaf = header.is(PageType::Leaf);
    // The first record that is not below the key; of a branch, the one before it leads there.
    std::size_t low = leaf ? 0 : 1, high = header.record_count();
    while (low < high) {
      const std::size_t middle = (low + high) / 2;
      const auto record = page_record(page, header, middle);
      if (!record) return damaged(path, number, fmt::format("record {} lies outside the page", middle + 1));
      if (leaf ? record->key < key : record->key <= key) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    const std::size_t index = leaf ? low : low - 1;
    const auto record = page_record(page, header, index);
    if (!record && index < header.record_count())
      return damaged(path, number, fmt::format("record {} lies outside the page", index + 1));
    if (!record && !leaf) return damaged(path, number, "a branch without records");
    found.steps.push_back({number, index, record ? record->offset : kPageBytes});
    if (leaf) {
      found.at = record;
      found.there = record && record->key == key;
      HW_TRY(found.left, leaf_beside(file, found.steps, false, path));
      HW_TRY(found.right, leaf_beside(file, found.steps, true, path));
      break;
    }
    number = record->child;
  }
  return found;
}

Result<TreePath> find_node(Bytes file, const TreeFacts& tree, std::string_view key, const std::string& path) {
  if (!is_long(key)) return find_in_tree(file, tree, key, path);
  HW_TRY(TreePath stub, find_in_tree(file, tree, stub_of(key), path));
  if (!stub.there) return stub;
  const auto group = group_of_stub(stub.at->value);
  if (!group) return damaged(path, stub.steps.back().page, "the stub of long keys names no group");
  return find_in_tree(file, tree, member_key(*group, key), path);
}

Result<std::string> whole_key(Bytes file, const TreeFacts& tree, std::string_view stored, const std::string& path) {
  std::string key(stored);
  if (!is_in_groups(stored) || stored.size() <= kGroupNumberBytes) return key;
  HW_TRY(const TreePath head, find_in_tree(file, tree, stored.substr(0, kGroupNumberBytes), path));
  if (!head.there || !is_stub(head.at->value)) return key;
  key.assign(head.at->value);
  assemble_key(key, stored);
  return key;
}

Result<std::string_view> value_of_record(Bytes file, const PageRecord& record, const std::string& path) {
  if (record.overflow == kNoPage) return record.value;
  const auto first = page_at(file, record.overflow);
  const std::uint64_t pages = overflow_pages_of(record.value_bytes);
  if (!first || pages > file.size() / kPageBytes - record.overflow)
    return damaged(path, record.overflow, "a value's pages lie beyond the end of the file");
  const PageHeader header = page_header(*first);
  if (header.number != record.overflow || !header.is(PageType::Overflow) || header.overflow_pages < pages)
    return damaged(path, record.overflow, "is not the first page of a large value");
  return as_text(file.subspan(record.overflow * kPageBytes + kPageHeaderBytes, record.value_bytes));
}

}  // namespace hw

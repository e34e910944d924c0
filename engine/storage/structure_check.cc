#include "engine/storage/structure_check.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "engine/globals/zwr.h"
#include "engine/storage/long_key_check.h"
#include "engine/storage/page_tree.h"
#include "engine/storage/region_header.h"

namespace hw {
namespace {

/// What a page has been found to be.
enum class Use : std::uint8_t { Unseen, Meta, InTree, Free };

/// Keys below a page lie in [low, high); an absent one is no limit.
struct Bounds {
  std::optional<std::string_view> low;
  std::optional<std::string_view> high;
};

enum class Tree : std::uint8_t { Nodes, FreeList };

bool key_less(Tree tree, std::string_view a, std::string_view b) {
  if (tree == Tree::Nodes) return a < b;
  // The free list is kept under transaction numbers as the machine has them.
  if (a.size() != 8 || b.size() != 8) return a < b;
  return get_le<std::uint64_t>(as_bytes(a), 0) < get_le<std::uint64_t>(as_bytes(b), 0);
}

class Walk {
 public:
  Walk(Bytes file, const MetaPage& meta, const StructureOptions& options)
      : file_(file), meta_(meta), options_(options), file_pages_(file.size() / kPageBytes) {}

  StructureReport run() {
    report_.total_pages = file_pages_;
    uses_.resize(std::min(meta_.last_page + 1, file_pages_), Use::Unseen);
    for (std::size_t i = 0; i < std::min<std::size_t>(2, uses_.size()); ++i) uses_[i] = Use::Meta;
    walk_tree(Tree::Nodes, meta_.data);
    walk_tree(Tree::FreeList, meta_.free);
    if (!report_.stopped) {
      look_for_lost_pages();
      look_behind_the_end();
    }
    report_.free_pages += file_pages_ - uses_.size();
    return std::move(report_);
  }

 private:
  void fault(std::uint64_t page, std::string_view what, std::string_view key = {}) {
    ++report_.faults;
    if (!options_.fault || (options_.faults_max != 0 && report_.faults > options_.faults_max)) return;
    std::string node;
    if (!key.empty() && !append_reference(node, key, options_.nulls).has_value()) node = "(bytes that are no node)";
    options_.fault(page, node, what);
  }

  /// Marks a page as reached. False, with a fault told, when it cannot be or was reached before.
  bool claim(std::uint64_t page, std::uint64_t from, Use use) {
    if (page < 2 || page >= uses_.size()) {
      fault(from,
            fmt::format("leads to page {}, which is not one of the pages 2 to {} in use", page, uses_.size() - 1));
      return false;
    }
    if (uses_[page] != Use::Unseen) {
      fault(from, fmt::format("leads to page {}, which is reached a second time or is listed as free", page));
      return false;
    }
    uses_[page] = use;
    return true;
  }

  /// A page that was taken and given back in one transaction was perhaps never written: where LMDB writes pages one by
  /// one, as in an image, the file may end before it. So it must be listed as free.
  bool claim_unwritten(std::uint64_t page, std::uint64_t from) {
    if (page < file_pages_ || page > meta_.last_page) return false;
    if (!unwritten_.insert(page).second)
      fault(from, fmt::format("leads to page {}, which is listed as free twice", page));
    return true;
  }
  void look_behind_the_end() {
    if (meta_.last_page < file_pages_ + unwritten_.size()) return;
    fault(0, fmt::format("the meta page says that page {} is in use, the file ends at page {}", meta_.last_page,
                         file_pages_ - 1));
  }

  struct Counts {
    std::uint64_t branch = 0, leaf = 0, overflow = 0, records = 0;
  };

  void walk_tree(Tree tree, const TreeFacts& facts) {
    counts_ = {};
    tree_ = tree;
    last_page_.reset();
    const std::string_view name = tree == Tree::Nodes ? "tree of nodes" : "list of free pages";
    // Keys of the free list are integers; beside that is how the environment was opened (a file, not a folder).
    const std::uint16_t flags_wanted = tree == Tree::Nodes ? 0 : 0x4008;
    if (facts.flags != flags_wanted)
      fault(0, fmt::format("the {} has flags 0x{:X}, not 0x{:X}", name, facts.flags, flags_wanted));
    if (facts.root == kNoPage) {
      if (facts.depth != 0) fault(0, fmt::format("the {} has a depth of {} and no root", name, facts.depth));
    } else if (facts.depth == 0 || facts.depth > kTreeDepthMax) {
      fault(0, fmt::format("the {} has a root and a depth of {}", name, facts.depth));
    } else {
      if (tree == Tree::Nodes) report_.levels.assign(facts.depth, {});
      walk_page(facts.root, 0, facts.depth - 1u, {}, true);
    }
    if (report_.stopped) return;
    compare(name, "branch pages", facts.branch_pages, counts_.branch);
    compare(name, "leaf pages", facts.leaf_pages, counts_.leaf);
    if (!options_.nodes && tree == Tree::Nodes) return;
    if (tree == Tree::Nodes) long_keys_.finish([this](std::string_view what) { fault(0, what); });
    compare(name, "overflow pages", facts.overflow_pages, counts_.overflow);
    compare(name, "records", facts.records, counts_.records);
  }

  void compare(std::string_view tree, std::string_view what, std::uint64_t said, std::uint64_t found) {
    if (said != found)
      fault(0, fmt::format("the meta page counts {} {} in the {}, {} are there", said, what, tree, found));
  }

  PageTally& tally(bool leaf) {
    if (tree_ == Tree::FreeList) return report_.free_list;
    return leaf ? report_.data : report_.index;
  }

  void walk_page(std::uint64_t number, std::uint64_t from, unsigned level, const Bounds& bounds, bool is_root) {
    if (report_.stopped || (options_.stop && options_.stop())) {
      report_.stopped = true;
      return;
    }
    if (!claim(number, from, Use::InTree)) return;
    const bool leaf = level == 0;
    count(number, leaf, level);
    if (leaf && !options_.nodes && tree_ == Tree::Nodes) return;
    const Bytes page = *page_at(file_, number);
    const PageHeader header = page_header(page);
    if (header.number != number) {
      fault(number, fmt::format("says that it is page {}", header.number));
      return;
    }
    if (!header.is(leaf ? PageType::Leaf : PageType::Branch)) {
      fault(number, fmt::format("is not the {} page that its level asks for (flags 0x{:X})", leaf ? "leaf" : "branch",
                                header.flags));
      return;
    }
    if (const std::string why = page_header_fault(header); !why.empty()) {
      fault(number, why);
      return;
    }
    const std::size_t fewest = leaf ? (is_root ? 0 : 1) : 2;
    if (header.record_count() < fewest) fault(number, fmt::format("holds {} records", header.record_count()));
    std::vector<PageRecord> records;
    if (!read_records(page, number, header, records)) return;
    check_keys(number, leaf, records, bounds);
    const std::uint64_t used = kPageHeaderBytes + 2 * records.size() + (kPageBytes - header.upper);
    tally(leaf).used_bytes += used;
    tally(leaf).records += records.size();
    if (tree_ == Tree::Nodes) {
      report_.levels[level].used_bytes += used;
      report_.levels[level].records += records.size();
    }
    if (leaf) {
      walk_leaf(number, records);
      return;
    }
    for (std::size_t i = 0; i < records.size(); ++i)
      walk_page(records[i].child, number, level - 1,
                {i == 0 ? bounds.low : std::optional(records[i].key),
                 i + 1 < records.size() ? std::optional(records[i + 1].key) : bounds.high},
                false);
  }

  void count(std::uint64_t number, bool leaf, unsigned level) {
    ++(leaf ? counts_.leaf : counts_.branch);
    ++tally(leaf).pages;
    const std::uint64_t distance =
        last_page_ ? (*last_page_ > number ? *last_page_ - number : number - *last_page_) : 0;
    const bool near = distance <= options_.adjacency;
    if (near) ++tally(leaf).adjacent;
    last_page_ = number;
    if (tree_ == Tree::FreeList) return;
    ++report_.levels[level].pages;
    if (near) ++report_.levels[level].adjacent;
  }

  /// All records, which fill the page from `upper` on without holes. False when one cannot be read.
  bool read_records(Bytes page, std::uint64_t number, const PageHeader& header, std::vector<PageRecord>& records) {
    records.reserve(header.record_count());
    std::vector<std::pair<std::size_t, std::size_t>> places;
    for (std::size_t i = 0; i < header.record_count(); ++i) {
      const auto record = page_record(page, header, i);
      if (!record) {
        fault(number, fmt::format("record {} does not lie within the page", i + 1));
        return false;
      }
      places.emplace_back(record->offset, record->bytes);
      records.push_back(*record);
    }
    std::sort(places.begin(), places.end());
    std::size_t end = header.upper;
    for (const auto& [offset, bytes] : places) {
      if (offset != end) {
        fault(number, fmt::format("the record at offset 0x{:X} does not begin where the one before it ends, 0x{:X}",
                                  offset, end));
        return false;
      }
      end = offset + bytes;
    }
    if (end == kPageBytes) return true;
    fault(number, fmt::format("its records end at offset 0x{:X}", end));
    return false;
  }

  void check_keys(std::uint64_t number, bool leaf, const std::vector<PageRecord>& records, const Bounds& bounds) {
    for (std::size_t i = leaf ? 0 : 1; i < records.size(); ++i) {
      const std::string_view key = records[i].key;
      if (tree_ == Tree::FreeList && key.size() != 8)
        fault(number, fmt::format("key {} is no transaction number", i + 1));
      if (i > (leaf ? 0u : 1u) && !key_less(tree_, records[i - 1].key, key))
        fault(number, fmt::format("key {} is not above the one before it", i + 1), node_text(leaf, key));
      if (bounds.low && key_less(tree_, key, *bounds.low))
        fault(number, fmt::format("key {} is below those that belong into the page", i + 1), node_text(leaf, key));
      if (bounds.high && !key_less(tree_, key, *bounds.high))
        fault(number, fmt::format("key {} is above those that belong into the page", i + 1), node_text(leaf, key));
    }
  }

  /// A separator of the nodes' tree is the beginning of a key at most: only a leaf's keys are nodes.
  std::string_view node_text(bool leaf, std::string_view key) const {
    return leaf && tree_ == Tree::Nodes ? key : std::string_view();
  }

  void walk_leaf(std::uint64_t number, const std::vector<PageRecord>& records) {
    counts_.records += records.size();
    for (const PageRecord& record : records) {
      const auto value = record.overflow == kNoPage ? std::optional(record.value) : claim_large_value(number, record);
      if (tree_ == Tree::FreeList) {
        if (value) claim_free_pages(number, *value);
        continue;
      }
      std::string_view key = record.key;
      if (!is_plain(key)) {
        const auto whole = long_keys_.take(key, record.overflow == kNoPage ? value : std::nullopt,
                                           [&](std::string_view what) { fault(number, what); });
        if (!whole) continue;
        key = *whole;
      }
      check_node(number, key, record.value_bytes);
      if (value && options_.node) options_.node(key, *value);
    }
  }

  void check_node(std::uint64_t number, std::string_view key, std::uint64_t value_bytes) {
    if (key == kHeaderKey) return;
    if (const auto node = decode_key(key, options_.nulls); !node.has_value()) {
      fault(number, fmt::format("a key is none of a global: {}", node.error().text));
      return;
    }
    if (options_.key_bytes_max != 0 && key.size() > options_.key_bytes_max)
      fault(number, fmt::format("key of {} bytes, the region allows {}", key.size(), options_.key_bytes_max), key);
    if (options_.value_bytes_max != 0 && value_bytes > options_.value_bytes_max)
      fault(number, fmt::format("value of {} bytes, the region allows {}", value_bytes, options_.value_bytes_max), key);
  }

  std::optional<std::string_view> claim_large_value(std::uint64_t number, const PageRecord& record) {
    if (!claim(record.overflow, number, Use::InTree)) return std::nullopt;
    const PageHeader header = page_header(*page_at(file_, record.overflow));
    const std::uint64_t needed = overflow_pages_of(record.value_bytes);
    if (header.number != record.overflow || !header.is(PageType::Overflow)) {
      fault(record.overflow, "is not the first page of a large value");
      return std::nullopt;
    }
    // A value that was replaced by a shorter one keeps its pages.
    if (header.overflow_pages < needed || header.overflow_pages > uses_.size() - record.overflow) {
      fault(record.overflow, fmt::format("is {} pages of a large value that takes {}", header.overflow_pages, needed));
      return std::nullopt;
    }
    for (std::uint64_t i = 1; i < header.overflow_pages; ++i)
      if (!claim(record.overflow + i, record.overflow, Use::InTree)) return std::nullopt;
    counts_.overflow += header.overflow_pages;
    tally(true).pages += header.overflow_pages;
    tally(true).used_bytes += kPageHeaderBytes + record.value_bytes;
    if (tree_ == Tree::Nodes) {
      report_.levels[0].pages += header.overflow_pages;
      report_.levels[0].used_bytes += kPageHeaderBytes + record.value_bytes;
    }
    return as_text(file_.subspan(record.overflow * kPageBytes + kPageHeaderBytes, record.value_bytes));
  }

  /// One record of the free list: a count, then so many page numbers, falling.
  void claim_free_pages(std::uint64_t number, std::string_view value) {
    const Bytes in = as_bytes(value);
    const std::uint64_t count = in.size() < 8 ? 0 : get_le<std::uint64_t>(in, 0);
    if (in.size() < 8 || count > in.size() / 8 - 1) {
      fault(number, fmt::format("a record of the list of free pages counts {} pages in {} bytes", count, in.size()));
      return;
    }
    std::uint64_t before = kNoPage;
    for (std::uint64_t i = 1; i <= count; ++i) {
      const auto page = get_le<std::uint64_t>(in, 8 * i);
      if (page >= before) fault(number, fmt::format("free page {} is listed after page {}", page, before));
      before = page;
      if (claim_unwritten(page, number)) continue;
      if (claim(page, number, Use::Free)) ++report_.free_pages;
    }
  }

  void look_for_lost_pages() {
    // With branches alone, what hangs on leaves (large values) is not known.
    if (!options_.nodes) return;
    for (std::uint64_t page = 2; page < uses_.size(); ++page)
      if (uses_[page] == Use::Unseen) fault(page, "is neither in use nor listed as free");
  }

  Bytes file_;
  const MetaPage& meta_;
  const StructureOptions& options_;
  std::uint64_t file_pages_;
  std::set<std::uint64_t> unwritten_;  ///< free pages past the end of the file
  std::vector<Use> uses_;
  LongKeyCheck long_keys_;
  Counts counts_;
  Tree tree_ = Tree::Nodes;
  std::optional<std::uint64_t> last_page_;
  StructureReport report_;
};

}  // namespace

StructureReport check_structure(Bytes file, const MetaPage& meta, const StructureOptions& options) {
  return Walk(file, meta, options).run();
}

}  // namespace hw

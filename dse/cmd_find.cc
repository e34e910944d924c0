// find: chooses the region, or shows the way to a node.
#include <ostream>

#include "dse/commands.h"
#include "dse/node_argument.h"
#include "dse/render.h"
#include "engine/storage/page_tree.h"

namespace hw::dse {
namespace {

std::string path_text(const TreePath& found) {
  std::string out = "    Global tree path\n    Path--blk:off\n\t";
  for (const TreeStep& step : found.steps) out += fmt::format("{:X}:{:X},\t", step.page, step.offset);
  const auto sibling = [](const std::optional<std::uint64_t>& page) {
    return page ? fmt::format("0x{:016X}", *page) : std::string("none");
  };
  out += "\n\n\tLeft sibling\t\tCurrent block\t\tRight sibling\n";
  return out +
         fmt::format("\t{}\t{}\t{}\n\n", sibling(found.left), sibling(found.steps.back().page), sibling(found.right));
}

Status find_key(const ParsedCommand& command, Session& session, Console& console) {
  std::string out;
  HW_TRY_VOID(session.look([&](const RegionLook& seen) -> Status {
    const auto nulls =
        seen.header.has_value() ? static_cast<NullCollation>(seen.header->null_collation) : NullCollation::Standard;
    HW_TRY(const std::string key, key_of_argument(command, nulls));
    HW_TRY(const TreePath found, find_node(seen.file, seen.meta.data, key, seen.path));
    if (found.steps.empty()) return make_error<MsgId::GVUNDEF>(command.written("KEY"));
    out = found.there ? fmt::format("\nKey found in block  {:X}.\n", found.steps.back().page)
                      : fmt::format("\nKey not found, would be in block  {:X}.\n", found.steps.back().page);
    out += path_text(found);
    session.block = found.steps.back().page;
    return {};
  }));
  console.err << out;
  return {};
}

/// The way to a page is the way to its first key, cut where the page is met.
Status find_block(const ParsedCommand& command, Session& session, Console& console) {
  const std::uint64_t wanted = *command.number("BLOCK");
  std::string out;
  HW_TRY_VOID(session.look([&](const RegionLook& seen) -> Status {
    if (wanted < 2 || wanted > seen.meta.last_page)
      return make_error<MsgId::BLKINVALID>(wanted, seen.path, seen.meta.last_page + 1);
    HW_TRY(const Bytes page, tree_page(seen.file, wanted, seen.path));
    const PageHeader header = page_header(page);
    const auto record = page_record(page, header, header.is(PageType::Branch) && header.record_count() > 1 ? 1 : 0);
    if (!record) return make_error<MsgId::HWDBDAMAGED>(seen.path, fmt::format("page {}: no record", wanted));
    HW_TRY(TreePath found, find_in_tree(seen.file, seen.meta.data, record->key, seen.path));
    for (std::size_t i = 0; i < found.steps.size(); ++i) {
      if (found.steps[i].page != wanted) continue;
      found.steps.resize(i + 1);
      out = "\n" + path_text(found);
      session.block = wanted;
      return {};
    }
    return make_error<MsgId::HWREFUSED>(fmt::format("Block {:X}", wanted), "it is not in the tree: the page is free");
  }));
  console.err << out;
  return {};
}

}  // namespace

Status run_find(const ParsedCommand& command, Session& session, Console& console) {
  if (command.has("KEY")) return find_key(command, session, console);
  if (command.has("BLOCK")) return find_block(command, session, console);
  if (const auto name = command.text("REGION")) {
    HW_TRY_VOID(session.choose(*name));
    console.err << session.heading();
    return {};
  }
  console.err << "List of global directory:\t\n";
  for (const Region& region : session.directory().regions())
    console.err << fmt::format("\n\nFile  \t{}\nRegion\t{}\n", session.directory().database_path(region), region.name);
  return {};
}

}  // namespace hw::dse

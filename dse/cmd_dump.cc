// dump: the file header, a page, or the record of a node.
#include <ostream>

#include "dse/commands.h"
#include "dse/node_argument.h"
#include "dse/render.h"
#include "engine/storage/page_tree.h"

namespace hw::dse {
namespace {

NullCollation nulls_of(const RegionLook& seen) {
  return seen.header.has_value() ? static_cast<NullCollation>(seen.header->null_collation) : NullCollation::Standard;
}

Result<std::string> header_text(const RegionLook& seen, const Session& session, const FileUse& use,
                                const ParsedCommand& command) {
  if (!seen.header.has_value()) return seen.header.error();
  if (command.negated("BASIC")) return std::string();
  std::string out = render_header(seen, *seen.header, session.region().name, use, command.has("ALL"));
  if (seen.header->name != session.region().name)
    out += make_line<MsgId::TEXT>(fmt::format("The file calls itself region {}", seen.header->name)) + "\n";
  return out;
}

/// Levels above the leaves, found by going down the first records.
unsigned level_of(Bytes file, std::uint64_t number) {
  unsigned level = 0;
  while (level < kTreeDepthMax) {
    const auto page = page_at(file, number);
    if (!page) break;
    const PageHeader header = page_header(*page);
    if (!header.is(PageType::Branch) || !page_header_fault(header).empty()) break;
    const auto record = page_record(*page, header, 0);
    if (!record) break;
    number = record->child;
    ++level;
  }
  return level;
}

struct PageRequest {
  std::uint64_t number = 0;
  std::optional<std::uint64_t> record;  ///< from 1
  std::optional<std::uint64_t> offset;
  std::uint64_t count = 0;  ///< of records; 0: all, or one when a record or offset is named
  bool header = true;
  bool records = true;
};

Result<std::string> page_text(const RegionLook& seen, const PageRequest& request) {
  const auto page = page_at(seen.file, request.number);
  if (!page || request.number > seen.meta.last_page)
    return make_error<MsgId::BLKINVALID>(request.number, seen.path, seen.meta.last_page + 1);
  if (request.number < 2) {
    std::string why;
    const auto meta = decode_meta(*page, request.number, why);
    if (!meta) return make_error<MsgId::HWDBDAMAGED>(seen.path, fmt::format("page {}: {}", request.number, why));
    return fmt::format("\nBlock {:X}   Meta page   TN {:X}   Root {:X}   Free list {:X}   Last block {:X}{}\n",
                       request.number, meta->tn, meta->data.root, meta->free.root, meta->last_page,
                       meta->tn == seen.meta.tn ? "   in force" : "");
  }
  const PageHeader header = page_header(*page);
  if (header.is(PageType::Overflow)) return render_page(request.number, header, 0);
  if (const std::string fault = page_header_fault(header); !fault.empty())
    return make_error<MsgId::HWDBDAMAGED>(seen.path, fmt::format("page {}: {}", request.number, fault));
  std::string out;
  if (request.header) out += render_page(request.number, header, level_of(seen.file, request.number));
  if (!request.records) return out;
  std::uint64_t left = request.count != 0 ? request.count : request.record || request.offset ? 1 : kPageBytes;
  for (std::size_t i = 0; i < header.record_count() && left > 0; ++i) {
    const auto record = page_record(*page, header, i);
    if (!record)
      return make_error<MsgId::HWDBDAMAGED>(
          seen.path, fmt::format("page {}: record {} lies outside the page", request.number, i + 1));
    if (request.record && i + 1 < *request.record) continue;
    if (request.offset && (*request.offset < record->offset || *request.offset >= record->offset + record->bytes) &&
        left == std::max<std::uint64_t>(request.count, 1))
      continue;
    out += render_record(*page, request.number, header, i, *record,
                         render_key_of_record(seen, header, *record, nulls_of(seen)));
    --left;
  }
  return out + "\n";
}

Result<std::string> node_text(const RegionLook& seen, const QualifierSet& command) {
  HW_TRY(const std::string key, key_of_argument(command, nulls_of(seen)));
  HW_TRY(const TreePath found, find_node(seen.file, seen.meta.data, key, seen.path));
  if (!found.there) return make_error<MsgId::GVUNDEF>(command.written("KEY"));
  HW_TRY(const std::string_view value, value_of_record(seen.file, *found.at, seen.path));
  const TreeStep& leaf = found.steps.back();
  HW_TRY(const Bytes page, tree_page(seen.file, leaf.page, seen.path));
  std::string out =
      render_record(page, leaf.page, page_header(page), leaf.index, *found.at, render_key(key, nulls_of(seen)));
  return out + fmt::format("\nKey {} bytes, value {} bytes\n", key.size(), value.size());
}

}  // namespace

Status run_dump(const ParsedCommand& command, Session& session, Console& console) {
  HW_TRY(const auto access, session.take());
  const FileUse use{access->state(), access->region().control.freeze().frozen_by.load()};
  std::string out;
  HW_TRY_VOID(look_at_region(*access, [&](const RegionLook& seen) -> Status {
    if (command.has("FILEHEADER")) {
      HW_TRY(out, header_text(seen, session, use, command));
    } else if (command.has("KEY")) {
      HW_TRY(out, node_text(seen, command));
    } else {
      PageRequest request;
      request.number = command.number("BLOCK").value_or(session.block.value_or(seen.meta.data.root));
      request.record = command.number("RECORD");
      request.offset = command.number("OFFSET");
      request.count = command.number("COUNT").value_or(0);
      request.header = !command.negated("HEADER");
      request.records = !command.has("HEADER");
      HW_TRY(out, page_text(seen, request));
      session.block = request.number;
    }
    return {};
  }));
  if (command.has("FILEHEADER") && access->needs_recovery())
    out +=
        make_line<MsgId::TEXT>("The file was not closed; the next process that opens it brings it up to its journal") +
        "\n";
  console.err << out;
  return {};
}

}  // namespace hw::dse

/// dse/render.h -- file header, pages and records as text, in the shape of GT.M's dse.
#pragma once

#include <string>

#include "engine/integ/region_look.h"

namespace hw::dse {

/// The file header. The last line holds Zqgblmod Seqno and Zqgblmod Trans; `all` adds, before it, what GT.M does not
/// have.
/// What the control file says beside the file.
struct FileUse {
  ControlState state;
  std::uint32_t frozen_by;  ///< as in ControlFreeze
};

std::string render_header(const RegionLook& seen, const RegionHeader& header, const std::string& region,
                          const FileUse& use, bool all);

/// The line that says what a page is. `level` counts from the leaves, which have 0.
std::string render_page(std::uint64_t number, const PageHeader& header, unsigned level);
/// A record (`index` from 0) and its key as text: its line, then its bytes in rows of 20, with the characters below.
std::string render_record(Bytes page, std::uint64_t number, const PageHeader& header, std::size_t index,
                          const PageRecord& record, std::string_view key);
/// `^a(1)` for key bytes; the bytes in hexadecimal when they are no node's.
std::string render_key(std::string_view key, NullCollation nulls);
/// The key of a record as `render_key` has it; of one that belongs to a long key (engine/storage/long_key.h), what it
/// is.
std::string render_key_of_record(const RegionLook& seen, const PageHeader& header, const PageRecord& record,
                                 NullCollation nulls);

}  // namespace hw::dse

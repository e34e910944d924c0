/// engine/extract/extract.h -- `mupip extract`: globals from the database into a ZWR, GO or binary file.
///
/// The file shows the database at one moment, all regions together (GT.M needs -freeze for that). Its bytes depend on
/// the nodes alone, not on how they are spread over regions.
/// Source: observed on GT.M V7.0-005, counts included: a key counts one byte more than engine/globals/key.h's, a node's
/// length is 4 bytes, the key without what it shares with the node before it, and the value. (GT.M shares nothing at
/// the start of a block, so that its largest node may be a few bytes longer.)
#pragma once

#include <cstdint>
#include <ctime>
#include <iosfwd>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/result.h"
#include "engine/extract/extract_format.h"
#include "engine/globals/charset.h"
#include "engine/session/scan.h"

namespace hw {

inline constexpr std::string_view kExtractLabel = "GT.M MUPIP EXTRACT";

struct ExtractOptions {
  ExtractFormat format = ExtractFormat::Zwr;
  std::string label{kExtractLabel};
  Charset charset = process_charset();  ///< of the text formats; UTF-8 follows the label
  std::string select{"*"};              ///< see parse_selection
  std::vector<std::size_t> regions;     ///< indexes into directory().regions(); empty: all
  bool log = true;                      ///< a RECORDSTAT line for every global, not only for all
  std::time_t time = 0;                 ///< of the second line, shown as local time
  std::ostream* progress = nullptr;     ///< a terminal, or null
};

struct ExtractCounts {
  std::uint64_t keys = 0;
  std::size_t key_bytes_max = 0;
  std::size_t value_bytes_max = 0;
  std::size_t node_bytes_max = 0;
};

/// Key ranges of a -select= argument, sorted and without overlaps.
///
///   selection = item { "," item }
///   item      = name | name "*" | name ":" name | "*"       an up-arrow may come before each name
///
/// Errors: SELECTSYNTAX, also when the end of a range sorts before its start.
Result<std::vector<KeyRange>> parse_selection(std::string_view text);

/// Writes the selected globals to `out`, RECORDSTAT lines to `messages`. Nothing is written when nothing is selected.
///
/// Returns: the counts of all globals together.
/// Errors: SELECTSYNTAX; NOSELECT; EXTRIOERR naming `name` when `out` takes no more; as Scan::open.
/// Blocks: reads everything selected and writes it. Thread: any, one at a time on `out`.
Result<ExtractCounts> extract(Database& database, std::ostream& out, std::string_view name,
                              const ExtractOptions& options, std::ostream& messages);

}  // namespace hw

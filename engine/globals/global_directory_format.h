/// engine/globals/global_directory_format.h -- the text of a global directory file, and the attributes it is made of.
///
/// Format 1. Lines end in LF. Indented lines belong to the line above that is not indented; their order is fixed.
///
///   Headwater global directory 1            label
///   locks REGION                            region of local locks (kept for GDE's LOCKS command)
///   name PATTERN REGION                     one for each name, `*` among them
///   region NAME                             then one `  attribute value` line for each row of attributes_of(Region&)
///   segment NAME                            the same for attributes_of(Segment&)
///   template region                         a region's attributes
///   template segment BG                     a segment's attributes
///   template segment MM
///   active_template BG|MM
///   checksum XXXXXXXXXXXXXXXX               XXH3-64, 16 hexadecimal digits, of every byte before this line
///
/// A text value is the rest of its line, as it is; it holds no byte below 0x20. An empty one is left out together
/// with the space before it.
///
/// Compatibility: format 1 never changes. A new attribute takes a new label and a golden file in test/golden/.
/// Full text: docs/formats/global-directory.md.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "engine/base/result.h"
#include "engine/globals/global_directory.h"

namespace hw {

/// One attribute of an object: its name in GDE's spelling, where its value lives, and its limits.
struct Attribute {
  using Value = std::variant<std::uint32_t*, bool*, std::string*, NullSubscripts*, AccessMethod*>;
  std::string_view name;  ///< `KEY_SIZE`; the file has it in lower case.
  Value value;
  std::uint32_t min = 0;  ///< Of a number.
  std::uint32_t max = 0;
  bool negatable = false;   ///< gde accepts `-NOname`.
  bool of_journal = false;  ///< gde takes it inside `-JOURNAL=( )`; the file puts `journal_` before its name.
};

/// All attributes but the name, in the order of the file. The pointers point into `object`.
std::vector<Attribute> attributes_of(Region& object);
std::vector<Attribute> attributes_of(Segment& object);

std::string_view to_text(NullSubscripts value);
std::string_view to_text(AccessMethod value);
bool parse(std::string_view text, NullSubscripts& out);
bool parse(std::string_view text, AccessMethod& out);
/// Decimal digits only. False above 32 bits.
bool parse(std::string_view text, std::uint32_t& out);
/// 1 to kRegionNameBytesMax bytes: a letter, then letters, digits, `_`, `-`, `$`.
bool is_region_name(std::string_view name);

/// The file's text. The texts in `contents` hold no byte below 0x20.
std::string encode_global_directory(const GlobalDirectoryContents& contents);

/// The inverse; checks label, checksum, form and the limits of each value, not how the lines fit together.
/// Errors: GDINVALID, with a line that says where and what; `path` is the name put into the message.
Result<GlobalDirectoryContents> decode_global_directory(std::string_view text, std::string_view path);

}  // namespace hw

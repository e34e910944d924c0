/// engine/globals/key.h -- a node of a global as bytes whose order is M's collation.
///
///   key       = name 00 { subscript 00 }
///   name      = (letter | '%') { letter | digit }, 1 to 31 bytes, no '^'
///   subscript = number | string | null
///   number    = 80                                  zero
///             | (BE + e) pair…                      positive: 0.d1d2d3… * 10^e, d1 not 0, e from -42 to 47
///             | complement of the positive's bytes, FF
///   pair      = 16 * tens + units + 1; an odd last digit is paired with 0; the last pair is not 00
///   string    = FF byte…                            00 is written 01 01, 01 is written 01 02
///   null      = 01 (standard null collation) | FF (GT.M null collation)
///
/// No 00 occurs inside a component. So unsigned byte order is M order (null, numbers by value, strings by bytes;
/// GT.M null collation puts null between numbers and strings), and all nodes of a subtree share their root's key as
/// a prefix. A string that is the canonical text of a number (engine/globals/number.h) is that number.
///
/// Compatibility: these are the key bytes of GT.M's replication stream; they never change. Text: docs/formats/key.md.
/// All functions here are pure: they do not block and may be called from any thread.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/limits.h"
#include "engine/base/result.h"

namespace hw {

/// How the empty subscript is stored, and so where it sorts. A property of a region.
enum class NullCollation { Standard, Gtm };

/// A node by name. `global` has no up-arrow; subscripts are their text (a number's is its canonical text).
struct NodeName {
  std::string global;
  std::vector<std::string> subscripts;
  friend bool operator==(const NodeName&, const NodeName&) = default;
};

/// Letter or `%`, then letters and digits, 1 to kGlobalNameBytesMax bytes.
bool is_global_name(std::string_view name);

/// Errors: NOTMNAME for a bad global name; MAXNRSUBSCRIPTS above kSubscriptsMax; GVSUBOFLOW when the key is longer than
/// kKeyBytesMax.
Result<std::string> encode_key(std::string_view global, std::span<const std::string> subscripts,
                               NullCollation nulls = NullCollation::Standard);
inline Result<std::string> encode_key(const NodeName& node, NullCollation nulls = NullCollation::Standard) {
  return encode_key(node.global, node.subscripts, nulls);
}

/// The inverse. Accepts only bytes that encode_key with the same `nulls` would produce, so it may be given anything.
/// Errors: HWKEYBAD.
Result<NodeName> decode_key(std::string_view key, NullCollation nulls = NullCollation::Standard);

/// One component, without its 00.
void append_subscript(std::string& key, std::string_view subscript, NullCollation nulls = NullCollation::Standard);
std::string encode_subscript(std::string_view subscript, NullCollation nulls = NullCollation::Standard);

/// What kind of component bytes are, judged by the first byte alone.
enum class ComponentKind { Null, Number, String };
ComponentKind component_kind(std::string_view component, NullCollation nulls = NullCollation::Standard);

/// Appends the text of one component (without its 00). False, with `text` unchanged, for bytes that encode_subscript
/// would not produce.
bool append_decoded_subscript(std::string& text, std::string_view component,
                              NullCollation nulls = NullCollation::Standard);

/// Views into a key's bytes, made by counting 00 bytes; they do not check what lies between. `key` ends in 00.
std::string_view key_global(std::string_view key);          ///< name, without its 00
std::string_view key_last_component(std::string_view key);  ///< last subscript, without its 00; the name when none
std::string_view key_parent(std::string_view key);          ///< without the last subscript; empty for a bare name
std::size_t key_subscript_count(std::string_view key);
inline bool key_is_in_subtree(std::string_view key, std::string_view root) { return key.starts_with(root); }

/// First bytes above every key of `key`'s subtree: the last 00 replaced by 01. Not itself a key.
std::string subtree_upper_bound(std::string_view key);

}  // namespace hw

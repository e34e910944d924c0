/// cluster/store/answer_fields.h -- fields of etcd's answers, as its JSON gateway writes them: 64-bit numbers are
/// strings, and what is zero or false is left out. Pure. Included by sources of this room only.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "cluster/board/json.h"
#include "cluster/store/decoded.h"
#include "engine/base/result.h"

namespace hw::cluster::store {

/// The one object of an answer.
Decoded<Json> answer_object(std::string_view body);
/// The object of an answer, or of a line of one, that etcd streams: it is below `result`. A fault when there is
/// `error` instead.
Decoded<Json> result_object(std::string_view line);

/// A whole number from 0; missing: 0.
Decoded<std::uint64_t> number_at(const Json& object, const char* key);
Decoded<bool> flag_at(const Json& object, const char* key);
/// Bytes, in base64; missing: none.
Decoded<std::string> bytes_at(const Json& object, const char* key);
/// nullptr: missing.
Decoded<const Json*> object_at(const Json& object, const char* key);
Decoded<const Json*> list_at(const Json& object, const char* key);

/// The store's revision when it answered. Every answer has a header; its revision is never 0.
Decoded<std::uint64_t> revision_of(const Json& answer);

}  // namespace hw::cluster::store

/// HW_DECODE(const auto number, number_at(json, "ID")); returns the fault from the enclosing decoder.
#define HW_DECODE(decl, expr) HW_DECODE_NAMED(HW_CAT(hw_decoded_, __COUNTER__), decl, expr)
#define HW_DECODE_NAMED(name, decl, expr)                                \
  auto name = (expr);                                                    \
  if (!name.has_value()) return tl::unexpected(std::move(name).error()); \
  decl = *std::move(name)

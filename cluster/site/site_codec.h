/// cluster/site/site_codec.h -- bodies of requests and answers between agents. Pure. Included by sources of this room
/// only; cluster/site/site_calls.h has their form.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

#include "cluster/site/site_fields.h"

namespace hw::cluster {

/// An agent's list or text is never larger than a whole message.
inline constexpr JsonBounds kSiteBounds{kReceiptRowsMax, kAgentMessageBytesMax};

/// The text, as it is where it is printable and short; Errors: HWREMOTE, with `what`, when it does not fit into a
/// message, packed.
Result<PackedText> pack_text(std::string_view text, std::string_view what);
/// Errors: HWREMOTE, with `what`, when it is not what pack_text makes.
Result<std::string> unpack_text(const PackedText& packed, std::string_view what);

ErrorFields fields_of(const Error& error);
/// One whose code is not known here is HWREMOTE of `node`.
Error error_of(const ErrorFields& fields, const std::string& node);

/// Of an object: the first key that `model` does not have, with its path. None: all are known.
std::optional<std::string> stranger_in(const Json& json, const Json& model, const std::string& path);

/// The object at `key` of a body, checked: types, ranges, no unknown keys; a member that is missing has its default.
/// What is wrong with it otherwise.
template <typename Fields>
std::optional<std::string> read_part(const Json& body, const char* key, Fields& fields) {
  const auto found = body.find(key);
  if (found == body.end() || !found->is_object()) return fmt::format("{}: no object", key);
  // A list's entries are objects of one kind: a model of one entry is made by the reader of it.
  std::optional<std::string> fault;
  const std::string path(key);
  JsonReader reader(*found, path, kSiteBounds, fault);
  visit_fields(reader, fields);
  if (!fault) {
    if (auto unknown = stranger_in(*found, JsonWriter::to_json(fields), path)) fault = *unknown + ": no such key";
  }
  return fault;
}

struct SiteRequestHead {
  std::optional<std::chrono::milliseconds> timeout;
};

/// The bodies.
std::string request_body(const Json& arguments, Deadline deadline);
std::string answer_body(const Json& result);
std::string error_body(const Error& error);

/// A body's outer object: format 1 and no other keys than these. What is wrong with it otherwise.
std::optional<std::string> read_request(std::string_view body, Json& json, SiteRequestHead& head);
/// `error` is set when the answer is one.
std::optional<std::string> read_answer(std::string_view body, Json& json, std::optional<ErrorFields>& error);

}  // namespace hw::cluster

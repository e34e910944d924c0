/// cluster/board/sealed_file.h -- structs as files: JSON in an envelope. Included by sources of this room only.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "cluster/board/envelope.h"
#include "cluster/board/json_archive.h"
#include "engine/base/file.h"
#include "engine/base/result.h"

namespace hw::cluster {

struct SealedKind {
  Envelope envelope;
  JsonBounds bounds;
};

template <typename Value>
std::string encode_sealed(const SealedKind& kind, const Value& value) {
  return close_envelope(kind.envelope, dump(JsonWriter::to_json(value)));
}

/// `check` returns what is wrong with a value whose fields are right, one by one. Errors: HWBOARDBAD.
template <typename Value, typename Check>
Result<Value> decode_sealed(const SealedKind& kind, std::string_view bytes, std::string_view where, Check check) {
  std::string_view body;
  Value value;
  std::optional<std::string> fault = open_envelope(kind.envelope, bytes, body);
  if (!fault) fault = read_json(body, kind.bounds, value);
  if (!fault) fault = check(value);
  if (fault) return make_error<MsgId::HWBOARDBAD>(where, on_one_line(*fault));
  return value;
}

/// `rights`: whose it is, whatever was there; none: as what was there. Errors: SYSCALL, HWBOARDBAD.
template <typename Value>
Status write_sealed(const SealedKind& kind, const std::string& path, const Value& value,
                    const FileRights* rights = nullptr) {
  const std::string bytes = encode_sealed(kind, value);
  const std::size_t bytes_max = kind.envelope.bytes_max;
  if (bytes.size() > bytes_max)
    return make_error<MsgId::HWBOARDBAD>(path, fmt::format("would be longer than {} bytes", bytes_max));
  return replace_file(path, bytes, rights);
}

}  // namespace hw::cluster

/// cluster/agent/json_body.h -- the JSON of a request between agents, or of its answer, as a struct.
#pragma once

#include <string_view>

#include "cluster/board/json_archive.h"
#include "engine/base/result.h"

namespace hw::cluster {

/// `Fields` has a visit_fields (cluster/board/json_archive.h). Errors: HWBOARDBAD with the verb and what is wrong.
template <typename Fields>
Result<Fields> read_body(std::string_view text, std::string_view verb) {
  Fields fields;
  if (const auto fault = read_json(text, kBoardBounds, fields)) return make_error<MsgId::HWBOARDBAD>(verb, *fault);
  return fields;
}

}  // namespace hw::cluster

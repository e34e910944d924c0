/// engine/extract/load_error.h -- what GT.M calls a node in a load file that cannot be read.
///
/// engine/globals/zwr.h says at which character a text goes wrong; a load says it in GT.M's words, which administrators
/// look for. Source: observed on GT.M V7.0-005 (test/golden/load_forms).
#pragma once

#include <optional>
#include <string_view>

#include "engine/base/result.h"
#include "engine/globals/charset.h"

namespace hw {

/// The node of a ZWR record: up to the equals sign outside of parentheses and quotes; all of it where there is none.
/// Pure.
std::string_view reference_of_record(std::string_view line);

/// `cause` is what the parsers of engine/globals/zwr.h said of `reference`. GVINVALID for a bad name; NUMUNXEOR,
/// STRUNXEOR or DLRCUNXEOR where a subscript breaks off; DLRCTOOBIG and DLRCILLEGAL for codes; RPARENREQD where a
/// subscript goes on as it must not. None: nothing is wrong up to the right parenthesis. NOTGBL names the reference;
/// what else the cause is stays. Pure.
std::optional<Error> load_reference_error(std::string_view reference, Charset charset, const Error& cause);

}  // namespace hw

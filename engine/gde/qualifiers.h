/// engine/gde/qualifiers.h -- `-KEY_SIZE=255 -NOSTDNULLCOLL -JOURNAL=(BEFORE,FILE="x")` applied to a region or segment.
///
/// The attribute tables of engine/globals/global_directory_format.h say which qualifiers there are. Keywords may be
/// shortened to any beginning that no other keyword of the place shares.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "engine/gde/outcome.h"
#include "engine/gde/scanner.h"
#include "engine/globals/global_directory_format.h"

namespace hw::gde {

/// The keyword of `choices` that `word` is, or the only one it begins.
/// Errors: KEYWRDBAD, KEYWRDAMB; `kind` is "verb", "object" or "qualifier".
Outcome<std::string_view> match_keyword(std::string_view word, std::span<const std::string_view> choices,
                                        std::string_view kind);

/// Reads qualifiers to the end of the line into the objects that `attributes` names. `info` receives remarks that are
/// no failures. Errors: gde's KEYWRD…, QUALDUP, VALUE…, NOVALUE, NONEGATE, RPAREN, VALTOO…, MISSINGDELIM messages; the
/// objects are then partly changed and must be dropped.
Outcome<bool> apply_qualifiers(Scanner& line, std::span<const Attribute> attributes, Messages& info);

/// The value after `-keyword`: '=' and a value. Errors: VALUEREQD.
Outcome<std::string> required_value(Scanner& line, std::string_view keyword, std::string_view stops = {});

/// Upper-case name of a region or segment. Errors: OBJREQD, PREFIXBAD, VALTOOLONG, VALUEBAD. `kind` is "region" or
/// "segment".
Outcome<std::string> object_name(std::string_view written, std::string_view kind);

}  // namespace hw::gde

/// engine/gde/objects.h -- how a command's line names an object, and where the directory has it.
#pragma once

#include <algorithm>
#include <string>
#include <string_view>

#include "engine/gde/outcome.h"
#include "engine/gde/scanner.h"

namespace hw::gde {

/// The region or segment of that name, or the end.
template <typename Object>
auto find_object(std::vector<Object>& objects, std::string_view name) {
  return std::find_if(objects.begin(), objects.end(), [&](const Object& o) { return o.name == name; });
}

/// The spelling of an object's name, not whether it is there; `object` is NAME, REGION or SEGMENT.
Outcome<std::string> any_name(Scanner& line, std::string_view object);
/// A name to map, as it is written, checked. Errors: OBJREQD; those of parse_name_pattern.
Outcome<std::string> name_pattern(Scanner& line);
/// `-REGION=name`, and the end of the line. Errors: QUALREQD with `missing` and kin.
Outcome<std::string> region_qualifier(Scanner& line, const std::string& missing);

/// What messages call an object.
std::string_view noun(std::string_view object);
std::string_view capital_noun(std::string_view object);

}  // namespace hw::gde

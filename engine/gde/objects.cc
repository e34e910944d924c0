#include "engine/gde/objects.h"

#include <array>

#include "engine/gde/qualifiers.h"
#include "engine/globals/name_pattern.h"

namespace hw::gde {

using std::string_view;

Outcome<std::string> name_pattern(Scanner& line) {
  const std::string written = line.pattern();
  if (written.empty()) return make<MsgId::OBJREQD>("name");
  auto pattern = parse_name_pattern(written);
  if (!pattern.has_value()) return std::move(pattern).error();
  return std::move(pattern->text);
}

Outcome<std::string> region_qualifier(Scanner& line, const std::string& missing) {
  std::string region;
  while (!line.at_end()) {
    if (!line.take('-')) return make<MsgId::MISSINGDELIM>("dash", "qualifier", line.pattern());
    constexpr std::array<string_view, 1> choices = {"REGION"};
    HW_TRY(const auto keyword, match_keyword(line.keyword(), choices, "qualifier"));
    if (!region.empty()) return make<MsgId::QUALDUP>(keyword);
    HW_TRY(const auto value, required_value(line, keyword));
    HW_TRY(region, object_name(value, "region"));
  }
  if (region.empty()) return make<MsgId::QUALREQD>(missing);
  return region;
}

string_view noun(string_view object) { return object == "NAME" ? "name" : object == "REGION" ? "region" : "segment"; }

string_view capital_noun(string_view object) {
  return object == "NAME" ? "Name" : object == "REGION" ? "Region" : "Segment";
}

Outcome<std::string> any_name(Scanner& line, string_view object) {
  if (object == "NAME") return name_pattern(line);
  return object_name(line.next_is('-') ? std::string() : line.pattern(), noun(object));
}

}  // namespace hw::gde

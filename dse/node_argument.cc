#include "dse/node_argument.h"

#include "engine/globals/zwr.h"

namespace hw::dse {

Result<std::string> key_of_argument(const QualifierSet& command, NullCollation nulls) {
  if (const auto written = parse_reference(command.written("KEY")); written.has_value())
    return encode_key(*written, nulls);
  const std::string_view text = command.value("KEY");
  auto node = parse_reference(text);
  if (node.has_value()) return encode_key(*node, nulls);
  const auto open = text.find('(');
  if (!text.starts_with('^') || open == std::string_view::npos || !text.ends_with(')')) return node.error();
  NodeName plain;
  plain.global = text.substr(1, open - 1);
  if (!is_global_name(plain.global)) return node.error();
  std::string_view rest = text.substr(open + 1, text.size() - open - 2);
  for (;;) {
    const auto comma = rest.find(',');
    plain.subscripts.emplace_back(rest.substr(0, comma));
    if (comma == std::string_view::npos) break;
    rest.remove_prefix(comma + 1);
  }
  return encode_key(plain, nulls);
}

}  // namespace hw::dse

#include "mupip/database/region_list.h"

#include <algorithm>

#include "engine/base/text.h"

namespace hw::mupip {
namespace {

bool matches(std::string_view pattern, std::string_view name) {
  if (pattern.empty()) return name.empty();
  if (pattern.front() == '*')
    return matches(pattern.substr(1), name) || (!name.empty() && matches(pattern, name.substr(1)));
  return !name.empty() && (pattern.front() == '?' || pattern.front() == '%' || pattern.front() == name.front()) &&
         matches(pattern.substr(1), name.substr(1));
}

}  // namespace

Result<std::vector<const Region*>> regions_named(const GlobalDirectory& directory, std::string_view list) {
  std::vector<bool> chosen(directory.regions().size());
  while (true) {
    const std::size_t comma = std::min(list.find(','), list.size());
    const std::string part = upper(list.substr(0, comma));
    bool any = false;
    for (std::size_t i = 0; i < chosen.size(); ++i) {
      if (!matches(part, directory.regions()[i].name)) continue;
      any = true;
      chosen[i] = true;
    }
    if (!any) return make_error<MsgId::NOREGION>(part);
    if (comma == list.size()) break;
    list.remove_prefix(comma + 1);
  }
  std::vector<const Region*> regions;
  for (std::size_t i = 0; i < chosen.size(); ++i)
    if (chosen[i]) regions.push_back(&directory.regions()[i]);
  return regions;
}

Error no_action(const Error& cause) {
  if (cause.id == MsgId::FORCEDHALT) return cause;  // What was done is the command's to say.
  return make_error<MsgId::MUNOACTION>().after(cause);
}

}  // namespace hw::mupip

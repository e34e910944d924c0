#include "test/sim/shrink.h"

#include <algorithm>

namespace hw::sim {

Script shrink(Script script, const std::function<bool(const Script&)>& fails, const std::function<bool()>& more) {
  std::size_t piece = script.size() / 2;
  while (piece > 0) {
    bool shorter = false;
    // From the end: later steps depend on earlier ones.
    for (std::size_t end = script.size(); end > 0;) {
      if (!more()) return script;
      const std::size_t from = end > piece ? end - piece : 0;
      Script rest = script;
      rest.erase(rest.begin() + static_cast<std::ptrdiff_t>(from), rest.begin() + static_cast<std::ptrdiff_t>(end));
      if (fails(rest)) {
        script = std::move(rest);
        shorter = true;
        end = std::min(from, script.size());
      } else {
        end = from;
      }
    }
    if (piece > 1) {
      piece /= 2;
    } else if (!shorter) {
      break;
    }
  }
  return script;
}

std::string failure_kind(const std::string& text) {
  std::string kind;
  for (const char c : text.substr(0, text.find('\n'))) {
    if (c >= '0' && c <= '9') {
      if (kind.empty() || kind.back() != '#') kind += '#';
    } else {
      kind += c;
    }
  }
  return kind;
}

}  // namespace hw::sim

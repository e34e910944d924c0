#include "engine/base/failpoint.h"

#include <atomic>
#include <csignal>
#include <cstdlib>
#include <string>

namespace hw {

std::string_view failpoint_name(FailPoint point) {
  switch (point) {
#define FAILPOINT(name, where) \
  case FailPoint::name:        \
    return #name;
#include "engine/base/failpoints.def"
#undef FAILPOINT
  }
  return "";
}

#ifdef HW_FAILPOINTS
namespace {

struct Armed {
  bool any = false;
  std::string name;
  std::atomic<long> passings_left{1};

  Armed() {
    const char* setting = std::getenv("HW_FAIL");
    if (setting == nullptr) return;
    const std::string text(setting);
    const auto colon = text.find(':');
    if (colon == std::string::npos || text.compare(colon, 5, ":kill") != 0) return;
    name = text.substr(0, colon);
    if (text.size() > colon + 6) passings_left = std::strtol(text.c_str() + colon + 6, nullptr, 10);
    any = true;
  }
};

}  // namespace

void fail_here(FailPoint point) {
  static Armed armed;
  if (!armed.any || armed.name != failpoint_name(point)) return;
  if (armed.passings_left.fetch_sub(1) == 1) std::raise(SIGKILL);
}
#endif

}  // namespace hw

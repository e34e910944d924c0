#include "engine/base/operator_log.h"

#include <syslog.h>

namespace hw {
namespace {

int priority(Severity severity) {
  switch (severity) {
    case Severity::Fatal:
      return LOG_CRIT;
    case Severity::Error:
      return LOG_ERR;
    case Severity::Warning:
      return LOG_WARNING;
    case Severity::Success:
    case Severity::Info:
      return LOG_INFO;
  }
  return LOG_ERR;
}

}  // namespace

void to_operator_log(std::string_view instance, const Error& error) {
  std::string text = error.render();
  if (!text.empty() && text.back() == '\n') text.pop_back();
  ::syslog(LOG_USER | priority(error.severity), "[%.*s] %s", static_cast<int>(instance.size()), instance.data(),
           text.c_str());
}

}  // namespace hw

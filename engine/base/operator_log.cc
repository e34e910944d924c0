#include "engine/base/operator_log.h"

#include <syslog.h>

#include "engine/base/mutex.h"

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

void to_operator_log(const OperatorLogWriter& writer, const Error& error) {
  // openlog(3) keeps the pointer, not the text.
  static Mutex mutex;
  static std::string identity HW_GUARDED_BY(mutex);
  const std::string text = error.lines();
  const MutexLock guard(mutex);
  identity = "GTM-" + writer.program + (writer.instance.empty() ? "" : "-" + writer.instance);
  ::openlog(identity.c_str(), LOG_PID, LOG_USER);
  ::syslog(LOG_USER | priority(error.severity), "%s", text.c_str());
}

}  // namespace hw

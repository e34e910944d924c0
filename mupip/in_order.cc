#include "mupip/in_order.h"

#include "engine/base/interrupt.h"

namespace hw::mupip {

Error halted(const Error& cause) {
  if (cause.id == MsgId::FORCEDHALT) return cause;
  return make_error<MsgId::FORCEDHALT>().after(cause);
}

Result<int> in_order(const std::function<Result<int>()>& work) {
  const InterruptWatch watch;
  Result<int> done = work();
  if (!watch.interrupted() || (done.has_value() && *done == 0)) return done;
  return done.has_value() ? make_error<MsgId::FORCEDHALT>() : halted(done.error());
}

}  // namespace hw::mupip

#include "engine/base/sync_point.h"

#include <cerrno>
#include <cstdlib>

#include "engine/base/failpoint.h"
#include "engine/base/file.h"

namespace hw {

std::string_view sync_point_name(SyncPoint point) {
  switch (point) {
#define SYNC(name, what, shown_by) \
  case SyncPoint::name:            \
    return #name;
#include "engine/base/sync_points.def"
#undef SYNC
  }
  return "";
}

#ifdef HW_SYNC_FAULTS
bool sync_left_out(SyncPoint point) {
  static const std::string wanted = [] {
    const char* text = std::getenv("HW_LEAVE_OUT_SYNC");
    return std::string(text == nullptr ? "" : text);
  }();
  return !wanted.empty() && wanted == sync_point_name(point);
}
#else
bool sync_left_out(SyncPoint) { return false; }
#endif

Status sync_refused(SyncPoint point) {
  if (!refused_here(sync_point_name(point))) return {};
  return system_error("fsync()", sync_point_name(point), EIO);
}

Status sync_folder_at(SyncPoint point, const std::string& path) {
  HW_TRY_VOID(sync_refused(point));
  return sync_left_out(point) ? Status() : sync_folder_of(path);
}

}  // namespace hw

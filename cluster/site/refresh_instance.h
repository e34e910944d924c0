/// cluster/site/refresh_instance.h -- an instance becomes a copy of another one. Thread: any; the caller has the
/// instance's hold.
#pragma once

#include "cluster/site/site_parts.h"

namespace hw::cluster {

/// `mupip replicate -refresh` from the instance's refresh port. It is down on return, and has the history of what it
/// got, so that its receiver needs no -updateresync. Broken off at the deadline; given again, it goes on where that can
/// be. Errors: HWCFGBAD when `from` has no refresh_port; HWINUSE when the instance is up; what the commands say.
Status refresh_instance(SiteParts& parts, const Steps::Call& call, const std::string& from, bool discard);

}  // namespace hw::cluster

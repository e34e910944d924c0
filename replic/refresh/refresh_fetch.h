/// replic/refresh/refresh_fetch.h -- an instance asks another one for copies of everything, and gets them onto its
/// disk.
///
/// What arrives has temporary names beside what it is to replace, and nothing of the instance is touched:
/// however this ends, the instance is what it was. A process that was killed leaves those files; the next one takes
/// them over.
#pragma once

#include <chrono>
#include <functional>
#include <string>
#include <vector>

#include "engine/base/file.h"
#include "engine/globals/global_directory.h"
#include "replic/link/link_options.h"
#include "replic/process/daemon.h"
#include "replic/refresh/refresh_check.h"

namespace hw {

/// The other's instance file, beside one's own.
std::string peer_instance_path(const std::string& instance_path);

struct RefreshRequest {
  HostPort from;
  TlsOptions tls;
  std::chrono::milliseconds silence{60000};  ///< after which the other side counts as gone
  bool discard = false;                      ///< what only this instance may have is given up
  RefreshSelf self;
  std::string instance_path;

  /// The copies are made and about to come.
  std::function<void(const refresh::Offer&, const refresh::Contents&)> on_contents;
  /// That much of the region has come, `done` of all; at its end `whole` is true.
  std::function<void(const std::string& region, std::uint64_t bytes, std::uint64_t done, bool whole)> on_bytes;
  /// `discard` has done something.
  std::function<void(const Error& warning)> on_discard;
  /// The connection is not encrypted, though `tls` would like it to be.
  std::function<void(const Error& warning)> on_plain;
};

/// All that was sent, checked and synced.
struct RefreshArrival {
  refresh::Offer peer;
  refresh::Contents contents;
  std::vector<UnfinishedFile> files;  ///< the instance file, to be peer_instance_path(); then the databases, in order
};

/// Errors: HWREFRESHPEER for all that the other side or the connection did; REPLINSTNMSAME, HWREFRESHREGIONS,
/// HWREFRESHLOST, HWREFRESHROOM; HWREFRESHUSE when another refresh is at work; HWINTERRUPTED by `stop`; SYSCALL, with
/// ENOSPC and the like, naming the file. Nothing is left then. Blocks: for a copy of everything.
Result<RefreshArrival> fetch_refresh(const RefreshRequest& request, const GlobalDirectory& directory,
                                     const StopSignal& stop);

}  // namespace hw

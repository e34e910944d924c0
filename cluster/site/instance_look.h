/// cluster/site/instance_look.h -- how far an instance is and what its servers do, read in this process without a lock
/// and without changing anything.
///
/// It attaches the instance's shared memory for the moment of the look; who removes that memory meanwhile finds it
/// used. LocalSite does not look while its own steps do that.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "cluster/jobs/site.h"
#include "engine/base/result.h"

namespace hw::cluster {

/// One source server, or the place of one that has ended.
struct SourceSeen {
  std::string to;
  std::uint32_t pid = 0;  ///< 0: it ended in order
  std::uint64_t pid_start = 0;
  bool alive = false;
  bool passive = false;
  bool connected = false;           ///< transactions flow, or could
  bool talked = false;              ///< the secondary has talked to it since the memory was made
  std::uint64_t sent_seqno = 0;     ///< last one sent
  std::uint64_t applied_seqno = 0;  ///< last one that the secondary said it has applied
  std::uint64_t started_us = 0;
  std::uint64_t sent_bytes = 0;        ///< before compression, since its start
  std::uint64_t wire_bytes_per_s = 0;  ///< 0: nothing was sent lately
};

struct ReceiverSeen {
  std::uint32_t pid = 0;
  std::uint64_t pid_start = 0;
  bool alive = false;
  bool listens = false;          ///< or is connected
  bool applies = false;          ///< the update process runs
  std::uint32_t update_pid = 0;  ///< of its update process; 0: none was started
  bool update_died = false;      ///< it does not, and nobody has asked it to end
  std::string fed_by;            ///< instance that is connected to it; empty: none is
};

struct InstanceLook {
  Position position;
  std::vector<SourceSeen> sources;  ///< of memory that is there
  std::optional<ReceiverSeen> receiver;
  bool was_root = false;      ///< it is root, or was when it last ran
  std::optional<int> memory;  ///< id of the journal pool; none: there is none
};

/// `folder` is the instance's; its file is gtm.repl there. Memory that nobody uses any more is no instance that is up.
/// Errors: HWUNSEEN when this user or name space may not look at what its processes do, so that it cannot be told
/// whether it is up; those of InstanceFile::open. Blocks: one read of the instance file. Thread: any.
Result<InstanceLook> look_at_instance(const std::string& folder);
/// The same from the files alone, for the time in which the memory must not be touched: `up` is false, whatever runs.
Result<InstanceLook> look_at_files(const std::string& folder);

}  // namespace hw::cluster

#include "replic/receiver/update_server.h"

#include <unistd.h>

#include <cstdio>

#include "engine/base/liveness.h"
#include "engine/region/presence.h"
#include "replic/instance/instance.h"
#include "replic/process/daemon.h"
#include "replic/process/server_log.h"
#include "replic/receiver/receiver_requests.h"
#include "replic/receiver/update_process.h"

namespace hw {
namespace {

/// Enters this process as the instance's update process. Errors: UPDPROC when another one lives, or may.
Status enter_as_update_process(const std::string& instance_path, PoolHeader& instance, PoolProcess& self) {
  const auto own = static_cast<std::uint32_t>(::getpid());
  HW_TRY(const RobustLock admin, RobustLock::take(instance.admin_lock));
  const bool is_self = self.pid.load() == own && self.pid_space.load() == own_pid_space();
  if (!is_self && process_lives(self, instance_path))
    return make_error<MsgId::UPDPROC>().note(fmt::format("Update process {} exists already", self.pid.load()));
  self.pid_start.store(process_start(own));
  self.pid_space.store(own_pid_space());
  self.pid.store(own);
  return {};
}

Status update_process(const std::string& instance_path, ServerLog& log) {
  StopSignal stop_signal;
  HW_TRY_VOID(stop_signal.open());
  ReceivePool pool;
  File presence;
  {
    HW_TRY(const JournalPool journal_pool, find_pool(instance_path));
    HW_TRY(pool, ReceivePool::find(journal_pool));
    HW_TRY(presence, enter_presence(instance_path));  // Before its number is anywhere.
    HW_TRY_VOID(enter_as_update_process(instance_path, journal_pool.header(), pool.header().update));
    HW_TRY_VOID(log.open(std::string(pool.header().log.view()) + ".updproc"));
    log.show(log_level_numbered(pool.header().log_level.load()));
    log.line(fmt::format("Attached to existing jnlpool with shmid = [{}]", journal_pool.id()));
  }
  log.line(fmt::format("Attached to existing recvpool with shmid = [{}]", pool.id()));
  PoolProcess& self = pool.header().update;
  HW_TRY(InstanceFile instance, InstanceFile::open(instance_path));
  log.belongs_to({"UPDPROC", instance.header().name});
  HW_TRY(const auto database, Database::open({.global_directory = {}, .instance_file = instance_path}));
  ReceiverRequests requests(pool.header(), self, ".updproc", log);
  {
    UpdateProcess work(*database, pool, instance,
                       {.log = [&log](const std::string& text) { log.line(text); },
                        .report = [&log](const Error& error) { log.report(error); },
                        .stop_asked = [&stop_signal] { return stop_signal.requested(); },
                        .take_requests = [&requests] { requests.take(); },
                        .traces = [&log] { return log.shows(LogLevel::Trace); },
                        .trace = [&log](const std::string& text) { log.trace(text); },
                        .debug = [&log](const std::string& text) { log.debug(text); }});
    HW_TRY_VOID(work.open());
    HW_TRY_VOID(work.run());
    if (const std::string by = stop_signal.take(); !by.empty()) log.line(by + ": shutting down in order");
  }
  HW_TRY_VOID(database->close());
  set_state(self, UpdateState::Stopped);
  pool.header().progressed.signal();
  return {};
}

}  // namespace

int run_update_process(const std::string& instance_path) {
  ServerLog log;
  const Status status = update_process(instance_path, log);
  if (status.has_value()) {
    log.line("Update process exiting...\n");
    return 0;
  }
  if (log.fd() < 0) std::fputs(status.error().render().c_str(), stderr);  // Then of whoever started it.
  log.report(status.error());
  log.line("Update process exiting...\n");
  return status.error().status();
}

}  // namespace hw

#include "replic/receiver/update_server.h"

#include <unistd.h>

#include "engine/base/liveness.h"
#include "engine/region/presence.h"
#include "replic/instance/instance.h"
#include "replic/process/daemon.h"
#include "replic/process/server_log.h"
#include "replic/receiver/receiver_requests.h"
#include "replic/receiver/update_process.h"

namespace hw {
namespace {

Status update_process(const std::string& instance_path, ServerLog& log) {
  StopSignal stop_signal;
  HW_TRY_VOID(stop_signal.open());
  ReceivePool pool;
  {
    HW_TRY(const JournalPool journal_pool, find_pool(instance_path));
    HW_TRY(pool, ReceivePool::find(journal_pool));
    HW_TRY_VOID(log.open(std::string(pool.header().log.view()) + ".updproc"));
    log.show(log_level_numbered(pool.header().log_level.load()));
    log.line(fmt::format("Attached to existing jnlpool with shmid = [{}]", journal_pool.id()));
  }
  log.line(fmt::format("Attached to existing recvpool with shmid = [{}]", pool.id()));
  HW_TRY(const File presence, enter_presence(instance_path));  // Before its number is anywhere.
  PoolProcess& self = pool.header().update;
  self.pid_start.store(process_start(static_cast<std::uint32_t>(::getpid())));
  self.pid_space.store(own_pid_space());
  self.pid.store(static_cast<std::uint32_t>(::getpid()));
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
  log.report(status.error());
  log.line("Update process exiting...\n");
  return status.error().status();
}

}  // namespace hw

#include "replic/receiver/receiver_process.h"

#include <unistd.h>

#include "engine/base/liveness.h"
#include "engine/region/presence.h"
#include "replic/instance/instance.h"
#include "replic/receiver/receiver_server.h"
#include "replic/receiver/receiver_start.h"

namespace hw {
namespace {

void enroll(PoolProcess& process) {
  const auto pid = static_cast<std::uint32_t>(::getpid());
  process.pid_start.store(process_start(pid));
  process.pid_space.store(own_pid_space());
  process.shutdown.store(static_cast<std::uint32_t>(ShutdownState::None));
  process.pid.store(pid);
}

Result<int> serve_receiver(const ReceiverServerConfig& config, StartReport& report, ServerLog& log) {
  StopSignal stop_signal;
  HW_TRY_VOID(stop_signal.open());
  HW_TRY_VOID(log.open(config.options.log_path));
  log.show(config.options.log_level);
  log.line(config.command_line);
  HW_TRY(JournalPool journal_pool, find_pool(config.instance_path));
  HW_TRY(InstanceFile instance, InstanceFile::open(config.instance_path));
  log.belongs_to({"RCVSRVR", instance.header().name});
  log.line(make_line<MsgId::REPLINFO>(
      fmt::format("GTM Replication Receiver Server with Pid [{}] started on replication instance [{}]", ::getpid(),
                  instance.header().name)));
  log.line(fmt::format("Attached to existing jnlpool with shmid = [{}]", journal_pool.id()));
  PoolHeader& journal_header = journal_pool.header();
  HW_TRY(LinkTls tls, LinkTls::load(config.options.tls, "Receiver server", "source server",
                                    [&log](const Error& error) { log.report(error); }));
  auto listener = FrameListener::listen(*config.options.listen_port);
  if (!listener.has_value()) return port_taken(listener.error(), *config.options.listen_port);
  HW_TRY(const File presence, enter_presence(config.instance_path));  // Before its number is anywhere.
  bool created = false;
  ReceivePool pool;
  {
    // Two receiver servers that start at once meet here.
    HW_TRY(const RobustLock lock, RobustLock::take(journal_header.admin_lock));
    HW_TRY_VOID(check_receiver_start(config.options, journal_pool, instance));
    HW_TRY(pool, enter_receive_pool(journal_pool, config.options.pool_bytes, created));
    enroll(pool.header().receiver);
    set_state(pool.header().receiver, ReceiverServerState::Listening);
  }
  journal_header.receiver_pid.store(static_cast<std::uint32_t>(::getpid()));
  pool.header().log.set(absolute_path(config.options.log_path));
  pool.header().log_level.store(static_cast<std::uint32_t>(config.options.log_level));
  pool.header().receiver.interval.store(config.options.receiver_log_interval_transactions);
  pool.header().update.interval.store(config.options.update_log_interval_transactions);
  log.line(fmt::format("{} recvpool with shmid = [{}]", created ? "Created" : "Attached to existing", pool.id()));
  ReceivePoolHeader& header = pool.header();
  HW_TRY(auto history, resync_history(config.options, instance));
  ReceiverServer server(config, std::move(history), std::move(journal_pool), std::move(pool), std::move(instance),
                        std::move(listener).value(), std::move(tls), log, stop_signal);
  if (auto prepared = server.prepare(); !prepared.has_value()) {
    set_state(header.receiver, ReceiverServerState::Failed);
    return std::move(prepared).error();
  }
  report.started(log.fd());
  const int status = server.run();
  if (status == 0) header.receiver.shutdown.store(static_cast<std::uint32_t>(ShutdownState::Done));
  if (status != 0) set_state(header.receiver, ReceiverServerState::Failed);
  header.progressed.signal();
  return status;
}

}  // namespace

Status check_receiver_start(const ReceiverServerConfig& config) {
  HW_TRY(const JournalPool pool, find_pool(config.instance_path));
  HW_TRY(const InstanceFile instance, InstanceFile::open(config.instance_path, /*writable=*/false));
  return check_receiver_start(config.options, pool, instance);
}

int run_receiver_server(const ReceiverServerConfig& config, StartReport& report) {
  ServerLog log;
  auto result = serve_receiver(config, report, log);
  if (result.has_value()) return *result;
  report.failed(result.error());
  if (log.fd() >= 0) {
    log.report(result.error());
    log.line("Receiver server exiting...\n");
  }
  return result.error().status();
}

}  // namespace hw

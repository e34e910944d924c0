#include "replic/receiver/receiver_start.h"

#include <filesystem>

#include <fmt/format.h>

namespace hw {
namespace {

Error pool_taken() { return make_error<MsgId::RECVPOOLSETUP>().note("Receiver Server already exists"); }

}  // namespace

Result<ReceivePool> enter_receive_pool(const JournalPool& journal_pool, std::uint64_t bytes, bool& created) {
  auto found = ReceivePool::find(journal_pool);
  created = false;
  if (found.has_value()) return found;
  if (found.error().id != MsgId::NORECVPOOL) return found;
  HW_TRY(const FileRights rights, SharedMemory::rights(journal_pool.id()));
  HW_TRY(auto pool, ReceivePool::create(bytes, journal_pool.uid(), rights));
  journal_pool.header().receive_pool_id.store(pool.id());
  created = true;
  return pool;
}

Result<std::optional<History>> resync_history(const ReceiverStartOptions& options, const InstanceFile& instance) {
  if (!options.update_resync_instance_file) return std::optional<History>();
  const std::string& path = *options.update_resync_instance_file;
  const auto refused = [](std::string_view why) { return make_error<MsgId::UPDSYNCINSTFILE>().note(std::string(why)); };
  auto named = InstanceFile::open(path, /*writable=*/false);
  if (!named.has_value()) return refused(named.error().text);
  std::error_code unknown;
  if (std::filesystem::equivalent(path, instance.path(), unknown))
    return refused(fmt::format("{} is the instance file of this instance", path));
  return std::optional(named->history());
}

Status check_receiver_start(const ReceiverStartOptions& options, const JournalPool& pool,
                            const InstanceFile& instance) {
  if (pool.header().updates_enabled.load() != 0) return make_error<MsgId::PRIMARYISROOT>(instance.header().name);
  if (options.update_resync && !instance.history().empty()) return make_error<MsgId::UPDSYNC2MTINS>();
  HW_TRY_VOID(resync_history(options, instance));
  const auto found = ReceivePool::find(pool);
  if (!found.has_value()) return found.error().id == MsgId::HWUNSEEN ? Status(found.error()) : Status();
  if (process_lives(found->header().receiver, instance.path())) return pool_taken();
  const PoolProcess& update = found->header().update;
  // It would be taken over, which needs its number to mean something here.
  if (liveness_of(update, instance.path()) == Liveness::Unseen)
    return make_error<MsgId::HWUNSEEN>(
        instance.path(),
        fmt::format("update process {} runs in another PID name space, or cannot be looked at", update.pid.load()));
  return {};
}

}  // namespace hw

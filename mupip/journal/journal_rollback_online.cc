// journal -rollback -online: the instance goes back to a seqno while its processes stay.
#include <unistd.h>

#include <csignal>
#include <ctime>
#include <ostream>

#include "engine/recovery/live_rollback.h"
#include "engine/session/database.h"
#include "mupip/journal/journal_report.h"
#include "mupip/journal/journal_rollback.h"
#include "replic/instance/lost_transactions.h"

namespace hw::mupip {
namespace {

/// From the first change on the command is not to be stopped half-way.
class NoStop {
 public:
  NoStop() {
    sigset_t stops;
    ::sigemptyset(&stops);
    for (const int one : {SIGTERM, SIGINT, SIGHUP}) ::sigaddset(&stops, one);
    ::pthread_sigmask(SIG_BLOCK, &stops, &before_);
  }
  ~NoStop() { ::pthread_sigmask(SIG_SETMASK, &before_, nullptr); }
  NoStop(const NoStop&) = delete;
  NoStop& operator=(const NoStop&) = delete;

 private:
  sigset_t before_{};
};

/// Everything from `to` on goes out; the history follows before anybody goes on.
Status take_out(const RollbackRequest& request, Domain& domain, InstanceFile& instance, Seqno to, Console& console) {
  HW_TRY(const auto rollback, LiveRollback::begin(domain));
  if (to >= rollback->next_seqno()) return {};
  HW_TRY_VOID(write_lost_transactions(request, rollback->regions(), to, instance, {}, console));
  console.err << make_line<MsgId::ORLBKNOSTP>() << '\n' << std::flush;
  const NoStop no_stop;
  const bool was_primary = request.port && ends_as_root(instance);
  const bool had_history = !instance.history().empty();
  HW_TRY_VOID(rollback->roll_back(to, undo_progress(console)));
  HW_TRY_VOID(instance.cut_history(to));
  if (was_primary) HW_TRY_VOID(instance.update_header([](InstanceHeader& header) { header.lost_transactions = true; }));
  // What comes now has the same seqnos as what was taken out: only another reign tells them apart.
  if (domain.header().updates_enabled.load() != 0)
    HW_TRY_VOID(instance.begin_reign(to, static_cast<std::uint32_t>(::getpid()),
                                     static_cast<std::uint64_t>(std::time(nullptr))));
  else
    warn_of_history(instance, had_history, to, console);
  rollback->finish();
  return {};
}

Status roll_back(const RollbackRequest& request, Domain& domain, InstanceFile& instance, Console& console) {
  const Seqno next{domain.header().next_seqno.load()};
  HW_TRY(const std::optional<Seqno> to, rollback_target(request, instance, next, console));
  say_phase(console, "Backward processing started");
  if (to && *to <= next) {
    console.err << make_line<MsgId::RESOLVESEQNO>(to->value, to->value) << '\n' << std::flush;
    const bool was_primary = request.port && ends_as_root(instance);
    HW_TRY_VOID(take_out(request, domain, instance, *to, console));
    if (was_primary) HW_TRY_VOID(mark_divergence(domain, *to, [](std::string_view) {}));
  }
  say_phase(console, "Forward processing started");
  const std::uint64_t now = domain.header().next_seqno.load();
  console.err << make_line<MsgId::RLBKJNSEQ>(now, now) << '\n';
  if (request.broken_path)
    console.err << make_line<MsgId::FILENOTCREATE>("Broken transactions extract", *request.broken_path) << '\n';
  return {};
}

}  // namespace

Status roll_back_online(const RollbackRequest& request, const std::string& instance_path, Console& console) {
  HW_TRY(InstanceFile instance, InstanceFile::open(instance_path));
  DatabaseOptions options;
  options.instance_file = instance_path;
  options.background = false;
  HW_TRY(const auto database, Database::open(options));
  HW_TRY(Domain* const domain, database->domain());
  const std::string name = instance.header().name;
  console.err << make_line<MsgId::ORLBKSTART>(name, instance_path) << '\n' << std::flush;
  Status status = roll_back(request, *domain, instance, console);
  const Status closed = database->close();
  if (status.has_value()) status = closed;
  if (!status.has_value()) {
    Error error = std::move(status).error();
    std::string line = make_error<MsgId::ORLBKTERMNTD>(name, instance_path).render();
    line.pop_back();
    error.extra.push_back(std::move(line));
    return error;
  }
  console.err << make_line<MsgId::ORLBKCMPLT>(name, instance_path) << '\n';
  return {};
}

}  // namespace hw::mupip

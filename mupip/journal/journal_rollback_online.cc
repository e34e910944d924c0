// journal -rollback -online: the instance goes back to a seqno while its processes stay.
#include <ostream>

#include "engine/session/database.h"
#include "mupip/journal/journal_report.h"
#include "mupip/journal/journal_rollback.h"
#include "replic/instance/rollback_online.h"

namespace hw::mupip {
namespace {

Status roll_back(const RollbackRequest& request, Domain& domain, InstanceFile& instance, bool& told, Console& console) {
  const Seqno next{domain.header().next_seqno.load()};
  HW_TRY(const std::optional<Seqno> to, rollback_target(request, instance, next, console));
  say_phase(console, "Backward processing started");
  if (to && *to <= next) {
    console.err << make_line<MsgId::RESOLVESEQNO>(to->value, to->value) << '\n' << std::flush;
    RollbackWatch watch;
    watch.wrote = [&](std::string_view kind, const LostFile& file) {
      say_file(console, kind, file, request.options.lost_path.has_value(), told);
    };
    watch.undoing = undo_progress(console);
    watch.before = [&](RollbackStep step) -> Status {
      if (step == RollbackStep::UndoRegions) console.err << make_line<MsgId::ORLBKNOSTP>() << '\n' << std::flush;
      return {};
    };
    HW_TRY(const RolledBack done, hw::roll_back_online(domain, instance, *to, request.options, watch));
    if (done.history_gap) console.err << done.history_gap->render();
  }
  say_phase(console, "Forward processing started");
  const std::uint64_t now = domain.header().next_seqno.load();
  console.err << make_line<MsgId::RLBKJNSEQ>(now, now) << '\n';
  if (request.options.broken_path)
    console.err << make_line<MsgId::FILENOTCREATE>(kBrokenExtract, *request.options.broken_path) << '\n';
  return {};
}

}  // namespace

Status roll_back_online(const RollbackRequest& request, const std::string& instance_path, bool& told,
                        Console& console) {
  HW_TRY(InstanceFile instance, InstanceFile::open(instance_path));
  DatabaseOptions options;
  options.instance_file = instance_path;
  options.background = false;
  HW_TRY(const auto database, Database::open(options));
  HW_TRY(Domain* const domain, database->domain());
  const std::string name = instance.header().name;
  console.err << make_line<MsgId::ORLBKSTART>(name, instance_path) << '\n' << std::flush;
  Status status = roll_back(request, *domain, instance, told, console);
  const Status closed = database->close();
  if (status.has_value()) status = closed;
  if (!status.has_value()) {
    Error error = std::move(status).error();
    return error.because(make_error<MsgId::ORLBKTERMNTD>(name, instance_path));
  }
  console.err << make_line<MsgId::ORLBKCMPLT>(name, instance_path) << '\n';
  return {};
}

}  // namespace hw::mupip

#include "mupip/database/set_databases.h"

#include <optional>
#include <ostream>

namespace hw::mupip {
namespace {

constexpr std::string_view state_name(JournalState state) {
  switch (state) {
    case JournalState::Disabled:
      return "DISABLED";
    case JournalState::Off:
      return "OFF";
    case JournalState::On:
      return "ON";
  }
  return "";
}

bool changes_settings(const SetOptions& options) { return options.settings.journal || options.settings.replication; }

void tell(const SettingsOutcome& outcome, const SetOptions& options, const SetTarget& target, std::ostream& out) {
  const std::string_view what = target.definition != nullptr ? "region" : "database file";
  const std::string& name = target.definition != nullptr ? target.definition->name : target.path;
  if (outcome.renamed_to) out << make_line<MsgId::FILERENAME>(outcome.journal_path, *outcome.renamed_to) << '\n';
  if (outcome.new_file)
    out << make_line<MsgId::JNLCREATE>(outcome.journal_path, what, name,
                                       options.before_images ? "BEFORE_IMAGES" : "NOBEFORE_IMAGES")
        << '\n';
  if (outcome.link_cut) out << make_line<MsgId::PREVJNLLINKCUT>(outcome.journal_path, target.path) << '\n';
  if (outcome.new_file || options.settings.journal)
    out << make_line<MsgId::JNLSTATE>(what, name, state_name(outcome.journal_state)) << '\n';
  if (options.settings.replication)
    out << make_line<MsgId::REPLSTATE>(what, name, outcome.replicated ? "ON" : "OFF") << '\n';
  for (const Error& warning : outcome.warnings) out << warning.render();
}

Status set_one(RegionAccess& access, const SetTarget& target, const SetOptions& options, std::ostream& out) {
  if (options.properties) HW_TRY_VOID(options.properties(access));
  if (!changes_settings(options)) return {};
  HW_TRY(const SettingsOutcome outcome, change_settings(access, options.settings));
  tell(outcome, options, target, out);
  return {};
}

}  // namespace

Result<int> set_databases(std::span<const SetTarget> targets, const SetOptions& options, Console& console) {
  HW_CHECK(changes_settings(options) || options.properties);
  HW_CHECK(!options.settings.own && !options.settings.edit);  // They are commands of their own.
  std::optional<Severity> worst;
  Error last = make_error<MsgId::MUNOFINISH>();
  bool all_changed = true;  ///< but for those that were not for another reason
  const auto failed = [&](const Error& error) {
    console.err << error.render();
    last.counts(error);
    const Severity severity = error.severity == Severity::Warning ? Severity::Warning : Severity::Error;
    if (worst != Severity::Error) worst = severity;
  };
  for (const SetTarget& target : targets) {
    const auto access = RegionAccess::take(target.path, target.definition);
    if (!access.has_value()) {
      failed(access.error());
      continue;
    }
    const Status done = set_one(**access, target, options, console.err);
    if (done.has_value()) continue;
    if (done.error().id == MsgId::WCWRNNOTCHG) {
      for (const auto& line : done.error().before) console.err << line << '\n';
      all_changed = false;
      continue;
    }
    failed(done.error());
    if (done.error().id == MsgId::MUSTANDALONE || done.error().unseen) break;
  }
  if (worst) return last.as(*worst);
  if (!all_changed) return make_error<MsgId::WCWRNNOTCHG>();
  return 0;
}

}  // namespace hw::mupip

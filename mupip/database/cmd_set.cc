// set -journal, set -replication: journaling and replication of regions.
#include <algorithm>
#include <ostream>

#include "engine/admin/region_settings.h"
#include "mupip/commands.h"
#include "mupip/database/file_properties.h"
#include "mupip/database/region_list.h"

namespace hw::mupip {
namespace {

constexpr std::uint64_t kBlockBytes = 512;  // GT.M counts journal sizes in these.
constexpr std::uint64_t kAllocationMin = 2048, kAllocationMax = 8388607;
constexpr std::uint64_t kExtensionMax = 1073741823;
constexpr std::uint64_t kAutoswitchMin = 16384, kAutoswitchMax = 8388607;

/// One database the command is about, as messages name it.
struct Target {
  std::string path;
  const Region* definition = nullptr;  ///< null: named as a file
};

/// Errors: JNLINVALLOC, JNLINVEXT, JNLINVSWITCHLMT.
Result<JournalRequest> journal_request(const QualifierSet& list, const ParsedCommand& command) {
  JournalRequest request;
  request.disable = list.has("DISABLE");
  request.enable = list.has("ENABLE");
  request.on = list.has("ON");
  request.off = list.has("OFF");
  request.keep_link = !command.negated("PREVJNLFILE");
  if (command.text("PREVJNLFILE"))
    return make_error<MsgId::HWREFUSED>("SET -PREVJNLFILE=", "the link to the earlier file is kept by itself");
  if (const auto name = list.text("FILENAME")) request.file_name = resolve_file_name(*name, ".mjl");
  if (const auto blocks = list.number("ALLOCATION")) {
    if (*blocks < kAllocationMin || *blocks > kAllocationMax)
      return make_error<MsgId::JNLINVALLOC>(*blocks, kAllocationMin, kAllocationMax);
    request.allocation_bytes = *blocks * kBlockBytes;
  }
  if (const auto blocks = list.number("EXTENSION")) {
    if (*blocks > kExtensionMax) return make_error<MsgId::JNLINVEXT>(*blocks, kExtensionMax);
    request.extension_bytes = *blocks * kBlockBytes;
  }
  if (const auto blocks = list.number("AUTOSWITCHLIMIT")) {
    if (*blocks < kAutoswitchMin || *blocks > kAutoswitchMax)
      return make_error<MsgId::JNLINVSWITCHLMT>(*blocks, kAutoswitchMin, kAutoswitchMax);
    request.autoswitch_bytes = *blocks * kBlockBytes;
  }
  return request;
}

Result<SettingsRequest> settings_request(const ParsedCommand& command) {
  SettingsRequest request;
  if (command.has("JOURNAL")) {
    HW_TRY(request.journal, journal_request(command.keywords("JOURNAL"), command));
  } else if (command.negated("JOURNAL")) {
    request.journal = JournalRequest{};
    request.journal->disable = true;
  }
  if (command.negated("REPLICATION")) request.replication = false;
  if (command.has("REPLICATION")) request.replication = command.keywords("REPLICATION").has("ON");
  return request;
}

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

void tell(const SettingsOutcome& outcome, const SettingsRequest& request, const Target& target, bool before_images,
          std::ostream& out) {
  const std::string_view what = target.definition != nullptr ? "region" : "database file";
  const std::string& name = target.definition != nullptr ? target.definition->name : target.path;
  if (outcome.renamed_to) out << make_line<MsgId::FILERENAME>(outcome.journal_path, *outcome.renamed_to) << '\n';
  if (outcome.new_file)
    out << make_line<MsgId::JNLCREATE>(outcome.journal_path, what, name,
                                       before_images ? "BEFORE_IMAGES" : "NOBEFORE_IMAGES")
        << '\n';
  if (outcome.link_cut) out << make_line<MsgId::PREVJNLLINKCUT>(outcome.journal_path, target.path) << '\n';
  if (outcome.new_file || request.journal)
    out << make_line<MsgId::JNLSTATE>(what, name, state_name(outcome.journal_state)) << '\n';
  if (request.replication) out << make_line<MsgId::REPLSTATE>(what, name, outcome.replicated ? "ON" : "OFF") << '\n';
}

}  // namespace

Result<int> run_set(const ParsedCommand& command, Console& console) {
  HW_TRY(const std::string named, ask_parameter(command, 0, console.in, console.out));
  if (command.has("OWN")) return run_set_own(command, named, console);
  auto request = settings_request(command);
  if (!request.has_value()) return no_action(request.error());
  if (Status possible = check_properties(command); !possible.has_value()) return no_action(possible.error());
  const bool settings = request->journal || request->replication;
  const bool properties = names_properties(command);
  if (!request->journal && command.negated("PREVJNLFILE"))
    return no_action(value_error("NOPREVJNLFILE is for a new journal: name it with JOURNAL"));
  if (!settings && !properties) return 0;

  std::optional<GlobalDirectory> directory;
  std::vector<Target> targets;
  if (command.has("REGION")) {
    HW_TRY(directory, GlobalDirectory::load_from_environment());
    auto regions = regions_named(*directory, named);
    if (!regions.has_value()) return no_action(regions.error());
    for (const Region* region : *regions) targets.push_back({directory->database_path(*region), region});
  } else {
    targets.push_back({resolve_file_name(named, ".dat"), nullptr});
  }

  const QualifierSet& list = command.keywords("JOURNAL");
  const bool before_images = !list.negated("BEFORE_IMAGES");
  std::optional<Severity> worst;
  const auto failed = [&](const Error& error) {
    console.err << error.render();
    const Severity severity = error.severity == Severity::Warning ? Severity::Warning : Severity::Error;
    if (worst != Severity::Error) worst = severity;
  };
  for (const Target& target : targets) {
    auto access = RegionAccess::take(target.path, target.definition);
    if (!access.has_value()) {
      failed(access.error());
      continue;
    }
    if (properties) {
      if (Status changed = set_properties(**access, command, console.err); !changed.has_value()) {
        failed(changed.error());
        if (changed.error().id == MsgId::MUSTANDALONE) break;
        continue;
      }
    }
    if (!settings) continue;
    const auto outcome = change_settings(**access, *request);
    if (outcome.has_value()) {
      tell(*outcome, *request, target, before_images, console.err);
      continue;
    }
    failed(outcome.error());
    if (outcome.error().id == MsgId::MUSTANDALONE) break;
  }
  if (worst) return make_error<MsgId::MUNOFINISH>().as(*worst);
  return 0;
}

}  // namespace hw::mupip

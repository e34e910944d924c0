// set -journal, set -replication: journaling and replication of regions.
#include <utility>

#include "engine/base/output_path.h"
#include "mupip/commands.h"
#include "mupip/database/file_properties.h"
#include "mupip/database/region_list.h"
#include "mupip/database/set_databases.h"

namespace hw::mupip {
namespace {

constexpr std::uint64_t kBlockBytes = 512;  // GT.M counts journal sizes in these.
constexpr std::uint64_t kAllocationMin = 2048, kAllocationMax = 8388607;
constexpr std::uint64_t kExtensionMax = 1073741823;
constexpr std::uint64_t kAutoswitchMin = 16384, kAutoswitchMax = 8388607;

/// Errors: JNLINVALLOC, JNLINVEXT, JNLINVSWITCHLMT.
Result<JournalRequest> journal_request(const QualifierSet& list, const ParsedCommand& command) {
  JournalRequest request;
  request.disable = list.has("DISABLE");
  request.enable = list.has("ENABLE");
  request.on = list.has("ON");
  request.off = list.has("OFF");
  request.keep_link = !command.negated("PREVJNLFILE");
  if (const auto name = list.text("FILENAME")) {
    const OutputPath to = output_path(resolve_file_name(*name, ".mjl"));
    if (Status is_file = to.check_is_file(); !is_file.has_value())
      return rename_error<MsgId::JNLNOCREATE>(std::move(is_file).error(), to.path);
    request.file_name = to.path;
  }
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
  std::vector<SetTarget> targets;
  if (command.has("REGION")) {
    HW_TRY(directory, GlobalDirectory::load_from_environment());
    auto regions = regions_named(*directory, named);
    if (!regions.has_value()) return no_action(regions.error());
    for (const Region* region : *regions) targets.push_back({directory->database_path(*region), region});
  } else {
    targets.push_back({resolve_file_name(named, ".dat"), nullptr});
  }

  SetOptions options{.settings = std::move(*request),
                     .before_images = !command.keywords("JOURNAL").negated("BEFORE_IMAGES"),
                     .properties = {}};
  if (properties)
    options.properties = [&](RegionAccess& access) { return set_properties(access, command, console.err); };
  return set_databases(targets, options, console);
}

}  // namespace hw::mupip

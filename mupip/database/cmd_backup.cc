// backup: copies of databases and instance file at one point in time.
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <ostream>

#include "engine/base/interrupt.h"
#include "engine/base/output_path.h"
#include "engine/base/text.h"
#include "mupip/commands.h"
#include "mupip/database/region_list.h"
#include "mupip/in_order.h"
#include "replic/instance/instance.h"
#include "replic/instance/site_backup.h"
#include "replic/instance/site_files.h"

namespace hw::mupip {
namespace {

bool is_directory(const std::string& path) {
  std::error_code ignored;
  return std::filesystem::is_directory(path, ignored);
}

std::string base_name(const std::string& path) { return std::filesystem::path(path).filename().string(); }

/// The regions in the order in which they are named, each once: destinations go by it.
Result<std::vector<const Region*>> regions_in_order(const GlobalDirectory& directory, std::string_view list) {
  std::vector<const Region*> regions;
  for (;;) {
    const std::size_t comma = std::min(list.find(','), list.size());
    HW_TRY(const auto named, regions_named(directory, list.substr(0, comma)));
    for (const Region* region : named)
      if (std::find(regions.begin(), regions.end(), region) == regions.end()) regions.push_back(region);
    if (comma == list.size()) return regions;
    list.remove_prefix(comma + 1);
  }
}

/// Each region's destination. Errors: HWBACKUPDEST.
Result<std::vector<BackupTarget>> targets_of(const GlobalDirectory& directory,
                                             const std::vector<const Region*>& regions, const std::string& list) {
  std::vector<std::string> written;
  for (std::string_view left = list;;) {
    // A command may have commas of its own.
    const std::size_t end = left.starts_with('|') ? left.size() : std::min(left.find(','), left.size());
    written.emplace_back(left.substr(0, end));
    if (end == left.size()) break;
    left.remove_prefix(end + 1);
  }
  const bool into_one = written.size() == 1 && is_directory(resolve_file_name(written[0], ""));
  if (!into_one && written.size() != regions.size()) {
    std::string names;
    for (const Region* region : regions) names += (names.empty() ? "" : ",") + region->name;
    return make_error<MsgId::HWBACKUPDEST>(names);
  }
  std::vector<BackupTarget> targets;
  for (std::size_t i = 0; i < regions.size(); ++i) {
    const std::string& place = written[into_one ? 0 : i];
    if (place.starts_with('|')) {
      targets.push_back({regions[i], place.substr(1), true});
      continue;
    }
    std::string path = resolve_file_name(place, "");
    if (is_directory(path)) path = path + "/" + base_name(directory.database_path(*regions[i]));
    targets.push_back({regions[i], output_path(absolute_path(path)).path, false});
  }
  return targets;
}

/// Whether a backup of this kind may be put there. Errors: MUSELFBKUP, FILEEXISTS, DIRACCESS.
Status check_destination(const std::string& path, FileKind kind, bool replace, const SiteFiles& site) {
  HW_TRY_VOID(site.check_is_none(path));
  if (const Status is_file = output_path(path).check_is_file(); !is_file.has_value())
    return rename_error<MsgId::FILEEXISTS>(is_file.error(), path);
  if (file_exists(path)) {
    if (!replace) return make_error<MsgId::FILEEXISTS>(path);
    HW_TRY_VOID(Replaceable::take(path, kind));
  }
  const std::string folder = std::filesystem::path(path).parent_path().string();
  if (::access(folder.c_str(), W_OK | X_OK) != 0) return make_error<MsgId::DIRACCESS>(folder + "/").with_errno(errno);
  return {};
}

/// What can be said before anything is done; each line is printed.
bool destinations_are_good(const SiteBackup& backup, const GlobalDirectory* directory, Console& console) {
  bool good = true;
  const SiteFiles site(directory, backup.instance_file);
  std::vector<std::pair<std::string, std::string>> files;  // Path, and what goes there.
  const auto check = [&](const std::string& path, const std::string& what, FileKind kind) {
    for (const auto& [other_path, other] : files) {
      if (other_path != path) continue;
      console.err << (other.empty()
                          ? fmt::format("Cannot backup replication instance file and database region {} to the same "
                                        "destination file {}\n",
                                        what, path)
                          : fmt::format("Cannot backup database regions {} and {} to the same destination file {}\n",
                                        other, what, path));
      good = false;
    }
    files.emplace_back(path, what);
    const Status fits = check_destination(path, kind, backup.replace, site);
    if (fits.has_value()) return;
    console.err << fits.error().render();
    good = false;
  };
  if (backup.instance_to) check(*backup.instance_to, "", FileKind::Instance);
  for (const BackupTarget& target : backup.targets)
    if (!target.pipe) check(target.to, target.region->name, kind_of_targets(backup));
  return good;
}

/// Progress of one region's copy, a line about each second.
class ProgressLines {
 public:
  explicit ProgressLines(std::ostream& out) : out_(out) {}
  void tell(const BackupRegion& region, std::uint64_t done, std::uint64_t of) {
    const auto now = std::chrono::steady_clock::now();
    if (&region != region_) {
      region_ = &region;
      begun_ = told_ = now;
      out_ << "Starting BACKUP for region : " << region.header.name << '\n' << std::flush;
    }
    if (done != of && now < told_ + std::chrono::seconds(1)) return;
    told_ = now;
    constexpr std::uint64_t kMega = 1 << 20;
    const double seconds = std::max(std::chrono::duration<double>(now - begun_).count(), 1e-3);
    const double rate = static_cast<double>(done) / seconds;
    const double left = rate > 0 ? static_cast<double>(of - done) / rate : 0;
    out_ << make_line<MsgId::BKUPPROGRESS>(
                fmt::format("{} / {} MiB ({}%)", done / kMega, of / kMega, of == 0 ? 100 : done * 100 / of),
                static_cast<std::uint64_t>(rate / kMega), region.next_tn - 1,
                static_cast<std::uint64_t>(std::llround(left)), "seconds")
         << '\n'
         << std::flush;
  }

 private:
  std::ostream& out_;
  const BackupRegion* region_ = nullptr;
  std::chrono::steady_clock::time_point begun_, told_;
};

/// The journal state that the copies are to have; none: that of their databases. As in GT.M, -[no]journal overrides
/// -bkupdbjnl. Errors: MUPCLIERR.
Result<std::optional<JournalState>> copies_journal(const ParsedCommand& command) {
  std::optional<JournalState> state;
  if (command.keywords("BKUPDBJNL").has("DISABLE")) state = JournalState::Disabled;
  if (command.keywords("BKUPDBJNL").has("OFF")) state = JournalState::Off;
  if (command.negated("JOURNAL")) state = JournalState::Disabled;
  if (const auto given = command.text("JOURNAL")) {
    const std::string word = upper(*given);
    constexpr std::string_view kDisable = "DISABLE", kOff = "OFF";
    if (!kDisable.starts_with(word) && !kOff.starts_with(word))
      return value_error("Qualifier JOURNAL: Unrecognized option: " + word);
    state = kOff.starts_with(word) ? JournalState::Off : JournalState::Disabled;
  }
  return state;
}

Result<BackupOptions> options_of(const ParsedCommand& command) {
  BackupOptions options;
  options.hold_updates = command.negated("ONLINE");
  // As in GT.M, a backup that stops updates does not switch journals unless it is told to.
  options.new_journals = !command.negated("NEWJNLFILES") && (!options.hold_updates || command.has("NEWJNLFILES"));
  if (command.keywords("NEWJNLFILES").has("NOPREVLINK"))
    return value_error(
        "NEWJNLFILES=NOPREVLINK cannot be done while the database is in use; use mupip set -journal -noprevjnlfile");
  HW_TRY(options.copies_journal, copies_journal(command));
  return options;
}

/// Errors: CLIERR, MUPCLIERR for qualifiers that go with an incremental backup only.
Status read_increment_qualifiers(const ParsedCommand& command, SiteBackup& backup) {
  backup.incremental = command.has("BYTESTREAM") || command.has("INCREMENTAL");
  backup.record = command.has("RECORD");
  const QualifierSet& since = command.keywords("SINCE");
  if (since.has("BYTESTREAM") || since.has("INCREMENTAL")) backup.since = BackupSince::Bytestream;
  if (since.has("RECORD")) backup.since = BackupSince::Record;
  if (const auto seqno = command.number("TRANSACTION")) {
    backup.since = BackupSince::Given;
    backup.since_seqno = Seqno{std::max<std::uint64_t>(*seqno, 1)};
  }
  if (!backup.incremental && command.has("SINCE")) return value_error("SINCE goes with an incremental backup only");
  if (backup.incremental && command.has("BKUPDBJNL"))
    return value_error("BKUPDBJNL does not go with an incremental backup");
  if (backup.incremental) backup.options.copies_journal.reset();  // -nojournal, which is said to do nothing.
  return {};
}

/// -replinstance alone goes with no qualifier that speaks of regions.
Status check_instance_alone(const ParsedCommand& command) {
  for (const std::string_view name :
       {"BKUPDBJNL", "BYTESTREAM", "COMPREHENSIVE", "DATABASE", "DBG", "INCREMENTAL", "JOURNAL", "NETTIMEOUT",
        "NEWJNLFILES", "ONLINE", "RECORD", "SINCE", "TRANSACTION", "SHOWPROGRESS", "RETRY"})
    if (command.has(name) || command.negated(name))
      return value_error(fmt::format("{} cannot be specified without specifying a backup region", name));
  return {};
}

void report(const SiteBackup& backup, const SiteBackupReport& done, const GlobalDirectory* directory,
            const std::string& journal_lines, Console& console) {
  if (backup.instance_to)
    console.err << make_line<MsgId::BACKUPREPL>(backup.instance_file, *backup.instance_to) << '\n'
                << make_line<MsgId::BACKUPSEQNO>(done.seqno.value) << '\n';
  console.err << journal_lines;
  for (std::size_t i = 0; i < backup.targets.size(); ++i) {
    const BackupTarget& target = backup.targets[i];
    const std::string to = target.pipe ? "|" + target.to : target.to;
    if (backup.options.copies_journal)
      console.err << make_line<MsgId::JNLSTATE>(
                         "database file", to, *backup.options.copies_journal == JournalState::Off ? "OFF" : "DISABLED")
                  << '\n';
    console.err << make_line<MsgId::BACKUPDBFILE>(directory->database_path(*target.region), to) << '\n'
                << make_line<MsgId::BACKUPTN>(1, done.next_tn[i]) << '\n';
  }
  for (const std::string& region : done.undone) console.err << make_line<MsgId::HWBKUPUNDONE>(region) << '\n';
  console.err << make_line<MsgId::BACKUPSUCCESS>() << '\n';
}

Result<int> run_with(SiteBackup& backup, const GlobalDirectory* directory, bool show_progress, Console& console) {
  if (!destinations_are_good(backup, directory, console))
    return make_error<MsgId::MUNOACTION>().after(make_line<MsgId::BACKUPFAIL>());
  std::string journal_lines;
  backup.on_point = [&](const BackupPoint& point) {
    for (const BackupRegion& region : point.regions()) {
      if (!region.renamed) continue;
      journal_lines += make_line<MsgId::FILERENAME>(region.journal_path, *region.renamed) + '\n';
      journal_lines +=
          make_line<MsgId::JNLCREATE>(region.journal_path, "region", region.header.name, "BEFORE_IMAGES") + '\n';
    }
    if (show_progress)
      console.err << make_line<MsgId::HWBACKUPHELD>(point.held().count(), point.seqno().value, point.seqno().value)
                  << '\n'
                  << std::flush;
  };
  ProgressLines lines(console.err);
  backup.progress = [&](const BackupRegion& region, std::uint64_t done, std::uint64_t of) -> Status {
    if (end_requested()) return make_error<MsgId::FORCEDHALT>();
    if (show_progress) lines.tell(region, done, of);
    return {};
  };
  const auto done = back_up_site(backup);
  if (!done.has_value()) {
    console.err << journal_lines;  // What was switched is switched.
    if (done.error().id == MsgId::FORCEDHALT) return done.error();
    return make_error<MsgId::MUNOFINISH>().after(done.error());
  }
  report(backup, *done, directory, journal_lines, console);
  return 0;
}

Result<int> back_up(const ParsedCommand& command, Console& console) {
  SiteBackup backup;
  backup.replace = command.has("REPLACE");
  if (command.has("REPLINSTANCE")) {
    HW_TRY(backup.instance_file, instance_path_from_environment());
    backup.instance_file = absolute_path(backup.instance_file);
    backup.instance_to = absolute_path(resolve_file_name(command.value("REPLINSTANCE"), ""));
    if (is_directory(*backup.instance_to)) *backup.instance_to += "/" + base_name(backup.instance_file);
    backup.instance_to = output_path(*backup.instance_to).path;
    if (command.parameters().empty()) {
      HW_TRY_VOID(check_instance_alone(command));
      const auto directory = GlobalDirectory::load_from_environment();  // It need not be there; its files are kept.
      return run_with(backup, directory.has_value() ? &*directory : nullptr, false, console);
    }
  }
  HW_TRY(const std::string named, ask_parameter(command, 0, console.in, console.out));
  HW_TRY(const std::string list, ask_parameter(command, 1, console.in, console.out));
  HW_TRY(backup.options, options_of(command));
  HW_TRY_VOID(read_increment_qualifiers(command, backup));
  HW_TRY(const GlobalDirectory directory, GlobalDirectory::load_from_environment());
  const auto regions = regions_in_order(directory, named);
  if (!regions.has_value()) return no_action(regions.error());
  auto targets = targets_of(directory, *regions, list);
  if (!targets.has_value()) return no_action(targets.error());
  backup.targets = std::move(targets).value();
  for (const char* name : {"GTM_BAKTMPDIR", "gtm_baktmpdir"})
    if (const char* folder = std::getenv(name); folder != nullptr && *folder != '\0') backup.temporary_folder = folder;
  if (backup.temporary_folder.empty()) backup.temporary_folder = absolute_path(".");
  return run_with(backup, &directory, command.has("SHOWPROGRESS"), console);
}

}  // namespace

Result<int> run_backup(const ParsedCommand& command, Console& console) {
  return in_order([&] { return back_up(command, console); });
}

}  // namespace hw::mupip

// integ: checks databases, and digests that two sites can compare.
#include <algorithm>
#include <cstdlib>
#include <ostream>

#include "engine/admin/compaction.h"
#include "engine/base/boot.h"
#include "engine/base/interrupt.h"
#include "engine/commit/domain.h"
#include "engine/integ/content_check.h"
#include "engine/integ/integrity.h"
#include "engine/integ/region_snapshot.h"
#include "engine/region/copy_mark.h"
#include "mupip/commands.h"
#include "mupip/database/region_list.h"
#include "mupip/in_order.h"
#include "replic/instance/instance_file.h"
#include "replic/instance/region_moments.h"

namespace hw::mupip {
namespace {

std::string row(std::string_view type, std::string_view pages, std::string_view records, std::string_view used,
                std::string_view adjacent) {
  return fmt::format("{:<10}{:>11}{:>16}{:>16}{:>14}\n", type, pages, records, used, adjacent);
}

std::string percent(const PageTally& tally) {
  if (tally.pages == 0) return "0.000";
  return fmt::format("{:.3f}",
                     100.0 * static_cast<double>(tally.used_bytes) / static_cast<double>(tally.pages * kPageBytes));
}

std::string number(std::uint64_t value) { return fmt::format("{}", value); }

/// GT.M's table. The list of free pages is where GT.M has its directory tree; pages of large values count as data.
std::string summary(const StructureReport& report, bool fast) {
  const std::string data_records = fast ? "NA" : number(report.data.records);
  const std::uint64_t total_pages = report.free_list.pages + report.index.pages + report.data.pages + report.free_pages;
  std::string out = "\n" + row("Type", "Blocks", "Records", "% Used", "Adjacent") + "\n";
  out += row("Directory", number(report.free_list.pages), number(report.free_list.records), percent(report.free_list),
             "NA");
  out += row("Index", number(report.index.pages), number(report.index.records), percent(report.index),
             number(report.index.adjacent));
  out += row("Data", number(report.data.pages), data_records, fast ? "NA" : percent(report.data),
             number(report.data.adjacent));
  out += row("Free", number(report.free_pages), "NA", "NA", "NA");
  out += row("Total", number(total_pages),
             fast ? "NA" : number(report.free_list.records + report.index.records + report.data.records), "NA",
             number(report.index.adjacent + report.data.adjacent));
  return out;
}

std::string levels(const StructureReport& report) {
  std::string out = "\nTree of nodes\n" + row("Level", "Blocks", "Records", "% Used", "Adjacent");
  for (std::size_t level = report.levels.size(); level-- > 0;) {
    const PageTally& tally = report.levels[level];
    out += row(fmt::format("{:>5}", level), number(tally.pages), number(tally.records), percent(tally),
               number(tally.adjacent));
  }
  return out;
}

class Integ {
 public:
  Integ(const ParsedCommand& command, Console& console) : command_(command), console_(console) {
    options_.fast = command.has("FAST");
    options_.adjacency = command.number("ADJACENCY").value_or(options_.adjacency);
    // As in GT.M one number limits the lines of a kind; -nomap and the like lift the limit.
    if (command.negated("MAP")) options_.faults_max = 0;
    options_.faults_max = command.number("MAP").value_or(options_.faults_max);
    options_.key_sizes = !command.negated("MAXKEYSIZE");
    options_.tell = [this](const Error& error) { console_.err << error.render(); };
    options_.stop = end_requested;
  }

  /// Checks one region and prints what was found. `settled`: IntegrityOptions. Errors: FORCEDHALT.
  Status check(const RegionLook& seen, PoolHeader* pool, bool settled = true) {
    options_.settled = settled;
    HW_TRY(IntegrityReport report, check_region(seen, pool, options_));
    compare_with_instance(seen, pool, report);
    if (command_.has("FULL")) console_.err << levels(report.structure);
    if (report.uncompared) {
      console_.err << make_line<MsgId::TEXT>("Nodes were not compared with checkpoint image and journal:") << '\n';
      console_.err << report.uncompared->render();
    }
    if (report.faults == 0) {
      console_.err << (options_.fast ? "\nNo errors detected by fast integ.\n" : "\nNo errors detected by integ.\n");
    } else {
      console_.err << fmt::format("\nTotal error count from integ:\t\t{}.\n", report.faults);
    }
    faults_ += report.faults;
    console_.err << summary(report.structure, options_.fast);
    return {};
  }

  /// All regions of the instance were checked: the highest of them is where the instance file, closed cleanly,
  /// says that it is. A server would not start otherwise.
  void compare_highest() {
    const char* path = std::getenv("gtm_repl_instance");
    if (live_ || highest_ == 0 || path == nullptr || *path == '\0') return;
    const auto instance = InstanceFile::open(path, false);  // An error was told with the regions.
    if (!instance.has_value() || instance->header().crash || instance->history().empty()) return;
    if (instance->header().seqno.value == highest_) return;
    ++faults_;
    options_.tell(make_error<MsgId::REPLINSTDBMATCH>(path, instance->header().seqno.value, highest_));
  }

  std::uint64_t faults() const { return faults_; }

 private:
  /// While the pool exists the file's seqno may lag; then the live value is what counts. When the pool is gone and was
  /// not removed (crash mark) it is of the last start, and says nothing until a rollback has come to its end. A new
  /// file beside databases with a past takes their seqno at the first start. One that was closed cleanly knows how far
  /// each region had come.
  void compare_with_instance(const RegionLook& seen, PoolHeader* pool, IntegrityReport& report) {
    if (!seen.header.has_value() || !seen.header->replicated) return;
    highest_ = std::max(highest_, seen.reg_seqno.value);
    live_ = live_ || pool != nullptr;
    const auto tell = [&](const std::string& what, std::uint64_t seqno) {
      if (seen.reg_seqno.value <= seqno) return;
      ++report.faults;
      options_.tell(make_error<MsgId::HWINTEGHEADER>(
          seen.path, fmt::format("its seqno {} is higher than that of {}, {}", seen.reg_seqno.value, what, seqno)));
    };
    if (pool != nullptr && pool->replicating != 0) {
      tell(fmt::format("the journal pool of {}", pool->instance_file.view()), pool->next_seqno.load());
      return;
    }
    const char* path = std::getenv("gtm_repl_instance");
    if (path == nullptr || *path == '\0') return;
    auto instance = InstanceFile::open(path, false);
    if (!instance.has_value()) {
      console_.err << instance.error().render();
      return;
    }
    if (instance->header().crash || instance->history().empty()) return;
    tell(fmt::format("instance file {}", path), instance->header().seqno.value);
    const auto reached = instance->region_list();
    const RegionReach now{seen.header->name, seen.header->database_id, seen.reg_seqno, seen.generation,
                          seen.journal_offset};
    const Status moment = reached.has_value() ? require_moment(*reached, now) : Status(reached.error());
    if (moment.has_value()) return;
    ++report.faults;
    options_.tell(moment.error());
  }

  const ParsedCommand& command_;
  Console& console_;
  IntegrityOptions options_;
  std::uint64_t faults_ = 0;
  std::uint64_t highest_ = 0;  ///< seqno of the replicated regions that were checked
  bool live_ = false;          ///< processes commit to one of them
};

Error integ_errors(const Error& cause) {
  if (cause.id == MsgId::FORCEDHALT) return cause;
  return make_error<MsgId::INTEGERRS>().after(cause);
}

/// False, and said, when the file's machine stopped while it was open, or may have: it is a mixture of moments then,
/// and is made from checkpoint image and journal before anybody uses it. What it holds now says nothing about the
/// database.
bool can_be_checked(const RegionAccess& access, Console& console) {
  if (!access.needs_recovery() || is_this_boot(access.state().boot)) return true;
  console.err << make_line<MsgId::TEXT>(
                     "It was open when the machine stopped, or may have been, and is not checked before it is made "
                     "anew from checkpoint image and journal")
              << '\n';
  return false;
}

/// False, and said, when its processes died: what is in the file is not what its place in the journal says.
bool is_settled(const RegionAccess& access, Console& console) {
  if (access.state().clean) return true;
  console.err << make_line<MsgId::TEXT>(
                     "The file was not closed; it is checked as it is, before its recovery, and not compared with "
                     "checkpoint image and journal")
              << '\n';
  return false;
}

Result<int> check_file(const std::string& path, const ParsedCommand& command, Console& console) {
  auto access = RegionAccess::take(path, nullptr, ControlFile::Purpose::Read);
  if (!access.has_value()) return no_action(access.error());
  if (Status alone = (*access)->require_alone(); !alone.has_value()) return integ_errors(alone.error());
  Integ integ(command, console);
  if (!can_be_checked(**access, console)) return integ_errors(make_error<MsgId::MUNOTALLINTEG>());
  const bool settled = is_settled(**access, console);
  Status status = look_at_region(**access, [&](const RegionLook& seen) { return integ.check(seen, nullptr, settled); });
  if (!status.has_value()) return integ_errors(status.error());
  if (integ.faults() != 0) return make_error<MsgId::INTEGERRS>();
  return 0;
}

std::vector<std::size_t> indexes_of(const GlobalDirectory& directory, const std::vector<const Region*>& regions) {
  std::vector<std::size_t> indexes;
  for (const Region* region : regions) indexes.push_back(static_cast<std::size_t>(region - directory.regions().data()));
  return indexes;
}

using Snapshots = std::vector<std::unique_ptr<RegionSnapshot>>;

/// Checks a region's file while no process has it open; false, and said, when that cannot be. Errors: FORCEDHALT.
Result<bool> check_alone(const std::string& path, const Region* region, Integ& integ, Console& console) {
  auto access = RegionAccess::take(path, region, ControlFile::Purpose::Read);
  Status status = access.has_value() ? (*access)->require_alone() : Status(access.error());
  if (status.has_value() && !can_be_checked(**access, console)) return false;
  if (status.has_value()) {
    const bool settled = is_settled(**access, console);
    status = look_at_region(**access, [&](const RegionLook& seen) { return integ.check(seen, nullptr, settled); });
  }
  if (status.has_value()) return true;
  if (status.error().id == MsgId::FORCEDHALT) return status.error();
  console.err << status.error().render();
  return false;
}

Result<int> check_regions(const std::string& list, const ParsedCommand& command, Console& console) {
  DatabaseOptions reading;
  reading.background = false;
  HW_TRY(const auto database, Database::open(reading));
  auto regions = regions_named(database->directory(), list);
  if (!regions.has_value()) return no_action(regions.error());
  Integ integ(command, console);
  bool skipped = false;
  bool refused = false;  // What is in a file that cannot be opened is no database, however sound its pages are.
  std::optional<Error> broken_off;
  for (const std::size_t index : indexes_of(database->directory(), *regions)) {
    const Region& region = database->directory().regions()[index];
    console.err << fmt::format("\n\nInteg of region {}\n", region.name);
    const std::string path = database->directory().database_path(region);
    const auto mark = read_copy_mark(path);  // What hinders reading is said by what comes next.
    const bool copied = mark.has_value() && mark->has_value();
    const std::size_t one[] = {index};
    auto snapshots = copied ? Result<Snapshots>(Snapshots{}) : RegionSnapshot::take(*database, one);
    if (!snapshots.has_value() &&
        (snapshots.error().id == MsgId::HWUNSEEN || snapshots.error().id == MsgId::FORCEDHALT))
      return snapshots.error();
    // A backup's copy that no process has opened stays one, so that journals can still be applied to it. Damage may
    // keep the storage engine from opening a file at all. Both are checked as files, when no process is in the way.
    if (!snapshots.has_value() || copied) {
      refused = refused || !snapshots.has_value();
      if (!snapshots.has_value()) console.err << snapshots.error().render();
      HW_TRY(const bool checked, check_alone(path, &region, integ, console));
      skipped = skipped || !checked;
      continue;
    }
    const RegionSnapshot& snapshot = *snapshots->front();
    PoolHeader* pool = snapshot.domain() != nullptr ? &snapshot.domain()->header() : nullptr;
    if (Status status = integ.check(snapshot.look(), pool); !status.has_value()) {
      broken_off = status.error();
      break;
    }
  }
  HW_TRY_VOID(database->close());
  if (broken_off) return *broken_off;
  if (!skipped && !refused && regions->size() == database->directory().regions().size()) integ.compare_highest();
  if (skipped) console.err << make_error<MsgId::MUNOTALLINTEG>().render();
  if (integ.faults() != 0 || skipped || refused) return make_error<MsgId::INTEGERRS>();
  return 0;
}

/// The last seqno that all of the instance's regions have together at the moment of the snapshots.
std::uint64_t last_seqno(const Snapshots& snapshots) {
  std::uint64_t next = 1;
  for (const auto& snapshot : snapshots) next = std::max(next, snapshot->look().reg_seqno.value);
  return next - 1;
}

Result<NodeDigest> digest_of(const RegionSnapshot& snapshot, Seqno last) {
  const RegionLook& seen = snapshot.look();
  if (!seen.header.has_value()) return seen.header.error();
  NodeDigest digest;
  StructureOptions options;
  options.nulls = static_cast<NullCollation>(seen.header->null_collation);
  options.stop = end_requested;
  options.node = [&](std::string_view key, std::string_view value) {
    if (key != kHeaderKey) digest.add(key, value);
  };
  const StructureReport report = check_structure(seen.file, seen.meta, options);
  if (report.stopped) return make_error<MsgId::FORCEDHALT>();
  if (report.faults != 0)
    return make_error<MsgId::HWDBDAMAGED>(seen.path, "a digest of damaged pages says nothing; run mupip integ");
  HW_TRY_VOID(take_digest_back(seen, last, digest));
  return digest;
}

Result<int> digest_regions(const std::string& list, const ParsedCommand& command, Console& console) {
  DatabaseOptions reading;
  reading.background = false;
  HW_TRY(const auto database, Database::open(reading));
  auto regions = regions_named(database->directory(), list);
  if (!regions.has_value()) return no_action(regions.error());
  HW_TRY(auto snapshots, RegionSnapshot::take(*database, indexes_of(database->directory(), *regions)));
  const std::uint64_t here = last_seqno(snapshots);
  const std::uint64_t last = command.number("DIGEST").value_or(here);
  if (last > here)
    return no_action(make_error<MsgId::HWSEQNOGAP>(last, last, fmt::format("the regions are at {}", here)));
  for (const auto& snapshot : snapshots) {
    auto digest = digest_of(*snapshot, Seqno{last});
    if (!digest.has_value()) return no_action(digest.error());
    console.out << fmt::format("Digest of region {} at seqno {} [0x{:016X}] : {}\n", snapshot->definition().name, last,
                               last, digest->text());
  }
  snapshots.clear();
  HW_TRY_VOID(database->close());
  return 0;
}

/// Regions of the directory, or the one file.
Result<int> rebuild(const std::string& what, const ParsedCommand& command, Console& console) {
  std::vector<std::pair<std::string, const Region*>> files;
  std::optional<GlobalDirectory> directory;
  if (command.has("REGION")) {
    HW_TRY(directory, GlobalDirectory::load_from_environment());
    auto regions = regions_named(*directory, what);
    if (!regions.has_value()) return no_action(regions.error());
    for (const Region* region : *regions) files.emplace_back(directory->database_path(*region), region);
  } else {
    files.emplace_back(what, nullptr);
  }
  for (const auto& [path, definition] : files) {
    auto access = RegionAccess::take(path, definition);
    if (!access.has_value()) return no_action(access.error());
    if (Status status = rebuild_region(**access); !status.has_value()) return no_action(status.error());
    const RegionHeader& header = (*access)->region().header;
    console.err << make_line<MsgId::HWRECOVERED>(header.name, header.reg_seqno.value - 1, header.reg_seqno.value - 1,
                                                 "checkpoint image and journal")
                << '\n';
  }
  return 0;
}

constexpr std::string_view kRefused[][2] = {
    {"BLOCK", "pages are reached from the root only; dse dump -block shows one"},
    {"SUBSCRIPT", "the whole region is checked"},
    {"TN_RESET", "transaction numbers have 64 bits and need no reset"},
};

}  // namespace

Result<int> run_integ(const ParsedCommand& command, Console& console) {
  for (const auto& [name, why] : kRefused)
    if (command.has(name)) return make_error<MsgId::HWREFUSED>(fmt::format("INTEG -{}", name), why);
  HW_TRY(const std::string what, ask_parameter(command, 0, console.in, console.out));
  if (command.has("REBUILD")) return rebuild(what, command, console);
  const auto check = command.has("DIGEST") ? digest_regions : command.has("REGION") ? check_regions : check_file;
  return in_order([&] { return check(what, command, console); });
}

}  // namespace hw::mupip

// Damage: a byte that changes in a file, a file that is gone, a folder that may not be written, a disk that is full.
// What is asked then is not that nothing is lost, but that it is said, that nobody goes on with wrong data, and that
// what the documentation tells to do about it helps.
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>

#include "test/sim/action.h"
#include "test/sim/checks.h"
#include "test/sim/failure.h"

namespace hw::sim {
namespace {

constexpr const char* kFiles[] = {"a.dat", "x.dat", "y.dat"};

bool is_down(const Site& site) { return !site.up && !site.crashed; }

std::optional<Step> propose_flip(World& world, Random& random) {
  Site* const site = random_site(world, random, is_down);
  if (site == nullptr) return std::nullopt;
  Step step{site->name, "flip", {kFiles[random.below(world.regions)]}, {}};
  step.options["at"] = std::to_string(random.below(1'000'000));
  step.options["count"] = std::to_string(random.between(1, 40));
  return step;
}

/// Flips bits in used pages of a database file. Gives false when the file cannot be changed.
bool flip(const std::string& path, std::uint64_t at, std::uint64_t count) {
  const int fd = ::open(path.c_str(), O_RDWR | O_CLOEXEC);
  struct stat info {};
  if (fd < 0 || ::fstat(fd, &info) != 0) return false;
  Random random(at);
  bool done = true;
  for (std::uint64_t i = 0; i < count; ++i) {
    char byte = 0;
    // The first pages hold the most; behind them it is mostly room.
    const auto offset =
        static_cast<off_t>(random.below(std::min<std::uint64_t>(static_cast<std::uint64_t>(info.st_size), 65536)));
    done = done && ::pread(fd, &byte, 1, offset) == 1;
    byte = static_cast<char>(byte ^ (1 << random.below(8)));
    done = done && ::pwrite(fd, &byte, 1, offset) == 1;
  }
  ::close(fd);
  return done;
}

/// A database file of an instance that is down is damaged. Integ says so or nothing that is read has changed; and
/// -rebuild makes the region again from image and journal (docs/runbook/database-damaged.md).
bool run_flip(World& world, const Step& step) {
  Site* const site = world.find(step.site);
  if (site == nullptr || !is_down(*site) || step.arguments.empty()) return false;
  const std::string path = site->folder + "/" + step.arguments[0];
  if (!flip(path, step.number("at", 0), step.number("count", 1))) return false;
  const char* const region = step.arguments[0] == "a.dat" ? "DEFAULT" : step.arguments[0] == "x.dat" ? "XREG" : "YREG";
  const Said integ = world.attempt(*site, {"mupip", "integ", "-region", region});
  if (integ.status == 0) {
    check_content(world, *site);  // Nobody uses the bytes that have changed.
  } else if (!integ.has("-E-") && !integ.has("-F-")) {
    throw Failure(
        fmt::format("integ of damaged {} ends with status {} and no message: {}", path, integ.status, integ.out));
  }
  world.must(*site, {"mupip", "integ", "-rebuild", "-region", region});
  const Said again = world.attempt(*site, {"mupip", "integ", "-region", "*"});
  if (again.status != 0) throw Failure("integ after -rebuild of " + path + ": " + again.out);
  site->remade = true;
  world.coverage().count("damages");
  return true;
}

std::optional<Step> propose_missing(World& world, Random& random) {
  Site* const site = random_site(world, random, is_down);
  if (site == nullptr) return std::nullopt;
  return Step{site->name, "missing", {random.of<std::string>({"a.dat", "g.repl", "g.gld", "a.mjl", "a.dat-ctl"})}, {}};
}

/// A file is gone: the start is refused with a message that names a file, and goes well once the file is back.
bool run_missing(World& world, const Step& step) {
  Site* const site = world.find(step.site);
  if (site == nullptr || !is_down(*site) || step.arguments.empty()) return false;
  const std::string path = site->folder + "/" + step.arguments[0];
  const std::string aside = site->folder + ".aside";
  if (::rename(path.c_str(), aside.c_str()) != 0) return false;
  const Said said = world.attempt(*site, {"mupip", "replicate", "-source", "-start", "-passive", "-instsecondary=DUMMY",
                                          "-log=" + site->folder + "/source-DUMMY.log", "-buffsize=1048576",
                                          site->root ? "-rootprimary" : "-propagateprimary"});
  if (said.status == 0) {
    // What can be made again without loss may be.
    if (step.arguments[0] != "a.dat-ctl") throw Failure("a start without " + path + " succeeds: " + said.out);
    world.must(*site, {"mupip", "replicate", "-source", "-shutdown", "-timeout=0"});
    world.must(*site, {"mupip", "rundown", "-region", "*"});
    ::unlink(aside.c_str());
    world.coverage().count("damages");
    return true;
  }
  if (!said.has("-E-") && !said.has("-F-")) throw Failure("a start without " + path + " says: " + said.out);
  // The server has told its starter why, and is about to end.
  if (!within(std::chrono::seconds(5), [&] { return world.processes_of(*site).empty(); }))
    throw Failure("a refused start leaves processes of " + site->name);
  if (::rename(aside.c_str(), path.c_str()) != 0) throw Failure("cannot put " + path + " back");
  world.coverage().count("damages");
  return true;
}

std::optional<Step> propose_full(World& world, Random& random) {
  Site* const site =
      random_site(world, random, [](const Site& one) { return one.up && one.root && one.load == nullptr; });
  if (site == nullptr) return std::nullopt;
  return Step{site->name, "full", {}, {}};
}

/// The files may not grow any more (RLIMIT_FSIZE of one worker): its updates are refused or made, and nothing else.
bool run_full(World& world, const Step& step) {
  Site* const site = world.find(step.site);
  if (site == nullptr || !site->up || !site->root || site->load != nullptr) return false;
  check_content(world, *site);
  CrewOrder order;
  order.load.seed = step.number("seed", 4711);
  order.load.regions = world.regions;
  order.load.large = 200;
  order.count = 60;
  order.file_bytes = step.number("bytes", 1 << 20);
  Crew crew = start_crew(world, *site, order);
  end_crew(world, *site, crew, true);
  world.coverage().count("full-disks");
  return true;
}

constexpr Action kActions[] = {
    {"flip", "FILE [at=N] [count=N]", "bits change in a database file of an instance that is down; integ, -rebuild", 4,
     propose_flip, run_flip},
    {"missing", "FILE", "a file is gone: refused, and well when it is back", 3, propose_missing, run_missing},
    {"full", "[seed=] [bytes=]", "updates of a process whose files may not grow", 3, propose_full, run_full},
};

}  // namespace

std::span<const Action> damage_actions() { return kActions; }

}  // namespace hw::sim

#include "test/sim/world.h"

#include <fcntl.h>
#include <sys/shm.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fstream>
#include <sstream>

#include <fmt/format.h>

#include "test/sim/failure.h"

namespace hw::sim {
namespace {

std::string joined(const std::vector<std::string>& argv) {
  std::string line;
  for (const std::string& word : argv) line += (line.empty() ? "" : " ") + word;
  return line;
}

/// A text that looks like the kernel's, another one for each boot of each site.
std::string boot_id_of(const Site& site) {
  return fmt::format("{:08x}-0000-4000-8000-{:012x}", site.boot, static_cast<unsigned>(site.name[0]));
}

/// System V segments that a process has attached: the kernel shows their ids as inode numbers.
void add_segments(pid_t pid, std::set<int>& segments) {
  std::ifstream maps(fmt::format("/proc/{}/maps", pid));
  for (std::string line; std::getline(maps, line);) {
    std::istringstream words(line);
    std::string range, access, offset, device, inode, path;
    if (words >> range >> access >> offset >> device >> inode >> path && path.starts_with("/SYSV"))
      segments.insert(std::atoi(inode.c_str()));
  }
}

}  // namespace

World::World(const Setting& setting, const Space& space) : setting_(setting), space_(space) {}

Site* World::find(const std::string& name) {
  const auto found = sites_.find(name);
  return found == sites_.end() ? nullptr : &found->second;
}

Site& World::site(const std::string& name) {
  Site* const found = find(name);
  if (found == nullptr) throw Failure("there is no instance " + name);
  return *found;
}

std::vector<Site*> World::children_of(const Site& site) {
  std::vector<Site*> children;
  for (auto& [name, other] : sites_)
    if (other.parent == site.name) children.push_back(&other);
  return children;
}

Site& World::add_site(const std::string& name) {
  Site& site = sites_[name];
  site.name = name;
  site.folder = setting_.folder + "/" + name;
  // In a network name space of our own every port is free.
  const unsigned base = space_.own ? 4000 : 10'000 + static_cast<unsigned>(::getpid() * 64u % 20'000);
  site.port = static_cast<std::uint16_t>(base + (name[0] - 'A'));
  ::mkdir(site.folder.c_str(), 0755);
  site.line = std::make_shared<Proxy>(static_cast<std::uint16_t>(site.port + 100), site.port);
  return site;
}

Launch World::launch(const Site& site, const std::vector<std::string>& argv) const {
  Launch launch;
  launch.argv = argv;
  launch.folder = site.folder;
  launch.environment = {{"gtmgbldir", site.folder + "/g.gld"},
                        {"gtm_repl_instance", site.folder + "/g.repl"},
                        {"HW_SIM_SITE", site.folder + ":"},
                        {"HW_BOOT_ID", boot_id_of(site)},
                        {"PATH", setting_.programs + ":/usr/local/bin:/usr/bin:/bin"}};
  if (!armed.empty()) launch.environment["HW_FAIL"] = armed;
  if (!setting_.recorder.empty()) {
    launch.environment["LD_PRELOAD"] = setting_.recorder;
    launch.environment["HW_POWERLOSS_SKIP_SYNC"] = "1";
    launch.environment["HW_POWERLOSS_DIR"] = site.folder + ".recording";
    launch.environment["HW_POWERLOSS_ROOT"] = site.folder;
  }
  return launch;
}

Said World::attempt(const Site& site, const std::vector<std::string>& argv) {
  Said said = run(launch(site, argv));
  note(fmt::format("[{}]$ {}\n{}status {}", site.name, joined(argv), said.out, said.status));
  return said;
}

std::vector<Said> World::attempt_all(const std::vector<std::pair<Site*, std::vector<std::string>>>& commands) {
  std::vector<Launch> launches;
  for (const auto& [site, argv] : commands) launches.push_back(launch(*site, argv));
  std::vector<Said> said = run_all(launches);
  for (std::size_t i = 0; i < said.size(); ++i)
    note(fmt::format("[{}]$ {}\n{}status {}", commands[i].first->name, joined(commands[i].second), said[i].out,
                     said[i].status));
  return said;
}

Said World::must(const Site& site, const std::vector<std::string>& argv) {
  Said said = attempt(site, argv);
  if (said.status != 0)
    throw Failure(fmt::format("status {} on {} of: {}\n{}", said.status, site.name, joined(argv), said.out));
  return said;
}

void World::must_refuse(const Site& site, const std::string& message, const std::vector<std::string>& argv) {
  const Said said = attempt(site, argv);
  if (said.status == 0 || !said.has(message))
    throw Failure(fmt::format("not refused with {} on {}: {}\nstatus {}, said: {}", message, site.name, joined(argv),
                              said.status, said.out));
}

void World::note(const std::string& text) {
  std::ofstream out(transcript(), std::ios::app);
  out << text << "\n";
}

std::string World::new_path(const Site& site, const std::string& kind) {
  return fmt::format("{}/{}-{}", site.folder, kind, ++paths_given_);
}

std::vector<pid_t> World::processes_of(const Site& site) const {
  return processes_with("HW_SIM_SITE=" + site.folder + ":");
}

void World::kill_processes(Site& site) {
  // A process that was being started may come to be between two looks.
  for (std::vector<pid_t> pids = processes_of(site); !pids.empty(); pids = processes_of(site)) {
    for (const pid_t pid : pids) add_segments(pid, site.segments);
    kill_all(pids);
  }
  site.feeds.clear();
  site.receiver = false;
  if (const std::shared_ptr<Crew> crew = std::move(site.load)) {
    site.load.reset();
    end_crew(*this, site, *crew, true);
  }
}

void World::lose_memory(Site& site) {
  kill_processes(site);
  for (const int segment : site.segments) ::shmctl(segment, IPC_RMID, nullptr);
  site.segments.clear();
  site.died.clear();
  site.pool_left = false;
}

void World::lose_power(Site& site, std::uint64_t seed, const std::string& mode) {
  lose_memory(site);
  ++site.boot;
  if (setting_.recorder.empty()) return;
  Launch image = launch(site, {"headwater-powerloss", "image", "--recording", site.folder + ".recording", "--seed",
                               std::to_string(seed), "--mode", mode});
  image.environment.erase("LD_PRELOAD");
  const Said said = run(image);
  note("power loss of " + site.name + ": " + said.out);
  if (said.status != 0) throw Failure("headwater-powerloss: " + said.out);
}

}  // namespace hw::sim

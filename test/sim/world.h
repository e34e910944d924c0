/// test/sim/world.h -- everything of one run: the instances, what the model says of them, and how commands are run on
/// them.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "test/sim/coverage.h"
#include "test/sim/crew.h"
#include "test/sim/model.h"
#include "test/sim/process.h"
#include "test/sim/proxy.h"
#include "test/sim/space.h"

namespace hw::sim {

/// What a run is told from outside.
struct Setting {
  std::string programs;  ///< folder of mupip, gde, gbl
  std::string self;      ///< path of this program, for workers
  std::string folder;    ///< of the run; made by it, removed at its end
  std::uint64_t seed = 1;
  std::string recorder;  ///< path of the library of test/sim/powerloss; empty: a power loss loses memory only
};

/// An operation whose outcome nobody told us: its maker died, or got an error.
struct Unknown {
  Operation operation;
  unsigned worker = 0;
};

struct Site {
  std::string name;
  std::string folder;
  std::string parent;           ///< who feeds it; empty: nobody
  std::uint16_t port = 0;       ///< where its receiver listens
  std::shared_ptr<Proxy> line;  ///< what its feeder connects to
  unsigned boot = 1;
  std::set<int> segments;  ///< System V segments that its dead processes had attached

  // What the commands that succeeded make of it.
  bool up = false;         ///< its journal pool exists
  bool root = false;       ///< updates are accepted while up
  bool was_root = false;   ///< since the lost transactions were complete: may be fed by a root only
  bool crashed = false;    ///< its processes died; a rollback must come before the next start
  bool pool_left = false;  ///< crashed, but its journal pool is still in memory: a start in the same role finds it
  bool pool_root = false;  ///< the role of that pool
  bool receiver = false;   ///< its receiver server was started and not shut down
  std::map<std::string, bool> feeds;  ///< source servers, by secondary: whether active
  std::set<std::string> died;         ///< secondaries whose source servers its pool still names, and which were killed

  // What its databases hold: exactly `high`, or, while it receives or after a power loss, something from `low` to
  // `high`.
  Place low = kBeginning;
  Place high = kBeginning;
  Place durable = kBeginning;  ///< was acknowledged as durable
  Place floor = kBeginning;    ///< its journals and history begin here: no rollback leads further back
  bool of_root = false;        ///< `committed` and `unknown` are its root's, which died with it: it may have got them
  bool maybe_ahead = false;    ///< its feeder may have less than it has: the receiver may have ended with REPLAHEAD
  std::map<std::uint64_t, Operation> committed;  ///< acknowledged behind an unknown one, by seqno
  std::vector<Unknown> unknown;

  bool stranded = false;       ///< only a refresh brings it back
  bool may_lose = false;       ///< since a power loss: what is not durable may be gone
  bool has_directory = false;  ///< its copies have a global directory
  bool remade = false;         ///< since its last full backup its databases became others
  Place copied = kBeginning;   ///< what its copies hold
  Place marked = kBeginning;   ///< what its last full backup held, wherever that went: its increments begin there
  std::shared_ptr<Crew> load;  ///< processes that update all the time

  bool settled() const { return committed.empty() && unknown.empty(); }
  void drop_open() {
    committed.clear();
    unknown.clear();
    of_root = false;
  }
};

class World {
 public:
  World(const Setting& setting, const Space& space);

  const Setting& setting() const { return setting_; }
  Timeline& timeline() { return timeline_; }
  Coverage& coverage() { return coverage_; }
  std::map<std::string, Site>& sites() { return sites_; }
  Site* find(const std::string& name);
  /// Failure when there is none: a step that names it should have been skipped.
  Site& site(const std::string& name);
  std::vector<Site*> children_of(const Site& site);
  Site& add_site(const std::string& name);
  unsigned regions = 1;  ///< of every instance

  // ---- commands; each is noted in the transcript ----
  std::string armed;  ///< HW_FAIL of the commands that follow, and of the servers that they start
  Launch launch(const Site& site, const std::vector<std::string>& argv) const;
  Said attempt(const Site& site, const std::vector<std::string>& argv);
  std::vector<Said> attempt_all(const std::vector<std::pair<Site*, std::vector<std::string>>>& commands);
  /// Failure when it does not end with status 0.
  Said must(const Site& site, const std::vector<std::string>& argv);
  /// Failure when it is not refused with this message and a status that is not 0.
  void must_refuse(const Site& site, const std::string& message, const std::vector<std::string>& argv);
  void note(const std::string& text);

  /// A path in the site's folder that no command was given before.
  std::string new_path(const Site& site, const std::string& kind);

  /// The processes of a site.
  std::vector<pid_t> processes_of(const Site& site) const;
  /// SIGKILL to all of them. The shared memory stays.
  void kill_processes(Site& site);
  /// As kill_processes, and the shared memory goes.
  void lose_memory(Site& site);
  /// As lose_memory, and what was not on disk is gone: memory at least, unsynced data too when it is recorded.
  void lose_power(Site& site, std::uint64_t seed, const std::string& mode);

  std::string transcript() const { return setting_.folder + "/transcript"; }

 private:
  Setting setting_;
  Space space_;
  Timeline timeline_;
  Coverage coverage_;
  std::map<std::string, Site> sites_;
  unsigned paths_given_ = 0;
};

}  // namespace hw::sim

/// test/sim/action.h -- the table of what a run can do.
///
/// An action is one row and two functions: `propose` gives a step that makes sense in the world as it is, or none;
/// `run` does the step, holds what the commands say against what they must say, and brings the model up to date. A
/// step of a script that was shortened may have lost what it needs; `run` then does nothing and returns false.
#pragma once

#include <optional>
#include <set>
#include <span>
#include <string>
#include <vector>

#include "test/sim/random.h"
#include "test/sim/script.h"
#include "test/sim/world.h"

namespace hw::sim {

struct Action {
  const char* verb;
  const char* usage;    ///< arguments, for --actions
  const char* summary;  ///< one line
  unsigned weight;      ///< how often it is chosen; 0: only by scripts and by other actions
  std::optional<Step> (*propose)(World& world, Random& random);
  bool (*run)(World& world, const Step& step);
};

// One function a file of actions_*.cc.
std::span<const Action> server_actions();
std::span<const Action> role_actions();
std::span<const Action> update_actions();
std::span<const Action> fault_actions();
std::span<const Action> rollback_actions();
std::span<const Action> file_actions();
std::span<const Action> copy_actions();
std::span<const Action> damage_actions();

std::vector<const Action*> all_actions();
const Action* find_action(const std::string& verb);

// ---- what several of them use ----

/// Starts the servers of a site in its role: source servers to those it feeds, and the receiver server of one that is
/// fed.
void start_servers(World& world, Site& site, bool as_root);
/// Starts the source server from one to the other, both of which the world knows as feeder and fed.
void feed(World& world, Site& from, Site& to);
void start_receiver(World& world, Site& site);
void stop_receiver(World& world, Site& site);
/// Its source server for a secondary: active when `to` is given.
void start_source(World& world, Site& site, const std::string& secondary, const Site* to);
/// Shuts that one server down; others go on.
void stop_source(World& world, Site& site, const std::string& secondary);
/// Options of a step that has a command broken off: `fail` at a failpoint, and `power` with a mode: its machine then
/// loses power. The command is given again until it is through.
void add_break(Step& step, Random& random);
/// As World::must, once the command was broken off as the step says.
Said must_in_the_end(World& world, Site& site, const Step& step, const std::vector<std::string>& argv);
/// The seqnos in a file of lost transactions; empty when there is no file.
std::set<std::uint64_t> seqnos_in(const std::string& path);
/// Everything down in order.
void stop_servers(World& world, Site& site);

/// A random site for which `fits` is true, or none.
template <typename Fits>
Site* random_site(World& world, Random& random, const Fits& fits) {
  std::vector<Site*> sites;
  for (auto& [name, site] : world.sites())
    if (fits(site)) sites.push_back(&site);
  return sites.empty() ? nullptr : random.of(sites);
}

}  // namespace hw::sim

#include "test/sim/checks.h"

#include <fmt/format.h>

#include <algorithm>
#include <sstream>

#include "engine/globals/zwr.h"
#include "test/sim/failure.h"

namespace hw::sim {
namespace {

constexpr const char* kRegions[] = {"DEFAULT", "XREG", "YREG"};
const std::vector<std::string> kDigest = {"mupip", "integ", "-digest", "-region", "*"};
const std::vector<std::string> kInteg = {"mupip", "integ", "-region", "*"};

Observed parse_digest(const std::string& what, const Said& said) {
  Observed observed;
  std::istringstream lines(said.out);
  for (std::string line; std::getline(lines, line);) {
    std::istringstream words(line);
    std::string digest, of, region, name, at, seqno, number, hex, colon, value;
    if (words >> digest >> of >> region >> name >> at >> seqno >> number >> hex >> colon >> value &&
        digest == "Digest") {
      observed.seqno = std::stoull(number);
      observed.digests[name] = value;
    }
  }
  if (said.status != 0 || observed.digests.empty())
    throw Failure(fmt::format("no digest of {}: status {}, said: {}", what, said.status, said.out));
  return observed;
}

bool equal(World& world, const Observed& observed, const Digests& digests) {
  for (unsigned region = 0; region < world.regions; ++region) {
    const auto found = observed.digests.find(kRegions[region]);
    if (found == observed.digests.end() || found->second != digests[region].text()) return false;
  }
  return true;
}

void require_equal(World& world, const std::string& what, const Observed& observed, Place place) {
  const Digests& digests = world.timeline().digests(place);
  if (equal(world, observed, digests)) return;
  std::string text;
  for (unsigned region = 0; region < world.regions; ++region) {
    const auto found = observed.digests.find(kRegions[region]);
    text += fmt::format("\n  {}: {}, must be {}", kRegions[region],
                        found == observed.digests.end() ? "none" : found->second, digests[region].text());
  }
  throw Failure(fmt::format("{} has other data at seqno {} than it must have{}", what, observed.seqno, text));
}

/// Finds out what the transactions up to `until` were that nobody told us of: `owner` made them, and `site` has them.
void settle(World& world, Site& site, Site& owner, std::uint64_t until) {
  Timeline& timeline = world.timeline();
  for (std::uint64_t seqno = timeline.seqno(owner.high) + 1; seqno <= until; ++seqno) {
    if (owner.load != nullptr && owner.committed.count(seqno) == 0) {
      // A worker may not have told it yet.
      within(std::chrono::milliseconds(500), [&] {
        hear(world, owner, *owner.load);
        return timeline.seqno(owner.high) >= seqno || owner.committed.count(seqno) != 0;
      });
      if (timeline.seqno(owner.high) >= seqno) continue;
    }
    const auto known = owner.committed.find(seqno);
    if (known != owner.committed.end()) {
      owner.high = timeline.find_or_commit(owner.high, known->second);
      if (known->second.durable && !owner.of_root) owner.durable = owner.high;
      owner.committed.erase(known);
      continue;
    }
    const Said said = world.attempt(site, {"mupip", "integ", "-digest=" + std::to_string(seqno), "-region", "*"});
    const Observed observed = parse_digest(site.name, said);
    const auto made = std::find_if(owner.unknown.begin(), owner.unknown.end(), [&](const Unknown& one) {
      return equal(world, observed, timeline.digests_after(owner.high, one.operation));
    });
    if (made == owner.unknown.end())
      throw Failure(fmt::format("{} holds a transaction at seqno {} that is none of the {} whose outcome is not known",
                                site.name, seqno, owner.unknown.size()));
    owner.high = timeline.find_or_commit(owner.high, made->operation);
    owner.unknown.erase(made);
  }
}

/// The updates whose outcome is not known, by what the database that they were made in holds.
void settle_own(World& world, Site& site, std::uint64_t seqno) {
  if (site.settled()) return;
  settle(world, site, site, seqno);
  site.unknown.clear();  // The others did not happen.
  if (site.load != nullptr) return;
  for (const auto& [lost, operation] : site.committed)
    if (!site.of_root && (operation.durable || !site.may_lose))
      throw Failure(fmt::format("{} is at seqno {}; it had acknowledged {}{}", site.name, seqno, lost,
                                operation.durable ? " as durable" : ""));
  site.drop_open();
}

/// The root above a site may have made what it has not told us of; the site has got it.
void settle_by_copy(World& world, Site& site, std::uint64_t seqno) {
  Site* root = &site;
  while (world.find(root->parent) != nullptr) root = world.find(root->parent);
  if (root == &site || root->settled() || !world.timeline().holds(root->high, site.low)) return;
  settle(world, site, *root, seqno);
  site.high = root->high;
}

/// How far a site can have come from its feeder by now.
void reach(World& world, Site& site) {
  const Site* const feeder = world.find(site.parent);
  if (feeder == nullptr || !site.up || !site.receiver) return;
  if (world.timeline().holds(feeder->high, site.low)) site.high = feeder->high;
}

/// The same for all above it, from the root down; the root's workers are heard until they tell of `seqno`.
void reach_from_root(World& world, Site& site, std::uint64_t seqno) {
  if (Site* const feeder = world.find(site.parent); feeder != nullptr) {
    reach_from_root(world, *feeder, seqno);
    reach(world, site);
  } else if (site.load != nullptr) {
    within(std::chrono::seconds(2), [&] {
      hear(world, site, *site.load);
      return world.timeline().seqno(site.high) >= seqno;
    });
  }
}

void check_observed(World& world, Site& site, const Observed& observed) {
  Timeline& timeline = world.timeline();
  if (timeline.seqno(site.high) < observed.seqno) reach_from_root(world, site, observed.seqno);
  settle_own(world, site, observed.seqno);
  if (timeline.seqno(site.high) < observed.seqno) settle_by_copy(world, site, observed.seqno);
  const Place place = timeline.at(site.high, observed.seqno);
  if (timeline.seqno(place) != observed.seqno)
    throw Failure(fmt::format("{} is at seqno {}, and can have no more than {}", site.name, observed.seqno,
                              timeline.seqno(site.high)));
  const bool kept = timeline.holds(place, site.durable) && timeline.holds(place, site.low);
  if (!kept && site.load == nullptr)
    throw Failure(fmt::format("{} is at seqno {}, and must have {}{}", site.name, observed.seqno,
                              std::max(timeline.seqno(site.low), timeline.seqno(site.durable)),
                              timeline.holds(place, site.durable) ? "" : ", acknowledged as durable"));
  require_equal(world, site.name, observed, place);
  if (site.load != nullptr) return;  // It has gone on meanwhile.
  site.low = place;
  if (!site.up || !site.receiver) site.high = place;
}

/// Feeders before those they feed.
void in_order(World& world, const std::string& feeder, std::vector<Site*>& sites) {
  for (auto& [name, site] : world.sites()) {
    const bool top = world.find(site.parent) == nullptr;
    if (feeder.empty() ? !top : site.parent != feeder) continue;
    sites.push_back(&site);
    in_order(world, name, sites);
  }
}

std::vector<Site*> visible_sites(World& world) {
  std::vector<Site*> sites;
  in_order(world, "", sites);
  std::erase_if(sites, [](const Site* site) { return site->crashed; });
  return sites;
}

}  // namespace

Observed observe(World& world, Site& site) { return parse_digest(site.name, world.attempt(site, kDigest)); }

void reach_now(World& world, Site& site) { reach_from_root(world, site, 0); }

void settle_open(World& world, Site& site, std::uint64_t seqno) { settle(world, site, site, seqno); }

void check_content(World& world, Site& site) {
  reach(world, site);
  check_observed(world, site, observe(world, site));
}

void check_all(World& world, bool thorough) {
  const std::vector<Site*> sites = visible_sites(world);
  std::vector<std::pair<Site*, std::vector<std::string>>> commands;
  for (Site* const site : sites) commands.emplace_back(site, kDigest);
  const std::size_t digests = commands.size();
  if (thorough)
    for (Site* const site : sites) commands.emplace_back(site, kInteg);
  const std::vector<Said> said = world.attempt_all(commands);
  // Feeders first: what they have is what those below can have. Their digest may be older than those of the others.
  for (std::size_t i = 0; i < digests; ++i) {
    reach(world, *sites[i]);
    Observed observed = parse_digest(sites[i]->name, said[i]);
    check_observed(world, *sites[i], observed);
  }
  for (std::size_t i = digests; i < said.size(); ++i)
    if (said[i].status != 0)
      throw Failure(fmt::format("integ of {}: status {}\n{}", commands[i].first->name, said[i].status, said[i].out));
}

Place check_digests(World& world, const std::string& what, const Said& said, Place low, Place high) {
  const Observed observed = parse_digest(what, said);
  const Place place = world.timeline().at(high, observed.seqno);
  if (world.timeline().seqno(place) != observed.seqno || !world.timeline().holds(place, low))
    throw Failure(fmt::format("{} is at seqno {}; that must be from {} to {}", what, observed.seqno,
                              world.timeline().seqno(low), world.timeline().seqno(high)));
  require_equal(world, what, observed, place);
  return place;
}

void check_every_node(World& world, Site& site) {
  for (const auto& [name, other] : world.sites())
    if (other.load != nullptr) return;  // What it must have changes.
  const Said said = world.attempt(site, {"mupip", "extract", "-stdout"});
  std::map<std::string, std::string> found;
  std::istringstream lines(said.out);
  for (std::string line; std::getline(lines, line);) {
    if (line.empty() || line[0] != '^') continue;
    std::string key, value;
    if (!parse_zwr_line_to_key(line, key, value).has_value())
      throw Failure("extract of " + site.name + " has the line " + line);
    found[key] = value;
  }
  const auto& wanted = world.timeline().content(site.low);
  if (site.low == site.high && found != wanted)
    throw Failure(fmt::format("extract of {} has {} nodes, {} must be there, or other values", site.name, found.size(),
                              wanted.size()));
}

bool is_fed(World& world, const Site& site) {
  Site* const feeder = world.find(site.parent);
  if (feeder == nullptr || !site.up || !site.receiver || !feeder->up || site.stranded) return false;
  if (site.line->line() == Line::Cut) return false;
  const auto feed = feeder->feeds.find(site.name);
  return feed != feeder->feeds.end() && feed->second && world.timeline().holds(feeder->high, site.low);
}

bool history_tells_of(World& world, const Site& site, Place place) {
  return site.floor == kBeginning || (place != site.floor && world.timeline().holds(place, site.floor));
}

void strand_if_untold(World& world, Site& site, const Site& feeder) {
  if (!history_tells_of(world, feeder, world.timeline().common(site.low, feeder.high))) site.stranded = true;
}

void synchronize(World& world) {
  for (Site* const site : visible_sites(world)) {
    check_content(world, *site);
    if (!is_fed(world, *site)) continue;
    const Place goal = world.site(site->parent).low;
    const bool arrived = within(std::chrono::seconds(30), [&] {
      check_content(world, *site);
      if (world.timeline().holds(site->low, goal)) return true;
      if (!site->maybe_ahead) return false;
      const Said said = world.attempt(*site, {"mupip", "replicate", "-receiver", "-checkhealth"});
      return said.has("Receiver server is NOT alive");
    });
    if (!arrived)
      throw Failure(fmt::format("{} stays at seqno {}, {} has {}", site->name, world.timeline().seqno(site->low),
                                site->parent, world.timeline().seqno(goal)));
    if (!site->maybe_ahead || !world.timeline().holds(goal, site->low)) continue;
    // It has what its feeder has, and may have got it before its feeder did: then the receiver has ended.
    const Said said = world.attempt(*site, {"mupip", "replicate", "-receiver", "-checkhealth"});
    if (!said.has("Receiver server is NOT alive")) site->maybe_ahead = false;
  }
}

void drain(World& world) {
  for (Site* const site : visible_sites(world)) {
    if (!site->up || !site->receiver) continue;
    const bool quiet = within(std::chrono::seconds(20), [&] {
      const Said said = world.attempt(*site, {"mupip", "replicate", "-receiver", "-showbacklog"});
      return said.status != 0 || ("\n" + said.out).find("\n0 : number of backlog transactions") != std::string::npos;
    });
    if (!quiet) throw Failure("the update process of " + site->name + " does not come to the end of its receive pool");
    check_content(world, *site);
  }
}

}  // namespace hw::sim

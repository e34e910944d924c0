/// test/sim/checks.h -- what must be true of the instances after every step.
#pragma once

#include <optional>
#include <string>

#include "test/sim/world.h"

namespace hw::sim {

/// What `mupip integ -digest` says of an instance at one moment.
struct Observed {
  std::uint64_t seqno = 0;
  std::map<std::string, std::string> digests;  ///< by region
};

/// Failure when the command fails.
Observed observe(World& world, Site& site);

/// Looks at an instance that is up, or went down in order: it must be at a place where it may be, not further back than
/// what it had, and hold exactly what the model says of that place. Moves the site's `low` there, and `high` too when
/// nothing can be on its way to it. Finds out what became of updates whose makers died.
void check_content(World& world, Site& site);

/// Finds out what the updates up to `seqno` were that nobody told of, and the site has.
void settle_open(World& world, Site& site, std::uint64_t seqno);

/// How far a site that was receiving until now can have come: its `high` moves there.
void reach_now(World& world, Site& site);

/// After every step: content of every instance that can be looked at, and integ of those in `thorough`, or of all.
void check_all(World& world, bool thorough);

/// The digests that a command printed must be those of a place from `low` to `high`, which is given.
Place check_digests(World& world, const std::string& what, const Said& said, Place low, Place high);

/// Compares every node (mupip extract) with the model's content.
void check_every_node(World& world, Site& site);

/// Everything that is connected comes to what its feeder has, or the run fails.
void synchronize(World& world);

/// Waits until nothing is on its way to any instance but from one that goes on sending: what each has is then known.
void drain(World& world);

/// The site's receiver is connected, or should be: its feeder sends to it and has everything that it has.
bool is_fed(World& world, const Site& site);

/// A site's history begins behind the copy that it was made from: it can tell another one that both have the same at
/// `place` only if that is above.
bool history_tells_of(World& world, const Site& site, Place place);
/// Marks a site as stranded whose new feeder cannot tell that it has what the site has.
void strand_if_untold(World& world, Site& site, const Site& feeder);

}  // namespace hw::sim

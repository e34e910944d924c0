/// cluster/plan/choice.h -- which instance of a group becomes its root, and why not each of the others.
///
/// Best is who has most transactions, of equal ones the highest priority, then the first by name; but who has got
/// something of the last reign comes before who has not, whose transactions may be others of the same seqnos. A planned
/// change takes only instances that a takeover unasked would take, too; an unplanned one takes the best of those that
/// can, be it far behind: what it loses is the caller's to judge.
///
/// Pure. Source: operations, sections 1 "candidate", 10 S1 and F2.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace hw::cluster {

/// The state of an instance when a root is chosen.
struct Standing {
  std::string instance;
  std::string node;
  std::int64_t priority = 0;
  bool cleaned = false;  ///< its node is off the board by pclean
  bool heard = false;    ///< its agent has answered; else what follows is not known
  bool up = false;
  bool frozen = false;
  bool needs_refresh = false;
  bool was_root = false;  ///< of an earlier reign, and has not rejoined
  bool follows = true;    ///< it is the last root, has got something of its reign, or is connected to it
  bool receives = false;  ///< its receiver runs
  std::uint64_t bytes_free = 0;
  std::string release;  ///< of its node; empty: not known
  std::uint64_t next_seqno = 0;
  std::uint64_t received_seqno = 0;
  std::optional<double> lag_s;  ///< behind the root; empty: not known, which S3 finds out in its own way
  bool operator==(const Standing&) const = default;

  /// The first seqno that it has not, neither applied nor received.
  std::uint64_t has_below() const { return next_seqno > received_seqno ? next_seqno : received_seqno + 1; }
};

enum class ChangeKind : std::uint8_t { Planned, Unplanned };

struct ChoiceRules {
  ChangeKind kind = ChangeKind::Planned;
  double max_lag_s = 10;
  std::string release = {};     ///< of the root's node; empty: not known
  std::string root = {};        ///< the last one, for texts; empty: none
  std::string without = {};     ///< instance that is not to be chosen: the root itself; empty: none
  bool may_be_down = false;     ///< it is to become root when it is booted
  std::uint64_t has_below = 0;  ///< that the chosen one must have; 0: any
};

/// Below it a root could not go on for long: its journals grow with each update.
inline constexpr std::uint64_t kRootBytesFreeMin = std::uint64_t{16} << 20;

/// Why an instance cannot become root: `lag 14.0 s, max_lag_s 10`. Empty: it can.
std::string objection_to(const Standing& standing, const ChoiceRules& rules);

/// Nothing is in its way but that the root has not reached it yet, which passes.
bool lacks_only_feeder(const Standing& standing, const ChoiceRules& rules);

struct NotChosen {
  std::string instance;
  std::string why;
  bool operator==(const NotChosen&) const = default;
};
struct Choice {
  std::vector<std::string> able;  ///< best first
  std::vector<NotChosen> others;  ///< those that cannot, and those that are not the best; in the order of the group
  const std::string* best() const { return able.empty() ? nullptr : &able.front(); }
};

/// `standings` are those of the group, in its order.
Choice choose_root(const std::vector<Standing>& standings, const ChoiceRules& rules);

/// `candidate, next 918230, priority 100`.
std::string reason_for(const Standing& standing);
/// `B: silent; C: priority 0`: the arguments of HWNOCAND and HWNOALT.
std::string reasons_of(const std::vector<NotChosen>& others);

/// By name; null when there is none.
const Standing* standing_of(const std::vector<Standing>& standings, std::string_view instance);

/// Whether `release` is older than `other`: numbers between dots are compared as numbers. Two that are equal, and one
/// that is not known, are not.
bool is_older_release(std::string_view release, std::string_view other);

}  // namespace hw::cluster

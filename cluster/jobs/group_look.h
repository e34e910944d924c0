/// cluster/jobs/group_look.h -- a group of kind role as a job sees it: the orders, the board, and what each instance's
/// agent says of it now.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "cluster/jobs/job.h"
#include "cluster/plan/choice.h"
#include "cluster/plan/placement.h"
#include "cluster/plan/reign.h"

namespace hw::cluster {

struct Member {
  const Instance* instance = nullptr;
  bool cleaned = false;              ///< its node is off the board by pclean
  Site* site = nullptr;              ///< null: not heard
  std::optional<Position> position;  ///< none: its agent did not answer
  std::optional<Error> fault;        ///< why there is none

  const std::string& name() const { return instance->name; }
  const std::string& node() const { return instance->node; }
  bool heard() const { return position.has_value(); }
  bool is_up() const { return heard() && position->up; }
};

struct GroupLook {
  const Domain* domain = nullptr;
  const Group* group = nullptr;
  GroupOrder order;
  Orders orders;
  Board board;
  std::vector<Member> members;  ///< in the order of the group
  Reign reign;

  /// By name; null: the group has no such instance.
  const Member* member(std::string_view instance) const;
  /// The group's state as it is shown: PARTITIONED while the node of its place is silent.
  GroupState shown_state() const;
  bool is_place_cleaned() const;
  /// Held for a move, by `down -R -g`. Not when its root takes updates, though it is MIGRATING by an old copy of the
  /// orders, nor when its root is down: that is as in UP.
  bool is_being_moved() const;

  std::vector<ReignFact> facts() const;
  /// Lags are those behind `root`, as it says, or as it was heard last.
  std::vector<Standing> standings(const std::string& root) const;
  /// Whether its receiver runs.
  bool receives(const Member& one) const;
  /// Whether it is up, was root of a reign that is over, and has not rejoined, or what it lost has not been kept.
  bool was_root(const Member& one) const;
  /// Whether it is the last root, its history ends with that one's reign, or that one feeds it now.
  bool follows(const Member& one) const;
  /// The next seqno of an instance: as it says, else as it was heard last, or as the record has it of its holder.
  std::uint64_t next_seqno_of(const std::string& instance) const;
  /// Who feeds an instance; empty: nobody, or not known.
  std::string fed_by(const std::string& instance) const;
  std::string release_of(std::string_view instance) const;
  /// Above each epoch that anybody knows, and that any receipt is named after.
  std::uint64_t next_epoch() const;
};

/// Asks every node of the group, one after the other.
GroupLook look_at(JobContext& context, const Group& group);

/// The group of a command that names an instance, or a group, or neither. Errors: CLIERR, of which the job is
/// Outcome::Usage: there is no such instance or group, the instance is of another group, the group is of kind files,
/// nothing is named and there are several groups of kind role.
Result<const Group*> role_group_of(const Domain& domain, const std::string& instance, const std::string& group);

/// With dcs pacemaker another decides who is root. Errors: HWPACEMAKER. `command`: `switchover`.
Status check_changes(const Domain& domain, std::string_view command);
/// What this release does with dcs manual alone. Errors: HWPACEMAKER, HWREFUSED.
Status check_manual(const Domain& domain, std::string_view command);

}  // namespace hw::cluster

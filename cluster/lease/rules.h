/// cluster/lease/rules.h -- the rules that keep two members from being root at once, each by a name.
///
/// All are on. A test switches one off to see that the simulation (test/sim/lease) finds what it prevents; that is what
/// this struct is for, and nothing else may touch it. docs/operations/lease.md says of each why it is there.
#pragma once

namespace hw::cluster::lease {

struct Rules {
  /// The root's time is shorter than the candidates' by the margin.
  bool margin = true;
  /// A deadline counts from the sending of what it rests on, not from the answer.
  bool deadline_from_sending = true;
  /// A candidate's silence begins again when the record is seen to change.
  bool change_restarts_silence = true;
  /// And when it says yes to a root that asks.
  bool yes_restarts_silence = true;
  /// Says no while a take of its own is under way.
  bool no_while_taking = true;
  /// Says no once it knows of a higher reign.
  bool no_to_lower_epoch = true;
  /// Says no once it has seen that reign given up.
  bool no_after_given_up = true;
  /// A take is known on disk until its end is known.
  bool note = true;
  /// A take without answer is made void before anything else.
  bool try_key = true;
  /// Whether a take was done is told by the serial of the record, not by the holder's name.
  bool serial_decides = true;
  /// A member that cannot learn whether its take was done, because the record is gone, goes on saying no.
  bool unknown_take_says_no = true;
  /// An instance that took has the epoch on disk before it promotes.
  bool epoch_kept = true;
  /// An epoch that does not rise is not promoted.
  bool epoch_rises = true;
  /// Only candidates of the record take.
  bool only_candidates_take = true;
  /// A record that is gone is nobody's to take.
  bool missing_is_unanswered = true;
  /// Answers to requests sent before the last one noted are dropped.
  bool late_answers_dropped = true;
  /// And so are answers to requests sent before `config epoch-base` asked.
  bool answers_before_rebuild_dropped = true;
  /// All members of all lists sent must confirm.
  bool all_confirm = true;
  /// A list of candidates counts from its sending, and the one before it until a renewal is done.
  bool lists_until_renewed = true;
  /// An answer counts for the round that it answers.
  bool round_of_answer = true;
  /// After the agent's start no rounds until a renewal is done.
  bool no_rounds_after_start = true;
  /// No rounds once the lease is being given away.
  bool no_rounds_in_handover = true;
  /// Updates are stopped while the next root catches up.
  bool drain_stops = true;
  /// The deadline is 0 before the record says released or down.
  bool deadline_zero = true;
  /// Being promoted does not set the deadline again.
  bool promote_keeps_deadline = true;
  /// A deadline that has passed sets the stop flag.
  bool deadline_stops = true;
  /// A record that names another, or is given up, stops the root.
  bool other_holder_stops = true;
  /// After a forced `down` the silence is waited for.
  bool force_waits = true;
};

}  // namespace hw::cluster::lease

#include "test/sim/lease/rule_names.h"

#include <iterator>

namespace hw::lease_sim {

using cluster::lease::Rules;

namespace {

constexpr RuleName kNames[] = {
#define HW_RULE(name) {#name, &Rules::name, nullptr},
    HW_RULE(margin) HW_RULE(deadline_from_sending) HW_RULE(change_restarts_silence) HW_RULE(yes_restarts_silence)
        HW_RULE(no_while_taking) HW_RULE(no_to_lower_epoch) HW_RULE(no_after_given_up) HW_RULE(note) HW_RULE(try_key)
            HW_RULE(serial_decides) HW_RULE(unknown_take_says_no) HW_RULE(epoch_kept) HW_RULE(epoch_rises)
                HW_RULE(only_candidates_take) HW_RULE(missing_is_unanswered) HW_RULE(late_answers_dropped)
                    HW_RULE(answers_before_rebuild_dropped) HW_RULE(all_confirm) HW_RULE(lists_until_renewed)
                        HW_RULE(round_of_answer) HW_RULE(no_rounds_after_start) HW_RULE(no_rounds_in_handover)
                            HW_RULE(drain_stops) HW_RULE(deadline_zero) HW_RULE(promote_keeps_deadline)
                                HW_RULE(deadline_stops) HW_RULE(other_holder_stops) HW_RULE(force_waits)
#undef HW_RULE
                                    {"cas_compares_value", nullptr, &OuterRules::cas_compares_value},
    {"clock_before_deadline", nullptr, &OuterRules::clock_before_deadline},
};

}  // namespace

std::span<const RuleName> rule_names() { return kNames; }

bool leave_out(std::string_view name, Rules& rules, OuterRules& outer) {
  for (const RuleName& rule : kNames) {
    if (name != rule.name) continue;
    (rule.of_machine != nullptr ? rules.*rule.of_machine : outer.*rule.outer) = false;
    return true;
  }
  return false;
}

}  // namespace hw::lease_sim

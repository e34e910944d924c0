#include "test/sim/lease/stories.h"

#include <algorithm>
#include <iterator>

namespace hw::lease_sim {

namespace {

using enum FaultKind;
using sim::Random;

constexpr int kRequests = 1, kBoth = 3;         // variants of cuts; 2: answers alone
constexpr int kPutsLate = 1, kAnswersLate = 2;  // of StoreSlow
constexpr int kFirst = 0, kSecond_ = 1;         // `other` of n0: n1, n2
constexpr double kLong = 40;

/// A story in fair weather.
class Teller {
 public:
  Teller(Random& random, int nodes) : random_(random) {
    plan_.nodes = nodes;
    plan_.rates.assign(static_cast<std::size_t>(nodes), 1.0);
    plan_.weather = kFairWeather;
    plan_.dead_mask = ~0u;
    plan_.quiet_at = 22 * kSecond;
  }

  /// At `second`, give or take `spread`, for `length` seconds.
  Teller& then(double second, double spread, FaultKind kind, int node, double length, int variant = 0, int other = 0) {
    Fault fault;
    fault.at = seconds(second - spread) +
               static_cast<Time>(random_.below(static_cast<std::uint64_t>(std::max<Time>(1, seconds(2 * spread)))));
    fault.kind = kind;
    fault.index = node;
    fault.other = other;
    fault.length = seconds(length);
    fault.variant = variant;
    plan_.faults.push_back(fault);
    return *this;
  }
  Teller& slow_root_fast_others() {
    for (std::size_t i = 0; i < plan_.rates.size(); ++i) plan_.rates[i] = i == 0 ? 0.91 : 1.09;
    return *this;
  }
  Teller& weather(Weather weather) {
    plan_.weather = weather;
    return *this;
  }
  operator Plan() {
    std::ranges::sort(plan_.faults, {}, &Fault::at);
    return plan_;
  }

 private:
  static Time seconds(double s) { return static_cast<Time>(s * 1e9); }
  Random& random_;
  Plan plan_;
};

constexpr Weather with(Weather weather, unsigned Weather::*chance, unsigned ten_thousandth) {
  weather.*chance = ten_thousandth;
  return weather;
}

constexpr Weather kStandingPrograms = with(kFairWeather, &Weather::late_reads, 3'000);
constexpr Weather kSlowMessages = with(with(kFairWeather, &Weather::slow, 4'000), &Weather::very_slow, 2'000);

/// n0 loses the store for good; until `linked_at` n1 does not hear it. n2 is no candidate of n0.
Teller root_that_n1_alone_confirms(Random& random, double linked_at) {
  Teller teller(random, 3);
  teller.then(2.5, 0.2, NotCandidate, 0, kLong, 0, kSecond_);
  teller.then(5, 0.2, StoreCut, 0, kLong, kBoth);
  teller.then(5, 0, LinkCut, 0, linked_at - 5, kBoth, kFirst);
  return teller;
}

const Story kStories[] = {
    {"margin", "a root whose clock is slow is cut off from a candidate whose clock is fast",
     [](Random& random) -> Plan {
       return Teller(random, 2)
           .slow_root_fast_others()
           .then(5, 0.5, Isolated, 0, 15)
           .then(5, 0.5, StoreCut, 0, 15, kBoth);
     }},
    {"deadline_from_sending", "the answer of a renewal comes seconds after the store has done it",
     [](Random& random) -> Plan {
       return Teller(random, 2)
           .then(5, 0, Isolated, 0, 15)
           .then(5, 0, StoreSlow, 0, 15, kAnswersLate)
           .then(6, 0.8, StoreCut, 0, 15, kRequests);
     }},
    {"change_restarts_silence", "nothing happens", [](Random& random) -> Plan { return Teller(random, 2); }},
    {"yes_restarts_silence", "the root loses the store, not its candidate",
     [](Random& random) -> Plan { return Teller(random, 2).then(5, 0.5, StoreCut, 0, 15, kBoth); }},
    {"no_while_taking", "the root is heard again while the candidate's take is on its way",
     [](Random& random) -> Plan {
       return Teller(random, 2)
           .then(5, 0.2, StoreCut, 0, kLong, kBoth)
           .then(5, 0, LinkCut, 0, 3, kBoth, kFirst)
           .then(7, 0.3, StoreSlow, 1, kLong, kPutsLate);
     }},
    {"no_to_lower_epoch", "who took after the root is root no more when the old one asks; a third is",
     [](Random& random) -> Plan {
       return root_that_n1_alone_confirms(random, 10).then(9.5, 0.5, NodeRebooted, 1, 1.5);
     }},
    {"note", "the agent of a candidate dies while its take is on its way, and is back before that is done",
     [](Random& random) -> Plan {
       return root_that_n1_alone_confirms(random, 8.8)
           .then(7, 0.2, StoreSlow, 1, 3, kPutsLate)
           .then(8.3, 0.3, AgentKilled, 1, 0.3)
           .then(8.5, 0.2, StoreCut, 1, kLong, kBoth);
     }},
    {"try_key", "a take without answer is done later, when its member has said yes again",
     [](Random& random) -> Plan {
       return root_that_n1_alone_confirms(random, 8.8)
           .then(7, 0.2, StoreSlow, 1, 3, kPutsLate)
           .then(9, 0.3, StoreCut, 1, kLong, kBoth);
     }},
    {"serial_decides", "a member that held the lease before its reboot takes it once more, and that take is lost",
     [](Random& random) -> Plan {
       return Teller(random, 2)
           .then(4.5, 0.1, StoreCut, 1, 5, kBoth)
           .then(5, 0.3, NodeRebooted, 0, 1)
           .then(7.5, 0.2, StoreSlow, 0, 10, kPutsLate);
     }},
    {"unknown_take_says_no", "a take is done unseen, a third takes after it, the store forgets both",
     [](Random& random) -> Plan {
       return root_that_n1_alone_confirms(random, 12)
           .then(7.5, 0.2, StoreSlow, 1, 3, kAnswersLate)
           .then(8.3, 0.2, StoreCut, 1, 4.5, kBoth)
           .then(12.3, 0.3, StoreWiped, 0, 0);
     }},
    {"epoch_kept", "who took dies before it is promoted, and comes back without the store",
     [](Random& random) -> Plan {
       return root_that_n1_alone_confirms(random, 9)
           .then(4, 0.2, PromoteSlow, 1, 5)
           .then(8.4, 0.3, NodeRebooted, 1, 0.6)
           .then(8.4, 0.3, StoreCut, 1, kLong, kBoth);
     }},
    {"epoch_rises", "an older copy of the store is put back",
     [](Random& random) -> Plan {
       return Teller(random, 2).then(6, 0.3, Switchover, 1, 0).then(12, 0.3, StoreBack, 0, 8);
     }},
    {"only_candidates_take", "one that is no candidate sees the root lose the store",
     [](Random& random) -> Plan { return root_that_n1_alone_confirms(random, 5.1); }},
    {"missing_is_unanswered", "the store forgets the record of a root",
     [](Random& random) -> Plan { return Teller(random, 3).then(6, 0.5, StoreWiped, 0, 0); }},
    {"late_answers_dropped", "a list of candidates is confirmed seconds after it was replaced",
     [](Random& random) -> Plan {
       return Teller(random, 3)
           .then(4.9, 0.05, StoreSlow, 0, 0.5, kAnswersLate)
           .then(5.1, 0.1, NotCandidate, 0, 0.8, 0, kSecond_)
           .then(8, 0.5, StoreCut, 0, kLong, kRequests);
     }},
    {"answers_before_rebuild_dropped",
     "a put without a candidate is answered when the record has been put anew with it",
     [](Random& random) -> Plan {
       return Teller(random, 3)
           .then(5.6, 0, StoreSlow, 0, 0.3, kAnswersLate)
           .then(5.65, 0.02, NotCandidate, 0, kLong, 0, kFirst)
           .then(5.95, 0.05, StoreWiped, 0, 0)
           .then(6.05, 0.05, StoreCut, 0, kLong, kRequests);
     }},
    {"all_confirm", "one of two candidates hears the root, which has lost the store",
     [](Random& random) -> Plan {
       return Teller(random, 3).then(5, 0.5, StoreCut, 0, 15, kBoth).then(5, 0.5, LinkCut, 0, 15, kBoth, kSecond_);
     }},
    {"lists_until_renewed", "the root leaves a candidate out, and the store does not hear of it",
     [](Random& random) -> Plan {
       return Teller(random, 3)
           .then(5, 0.3, StoreCut, 0, 15, kRequests)
           .then(5.4, 0.05, NotCandidate, 0, 15, 0, kFirst)
           .then(5.4, 0.1, LinkCut, 0, 15, kBoth, kFirst);
     }},
    {"round_of_answer", "a yes comes seconds late, when later rounds are not heard",
     [](Random& random) -> Plan {
       return Teller(random, 2)
           .weather(kSlowMessages)
           .then(6, 0.5, StoreCut, 0, kLong, kBoth)
           .then(8, 1, LinkCut, 0, kLong, kRequests, kFirst);
     }},
    {"no_rounds_after_start", "the root's agent dies with a new list on its way to the store",
     [](Random& random) -> Plan {
       return Teller(random, 3)
           .then(2.5, 0.1, NotCandidate, 0, 3.5, 0, kSecond_)
           .then(5.8, 0.1, StoreSlow, 0, 0.9, kPutsLate)
           .then(6.2, 0.1, AgentKilled, 0, 0.2)
           .then(6.3, 0, NotCandidate, 0, kLong, 0, kSecond_)
           .then(6.65, 0.05, StoreCut, 0, kLong, kBoth);
     }},
    {"no_rounds_in_handover", "the lease is released, and nobody has seen it yet",
     [](Random& random) -> Plan {
       return Teller(random, 3)
           .then(5, 0.1, Switchover, 1, 0)
           .then(5, 0.1, StoreCut, 1, 2.5, kBoth)
           .then(5, 0.1, StoreCut, 2, 2.5, kBoth)
           .then(5, 0.1, StoreSlow, 0, 3, kAnswersLate);
     }},
    {"drain_stops", "a switchover",
     [](Random& random) -> Plan { return Teller(random, 2).then(6, 0.5, Switchover, 1, 0); }},
    {"deadline_zero", "a program stands still between publishing and reading the clock, during a switchover",
     [](Random& random) -> Plan {
       return Teller(random, 2).weather(kStandingPrograms).then(6, 0.5, Switchover, 1, 0);
     }},
    {"clock_before_deadline", "a program stands still between the two readings, during a switchover",
     [](Random& random) -> Plan {
       return Teller(random, 2).weather(kStandingPrograms).then(6, 0.5, Switchover, 1, 0);
     }},
    {"promote_keeps_deadline", "a promotion takes longer than the lease, and the store is lost meanwhile",
     [](Random& random) -> Plan {
       return Teller(random, 3)
           .then(4, 0.1, PromoteSlow, 1, 4)
           .then(5, 0.2, NodeRebooted, 0, 20)
           .then(8.5, 0.2, StoreCut, 1, kLong, kBoth);
     }},
    {"force_waits", "an operator forces a failover from a root that is cut off",
     [](Random& random) -> Plan {
       return Teller(random, 2)
           .then(5, 0.2, StoreCut, 0, 15, kBoth)
           .then(5, 0.2, Isolated, 0, 15)
           .then(5.6, 0.3, Failover, 1, 0, 1);
     }},
    {"cas_compares_value", "a put for a store that was emptied finds a record of the same revision in the new one",
     [](Random& random) -> Plan {
       return Teller(random, 3)
           .then(3, 0.5, StoreSlow, 0, 0.6, kPutsLate)
           .then(4.6, 0.3, StoreWiped, 0, 0)
           .then(5.2, 0.2, NotCandidate, 0, kLong, 0, kSecond_)
           .then(8, 1.5, StoreCut, 0, kLong, kBoth);
     }},
};

}  // namespace

std::span<const Story> stories() { return kStories; }

Plan plan_of(const Story& story, std::uint64_t seed) {
  Random random(sim::derived_seed(seed, 3));
  Plan plan = story.plan(random);
  plan.seed = seed;
  return plan;
}

}  // namespace hw::lease_sim

#include "cluster/plan/reign.h"

#include <algorithm>

namespace hw::cluster {
namespace {

bool is_over(BoardLease lease) { return lease == BoardLease::Released || lease == BoardLease::Down; }

/// The instance that has begun the highest reign that is seen.
const ReignFact* highest_reign(const std::vector<ReignFact>& facts) {
  const ReignFact* found = nullptr;
  for (const ReignFact& fact : facts)
    if (fact.heard && fact.begun_epoch() != 0 && (found == nullptr || fact.begun_epoch() > found->begun_epoch()))
      found = &fact;
  return found;
}

const ReignFact* highest_accepting(const std::vector<ReignFact>& facts) {
  const ReignFact* found = nullptr;
  for (const ReignFact& fact : facts)
    if (fact.heard && fact.accepting && (found == nullptr || fact.pool_epoch > found->pool_epoch)) found = &fact;
  return found;
}

bool may_run_unseen(const ReignFact& fact) { return !fact.heard && !fact.cleaned && fact.priority > 0; }

/// Those of whom nobody can say that they take no updates.
std::vector<std::string> unproven_of(const Reign& reign, bool record_is_over, const std::vector<ReignFact>& facts) {
  std::vector<std::string> names;
  const bool unseen_reign = reign.highest_epoch > reign.epoch;
  for (const ReignFact& fact : facts) {
    if (!may_run_unseen(fact)) continue;
    const bool holds = fact.instance == reign.holder && !record_is_over;
    if (holds || unseen_reign) names.push_back(fact.instance);
  }
  return names;
}

/// `root` is who takes updates, null: nobody. The record's holder counts as long as it has not said otherwise.
void find_last_root(Reign& reign, const std::vector<ReignFact>& facts, const ReignFact* root) {
  const ReignFact* const begun = root != nullptr ? root : highest_reign(facts);
  const ReignFact* const holder = fact_of(facts, reign.holder);
  const bool holder_never_began = holder != nullptr && holder->heard && holder->begun_epoch() < reign.epoch;
  if (begun != nullptr && (root != nullptr || holder_never_began || begun->instance == reign.holder)) {
    reign.last_root = begun->instance;
    reign.last_epoch = begun->begun_epoch();
  } else {
    reign.last_root = reign.holder;
    reign.last_epoch = reign.epoch;
  }
}

}  // namespace

Reign find_reign(const BoardRecord& record, const std::vector<ReignFact>& facts) {
  Reign reign;
  reign.epoch = record.epoch;
  reign.holder = record.holder;
  reign.highest_epoch = record.epoch;
  for (const ReignFact& fact : facts) {
    reign.highest_epoch = std::max({reign.highest_epoch, fact.known_epoch, fact.begun_epoch()});
    if (fact.heard && fact.accepting) reign.accepting.push_back(fact.instance);
  }
  bool record_is_over = is_over(record.lease);
  if (const ReignFact* const begun = highest_reign(facts); begun != nullptr && begun->begun_epoch() > record.epoch) {
    reign.holder = begun->instance;
    reign.epoch = begun->begun_epoch();
    record_is_over = false;
  }
  const ReignFact* const root = highest_accepting(facts);
  if (root != nullptr) {
    reign.root = root->instance;
    reign.holder = root->instance;
    reign.epoch = root->pool_epoch;
    record_is_over = false;
  }
  find_last_root(reign, facts, root);
  reign.unproven = unproven_of(reign, record_is_over, facts);
  return reign;
}

MayGoOn may_go_on(const ReignFact& former_root, const std::vector<ReignFact>& others) {
  MayGoOn answer;
  for (const ReignFact& other : others) {
    if (other.instance == former_root.instance || other.priority <= 0 || other.cleaned) continue;
    if (!other.heard) {
      answer.waits_for.push_back(other.instance);
    } else if (other.known_epoch > std::max(former_root.known_epoch, answer.over_epoch)) {
      answer.over_by = other.instance;
      answer.over_epoch = other.known_epoch;
    }
  }
  answer.yes = answer.waits_for.empty() && answer.over_by.empty();
  return answer;
}

const ReignFact* fact_of(const std::vector<ReignFact>& facts, std::string_view instance) {
  const auto found = std::ranges::find(facts, instance, &ReignFact::instance);
  return found == facts.end() ? nullptr : &*found;
}

}  // namespace hw::cluster

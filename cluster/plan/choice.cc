#include "cluster/plan/choice.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <tuple>

namespace hw::cluster {
namespace {

/// The number at the front of `release`, which goes on after its dot. Letters count as 0.
std::uint64_t take_number(std::string_view& release) {
  std::uint64_t number = 0;
  const auto* const end = release.data() + release.size();
  std::from_chars(release.data(), end, number);
  const std::size_t dot = release.find('.');
  release.remove_prefix(dot == std::string_view::npos ? release.size() : dot + 1);
  return number;
}

bool is_better(const Standing& a, const Standing& b) {
  return std::tuple(b.follows, b.has_below(), b.priority, a.instance) <
         std::tuple(a.follows, a.has_below(), a.priority, b.instance);
}

bool is_far_behind(const Standing& standing, const ChoiceRules& rules) {
  return standing.lag_s && *standing.lag_s > rules.max_lag_s;
}
std::string lag_text(const Standing& standing, const ChoiceRules& rules) {
  return fmt::format("lag {:.1f} s, max_lag_s {:g}", *standing.lag_s, rules.max_lag_s);
}

/// Why an instance that could is not taken.
std::string less_than(const Standing& best, const Standing& other, const ChoiceRules& rules) {
  if (is_far_behind(other, rules)) return lag_text(other, rules);
  if (best.follows && !other.follows) return fmt::format("has nothing of the reign of {}", rules.root);
  if (other.has_below() < best.has_below())
    return fmt::format("next {}, {} has {} more", other.has_below(), best.instance,
                       best.has_below() - other.has_below());
  if (other.priority < best.priority) return fmt::format("priority {}", other.priority);
  return fmt::format("as good, {} is first by name", best.instance);
}

/// What only a change that can wait minds.
std::string planned_objection(const Standing& standing, const ChoiceRules& rules) {
  if (rules.kind != ChangeKind::Planned) return {};
  if (!standing.follows) return fmt::format("not fed by {}", rules.root);
  if (is_older_release(standing.release, rules.release))
    return fmt::format("release {}, the root has {}", standing.release, rules.release);
  return is_far_behind(standing, rules) ? lag_text(standing, rules) : std::string();
}

}  // namespace

std::string objection_to(const Standing& standing, const ChoiceRules& rules) {
  if (standing.priority <= 0) return "priority 0";
  if (standing.cleaned) return "off the board by pclean";
  if (!standing.heard) return "silent";
  if (!standing.up && !rules.may_be_down) return "down";
  if (standing.needs_refresh) return "needs refresh";
  if (standing.was_root) return "was root and has not rejoined";
  if (standing.frozen) return "frozen";
  if (standing.bytes_free < kRootBytesFreeMin) return fmt::format("no room, {} MiB free", standing.bytes_free >> 20);
  if (standing.has_below() < rules.has_below)
    return fmt::format("next {}, all is {}", standing.has_below(), rules.has_below);
  return planned_objection(standing, rules);
}

bool lacks_only_feeder(const Standing& standing, const ChoiceRules& rules) {
  if (standing.follows || !standing.receives || standing.instance == rules.without) return false;
  Standing fed = standing;
  fed.follows = true;
  return objection_to(fed, rules).empty();
}

Choice choose_root(const std::vector<Standing>& standings, const ChoiceRules& rules) {
  Choice choice;
  std::vector<const Standing*> able;
  for (const Standing& standing : standings)
    if (standing.instance != rules.without && objection_to(standing, rules).empty()) able.push_back(&standing);
  std::ranges::stable_sort(able, [](const Standing* a, const Standing* b) { return is_better(*a, *b); });
  for (const Standing* const standing : able) choice.able.push_back(standing->instance);
  for (const Standing& standing : standings) {
    if (standing.instance == rules.without) continue;
    std::string why = objection_to(standing, rules);
    if (why.empty() && standing.instance == choice.able.front()) continue;
    if (why.empty()) why = less_than(*able.front(), standing, rules);
    choice.others.push_back({standing.instance, std::move(why)});
  }
  return choice;
}

std::string reason_for(const Standing& standing) {
  return fmt::format("candidate, next {}, priority {}", standing.has_below(), standing.priority);
}

std::string reasons_of(const std::vector<NotChosen>& others) {
  if (others.empty()) return "the group has no other instance";
  std::string text;
  for (const NotChosen& other : others)
    text += fmt::format("{}{}: {}", text.empty() ? "" : "; ", other.instance, other.why);
  return text;
}

const Standing* standing_of(const std::vector<Standing>& standings, std::string_view instance) {
  const auto found = std::ranges::find(standings, instance, &Standing::instance);
  return found == standings.end() ? nullptr : &*found;
}

bool is_older_release(std::string_view release, std::string_view other) {
  if (release.empty() || other.empty()) return false;
  while (!release.empty() || !other.empty()) {
    const std::uint64_t ours = take_number(release);
    const std::uint64_t theirs = take_number(other);
    if (ours != theirs) return ours < theirs;
  }
  return false;
}

}  // namespace hw::cluster

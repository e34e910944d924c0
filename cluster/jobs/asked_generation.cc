#include "cluster/jobs/asked_generation.h"

#include "cluster/config/difference.h"

namespace hw::cluster {

Result<Domain> StoredDomains::of(std::uint64_t number) const {
  if (number == context_.generation) return context_.domain;
  if (!context_.stored) return make_error<MsgId::HWCFGBAD>(fmt::format("generation {}", number), "not stored here");
  return context_.stored(number);
}

JobContext with_domain(const JobContext& context, const Domain& domain, std::uint64_t generation) {
  return {.domain = domain,
          .generation = generation,
          .board = context.board,
          .sites = context.sites,
          .orders = context.orders,
          .say = context.say,
          .deadline = context.deadline,
          .cancelled = context.cancelled,
          .yes = context.yes,
          .epoch_made = context.epoch_made,
          .group = context.group,
          .stored = context.stored};
}

std::optional<Error> stale(const JobContext& context, const std::string& node, std::uint64_t runs,
                           const StoredDomains& running) {
  if (runs == 0 || runs == context.generation) return std::nullopt;
  const Result<Domain> before = running.of(runs);
  if (before && runs < context.generation && compare_domains(*before, context.domain).only_additions())
    return std::nullopt;
  return make_error<MsgId::HWCFGSTALE>(context.generation, runs, node);
}

}  // namespace hw::cluster

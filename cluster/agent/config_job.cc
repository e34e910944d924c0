#include "cluster/agent/config_job.h"

#include <algorithm>
#include <chrono>

#include "cluster/agent/config_use.h"
#include "cluster/agent/coordinator_rule.h"
#include "cluster/config/difference.h"
#include "cluster/config/finding.h"
#include "cluster/config/read_domain.h"
#include "cluster/jobs/job_end.h"

namespace hw::cluster {
namespace {

std::int64_t now_s() {
  return std::chrono::duration_cast<std::chrono::seconds>(std::chrono::system_clock::now().time_since_epoch()).count();
}

/// The domain is one as long as its name is.
const KeyChange* renamed(const Difference& difference) {
  for (const ObjectChange& change : difference.objects) {
    if (change.kind != ObjectKind::Domain) continue;
    const auto found = std::ranges::find(change.keys, "domain.name", &KeyChange::key);
    if (found != change.keys.end()) return &*found;
  }
  return nullptr;
}

}  // namespace

JobEnd ConfigJob::run(const ApplyArguments& arguments, bool add) {
  const CheckedDomain checked = read_domain(arguments.text, context_.home);
  for (const Finding& finding : checked.findings.all()) context_.say.message(finding.error);
  if (!checked.domain) return end_of(Outcome::Refused);
  const Domain& domain = *checked.domain;
  if (!arguments.store_as.empty()) return store_named(arguments, domain);
  const auto refused = [&](const Error& why) {
    context_.say.message(why);
    return end_of(Outcome::Refused);
  };
  const NamedDomain current = context_.config.current();
  const std::vector<const Node*> nodes = nodes_of(domain);
  if (current.number != 0 && make_generation(current.number, arguments.text, 0, "").sha256 == current.sha256) {
    context_.say.line(fmt::format("generation {} has this text already", current.number));
    return done(current.number, nodes.size());
  }
  if (Status good = check_change(domain, add); !good.has_value()) return refused(good.error());
  auto generation = next_generation(domain, arguments.text, add);
  if (!generation.has_value()) return refused(generation.error());
  if (Status put = put_everywhere(nodes, *generation); !put.has_value()) return refused(put.error());
  const auto count = make_current_everywhere(nodes, domain, *generation);
  if (!count.has_value()) return refused(count.error());
  return done(generation->number, *count);
}

JobEnd ConfigJob::done(std::uint64_t number, std::size_t nodes) {
  context_.say.line(fmt::format("generation {} is current on {} nodes", number, nodes));
  return end_of(Outcome::Done);
}

std::vector<const Node*> ConfigJob::nodes_of(const Domain& domain) const {
  const Board board = context_.board.board();
  std::vector<const Node*> out;
  for (const Node& node : domain.nodes) {
    const BoardNode* const known = board.node(node.name);
    if (known == nullptr || known->state != NodeState::Cleaned) out.push_back(&node);
  }
  return out;
}

Status ConfigJob::check_change(const Domain& domain, bool add) const {
  if (domain.node(context_.nodes.own_node()) == nullptr)
    return bad_key("node." + context_.nodes.own_node(), "missing, and is the node that is asked");
  const Board board = context_.board.board();
  HW_TRY_VOID(check_release(board, context_.nodes.own_node()));
  const NamedDomain current = context_.config.current();
  if (current.domain == nullptr) return {};
  const Difference difference = compare_domains(*current.domain, domain);
  if (renamed(difference) != nullptr) return bad_key("domain.name", "is that of the domain for good");
  if (add) {
    const ObjectChange* const other = difference.first_other();
    if (other != nullptr) return make_error<MsgId::HWCFGRUN>(other->first_key());
    return {};
  }
  const std::string used = first_in_use(difference, board);
  if (!used.empty()) return make_error<MsgId::HWCFGRUN>(used);
  return {};
}

Result<Generation> ConfigJob::next_generation(const Domain& domain, const std::string& text, bool add) {
  const NamedDomain current = context_.config.current();
  std::uint64_t highest = std::max(current.number, context_.board.orders().generation.number);
  if (current.number == 0) {
    // The first of all: a node that is in a domain already is not taken from it.
    for (const Node* const node : nodes_of(domain)) {
      HW_TRY(const NodeGenerations state, context_.nodes.state(*node));
      if (state.current != 0)
        return make_error<MsgId::HWREMOTE>(
            node->name, fmt::format("has generation {} of domain {}; ask it", state.current, state.domain));
    }
  }
  return make_generation(highest + 1, text, now_s(), context_.by, add ? current.number : 0);
}

Status ConfigJob::put_everywhere(const std::vector<const Node*>& nodes, const Generation& generation) {
  std::vector<const Node*> stored;
  for (const Node* const node : nodes) {
    stored.push_back(node);  // Whatever it answers: it may have it.
    Status put = context_.nodes.put(*node, generation);
    if (put.has_value()) continue;
    for (const Node* const has : stored) {
      // A node that cannot drop it keeps it as one that never became current, and the next apply replaces it.
      (void)context_.nodes.drop(*has, generation.number);
    }
    return put;
  }
  return {};
}

Result<std::size_t> ConfigJob::make_current_everywhere(const std::vector<const Node*>& nodes, const Domain& domain,
                                                       const Generation& generation) {
  const NumberedGeneration number{generation.number, generation.sha256};
  const Node* const own = domain.node(context_.nodes.own_node());
  HW_TRY_VOID(context_.nodes.make_current(*own, number));
  if (context_.publish) {
    HW_TRY_VOID(context_.publish(domain, {generation.number, generation.sha256}));
  }
  std::size_t count = 1;
  for (const Node* const node : nodes) {
    if (node == own) continue;
    Status told = context_.nodes.make_current(*node, number);
    if (told.has_value())
      ++count;
    else
      context_.say.message(std::move(told).error().as(Severity::Warning), node->name);
  }
  return count;
}

JobEnd ConfigJob::store_named(const ApplyArguments& arguments, const Domain& domain) {
  std::size_t count = 0;
  for (const Node* const node : nodes_of(domain)) {
    const Status stored = context_.nodes.put_named(*node, {arguments.store_as, arguments.text});
    if (!stored.has_value()) {
      context_.say.message(stored.error(), node->name);
      return end_of(count == 0 ? Outcome::Refused : Outcome::Partly);
    }
    ++count;
  }
  context_.say.line(fmt::format("{}.toml is stored on {} nodes", arguments.store_as, count));
  return end_of(Outcome::Done);
}

}  // namespace hw::cluster

// Any text as the configuration of a domain, and as the note of a generation: it is refused with findings that stand in
// the text and fit on a line each, or what was read holds what other rooms rely on.
#include <algorithm>
#include <cstdint>

#include "cluster/config/difference.h"
#include "cluster/config/feed_tree.h"
#include "cluster/config/generation.h"
#include "cluster/config/read_domain.h"
#include "cluster/config/written_diff.h"
#include "engine/base/check.h"
#include "test/support/fuzz/mutator.h"

using namespace hw;
using namespace hw::cluster;

namespace {

void check_findings(const CheckedDomain& read) {
  const auto lines = static_cast<std::size_t>(std::ranges::count(read.text, '\n')) + 1;
  for (const Finding& finding : read.findings.all()) {
    HW_CHECK(finding.at.line >= 1 && finding.at.line <= lines && finding.at.column >= 1);
    HW_CHECK(finding.line("f").find('\n') == std::string::npos);
  }
  HW_CHECK(read.domain.has_value() == read.findings.passed());
}

void check_group(const Domain& domain, const Group& group) {
  HW_CHECK(!group.instances.empty() && !group.nodes.empty());
  for (const std::string& name : group.nodes) HW_CHECK(domain.node(name) != nullptr);
  for (const std::string& name : group.instances) {
    const Instance* const instance = domain.instance(name);
    HW_CHECK(instance != nullptr && domain.group_of_instance(name) == &group);
    HW_CHECK(domain.node(instance->node) != nullptr);
    HW_CHECK(group.kind == GroupKind::Files || instance->listen != 0);
    if (group.kind == GroupKind::Files || instance->priority == 0) continue;
    for (const Feeding& feeding : feed_tree(domain, group, name)) HW_CHECK(!feeding.feeder.empty());
  }
}

void check_domain(const Domain& domain) {
  HW_CHECK(!domain.nodes.empty() && !domain.domain.master.empty());
  HW_CHECK(domain.lease.renew + 2 * domain.lease.retry <= domain.lease.ttl - domain.lease.margin);
  for (const Node& node : domain.nodes) HW_CHECK(!node.home.empty() && !node.dir.empty() && node.agent.port != 0);
  for (const Group& group : domain.groups) check_group(domain, group);
  for (const Gateway& gateway : domain.gateways)
    HW_CHECK(domain.group_of_gateway(gateway.name) != nullptr && gateway.listen.port != 0);
  for (const Server& server : domain.servers)
    HW_CHECK(domain.group(server.group) != nullptr && 0 <= server.min && server.min <= server.max);
  for (const Resource& resource : domain.resources) HW_CHECK(domain.group(resource.group) != nullptr);
  HW_CHECK(compare_domains(domain, domain).empty());
  HW_CHECK(!compare_domains(Domain(), domain).empty() && !compare_domains(domain, Domain()).only_additions());
}

}  // namespace

HW_FUZZ_SHAPE(nullptr, hw::fuzz::lines)

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string text = hw::fuzz::text_of(data, size);
  const CheckedDomain read = read_domain(text, "/usr");
  check_findings(read);
  HW_CHECK(written_diff(read.written, read.written).empty());
  (void)written_diff(read.written, TomlTable());
  if (read.domain.has_value()) check_domain(*read.domain);
  if (const auto note = decode_note(text, "f"); note.has_value()) HW_CHECK(encode_note(*note) == text);
  return 0;
}

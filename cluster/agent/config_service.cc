#include "cluster/agent/config_service.h"

#include "cluster/agent/node_check.h"
#include "cluster/config/finding.h"
#include "cluster/config/read_domain.h"

namespace hw::cluster {

Status ConfigService::put(const Generation& generation) {
  const CheckedDomain checked = read_domain(generation.text, home_);
  for (const Finding& finding : checked.findings.all())
    if (finding.error.severity == Severity::Error) return finding.error;
  if (!checked.domain) return bad_key("configuration", "cannot be read");
  if (auto faults = check_node(*checked.domain, node_); !faults.empty()) return std::move(faults.front());
  return config_.put(generation);
}

Status ConfigService::make_current(const NumberedGeneration& number) {
  HW_TRY(const Generation stored, config_.text(number.number));
  if (stored.sha256 != number.sha256)
    return bad_key(fmt::format("generation {}", number.number), "another text is stored here");
  HW_TRY_VOID(config_.make_current(number.number));
  changed_();
  return {};
}

Status ConfigService::drop(std::uint64_t number) { return config_.drop(number); }

Status ConfigService::put_named(const NamedText& named) { return config_.put_named(named.name, named.text); }

Result<NodeGenerations> ConfigService::state(const std::string& coordinator) const {
  NodeGenerations out;
  const NamedDomain current = config_.current();
  out.current = current.number;
  HW_TRY(out.highest, config_.highest());
  if (current.domain != nullptr) out.domain = current.domain->domain.name;
  out.coordinator = coordinator;
  return out;
}

}  // namespace hw::cluster

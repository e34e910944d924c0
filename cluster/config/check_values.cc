#include <algorithm>
#include <array>
#include <string_view>

#include "cluster/config/checks.h"

namespace hw::cluster {
namespace {

/// The first of the keys that is written; the first of all when none is.
std::string first_written(const Checking& checking, std::initializer_list<std::string> keys) {
  const auto found = std::ranges::find_if(keys, [&](const std::string& key) { return checking.places.wrote(key); });
  return found == keys.end() ? *keys.begin() : *found;
}

void check_lease(const Checking& checking) {
  const LeaseKeys& lease = checking.domain.lease;
  if (checking.findings.has_error_in("lease")) return;
  const Milliseconds valid = lease.ttl - lease.margin;
  const std::string of_ttl = fmt::format("ttl_s {} - margin_s {}", seconds_text(lease.ttl), seconds_text(lease.margin));
  if (lease.renew + 2 * lease.retry > valid)
    checking.add(first_written(checking, {"lease.renew_s", "lease.retry_s", "lease.ttl_s", "lease.margin_s"}),
                 make_error<MsgId::HWLEASEMATH>(fmt::format("renew_s {} + 2 retry_s {} > {}", seconds_text(lease.renew),
                                                            seconds_text(lease.retry), of_ttl)));
  const double e = lease.clock_rate_error;
  // (ttl - margin) / ttl <= (1 - e) / (1 + e), without the divisions.
  if (static_cast<double>(valid.count()) * (1 + e) > static_cast<double>(lease.ttl.count()) * (1 - e))
    checking.add(first_written(checking, {"lease.margin_s", "lease.clock_rate_error", "lease.ttl_s"}),
                 make_error<MsgId::HWLEASEMATH>(
                     fmt::format("({}) / ttl_s > (1 - e) / (1 + e), e {}", of_ttl, real_number_text(e))));
}

template <typename Object>
void check_min_max(const Checking& checking, const std::string& kind, const std::vector<Object>& objects) {
  for (const Object& object : objects) {
    if (object.min <= object.max) continue;
    const std::string prefix = kind + "." + object.name;
    checking.add_bad(first_written(checking, {prefix + ".min", prefix + ".max"}),
                     fmt::format("min {} is above max {}", object.min, object.max));
  }
}

void check_etcd(const Checking& checking) {
  const Domain& domain = checking.domain;
  const EtcdKeys& etcd = domain.etcd;
  if (domain.domain.dcs != Dcs::Etcd) return;
  bool any_secure = false;
  for (const std::string& url : etcd.endpoints) {
    bool secure = false;
    const auto at = parse_url(url, secure);
    any_secure |= secure;
    if (at.has_value() && !secure && !is_loopback(at->host) && !domain.security.allow_plain)
      checking.add_bad("etcd.endpoints",
                       fmt::format("{} is beyond loopback in the clear; https, or security.allow_plain", shown(url)));
  }
  const auto need = [&](std::string_view key, bool has, std::string_view why) {
    if (!has) checking.add_bad(fmt::format("etcd.{}", key), fmt::format("missing, {}", why));
  };
  if (any_secure) need("ca", !etcd.ca.empty(), "https needs it");
  if (!etcd.cert.empty()) need("key", !etcd.key.empty(), "etcd.cert needs it");
  if (!etcd.key.empty()) need("cert", !etcd.cert.empty(), "etcd.key needs it");
  if (!etcd.user.empty()) need("password_file", !etcd.password_file.empty(), "etcd.user needs it");
}

void check_agents(const Checking& checking) {
  const Domain& domain = checking.domain;
  const SecurityKeys& security = domain.security;
  const auto need = [&](const std::string& key, const std::string& value, std::string_view why) {
    const std::string full = "security." + key;
    if (value.empty() && !checking.findings.has_error_in(full)) checking.add_bad(full, why);
  };
  if (security.mode == SecurityMode::Tls) {
    need("ca", security.ca, "missing, mode tls needs it");
    need("cert", security.cert, "missing, mode tls needs it");
    need("key", security.key, "missing, mode tls needs it");
    return;
  }
  const bool over_tcp = domain.nodes.size() > 1;
  if (over_tcp) need("key_file", security.key_file, "missing, two nodes with mode key need it");
  if (security.allow_plain || (!over_tcp && security.key_file.empty())) return;
  for (const Node& node : domain.nodes)
    if (!is_loopback(node.address))
      checking.add_bad("node." + node.name + ".address",
                       fmt::format("{} is beyond loopback in the clear; security.mode tls, or security.allow_plain",
                                   shown(node.address)));
}

/// Keys that only one kind of group reads.
constexpr std::array<std::string_view, 4> kKeysOfRole = {"instances", "auto_rejoin", "max_loss", "max_lag_s"};
constexpr std::array<std::string_view, 3> kKeysOfFiles = {"instance", "nodes", "move"};
/// Keys of an instance that does not replicate.
constexpr std::array<std::string_view, 5> kKeysOfReplication = {"refresh_port", "upstreams", "relay", "source_options",
                                                                "receiver_options"};
/// Keys of a resource that nobody probes. Source: operations specification, section 8.
constexpr std::array<std::string_view, 5> kKeysOfProbes = {"startup_timeout", "reply_timeout", "interval", "max_fail",
                                                           "cm_probe_timeout"};

void warn_idle(const Checking& checking, const std::string& prefix, std::span<const std::string_view> keys,
               std::string_view why) {
  for (const std::string_view key : keys) {
    const std::string full = fmt::format("{}.{}", prefix, key);
    if (checking.places.wrote(full)) checking.add(full, make_error<MsgId::HWKEYIDLE>(shown(full), why));
  }
}

}  // namespace

bool is_key_of_kind(GroupKind kind, std::string_view key) {
  const auto has = [&](const auto& keys) { return std::ranges::find(keys, key) != keys.end(); };
  return kind == GroupKind::Role ? !has(kKeysOfFiles) : !has(kKeysOfRole);
}

void check_numbers(const Checking& checking) {
  check_lease(checking);
  check_min_max(checking, "gateway", checking.domain.gateways);
  check_min_max(checking, "server", checking.domain.servers);
}

void check_security(const Checking& checking) {
  check_etcd(checking);
  check_agents(checking);
  const SecurityKeys& security = checking.domain.security;
  for (const Gateway& gateway : checking.domain.gateways)
    if (gateway.tls && (security.cert.empty() || security.key.empty()))
      checking.add_bad("gateway." + gateway.name + ".tls", "security.cert and security.key are missing");
}

void warn_of_keys(const Checking& checking) {
  const Domain& domain = checking.domain;
  for (const Group& group : domain.groups) {
    const std::string prefix = "group." + group.name;
    if (group.kind == GroupKind::Role) {
      warn_idle(checking, prefix, kKeysOfFiles, "the group is of kind role");
      continue;
    }
    warn_idle(checking, prefix, kKeysOfRole, "the group is of kind files");
    if (domain.instance(group.instance) != nullptr)
      warn_idle(checking, "instance." + group.instance, kKeysOfReplication, "its group is of kind files");
  }
  for (const Resource& resource : domain.resources) {
    const std::string prefix = "resource." + resource.name;
    if (!resource.use_cm) {
      warn_idle(checking, prefix, kKeysOfProbes, "use_cm is false");
    } else if (resource.cm_probe_timeout == Milliseconds(0)) {
      const std::string key = prefix + ".cm_probe_timeout";
      checking.add(key, bad_key(key, "0: its process waits for ever").as(Severity::Warning));
    }
  }
}

}  // namespace hw::cluster

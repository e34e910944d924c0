#include "cluster/plan/selection.h"

#include <algorithm>
#include <array>

#include "cluster/plan/unknown_name.h"

namespace hw::cluster {
namespace {

template <typename Name>
bool is_in(const std::vector<std::string>& list, const Name& name) {
  return std::ranges::find(list, name) != list.end();
}

Status check_group(const Domain& domain, const std::string& name) {
  if (name.empty() || domain.group(name) != nullptr) return {};
  return unknown_name("group", name);
}

Status check_node(const Domain& domain, const std::string& name) {
  if (name.empty() || domain.node(name) != nullptr) return {};
  return unknown_name("node", name);
}

Status check_engine_kind(std::string_view kind) {
  static constexpr std::array kNoProcess{"cas", "tlm", "tsm"};
  if (kind.empty() || kind == "gw" || kind == "clh" || kind == "src" || kind == "rcv") return {};
  if (std::ranges::find(kNoProcess, kind) != kNoProcess.end())
    return make_error<MsgId::HWREFUSED>(fmt::format("boot -e {}", kind), "no such process");
  return make_error<MsgId::CLIERR>(fmt::format("-e {}: not one of gw, src, rcv", kind));
}

bool is_of_engine_kind(std::string_view kind, ServerKind server) {
  if (kind == "src") return server == ServerKind::Source;
  if (kind == "rcv") return server == ServerKind::Receiver;
  return server == ServerKind::Gateway || server == ServerKind::Handler;
}

}  // namespace

Status check_selection(const Domain& domain, const Selection& selection, std::string_view engine_kind) {
  if (selection.applications_only && selection.engine_only)
    return make_error<MsgId::CLIERR>("-A and -T leave no server");
  HW_TRY_VOID(check_group(domain, selection.group));
  HW_TRY_VOID(check_group(domain, selection.gateway_of));
  HW_TRY_VOID(check_node(domain, selection.relays_of));
  for (const std::string& node : selection.nodes) HW_TRY_VOID(check_node(domain, node));
  return check_engine_kind(engine_kind);
}

bool is_selected(const Selection& selection, std::string_view engine_kind, const DomainServer& server) {
  if (selection.applications_only && server.is_engine()) return false;
  if (selection.engine_only && !server.is_engine()) return false;
  if (!selection.group.empty() && server.group != selection.group) return false;
  if (!selection.nodes.empty() && !is_in(selection.nodes, server.node)) return false;
  if (!selection.gateway_of.empty() && (server.kind != ServerKind::Gateway || server.group != selection.gateway_of))
    return false;
  if (!selection.relays_of.empty() && !(server.relay && server.is_engine() && server.node == selection.relays_of))
    return false;
  return engine_kind.empty() || is_of_engine_kind(engine_kind, server.kind);
}

bool is_named(const Selection& selection, std::string_view name) {
  return !names_servers(selection) || is_in(selection.all_of, name) || count_of(selection, name).has_value();
}

std::optional<std::uint32_t> count_of(const Selection& selection, std::string_view name) {
  std::optional<std::uint32_t> count;
  for (const ServerCount& one : selection.servers)
    if (one.name == name) count = count.value_or(0) + one.count;
  return count;
}

}  // namespace hw::cluster

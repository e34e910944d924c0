#include "cluster/agent/ini_file.h"

#include <boost/property_tree/ini_parser.hpp>
#include <boost/property_tree/ptree.hpp>
#include <map>
#include <sstream>

#include "cluster/config/names.h"

namespace hw::cluster {
namespace {

using Tree = boost::property_tree::ptree;

/// Keys of ours come before those of the names that administrators of other products know.
std::string value_of(const Tree& section, const char* key, const char* other) {
  const std::string ours = section.get(key, "");
  return ours.empty() ? section.get(other, "") : ours;
}

std::string port_of(const Tree& section) { return value_of(section, "RAC_PORT", "TMAX_RAC_PORT"); }

}  // namespace

Result<IniSection> ini_section(std::string_view text, const std::string& file, const std::string& label) {
  Tree tree;
  try {
    std::istringstream in{std::string(text)};
    boost::property_tree::read_ini(in, tree);
  } catch (const boost::property_tree::ini_parser_error& fault) {
    return make_error<MsgId::HWNOSTART>(fmt::format("{}:{}: {}", file, fault.line(), fault.message()));
  }
  std::map<std::string, std::string> ports;
  for (const auto& [name, section] : tree) {
    const std::string port = port_of(section);
    if (port.empty()) continue;
    if (const auto [same, is_new] = ports.emplace(port, name); !is_new)
      return make_error<MsgId::HWPORTDUP>(port, same->second, name);
  }
  const auto found = tree.find(label);
  if (found == tree.not_found() || found->second.empty()) return make_error<MsgId::HWNOLABEL>(label, file);
  IniSection out;
  out.home = value_of(found->second, "HOME", "TMAXHOME");
  out.dir = value_of(found->second, "DIR", "TMAXDIR");
  if (const std::string port = port_of(found->second); !port.empty()) {
    out.port = parse_port(port);
    if (!out.port) return make_error<MsgId::HWNOSTART>(fmt::format("{}: {}: RAC_PORT: {}: no port", file, label, port));
  }
  return out;
}

}  // namespace hw::cluster

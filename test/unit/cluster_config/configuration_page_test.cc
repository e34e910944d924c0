// docs/operations/configuration.md has a row for each key, with the default that the code has, and no other row.
#include <algorithm>
#include <map>
#include <set>

#include "cluster/config/key_tables.h"
#include "test/unit/cluster_config/config_text.h"

namespace hw::cluster {
namespace {

using Rows = std::map<std::string, std::string>;  ///< default by key

std::string cell(std::string_view& line) {
  const auto end = line.find(" | ");
  const std::string out(line.substr(0, end));
  line.remove_prefix(end == line.npos ? line.size() : end + 3);
  return out;
}

/// The rows below each heading `## [section]`.
std::map<std::string, Rows> page() {
  const std::string text = read_file(HW_SOURCE_DIR "/docs/operations/configuration.md", 1 << 20).value_or("");
  std::map<std::string, Rows> out;
  std::string section;
  for (std::size_t at = 0; at < text.size();) {
    const auto end = std::min(text.find('\n', at), text.size());
    std::string_view line = std::string_view(text).substr(at, end - at);
    at = end + 1;
    if (line.starts_with("## ")) section = line.starts_with("## [") ? line.substr(4, line.find_first_of(".]") - 4) : "";
    if (section.empty() || !line.starts_with("| `")) continue;
    line.remove_prefix(2);
    const std::string key = cell(line);
    out[section][key] = cell(line);
  }
  return out;
}

/// Keys whose default is made of something else, or that are mandatory because of another key.
const std::set<std::string> kInWords = {
    "domain.master",   "etcd.endpoints", "node.home",   "node.dir",   "instance.node",         "instance.listen",
    "group.instances", "group.instance", "group.nodes", "group.move", "resource.listener_port"};

template <typename Object>
void check(const std::string& section, std::map<std::string, Rows>& rows) {
  for (const Key<Object>& key : keys_of<Object>()) {
    const std::string name = fmt::format("{}.{}", section, key.name);
    auto row = rows[section].extract(fmt::format("`{}`", key.name));
    ASSERT_FALSE(row.empty()) << name << " has no row";
    if (key.mandatory)
      EXPECT_EQ(row.mapped(), "mandatory") << name;
    else if (!kInWords.contains(name))
      EXPECT_EQ(row.mapped(), fmt::format("`{}`", key.text(Object()))) << name;
    else
      EXPECT_NE(row.mapped(), fmt::format("`{}`", key.text(Object()))) << name << " needs no words";
  }
  for (const auto& [key, unused] : rows[section]) ADD_FAILURE() << section << ": there is no key " << key;
}

TEST(ConfigurationPage, HasEachKeyWithItsDefault) {
  auto rows = page();
  check<DomainKeys>("domain", rows);
  check<EtcdKeys>("etcd", rows);
  check<LeaseKeys>("lease", rows);
  check<AgentKeys>("agent", rows);
  check<SecurityKeys>("security", rows);
  check<Node>("node", rows);
  check<Instance>("instance", rows);
  check<Group>("group", rows);
  check<Gateway>("gateway", rows);
  check<Server>("server", rows);
  check<Resource>("resource", rows);
  EXPECT_EQ(rows.size(), 11u);
}

TEST(ConfigurationPage, ItsExamplePasses) {
  const std::string text = read_file(HW_SOURCE_DIR "/docs/operations/configuration.md", 1 << 20).value_or("");
  const std::string begin = "```toml\n";
  const auto from = text.find(begin) + begin.size();
  EXPECT_EQ(test::read_text(text.substr(from, text.find("```", from) - from)).findings.render("example"), "");
}

}  // namespace
}  // namespace hw::cluster

#include "cluster/agent/node_check.h"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "cluster/config/finding.h"

namespace hw::cluster {
namespace {

/// Why it is not what it should be; empty: it is.
std::string refuse_folder(const std::string& path) {
  struct stat found {};
  if (::stat(path.c_str(), &found) != 0) return fmt::format("{}: {}", path, std::strerror(errno));
  return S_ISDIR(found.st_mode) ? "" : path + ": no folder";
}

std::string refuse_program(const std::string& path) {
  struct stat found {};
  if (::stat(path.c_str(), &found) != 0) return fmt::format("{}: {}", path, std::strerror(errno));
  if (!S_ISREG(found.st_mode)) return path + ": no plain file";
  return (found.st_mode & 0111) == 0 ? path + ": not executable" : "";
}

bool has_place_at(const Domain& domain, const std::string& group, const std::string& node) {
  const Group* const found = domain.group(group);
  return found != nullptr && std::ranges::find(found->nodes, node) != found->nodes.end();
}

class Check {
 public:
  Check(const Domain& domain, const std::string& node) : domain_(domain), node_(node) {}

  std::vector<Error> run() {
    const Node* const own = domain_.node(node_);
    if (own == nullptr) {
      faults_.push_back(bad_key("node." + node_, "missing"));
      return std::move(faults_);
    }
    note("node." + node_ + ".home", refuse_program(own->home + "/bin/mupip"));
    for (const Instance& instance : domain_.instances) check_instance(instance);
    for (const Server& server : domain_.servers)
      if (has_place_at(domain_, server.group, node_))
        note("server." + server.name + ".run", refuse_program(server.run));
    for (const Resource& resource : domain_.resources)
      if (has_place_at(domain_, resource.group, node_)) note_script(resource.script);
    for (const Group& group : domain_.groups)
      if (group.kind == GroupKind::Files && group.move != "shared" && has_place_at(domain_, group.name, node_))
        note_script(group.move);
    return std::move(faults_);
  }

 private:
  void note(const std::string& key, const std::string& why) {
    if (!why.empty()) faults_.push_back(bad_key(key, why));
  }
  void note_script(const std::string& path) {
    if (Status good = check_script(path); !good.has_value()) faults_.push_back(std::move(good).error());
  }
  /// Files that are brought to a node need not be there before.
  void check_instance(const Instance& instance) {
    if (instance.node == node_) note("instance." + instance.name + ".dir", refuse_folder(instance.dir));
  }

  const Domain& domain_;
  const std::string& node_;
  std::vector<Error> faults_;
};

}  // namespace

std::vector<Error> check_node(const Domain& domain, const std::string& node) { return Check(domain, node).run(); }

Status check_script(const std::string& path) {
  if (!path.starts_with('/')) return make_error<MsgId::HWSCRIPT>(path, "not absolute");
  if (const std::string why = refuse_program(path); !why.empty())
    return make_error<MsgId::HWSCRIPT>(path, why.substr(path.size() + 2));
  struct stat found {};
  if (::stat(path.c_str(), &found) != 0) return make_error<MsgId::HWSCRIPT>(path, std::strerror(errno));
  if ((found.st_mode & 0022) != 0) return make_error<MsgId::HWSCRIPT>(path, "writable by others than its owner");
  return {};
}

}  // namespace hw::cluster

#include "cluster/site/node_check.h"

#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

#include "cluster/config/generation_store.h"
#include "engine/base/file.h"
#include "engine/globals/global_directory.h"
#include "replic/instance/instance_file.h"
#include "replic/instance/own_identity.h"

namespace hw::cluster {
namespace {

using Fault = std::optional<Error>;

Fault fault_of(const Status& status) { return status.has_value() ? Fault() : Fault(status.error()); }

Status check_executable(const std::string& path) {
  struct stat about {};
  if (::stat(path.c_str(), &about) != 0) return system_error("stat()", path);
  if (!S_ISREG(about.st_mode) || (about.st_mode & 0111) == 0) return system_error("execve()", path, EACCES);
  return {};
}

/// It is run as the agent's user, so nobody else may write it.
Status check_script(const std::string& path) {
  if (!path.starts_with('/')) return make_error<MsgId::HWSCRIPT>(path, "not an absolute path");
  struct stat about {};
  if (::stat(path.c_str(), &about) != 0) return make_error<MsgId::HWSCRIPT>(path, "not there").with_errno(errno);
  if (!S_ISREG(about.st_mode) || (about.st_mode & 0100) == 0)
    return make_error<MsgId::HWSCRIPT>(path, "not executable");
  if ((about.st_mode & 0022) != 0) return make_error<MsgId::HWSCRIPT>(path, "others than its owner may write it");
  return {};
}

class NodeCheck {
 public:
  NodeCheck(SiteParts& parts, const CheckRequest& request, Deadline deadline)
      : parts_(parts), request_(request), deadline_(deadline), domain_(parts.settings.domain(request.generation)) {}

  Result<CheckReport> run() {
    HW_TRY(const GenerationStore store, GenerationStore::open(parts_.settings.dir));
    HW_TRY(const auto running, store.running());
    report_.running_generation = running.value_or(0);
    report_.release = parts_.settings.release;
    add("agent", domain_ ? Status()
                         : Status(make_error<MsgId::HWCFGBAD>(
                               parts_.settings.node, fmt::format("generation {} is not here", request_.generation))));
    if (!domain_) return std::move(report_);
    add("programs", check_programs());
    add("scripts", check_scripts());
    add("database", for_each_place([](const InstancePlace& place) { return check_databases(place); }));
    add("instance file", for_each_place([](const InstancePlace& place) { return check_instance_file(place); }));
    return std::move(report_);
  }

 private:
  void add(const std::string& what, const Status& status) { report_.findings.push_back({what, fault_of(status)}); }

  template <typename Check>
  Status for_each_place(const Check& check) {
    for (const std::string& instance : request_.instances) {
      const LocalSiteSettings& own = parts_.settings;
      HW_TRY(const InstancePlace place, place_of(domain_, {own.node, own.home, own.dir, own.umask}, instance));
      HW_TRY_VOID(check(place));
    }
    return {};
  }

  Status check_programs() {
    for (const char* const program : {"mupip", "gbl"})
      HW_TRY_VOID(check_executable(parts_.settings.home + "/bin/" + program));
    HW_TRY_VOID(for_each_place([this](const InstancePlace& place) { return check_release(place); }));
    for (const std::string& name : request_.servers)
      if (const Server* const server = domain_->server(name)) HW_TRY_VOID(check_executable(server->run));
    return {};
  }

  /// Also that commands can be run there, and as whom.
  Status check_release(const InstancePlace& place) {
    const Steps::Call call{place, nullptr, deadline_, AtDeadline::Cancel, {}};
    HW_TRY(const StepResult result, parts_.steps.run_well(call, "version", "mupip", {"-version"}));
    const std::string theirs = result.out.substr(0, result.out.find('\n'));
    if (theirs == own_software()) return {};
    return make_error<MsgId::HWRELMISMATCH>(parts_.settings.release, parts_.settings.node, theirs,
                                            place.program("mupip"));
  }

  Status check_scripts() {
    for (const std::string& name : request_.servers)
      if (const Resource* const resource = domain_->resource(name)) HW_TRY_VOID(check_script(resource->script));
    for (const std::string& instance : request_.instances) {
      const Group* const group = domain_->group_of_instance(instance);
      if (group != nullptr && group->move.starts_with('/')) HW_TRY_VOID(check_script(group->move));
    }
    return {};
  }

  static Status check_databases(const InstancePlace& place) {
    HW_TRY(const GlobalDirectory directory, GlobalDirectory::load(place.global_directory()));
    for (const Region& region : directory.regions()) {
      const Segment* const segment = directory.find_segment(region.dynamic_segment);
      // What variables mean the commands know, in whose environment they are.
      if (segment == nullptr || segment->file_name.find('$') != std::string::npos) continue;
      const std::string& written = segment->file_name;
      const std::string path =
          resolve_file_name(written.starts_with('/') ? written : place.instance->dir + "/" + written, ".dat");
      if (::access(path.c_str(), F_OK) != 0) return system_error("open()", path);
    }
    return {};
  }

  static Status check_instance_file(const InstancePlace& place) {
    HW_TRY(const InstanceFile file, InstanceFile::open(place.instance_file(), /*writable=*/false));
    if (file.header().name == place.instance->name) return {};
    return make_error<MsgId::HWCFGBAD>(
        place.instance_file(), fmt::format("it is of instance {}, not {}", file.header().name, place.instance->name));
  }

  SiteParts& parts_;
  const CheckRequest& request_;
  const Deadline deadline_;
  const std::shared_ptr<const Domain> domain_;
  CheckReport report_;
};

}  // namespace

Result<CheckReport> check_node(SiteParts& parts, const CheckRequest& request, Deadline deadline) {
  return NodeCheck(parts, request, deadline).run();
}

}  // namespace hw::cluster

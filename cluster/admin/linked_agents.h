/// cluster/admin/linked_agents.h -- agents over the link: the socket in the domain's folder, then the nodes over TCP.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "cluster/admin/agents.h"
#include "cluster/admin/domain_folder.h"
#include "cluster/admin/session.h"
#include "cluster/link/link_loop.h"

namespace hw::cluster::hwadm {

class LinkedAgents final : public Agents {
 public:
  /// `program`: path of this program's file.
  LinkedAgents(FolderPlaces places, const Person& person, std::string program);
  ~LinkedAgents() override;

  /// --dir of one line of the prompt; a connection to another folder's agent ends.
  void set_folder(const std::string& given);

  Result<AgentLine*> connect(const Domain* domain, const std::function<void(const Error&)>& tried) override;

 private:
  class Line;
  Result<AgentLine*> try_target(const AgentTarget& target, const std::shared_ptr<Credentials>& credentials);
  Result<AgentLine*> try_nodes(const Domain& domain, std::vector<Error>& failures);
  Result<AgentLine*> try_all(const Domain* domain, std::vector<Error>& failures);

  FolderPlaces places_;
  const std::string caller_;
  const std::string program_;
  std::optional<LinkThread> thread_;
  std::unique_ptr<Line> line_;
};

}  // namespace hw::cluster::hwadm

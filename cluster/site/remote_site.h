/// cluster/site/remote_site.h -- the Site of another node: asks its agent by the verbs `site.NAME` (site_calls.h).
///
/// What went wrong there comes back as it was, with its code, so that a job decides as it would on its own node. When
/// the agent does not answer it is HWREMOTE, and what was asked may have been done: every call can be repeated.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "cluster/jobs/site.h"
#include "cluster/link/agent_client.h"

namespace hw::cluster {

/// Asks an agent and waits for the last piece of its answer. Not in the link's thread. Errors: HWREMOTE.
using AskAgent = std::function<Result<std::string>(const std::string& verb, const std::string& body, Deadline)>;

/// Thread: any, as far as `ask` is for any.
class RemoteSite final : public Site {
 public:
  RemoteSite(std::string node, AskAgent ask) : node_(std::move(node)), ask_(std::move(ask)) {}
  /// By one connection, which need not stay open: without it every call is HWREMOTE.
  RemoteSite(std::string node, std::shared_ptr<AgentClient> client);

  const std::string& node() const override { return node_; }
  Result<CheckReport> check(const CheckRequest& request, Deadline deadline) override;
  Result<Position> position(const std::string& instance, Deadline deadline) override;
  Status recover(const std::string& instance, Deadline deadline) override;
  Result<StartOutcome> start(const StartRequest& request, Deadline deadline) override;
  Result<StopOutcome> stop(const ServerRef& server, StopHow how, Deadline deadline) override;
  Status close(const std::string& instance, Deadline deadline) override;
  Status note_generation(std::uint64_t generation, Deadline deadline) override;
  Status reign(const std::string& instance, std::uint64_t epoch, Deadline deadline) override;
  Result<std::uint64_t> stop_updates(const std::string& instance, Deadline deadline) override;
  Status allow_updates(const std::string& instance, Deadline deadline) override;
  Status give_up(const std::string& instance, Deadline deadline) override;
  Status learn_epoch(const std::string& instance, std::uint64_t epoch, Deadline deadline) override;
  Status fence_off(const std::string& instance, Deadline deadline) override;
  Result<LeaseOutcome> lease(const LeaseRequest& request, Deadline deadline) override;
  Status wait_applied(const std::string& instance, std::uint64_t next_seqno, Deadline deadline) override;
  Result<RejoinOutcome> rejoin(const RejoinRequest& request, Deadline deadline) override;
  Status refresh(const RefreshRequest& request, Deadline deadline) override;
  Status put_receipt(const Receipt& receipt, const std::string& lost_text, Deadline deadline) override;
  Result<std::string> receipt_text(const std::string& id, Deadline deadline) override;
  Result<Applied> apply_receipt(const std::string& id, Deadline deadline) override;
  Status complete_receipt(const std::string& id, Deadline deadline) override;
  Result<std::string> lost_text(const std::string& id, Deadline deadline) override;
  Result<std::vector<LostNode>> compare_lost(const std::string& id, Deadline deadline) override;

 private:
  std::string node_;
  AskAgent ask_;
};

}  // namespace hw::cluster

/// cluster/agent/agent_parts.h -- what an agent is made of, in the order in which it is made. For agent*.cc.
#pragma once

#include <atomic>
#include <memory>
#include <optional>
#include <string>

#include "cluster/agent/agent.h"
#include "cluster/agent/board_keeper.h"
#include "cluster/agent/command_carrier.h"
#include "cluster/agent/command_service.h"
#include "cluster/agent/config_nodes.h"
#include "cluster/agent/config_service.h"
#include "cluster/agent/coordinator_seat.h"
#include "cluster/agent/dispatcher.h"
#include "cluster/agent/duties.h"
#include "cluster/agent/heartbeat.h"
#include "cluster/agent/history_log.h"
#include "cluster/agent/job_runner.h"
#include "cluster/agent/lease_keeper.h"
#include "cluster/agent/master_service.h"
#include "cluster/agent/node_config.h"
#include "cluster/agent/node_links.h"
#include "cluster/agent/order_book.h"
#include "cluster/agent/prober.h"
#include "cluster/agent/read_service.h"
#include "cluster/agent/service_notify.h"
#include "cluster/agent/update_care.h"
#include "cluster/agent/workers.h"
#include "cluster/keeper/event_loop.h"
#include "cluster/keeper/process_table.h"
#include "cluster/link/agent_server.h"
#include "cluster/link/link_loop.h"
#include "cluster/site/local_site.h"

namespace hw::cluster {

struct Agent::Parts {
  Parts(AgentOptions its_options, AgentFolder its_folder, ServerLog& its_log, std::unique_ptr<NodeConfig> its_config,
        LinkThread its_link);

  // agent.cc
  Status open();
  Status listen();
  void begin_beating();
  void config_changed();
  void follow_domain();
  void beat_soon();
  void look_now(std::chrono::milliseconds at_most);
  AgentFacts facts() const;
  Result<InstanceLook> look(const std::string& instance);
  Status start_update_process(const std::string& instance);
  HeartbeatMessage& fill(HeartbeatMessage& message) const;
  CommandDeadline deadline_of(const Asked& asked) const;
  Status ask_coordinator(const std::string& verb, const std::string& arguments);
  Result<Position> ask_position(const std::string& node, const std::string& instance);
  Result<std::string> ask_node(const Node& node, const std::string& verb, const std::string& body, Deadline deadline);
  std::string whole_message() const;
  Status take_message(const std::string& body);

  // agent_verbs.cc
  void serve_verbs();
  void serve_reads();
  void serve_commands();
  void serve_agents();
  void serve_config_calls();

  const AgentOptions options;
  AgentFolder folder;
  ServerLog& log;
  const ServiceNotify notify;
  std::atomic<bool> cancelled = false;
  EventLoop loop;
  ProcessTable table;
  std::unique_ptr<NodeConfig> config;
  BoardKeeper board;
  HistoryLog history;
  LinkThread link;
  NodeLinks links;
  LocalSite site;
  Workers workers;
  LeaseKeeper leases;
  BoardOrders orders;
  JobRunner runner;
  CoordinatorSeat coordinator;
  ConfigService config_service;
  ConfigNodes config_nodes;
  Heartbeat heartbeat;
  UpdateCare update_care;
  Prober prober;
  ReadService reads;
  CommandCarrier carrier;
  CommandService commands;
  MasterService masters;
  Duties duties;
  Dispatcher dispatcher;
  std::optional<AgentServer> server;
  EventLoop::Handle beating, probing, releasing;
};

}  // namespace hw::cluster

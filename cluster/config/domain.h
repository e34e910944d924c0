/// cluster/config/domain.h -- one configuration of a domain as structs, checked and with every default filled in.
///
/// Objects are in the order of the file. A name that is here exists: what an instance, group, gateway, server or
/// resource refers to is in the same Domain. docs/operations/configuration.md has each key with its range.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace hw::cluster {

/// Of every key that ends in `_s`: fractions of a second are kept to the millisecond.
using Milliseconds = std::chrono::milliseconds;

/// Where something listens.
struct Endpoint {
  std::string host;  ///< IPv4, IPv6 without brackets, or a name
  std::uint16_t port = 0;

  bool operator==(const Endpoint&) const = default;
  /// `127.0.0.1:6379`, `[::1]:6379`.
  std::string text() const;
};

enum class Dcs : std::uint8_t { Manual, Etcd, Pacemaker };
enum class Protocol : std::uint8_t { Any, Ipv4, Ipv6 };

/// [domain]
struct DomainKeys {
  std::string name;
  Dcs dcs = Dcs::Manual;
  std::vector<std::string> master;  ///< nodes: the coordinator, then its backups; never empty
  bool migrate = true;
  Milliseconds prefer_first{0};  ///< 0: only advised
  Protocol system_protocol = Protocol::Any;
};

/// [etcd]
struct EtcdKeys {
  std::vector<std::string> endpoints;  ///< http:// or https://HOST:PORT; not empty with Dcs::Etcd
  std::string ca, cert, key;           ///< files; empty: none
  std::string user;
  std::string password_file;
  std::string prefix = "/headwater";
};

/// [lease]; renew + 2 retry <= ttl - margin, and (ttl - margin) / ttl <= (1 - e) / (1 + e).
struct LeaseKeys {
  Milliseconds ttl{3000};
  Milliseconds renew{1000};
  Milliseconds retry{500};
  Milliseconds margin{500};
  double clock_rate_error = 0.085;  ///< e
};

/// [agent], and of each node what it has of its own.
struct AgentKeys {
  std::uint16_t port = 7600;
  std::string umask = "0027";  ///< octal digits
  Milliseconds wait{60000};    ///< for a boot or down; negative: for ever; never 0
  Milliseconds probe{1000};
  std::int64_t max_fail = 10;
  Milliseconds stop{30000};

  bool waits_for_ever() const { return wait < Milliseconds(0); }
};

enum class SecurityMode : std::uint8_t { Key, Tls };

/// [security]
struct SecurityKeys {
  SecurityMode mode = SecurityMode::Key;
  std::string ca, cert, key;  ///< files; not empty with SecurityMode::Tls
  std::string key_file;       ///< empty: none, and then there is one node or Tls
  std::vector<std::string> operators;
  bool allow_plain = false;
};

enum class NodeType : std::uint8_t { Host, Logical };

/// [node.NAME]
struct Node {
  std::string name;
  std::string address = "127.0.0.1";
  NodeType type = NodeType::Host;
  std::string home;  ///< programs are in home/bin
  std::string dir;
  AgentKeys agent;  ///< of the node, else of [agent]

  Endpoint endpoint() const { return {address, agent.port}; }
};

/// [instance.NAME]
struct Instance {
  std::string name;
  std::string node;  ///< kind files: the first of the group's nodes
  std::string dir;
  std::uint16_t listen = 0;                 ///< of the receiver; 0 only in a group of kind files
  std::uint16_t refresh_port = 0;           ///< 0: none
  std::vector<std::string> upstreams = {};  ///< instances of the same group, best first
  std::int64_t priority = 100;              ///< 0: never root
  bool relay = false;
  std::string source_options = {};
  std::string receiver_options = {};
};

enum class GroupKind : std::uint8_t { Role, Files };

/// [group.NAME]
struct Group {
  std::string name;
  GroupKind kind = GroupKind::Role;
  std::vector<std::string> instances;  ///< in the order of the group; kind files: the one
  std::string instance;                ///< kind files: the one; kind role: empty
  std::vector<std::string> nodes;      ///< preferred first; kind role: the node of each instance, in their order
  std::string move;                    ///< kind files: "shared", or a script's path
  bool failover = true;
  bool auto_rejoin = true;
  std::int64_t max_loss = 100000;  ///< transactions; -1: any
  Milliseconds max_lag{10000};
  Milliseconds drop{10000};
  Milliseconds hold{10000};
  Milliseconds drain{30000};
};

enum class Durability : std::uint8_t { Batch, Durable };
enum class Elsewhere : std::uint8_t { Forward, Readonly, Moved };

/// [gateway.NAME]
struct Gateway {
  std::string name;
  std::string instance;
  Endpoint listen;
  std::vector<std::string> backup = {};   ///< gateways of the same group
  std::vector<std::string> balance = {};  ///< the same
  std::int64_t min = 1;
  std::int64_t max = 4;
  std::int64_t asqcount = 50;
  Durability durability = Durability::Batch;
  Elsewhere elsewhere = Elsewhere::Forward;
  Milliseconds read_lag{10000};
  std::int64_t max_clients = 10000;
  std::string plain_global = "redis";  ///< without the up-arrow
  std::string password_file = {};
  bool tls = false;
};

enum class Place : std::uint8_t { Root, Each };
enum class Ready : std::uint8_t { Alive, Notify, Port, Exit0 };

/// [server.NAME]
struct Server {
  std::string name;
  std::string user;  ///< empty: the owner of the instance's dir
  std::string group;
  std::string run;
  std::vector<std::string> args;
  std::int64_t min = 1;
  std::int64_t max = 1;
  bool restart = true;
  Place place = Place::Root;
  bool backup = false;
  Ready ready = Ready::Alive;
  std::uint16_t ready_port = 0;  ///< with Ready::Port
};

/// [resource.NAME]
struct Resource {
  std::string name;
  std::string group;
  std::string script;
  std::vector<std::string> args;
  std::string pubnet;
  bool critical = false;
  std::int64_t retry_cnt = 3;
  Milliseconds startup_timeout{10000};
  Milliseconds reply_timeout{10000};
  Milliseconds interval{3000};
  std::int64_t max_fail = 10;
  Milliseconds cm_probe_timeout{6000};  ///< 0: for ever
  bool use_cm = true;
  std::uint16_t listener_port = 0;  ///< 0: none is handed to the script
  std::int64_t log_level = 3;
  std::string log_dir;
  std::string log_backup_dir;
};

struct Domain {
  DomainKeys domain;
  EtcdKeys etcd;
  LeaseKeys lease;
  AgentKeys agent;
  SecurityKeys security;
  std::vector<Node> nodes;
  std::vector<Instance> instances;
  std::vector<Group> groups;
  std::vector<Gateway> gateways;
  std::vector<Server> servers;
  std::vector<Resource> resources;

  /// By name; null when there is none. They live as long as the Domain and stay where they are while it is not changed.
  const Node* node(std::string_view name) const;
  const Instance* instance(std::string_view name) const;
  const Group* group(std::string_view name) const;
  const Gateway* gateway(std::string_view name) const;
  const Server* server(std::string_view name) const;
  const Resource* resource(std::string_view name) const;

  /// The group that an instance is in: each is in one. Null when there is no such instance.
  const Group* group_of_instance(std::string_view instance) const;
  /// The group of a gateway's instance. Null when there is no such gateway.
  const Group* group_of_gateway(std::string_view gateway) const;
  /// The instance of a group that is at a node; null when there is none. Kind files: only at its first node.
  const Instance* instance_at(const Group& group, std::string_view node) const;
};

}  // namespace hw::cluster

#include "cluster/config/key_tables.h"

#include <limits>

#include "engine/base/limits.h"

namespace hw::cluster {
namespace {

constexpr Milliseconds kNone{0};
constexpr Milliseconds kShortest{1};  ///< of what is done again and again
constexpr Milliseconds kLongest{kConfigCountMax * 1000};

/// HWNOSDP has a code of its own: those who come from elsewhere may have it in their environment.
Key<DomainKeys> system_protocol_key() {
  Key<DomainKeys> key = choice_key("system_protocol", &DomainKeys::system_protocol, {"", "IPV4", "IPV6"});
  key.put = [choose = key.put](DomainKeys& keys, const TomlValue& value, const std::string& full) -> Status {
    const auto* text = value.as<std::string>();
    if (text != nullptr && *text == "SDP") return make_error<MsgId::HWNOSDP>();
    if (text == nullptr || *text == "IPV4" || *text == "IPV6" || text->empty()) return choose(keys, value, full);
    return bad_key(full, fmt::format("\"{}\" is not IPV4 or IPV6", shown(*text)));
  };
  return key;
}

Key<AgentKeys> wait_key() {
  Key<AgentKeys> key = seconds_key("wait_s", &AgentKeys::wait, -kLongest, kLongest);
  key.put = [take = key.put](AgentKeys& keys, const TomlValue& value, const std::string& full) -> Status {
    HW_TRY_VOID(take(keys, value, full));
    if (keys.wait == kNone) return make_error<MsgId::HWBADWAIT>();
    return {};
  };
  return key;
}

Key<Gateway> listen_key() {
  return {"listen",
          [](Gateway& gateway, const TomlValue& value, const std::string& full) -> Status {
            HW_TRY(const std::string text, take_text(value, full));
            const auto endpoint = parse_endpoint(text);
            if (!endpoint.has_value()) return bad_key(full, fmt::format("\"{}\" is not HOST:PORT", shown(text)));
            gateway.listen = *endpoint;
            return {};
          },
          [](const Gateway& gateway) { return toml_string(gateway.listen.text()); }};
}

/// A script's path, or one word that stands for none.
template <typename Object>
Key<Object> script_key(std::string_view name, std::string Object::*member, std::string_view other = {}) {
  Key<Object> key = text_key(name, member);
  key.put = [=, take = key.put](Object& object, const TomlValue& value, const std::string& full) -> Status {
    HW_TRY_VOID(take(object, value, full));
    const std::string& script = object.*member;
    if (!other.empty() && script == other) return {};
    if (const std::string why = refuse_path(script); !why.empty()) return make_error<MsgId::HWSCRIPT>(full, why);
    return {};
  };
  return key;
}

/// `alive`, `notify`, `exit0`, or a port.
Key<Server> ready_key() {
  return {"ready",
          [](Server& server, const TomlValue& value, const std::string& full) -> Status {
            HW_TRY(const std::string text, take_text(value, full));
            constexpr std::string_view kPort = "port:";
            const auto port =
                text.starts_with(kPort) ? parse_port(std::string_view(text).substr(kPort.size())) : std::nullopt;
            server.ready_port = port.value_or(0);
            if (port.has_value())
              server.ready = Ready::Port;
            else if (text == "alive")
              server.ready = Ready::Alive;
            else if (text == "notify")
              server.ready = Ready::Notify;
            else if (text == "exit0")
              server.ready = Ready::Exit0;
            else
              return bad_key(full,
                             fmt::format("\"{}\" is not alive, notify, port:N (1 to 65535) or exit0", shown(text)));
            return {};
          },
          [](const Server& server) {
            static constexpr std::string_view kWords[] = {"alive", "notify", "port:", "exit0"};
            const std::string word(kWords[static_cast<std::size_t>(server.ready)]);
            return toml_string(server.ready == Ready::Port ? word + std::to_string(server.ready_port) : word);
          }};
}

}  // namespace

template <>
const std::vector<Key<DomainKeys>>& keys_of<DomainKeys>() {
  static const std::vector<Key<DomainKeys>> keys = {
      needed(text_key("name", &DomainKeys::name, refuse_name)),
      choice_key("dcs", &DomainKeys::dcs, {"manual", "etcd", "pacemaker"}),
      names_key("master", &DomainKeys::master),
      flag_key("migrate", &DomainKeys::migrate),
      seconds_key("prefer_first_s", &DomainKeys::prefer_first, kNone, kLongest),
      system_protocol_key(),
  };
  return keys;
}

template <>
const std::vector<Key<EtcdKeys>>& keys_of<EtcdKeys>() {
  static const std::vector<Key<EtcdKeys>> keys = {
      list_key("endpoints", &EtcdKeys::endpoints, refuse_url),
      text_key("ca", &EtcdKeys::ca, refuse_path_or_none),
      text_key("cert", &EtcdKeys::cert, refuse_path_or_none),
      text_key("key", &EtcdKeys::key, refuse_path_or_none),
      text_key("user", &EtcdKeys::user),
      text_key("password_file", &EtcdKeys::password_file, refuse_path_or_none),
      text_key("prefix", &EtcdKeys::prefix, refuse_path),
  };
  return keys;
}

template <>
const std::vector<Key<LeaseKeys>>& keys_of<LeaseKeys>() {
  static const std::vector<Key<LeaseKeys>> keys = {
      seconds_key("ttl_s", &LeaseKeys::ttl, Milliseconds(1000), Milliseconds(60000)),
      seconds_key("renew_s", &LeaseKeys::renew, kShortest, Milliseconds(60000)),
      seconds_key("retry_s", &LeaseKeys::retry, kShortest, Milliseconds(60000)),
      seconds_key("margin_s", &LeaseKeys::margin, kNone, Milliseconds(60000)),
      real_key("clock_rate_error", &LeaseKeys::clock_rate_error, 0, 0.5),
  };
  return keys;
}

template <>
const std::vector<Key<AgentKeys>>& keys_of<AgentKeys>() {
  static const std::vector<Key<AgentKeys>> keys = {
      port_key("port", &AgentKeys::port),
      text_key("umask", &AgentKeys::umask, refuse_umask),
      wait_key(),
      seconds_key("probe_s", &AgentKeys::probe, kShortest, kLongest),
      number_key("max_fail", &AgentKeys::max_fail, 1, kConfigCountMax),
      seconds_key("stop_s", &AgentKeys::stop, kNone, kLongest),
  };
  return keys;
}

template <>
const std::vector<Key<SecurityKeys>>& keys_of<SecurityKeys>() {
  static const std::vector<Key<SecurityKeys>> keys = {
      choice_key("mode", &SecurityKeys::mode, {"key", "tls"}),
      text_key("ca", &SecurityKeys::ca, refuse_path_or_none),
      text_key("cert", &SecurityKeys::cert, refuse_path_or_none),
      text_key("key", &SecurityKeys::key, refuse_path_or_none),
      text_key("key_file", &SecurityKeys::key_file, refuse_path_or_none),
      list_key("operators", &SecurityKeys::operators),
      flag_key("allow_plain", &SecurityKeys::allow_plain),
  };
  return keys;
}

template <>
const std::vector<Key<Node>>& keys_of<Node>() {
  static const std::vector<Key<Node>> keys = {
      text_key("address", &Node::address, refuse_host),
      choice_key("type", &Node::type, {"host", "logical"}),
      text_key("home", &Node::home, refuse_path),
      text_key("dir", &Node::dir, refuse_path),
  };
  return keys;
}

template <>
const std::vector<Key<Instance>>& keys_of<Instance>() {
  static const std::vector<Key<Instance>> keys = {
      text_key("node", &Instance::node),
      needed(text_key("dir", &Instance::dir, refuse_path)),
      port_key("listen", &Instance::listen),
      port_key("refresh_port", &Instance::refresh_port, 0),
      names_key("upstreams", &Instance::upstreams),
      number_key("priority", &Instance::priority, 0, kConfigCountMax),
      flag_key("relay", &Instance::relay),
      text_key("source_options", &Instance::source_options),
      text_key("receiver_options", &Instance::receiver_options),
  };
  return keys;
}

template <>
const std::vector<Key<Group>>& keys_of<Group>() {
  static const std::vector<Key<Group>> keys = {
      choice_key("kind", &Group::kind, {"role", "files"}),
      names_key("instances", &Group::instances),
      text_key("instance", &Group::instance),
      names_key("nodes", &Group::nodes),
      script_key("move", &Group::move, "shared"),
      flag_key("failover", &Group::failover),
      flag_key("auto_rejoin", &Group::auto_rejoin),
      number_key("max_loss", &Group::max_loss, -1, std::numeric_limits<std::int64_t>::max()),
      seconds_key("max_lag_s", &Group::max_lag, kNone, kLongest),
      seconds_key("drop_s", &Group::drop, kNone, kLongest),
      seconds_key("hold_s", &Group::hold, kNone, kLongest),
      seconds_key("drain_s", &Group::drain, kNone, kLongest),
  };
  return keys;
}

template <>
const std::vector<Key<Gateway>>& keys_of<Gateway>() {
  static const std::vector<Key<Gateway>> keys = {
      needed(text_key("instance", &Gateway::instance)),
      needed(listen_key()),
      names_key("backup", &Gateway::backup),
      names_key("balance", &Gateway::balance),
      number_key("min", &Gateway::min, 0, kServersOfNameMax),
      raisable_key("max", &Gateway::max, 0, kServersOfNameMax),
      number_key("asqcount", &Gateway::asqcount, 0, kConfigCountMax),
      choice_key("durability", &Gateway::durability, {"batch", "durable"}),
      choice_key("elsewhere", &Gateway::elsewhere, {"forward", "readonly", "moved"}),
      seconds_key("read_lag_s", &Gateway::read_lag, kNone, kLongest),
      number_key("max_clients", &Gateway::max_clients, 1, kConfigCountMax),
      text_key("plain_global", &Gateway::plain_global, refuse_global),
      text_key("password_file", &Gateway::password_file, refuse_path_or_none),
      flag_key("tls", &Gateway::tls),
  };
  return keys;
}

template <>
const std::vector<Key<Server>>& keys_of<Server>() {
  static const std::vector<Key<Server>> keys = {
      text_key("user", &Server::user),
      needed(text_key("group", &Server::group)),
      needed(text_key("run", &Server::run, refuse_path)),
      list_key("args", &Server::args, refuse_argument),
      number_key("min", &Server::min, 0, kServersOfNameMax),
      raisable_key("max", &Server::max, 0, kServersOfNameMax),
      flag_key("restart", &Server::restart),
      choice_key("place", &Server::place, {"root", "each"}),
      flag_key("backup", &Server::backup),
      ready_key(),
  };
  return keys;
}

template <>
const std::vector<Key<Resource>>& keys_of<Resource>() {
  static const std::vector<Key<Resource>> keys = {
      needed(text_key("group", &Resource::group)),
      needed(script_key("script", &Resource::script)),
      list_key("args", &Resource::args, refuse_argument),
      text_key("pubnet", &Resource::pubnet),
      flag_key("critical", &Resource::critical),
      number_key("retry_cnt", &Resource::retry_cnt, 0, kConfigCountMax),
      seconds_key("startup_timeout", &Resource::startup_timeout, kNone, kLongest),
      seconds_key("reply_timeout", &Resource::reply_timeout, kNone, kLongest),
      seconds_key("interval", &Resource::interval, kShortest, kLongest),
      number_key("max_fail", &Resource::max_fail, 1, kConfigCountMax),
      seconds_key("cm_probe_timeout", &Resource::cm_probe_timeout, kNone, kLongest),
      flag_key("use_cm", &Resource::use_cm),
      port_key("listener_port", &Resource::listener_port),
      number_key("log_level", &Resource::log_level, 0, kConfigCountMax),
      text_key("log_dir", &Resource::log_dir, refuse_path_or_none),
      text_key("log_backup_dir", &Resource::log_backup_dir, refuse_path_or_none),
  };
  return keys;
}

}  // namespace hw::cluster

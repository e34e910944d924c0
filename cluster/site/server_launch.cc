#include "cluster/site/server_launch.h"

#include <netdb.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <memory>

#include "cluster/keeper/run_as.h"
#include "engine/base/text.h"

namespace hw::cluster {
namespace {

void add_words(std::vector<std::string>& arguments, std::string_view text) {
  for (std::string& word : words_of(text)) arguments.push_back(std::move(word));
}

std::string log_of(std::string_view server) { return fmt::format("-log={}.log", file_name_of(server)); }

std::string_view role_word(bool as_root) { return as_root ? "-rootprimary" : "-propagateprimary"; }

/// A secondary that is being started or rolled back is there within a moment, and a change of root waits for it: ten
/// tries a second for 5 s before the slow ones. The configuration may say it otherwise.
constexpr std::string_view kConnect = "-connectparams=50,100";

bool says_how_to_connect(std::string_view options) {
  const std::vector<std::string> words = words_of(options);
  return std::ranges::any_of(words,
                             [](const std::string& word) { return equals_ignoring_case(word.substr(0, 4), "-con"); });
}

ServerMachine::Config rules_of(const InstancePlace& place) {
  ServerMachine::Config rules;
  rules.failures_max = static_cast<unsigned>(place.node->agent.max_fail);
  rules.stop = place.node->agent.stop;
  return rules;
}

ReadyRule rule_of(Ready ready) {
  switch (ready) {
    case Ready::Alive:
      return ReadyRule::Alive;
    case Ready::Notify:
      return ReadyRule::Notify;
    case Ready::Port:
      return ReadyRule::Port;
    case Ready::Exit0:
      return ReadyRule::Exit0;
  }
  return ReadyRule::Alive;
}

/// This host's addresses as numbers: the loopback ones, and those of the node's name.
std::vector<std::string> addresses_of(const std::string& host) {
  std::vector<std::string> out = {"127.0.0.1", "::1"};
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  if (::getaddrinfo(host.c_str(), nullptr, &hints, &found) != 0) return out;
  const std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)> list(found, &::freeaddrinfo);
  for (const addrinfo* one = list.get(); one != nullptr; one = one->ai_next) {
    std::array<char, NI_MAXHOST> number{};
    if (::getnameinfo(one->ai_addr, one->ai_addrlen, number.data(), number.size(), nullptr, 0, NI_NUMERICHOST) == 0)
      out.emplace_back(number.data());
  }
  return out;
}

}  // namespace

std::string_view name_behind_kind(std::string_view server) {
  const std::size_t colon = server.find(':');
  return colon == std::string_view::npos ? std::string_view() : server.substr(colon + 1);
}

std::vector<std::string> words_of(std::string_view text) {
  std::vector<std::string> out;
  bool in_word = false, in_quotes = false;
  for (const char letter : text) {
    if (!in_quotes && (letter == ' ' || letter == '\t')) {
      in_word = false;
      continue;
    }
    if (!in_word) out.emplace_back();
    in_word = true;
    if (letter == '"') {
      in_quotes = !in_quotes;
    } else {
      out.back() += letter;
    }
  }
  return out;
}

Result<std::string> receiver_address(const InstancePlace& place, std::string_view instance) {
  const Instance* const other = place.domain->instance(instance);
  if (other == nullptr) return make_error<MsgId::HWCFGBAD>(instance, "no such instance");
  const Node* const node = place.domain->node(other->node);
  if (node == nullptr || other->listen == 0)
    return make_error<MsgId::HWCFGBAD>(instance, "its receiver has no address");
  return Endpoint{node->address, other->listen}.text();
}

Result<std::vector<std::string>> source_start_arguments(const InstancePlace& place, std::string_view secondary,
                                                        const EngineStart& how) {
  std::vector<std::string> arguments = {"replicate", "-source", "-start", fmt::format("-instsecondary={}", secondary)};
  if (how.passive) {
    arguments.emplace_back("-passive");
  } else {
    HW_TRY(const std::string address, receiver_address(place, secondary));
    arguments.push_back("-secondary=" + address);
  }
  arguments.push_back(log_of(fmt::format("source:{}", secondary)));
  arguments.emplace_back(role_word(how.as_root));
  if (how.refresh_port && place.instance->refresh_port != 0)
    arguments.push_back(fmt::format("-refreshport={}", place.instance->refresh_port));
  if (!says_how_to_connect(place.instance->source_options) && !says_how_to_connect(how.options))
    arguments.emplace_back(kConnect);
  add_words(arguments, place.instance->source_options);
  add_words(arguments, how.options);
  return arguments;
}

Result<std::vector<std::string>> source_activate_arguments(const InstancePlace& place, std::string_view secondary,
                                                           bool as_root) {
  HW_TRY(const std::string address, receiver_address(place, secondary));
  return std::vector<std::string>{"replicate",
                                  "-source",
                                  "-activate",
                                  fmt::format("-instsecondary={}", secondary),
                                  "-secondary=" + address,
                                  log_of(fmt::format("source:{}", secondary)),
                                  std::string(role_word(as_root))};
}

std::vector<std::string> receiver_start_arguments(const InstancePlace& place, const EngineStart& how) {
  std::vector<std::string> arguments = {"replicate",
                                        "-receiver",
                                        "-start",
                                        fmt::format("-listenport={}", place.instance->listen),
                                        log_of("receiver:" + place.instance->name),
                                        "-autorollback"};
  if (how.update_resync) arguments.emplace_back("-updateresync");
  add_words(arguments, place.instance->receiver_options);
  add_words(arguments, how.options);
  return arguments;
}

ServerKey key_of(const ServerRef& server) { return {server.group, server.name, server.copy}; }

ServerSpec engine_spec(const InstancePlace& place, const ServerRef& server) {
  ServerSpec spec;
  spec.key = key_of(server);
  spec.rules = rules_of(place);
  spec.rules.ready = ReadyRule::Notify;  // Which nothing but is_ready() fulfils of a server that the agent launches.
  spec.agent_launches = true;
  return spec;
}

Result<ServerSpec> application_spec(const InstancePlace& place, const ServerRef& server, std::string_view options) {
  const Server* const configured = place.domain->server(server.name);
  if (configured == nullptr || configured->group != place.group->name)
    return make_error<MsgId::HWCFGBAD>(server.name, fmt::format("no such server of {}", place.group->name));
  ServerSpec spec;
  spec.key = key_of(server);
  spec.rules = rules_of(place);
  spec.rules.ready = rule_of(configured->ready);
  spec.rules.restart = configured->restart;
  if (configured->ready == Ready::Port) {
    spec.port_addresses = addresses_of(place.node->address);
    spec.port = configured->ready_port;
  }
  spec.what.program = configured->run;
  spec.what.arguments = configured->args;
  add_words(spec.what.arguments, options);
  spec.what.variables = variables_of(place);
  spec.what.folder = place.instance->dir;
  spec.what.umask = place.umask;
  HW_TRY(spec.what.user, user_of_server(server.name, place.instance->dir, configured->user));
  return spec;
}

}  // namespace hw::cluster

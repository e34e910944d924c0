/// cluster/agent/agent_options.h -- what `hwd` is told: command line, ini file, environment, in this order.
///
/// What the configuration says comes after all three; what is not said here is empty. Source: operations, section 3.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "cluster/config/domain.h"
#include "cluster/link/credentials.h"
#include "engine/base/result.h"

namespace hw::cluster {

struct AgentOptions {
  bool help = false;
  bool version = false;
  bool debug = false;                       ///< -d: in the foreground, with a debug log
  bool passive = false;                     ///< -k
  std::optional<std::uint64_t> generation;  ///< -f
  std::string umask;                        ///< -P, octal digits; empty: as configured
  std::optional<Milliseconds> wait;         ///< -t; negative: for ever; never 0
  std::string node;
  std::string dir;   ///< absolute
  std::string home;  ///< programs are in home/bin
  std::optional<std::uint16_t> port;
  std::string address = "127.0.0.1";  ///< where it listens before it has a configuration
  LinkSecurity security;              ///< of the environment; Mode::None: as configured
};

/// What of the host the defaults come from.
struct HostFacts {
  std::string short_name;
  std::string home;  ///< the folder above that of hwd
};
/// Errors: SYSCALL.
Result<HostFacts> host_facts();

/// A variable of the environment; empty: it is not set.
using Environment = std::function<std::string(const std::string& name)>;
/// This process's.
std::string environment_variable(const std::string& name);

/// `arguments` are those after the program's name. Errors: CLIERR: the command line; HWBADWAIT, HWNOLABEL, HWPORTDUP,
/// HWNOSDP, HWNOSTART: the rest. Blocks: reads the ini file.
Result<AgentOptions> read_agent_options(const std::vector<std::string>& arguments, const Environment& environment,
                                        const HostFacts& host);

/// What -h prints.
std::string agent_usage();

}  // namespace hw::cluster

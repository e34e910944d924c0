/// cluster/site/server_launch.h -- command lines of engine servers, and what the keeper is told of servers. Pure.
///
/// A source or receiver server is a daemon that `mupip replicate … -start` makes; that command ends with status 0 when
/// the server runs. Its log is SERVER.log in the instance's folder, `:` as `.`: source.B.log.
/// Source: operations, section 4; docs/operations/processes.md.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "cluster/jobs/site.h"
#include "cluster/keeper/keeper.h"
#include "cluster/site/instance_place.h"

namespace hw::cluster {

/// How a source or receiver server is started.
struct EngineStart {
  bool as_root = false;        ///< source server: -rootprimary, else -propagateprimary
  bool passive = false;        ///< source server
  bool refresh_port = false;   ///< source server: takes the instance's refresh port, which one of them can have
  bool update_resync = false;  ///< receiver
  std::string options = {};    ///< boot -o
};

/// The part after the colon: B of `source:B`. Empty when there is none.
std::string_view name_behind_kind(std::string_view server);

/// Words of a text at blanks; what is in double quotes is one word, without them.
std::vector<std::string> words_of(std::string_view text);

/// `HOST:PORT` where another instance's receiver listens, [HOST] for IPv6. Errors: HWCFGBAD.
Result<std::string> receiver_address(const InstancePlace& place, std::string_view instance);

/// Arguments of mupip. Errors: HWCFGBAD when the secondary has no address in the configuration.
Result<std::vector<std::string>> source_start_arguments(const InstancePlace& place, std::string_view secondary,
                                                        const EngineStart& how);
/// A passive source server becomes an active one.
Result<std::vector<std::string>> source_activate_arguments(const InstancePlace& place, std::string_view secondary,
                                                           bool as_root);
std::vector<std::string> receiver_start_arguments(const InstancePlace& place, const EngineStart& how);

ServerKey key_of(const ServerRef& server);

/// A source or receiver server: the agent launches it, and says when it is READY.
ServerSpec engine_spec(const InstancePlace& place, const ServerRef& server);
/// An application server. `options` go after its arguments.
/// Errors: HWCFGBAD when there is none of that name; those of user_of_server. Blocks: as the lists of users, and of
/// hosts with a port to be tried, do.
Result<ServerSpec> application_spec(const InstancePlace& place, const ServerRef& server, std::string_view options);

}  // namespace hw::cluster

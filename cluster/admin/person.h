/// cluster/admin/person.h -- who types, and as what: user, host, environment, the program's own file.
#pragma once

#include <string>

#include "cluster/admin/session.h"

namespace hw::cluster::hwadm {

/// A user without a name has the number as name; a host without one is `localhost`.
Person this_person();

/// Empty when the variable is not set.
std::string environment_text(const char* name);

/// The file that runs, links followed; where the system does not tell, `argv0`.
std::string own_program(const std::string& argv0);

/// `argv0` without its folder.
std::string called_name(const std::string& argv0);

}  // namespace hw::cluster::hwadm

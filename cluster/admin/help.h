/// cluster/admin/help.h -- what -h prints, and docs/operations/commands.md: both made of the command table.
#pragma once

#include <string>

#include "cluster/admin/command.h"

namespace hw::cluster::hwadm {

/// A line a command.
std::string help_overview();
std::string help_of(const Command& command);
/// The whole page; test/unit/cluster_admin/commands_page_test.cc holds the file to it.
std::string commands_page();

}  // namespace hw::cluster::hwadm

/// cluster/admin/selection.h -- which servers a line of boot or down is about.
#pragma once

#include "cluster/admin/command_line.h"
#include "cluster/plan/commands.h"

namespace hw::cluster::hwadm {

/// -A, -T, -g, -n, -l, -s with -k, -S, -q, -B. Errors: CLIERR.
Result<Selection> selection_of(const CommandLine& line);

/// -k all.
bool is_all(const CommandLine& line);

}  // namespace hw::cluster::hwadm

/// cluster/agent/config_use.h -- which change of a configuration touches what runs: `config apply` refuses it
/// (HWCFGRUN). Pure.
///
/// Source: operations, section 2.
#pragma once

#include <string>

#include "cluster/board/board.h"
#include "cluster/config/difference.h"

namespace hw::cluster {

/// The key or object that HWCFGRUN names: the first change that is no addition and acts on a server or instance that
/// runs, or is wanted; empty: there is none.
std::string first_in_use(const Difference& difference, const Board& board);

}  // namespace hw::cluster

/// cluster/config/written_diff.h -- what `config diff` prints: the keys in which two texts differ.
#pragma once

#include <string>
#include <vector>

#include "cluster/config/toml_text.h"

namespace hw::cluster {

/// Lines `- key = value` of what `from` has and `to` has not, `+ key = value` of the reverse; keys as `node.n1.port`,
/// sorted, of one key the `-` first. Comments, order of tables and keys, 3 or 3.0 are no difference. Empty when equal.
std::vector<std::string> written_diff(const TomlTable& from, const TomlTable& to);

}  // namespace hw::cluster

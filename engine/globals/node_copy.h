/// engine/globals/node_copy.h -- a node with a value, in memory of its own.
#pragma once

#include <string>

namespace hw {

struct NodeCopy {
  std::string key;  ///< encoded (engine/globals/key.h)
  std::string value;
};

}  // namespace hw

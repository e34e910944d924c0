/// cluster/admin/console.h -- the streams of hwadm; tests put their own here.
#pragma once

#include <iosfwd>

namespace hw::cluster::hwadm {

struct Console {
  std::istream& in;
  std::ostream& out;
  std::ostream& err;
  bool in_is_terminal = false;
};

}  // namespace hw::cluster::hwadm

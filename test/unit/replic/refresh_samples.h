/// One message of every type of a refresh, with every field set: for golden bytes, round trips and the fuzzer's corpus.
#pragma once

#include <vector>

#include "replic/refresh/refresh_wire.h"

namespace hw::test {

/// The Piece points at a literal.
inline std::vector<RefreshMessage> refresh_samples() {
  using namespace refresh;
  return {Ask{"INSTB", "Headwater 0.1.0", {"DEFAULT", "XREG"}},
          Offer{"INSTA", "Headwater 0.1.0", InstanceRole::Propagating, Seqno{258}, {"DEFAULT", "XREG"}},
          Begin{},
          Working{},
          Contents{Seqno{259}, 12288, {{"DEFAULT", true, 1048576}, {"XREG", false, 65536}}},
          Piece{as_bytes("some bytes of a file")},
          End{1126400, 0x0102030405060708},
          Taken{},
          Refusal{"try again later"}};
}

}  // namespace hw::test

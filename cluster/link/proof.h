/// cluster/link/proof.h -- HMAC-SHA-256, and what both ends of a connection make of their key. Pure.
///
/// The key itself never leaves the process, and nothing is made of it alone: both ends' numbers, which are used once,
/// and all that was said before are in every proof and every session key.
#pragma once

#include <array>
#include <cstddef>
#include <string_view>

#include "engine/base/bytes.h"

namespace hw::cluster {

using Digest = std::array<std::byte, 32>;

Digest sha256(Bytes data);
Digest hmac_sha256(Bytes key, Bytes data);
/// Takes as long for bytes that differ as for those that do not. Of different sizes: false at once.
bool same_bytes(Bytes one, Bytes other);

/// What seals the frames of either direction.
struct SessionKeys {
  Digest from_caller{};
  Digest from_agent{};
};

struct SessionProofs {
  Digest caller{};  ///< that the caller has the key
  Digest agent{};   ///< that the agent has it
  SessionKeys keys;
};

/// `key` may be empty, where the channel has proven who both are: the seal is then a checksum. `hello` and `challenge`
/// are the bodies of these two frames as they went over the wire.
SessionProofs session_proofs(std::string_view key, Bytes hello, Bytes challenge);

/// A number that nobody has used before, from the kernel.
std::array<std::byte, 32> fresh_nonce();

}  // namespace hw::cluster

#include "cluster/link/proof.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <string>

namespace hw::cluster {
namespace {

std::string hex(const Digest& digest) {
  std::string out;
  for (const std::byte each : digest) out += fmt::format("{:02x}", static_cast<unsigned>(each));
  return out;
}

// RFC 6234 and RFC 4231, test cases 1, 2 and 6.
TEST(Proof, DigestsAreThoseOfTheStandards) {
  EXPECT_EQ(hex(sha256(as_bytes("abc"))), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_EQ(hex(hmac_sha256(as_bytes(std::string(20, '\x0b')), as_bytes("Hi There"))),
            "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7");
  EXPECT_EQ(hex(hmac_sha256(as_bytes("Jefe"), as_bytes("what do ya want for nothing?"))),
            "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
  EXPECT_EQ(hex(hmac_sha256(as_bytes(std::string(131, '\xaa')),
                            as_bytes("Test Using Larger Than Block-Size Key - Hash Key First"))),
            "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54");
}

TEST(Proof, AnEmptyKeyIsAKey) {
  EXPECT_EQ(hex(hmac_sha256({}, {})), "b613679a0814d9ec772f95d778c35fc5ff1697c493715653c6c712144292c5ad");
}

TEST(Proof, EveryProofAndKeyIsAnotherOne) {
  const SessionProofs made = session_proofs("key", as_bytes("hello"), as_bytes("challenge"));
  const std::vector<std::string> all{hex(made.caller), hex(made.agent), hex(made.keys.from_caller),
                                     hex(made.keys.from_agent)};
  for (std::size_t i = 0; i < all.size(); ++i)
    for (std::size_t j = 0; j < i; ++j) EXPECT_NE(all[i], all[j]);
}

TEST(Proof, WhatWasSaidCannotBeMovedFromOneFrameToTheOther) {
  EXPECT_NE(session_proofs("key", as_bytes("ab"), as_bytes("c")).caller,
            session_proofs("key", as_bytes("a"), as_bytes("bc")).caller);
}

TEST(Proof, NoncesDiffer) { EXPECT_NE(fresh_nonce(), fresh_nonce()); }

TEST(Proof, SameBytesAreOfTheSameSize) {
  EXPECT_TRUE(same_bytes(as_bytes("ab"), as_bytes("ab")));
  EXPECT_FALSE(same_bytes(as_bytes("ab"), as_bytes("ac")));
  EXPECT_FALSE(same_bytes(as_bytes("ab"), as_bytes("abc")));
}

}  // namespace
}  // namespace hw::cluster

#include "cluster/link/proof.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/rand.h>

#include <string>

#include "engine/base/check.h"

namespace hw::cluster {
namespace {

const unsigned char* data_of(Bytes bytes) { return reinterpret_cast<const unsigned char*>(bytes.data()); }
unsigned char* data_of(Digest& digest) { return reinterpret_cast<unsigned char*>(digest.data()); }

}  // namespace

Digest sha256(Bytes data) {
  Digest out{};
  unsigned int bytes = 0;
  // Fails without memory only.
  HW_CHECK(EVP_Digest(data.data(), data.size(), data_of(out), &bytes, EVP_sha256(), nullptr) == 1);
  HW_CHECK_EQ(std::size_t{bytes}, out.size());
  return out;
}

Digest hmac_sha256(Bytes key, Bytes data) {
  Digest out{};
  unsigned int bytes = 0;
  const unsigned char no_key = 0;
  const unsigned char* const key_at = key.empty() ? &no_key : data_of(key);
  // Fails without memory only.
  HW_CHECK(HMAC(EVP_sha256(), key_at, static_cast<int>(key.size()), data_of(data), data.size(), data_of(out), &bytes) !=
           nullptr);
  HW_CHECK_EQ(std::size_t{bytes}, out.size());
  return out;
}

bool same_bytes(Bytes one, Bytes other) {
  return one.size() == other.size() && CRYPTO_memcmp(one.data(), other.data(), one.size()) == 0;
}

SessionProofs session_proofs(std::string_view key, Bytes hello, Bytes challenge) {
  // With their lengths, so that no byte of one can be taken for one of the other.
  std::string said;
  append_le<std::uint64_t>(said, hello.size());
  said += as_text(hello);
  append_le<std::uint64_t>(said, challenge.size());
  said += as_text(challenge);
  const Digest both = sha256(as_bytes(said));
  const auto made_for = [&](std::string_view purpose) {
    std::string text = "headwater agent link 1: ";
    text += purpose;
    text += as_text(both);
    return hmac_sha256(as_bytes(key), as_bytes(text));
  };
  SessionProofs out;
  out.caller = made_for("proof of the caller");
  out.agent = made_for("proof of the agent");
  out.keys.from_caller = made_for("seal of the caller");
  out.keys.from_agent = made_for("seal of the agent");
  return out;
}

std::array<std::byte, 32> fresh_nonce() {
  std::array<std::byte, 32> out{};
  // A machine that has no random numbers cannot speak safely.
  HW_CHECK(RAND_bytes(data_of(out), static_cast<int>(out.size())) == 1);
  return out;
}

}  // namespace hw::cluster

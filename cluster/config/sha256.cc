#include "cluster/config/sha256.h"

#include <fmt/format.h>
#include <openssl/evp.h>

#include <array>

#include "engine/base/check.h"

namespace hw::cluster {

std::string sha256(std::string_view text) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned bytes = 0;
  // Fails for want of memory alone.
  HW_CHECK(EVP_Digest(text.data(), text.size(), digest.data(), &bytes, EVP_sha256(), nullptr) == 1);
  std::string out;
  for (unsigned i = 0; i < bytes; ++i) out += fmt::format("{:02x}", digest[i]);
  return out;
}

}  // namespace hw::cluster

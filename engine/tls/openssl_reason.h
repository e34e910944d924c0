/// engine/tls/openssl_reason.h -- what OpenSSL says about its last failure in this thread.
#pragma once

#include <string>

namespace hw {

/// Leaves nothing behind for those who ask next.
std::string openssl_reason();

}  // namespace hw

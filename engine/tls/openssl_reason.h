/// engine/tls/openssl_reason.h -- what OpenSSL says about its last failure in this thread.
#pragma once

#include <string>

namespace hw {

/// Leaves no error for the next who asks.
std::string openssl_reason();

}  // namespace hw

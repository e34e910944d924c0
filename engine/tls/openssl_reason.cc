#include "engine/tls/openssl_reason.h"

#include <openssl/err.h>

#include <cstring>

namespace hw {

std::string openssl_reason() {
  const unsigned long code = ERR_get_error();  // The first: later ones say where it came up, as `system lib`.
  ERR_clear_error();
  if (ERR_SYSTEM_ERROR(code)) return std::strerror(ERR_GET_REASON(code));
  const char* const reason = ERR_reason_error_string(code);
  return reason == nullptr ? "cannot be used" : reason;
}

}  // namespace hw

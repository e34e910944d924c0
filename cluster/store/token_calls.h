/// cluster/store/token_calls.h -- a user's name and password against a token; and what etcd says when it refuses
/// something. Pure.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "cluster/store/decoded.h"

namespace hw::cluster::store {

inline constexpr std::string_view kAuthenticatePath = "/v3/auth/authenticate";

std::string encode_authenticate(std::string_view user, std::string_view password);

/// A token that can be in a field of a request: 1 to kStoreTokenBytesMax bytes of graphic ASCII.
Decoded<std::string> decode_authenticate(std::string_view body);

/// An answer other than 200.
struct Refusal {
  std::uint64_t code = 0;  ///< of gRPC; 0: not said
  std::string reason;      ///< graphic ASCII, at most kStoreReasonBytesMax bytes; may be empty
};
inline constexpr std::uint64_t kCodeNotFound = 5;     ///< a lease that is gone
inline constexpr std::uint64_t kCodeOutOfRange = 11;  ///< compacted already

/// Any bytes.
Refusal refusal_of(std::string_view body);

/// The request was not carried out, because of its token: with a new one it may be sent again.
bool wants_new_token(unsigned status, const Refusal& refusal);

}  // namespace hw::cluster::store

/// cluster/store/lease_calls.h -- etcd's own leases: what is asked, and what it answers. Pure.
///
/// They serve the liveness of nodes only; who is root is another matter (cluster/lease).
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "cluster/store/decoded.h"

namespace hw::cluster::store {

inline constexpr std::string_view kGrantPath = "/v3/lease/grant";
inline constexpr std::string_view kKeepAlivePath = "/v3/lease/keepalive";
inline constexpr std::string_view kRevokePath = "/v3/lease/revoke";

std::string encode_grant(std::uint64_t ttl_s);
std::string encode_keep_alive(std::uint64_t lease);
std::string encode_revoke(std::uint64_t lease);

/// The new lease; never 0.
Decoded<std::uint64_t> decode_grant(std::string_view body);
/// Seconds that it lives on; 0: there is no such lease any more.
Decoded<std::uint64_t> decode_keep_alive(std::string_view body);

}  // namespace hw::cluster::store

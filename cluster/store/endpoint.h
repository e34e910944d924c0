/// cluster/store/endpoint.h -- where a member of the store is. Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "cluster/config/domain.h"

namespace hw::cluster::store {

struct StoreEndpoint {
  bool secure = false;  ///< https
  Endpoint at;
  friend bool operator==(const StoreEndpoint&, const StoreEndpoint&) = default;
};

/// Of `http://HOST:PORT`, `https://HOST:PORT`; none for anything else.
std::optional<StoreEndpoint> endpoint_of(std::string_view url);

/// As URL: how messages call a member.
std::string text_of(const StoreEndpoint& endpoint);

}  // namespace hw::cluster::store

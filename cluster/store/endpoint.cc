#include "cluster/store/endpoint.h"

#include "cluster/config/names.h"

namespace hw::cluster::store {

std::optional<StoreEndpoint> endpoint_of(std::string_view url) {
  bool secure = false;
  auto found = parse_url(url, secure);
  if (!found.has_value()) return std::nullopt;
  return StoreEndpoint{secure, *std::move(found)};
}

std::string text_of(const StoreEndpoint& endpoint) {
  return (endpoint.secure ? "https://" : "http://") + endpoint.at.text();
}

}  // namespace hw::cluster::store

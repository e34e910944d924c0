#include "cluster/store/keys.h"

#include "engine/base/check.h"

namespace hw::cluster::store {

StoreKeys::StoreKeys(std::string_view prefix, std::string_view domain) : all_(prefix) {
  while (all_.ends_with('/')) all_.pop_back();
  all_.append("/").append(domain).append("/");
}

std::string StoreKeys::record(std::string_view group) const { return records().append(group); }

std::string StoreKeys::try_key(std::string_view group, std::string_view member) const {
  return (all_ + "try/").append(group).append("/").append(member);
}

std::string StoreKeys::node(std::string_view node) const { return nodes().append(node); }

std::string end_of(std::string_view prefix) {
  HW_CHECK(prefix.ends_with('/'));
  std::string out(prefix);
  ++out.back();
  return out;
}

std::optional<std::string> name_in(std::string_view key, std::string_view prefix) {
  if (!key.starts_with(prefix)) return std::nullopt;
  key.remove_prefix(prefix.size());
  if (key.empty() || key.find('/') != key.npos) return std::nullopt;
  return std::string(key);
}

}  // namespace hw::cluster::store

#include "cluster/store/lease_calls.h"

#include "cluster/store/answer_fields.h"

namespace hw::cluster::store {
namespace {

std::string one_number(const char* key, std::uint64_t number) {
  Json out;
  out[key] = std::to_string(number);
  return dump(out);
}

}  // namespace

std::string encode_grant(std::uint64_t ttl_s) { return one_number("TTL", ttl_s); }
std::string encode_keep_alive(std::uint64_t lease) { return one_number("ID", lease); }
std::string encode_revoke(std::uint64_t lease) { return one_number("ID", lease); }

Decoded<std::uint64_t> decode_grant(std::string_view body) {
  HW_DECODE(const Json json, answer_object(body));
  HW_DECODE(const std::uint64_t lease, number_at(json, "ID"));
  if (lease == 0) return tl::unexpected(std::string("no lease"));
  return lease;
}

Decoded<std::uint64_t> decode_keep_alive(std::string_view body) {
  HW_DECODE(const Json json, result_object(body));
  // What has no header is something else than a lease that is over.
  HW_DECODE([[maybe_unused]] const std::uint64_t revision, revision_of(json));
  return number_at(json, "TTL");
}

}  // namespace hw::cluster::store

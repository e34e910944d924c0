#include "cluster/store/token_calls.h"

#include <algorithm>

#include "cluster/store/answer_fields.h"
#include "engine/base/limits.h"

namespace hw::cluster::store {
namespace {

constexpr unsigned kUnauthorized = 401;
constexpr std::uint64_t kCodeInvalidArgument = 3;

bool is_graphic(char c) { return c > ' ' && c < '\x7f'; }

std::string shown(std::string_view text) {
  std::string out(text.substr(0, kStoreReasonBytesMax));
  std::ranges::replace_if(
      out, [](char c) { return c != ' ' && !is_graphic(c); }, '?');
  return out;
}

}  // namespace

std::string encode_authenticate(std::string_view user, std::string_view password) {
  Json out;
  out["name"] = user;
  out["password"] = password;
  return dump(out);
}

Decoded<std::string> decode_authenticate(std::string_view body) {
  HW_DECODE(const Json json, answer_object(body));
  const auto token = json.find("token");
  if (token == json.end() || !token->is_string()) return tl::unexpected(std::string("no token"));
  const auto& text = token->get_ref<const std::string&>();
  if (text.empty() || text.size() > kStoreTokenBytesMax || !std::ranges::all_of(text, is_graphic))
    return tl::unexpected(std::string("a token that no request can have"));
  return text;
}

Refusal refusal_of(std::string_view body) {
  Refusal out;
  const auto json = answer_object(body);
  if (!json.has_value()) {
    out.reason = shown(body.substr(0, body.find_first_of("\r\n")));
    return out;
  }
  out.code = number_at(*json, "code").value_or(0);
  for (const char* const key : {"message", "error"}) {
    const auto found = json->find(key);
    if (found == json->end() || !found->is_string()) continue;
    out.reason = shown(found->get_ref<const std::string&>());
    break;
  }
  return out;
}

bool wants_new_token(unsigned status, const Refusal& refusal) {
  if (status == kUnauthorized) return true;
  // The store's users or roles have changed since the token was given.
  return refusal.code == kCodeInvalidArgument &&
         refusal.reason.find("revision of auth store is old") != std::string::npos;
}

}  // namespace hw::cluster::store

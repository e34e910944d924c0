/// cluster/agent/lease_confirm.h -- a root without store asks another member's agent whether it leaves it in its place.
///
///   verb `lease.confirm`, {"group":"acct","to":"B","from":"A","run":…,"number":…,"epoch":41}
///   answer {"yes":true,"known_epoch":41}
///
/// Pure. Source: operations, section 9.
#pragma once

#include <string>
#include <string_view>

#include "cluster/lease/events.h"
#include "engine/base/result.h"

namespace hw::cluster {

inline constexpr std::string_view kConfirmVerb = "lease.confirm";

struct ConfirmQuestion {
  std::string group;
  std::string to;
  std::string from;
  lease::RoundId round;
  std::uint64_t epoch = 0;
};
struct ConfirmAnswer {
  bool yes = false;
  std::uint64_t known_epoch = 0;
};

std::string encode_question(const ConfirmQuestion& question);
std::string encode_confirm(const ConfirmAnswer& answer);
/// Any bytes. Errors: HWBOARDBAD.
Result<ConfirmQuestion> decode_question(std::string_view text);
Result<ConfirmAnswer> decode_confirm(std::string_view text);

}  // namespace hw::cluster

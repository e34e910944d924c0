/// cluster/site/site_calls.h -- the calls of Site between agents: one JSON object there, one back.
///
///   request  verb `site.NAME`; body {"format":1,"timeout_ms":N,"arguments":{…}}; N absent: no limit
///   answer   {"format":1,"result":{…}} or {"format":1,"error":{"code","severity","text","errno","more":[…]}}
///
/// Keys are the members' names; a member that is missing has its default. The reader refuses what it does not know, and
/// values of another type or out of range.
#pragma once

#include <string>
#include <string_view>

#include "cluster/jobs/site.h"

namespace hw::cluster {

/// The beginning of all verbs of this room.
inline constexpr std::string_view kSiteVerbs = "site.";
inline bool is_site_verb(std::string_view verb) { return verb.starts_with(kSiteVerbs); }

/// Does what is asked at `site` and returns the answer, the last piece of it; what is wrong with the request is an
/// answer, too. `deadline` is this agent's own limit; the caller's, in the request, counts when it is earlier.
/// Blocks: until then. Not in a thread that must not be held up (the link's, the keeper's). Thread: any.
std::string answer_site_call(Site& site, std::string_view verb, std::string_view body, Deadline deadline);

}  // namespace hw::cluster

#include "cluster/site/site_calls.h"

#include <algorithm>
#include <utility>

#include "cluster/site/site_codec.h"

namespace hw::cluster {
namespace {

// ---- what comes back, as JSON ----

Result<Json> json_of_outcome(std::uint64_t number) { return JsonWriter::to_json(NumberFields{number}); }

Result<Json> json_of_outcome(const CheckReport& report) {
  CheckReportFields fields{report.running_generation, report.release, {}};
  for (const CheckFinding& finding : report.findings)
    fields.findings.push_back({finding.what, finding.fault ? std::optional(fields_of(*finding.fault)) : std::nullopt});
  return JsonWriter::to_json(fields);
}

Result<Json> json_of_outcome(const RejoinOutcome& outcome) {
  RejoinFields fields{outcome.count, outcome.first, outcome.last, {}};
  HW_TRY(fields.lost, pack_text(outcome.lost_text, "Lost transactions"));
  return JsonWriter::to_json(fields);
}

Result<Json> json_of_outcome(const std::string& text) {
  TextFields fields;
  HW_TRY(fields.text, pack_text(text, "Receipt"));
  return JsonWriter::to_json(fields);
}

Result<Json> json_of_outcome(const std::vector<LostNode>& nodes) { return JsonWriter::to_json(LostNodesFields{nodes}); }

template <typename Outcome>
Result<Json> json_of_outcome(const Outcome& outcome) {
  return JsonWriter::to_json(outcome);
}

template <typename Outcome>
std::string answer_of(const Result<Outcome>& outcome) {
  if (!outcome.has_value()) return error_body(outcome.error());
  const Result<Json> json = json_of_outcome(*outcome);
  return json.has_value() ? answer_body(*json) : error_body(json.error());
}
std::string answer_of(const Status& outcome) {
  return outcome.has_value() ? answer_body(Json::object()) : error_body(outcome.error());
}

// ---- the calls ----

struct Asked {
  Site& site;
  const Json& body;
  Deadline deadline;
};

Error bad_request(const Asked& asked, const std::string& why) {
  return make_error<MsgId::HWREMOTE>(asked.site.node(), "request not understood: " + why);
}

/// Reads the arguments and does the work.
template <typename Arguments, typename Work>
std::string done(const Asked& asked, const Work& work) {
  Arguments arguments;
  if (const auto fault = read_part(asked.body, "arguments", arguments)) return error_body(bad_request(asked, *fault));
  return answer_of(work(arguments));
}

using InstanceCall = Status (Site::*)(const std::string&, Deadline);
template <InstanceCall Call>
std::string of_instance(const Asked& asked) {
  return done<InstanceFields>(asked, [&](const auto& a) { return (asked.site.*Call)(a.instance, asked.deadline); });
}
using NumberCall = Status (Site::*)(const std::string&, std::uint64_t, Deadline);
template <NumberCall Call>
std::string of_instance_and_number(const Asked& asked) {
  return done<NumberOfInstanceFields>(
      asked, [&](const auto& a) { return (asked.site.*Call)(a.instance, a.number, asked.deadline); });
}

std::string check(const Asked& asked) {
  return done<CheckRequest>(asked, [&](const auto& a) { return asked.site.check(a, asked.deadline); });
}
std::string position(const Asked& asked) {
  return done<InstanceFields>(asked, [&](const auto& a) { return asked.site.position(a.instance, asked.deadline); });
}
std::string start(const Asked& asked) {
  return done<StartRequest>(asked, [&](const auto& a) { return asked.site.start(a, asked.deadline); });
}
std::string stop(const Asked& asked) {
  return done<StopFields>(asked, [&](const auto& a) { return asked.site.stop(a.server, a.how, asked.deadline); });
}
std::string note_generation(const Asked& asked) {
  return done<NumberFields>(asked, [&](const auto& a) { return asked.site.note_generation(a.number, asked.deadline); });
}
std::string stop_updates(const Asked& asked) {
  return done<InstanceFields>(asked,
                              [&](const auto& a) { return asked.site.stop_updates(a.instance, asked.deadline); });
}
std::string lease(const Asked& asked) {
  return done<LeaseRequest>(asked, [&](const auto& a) { return asked.site.lease(a, asked.deadline); });
}
std::string rejoin(const Asked& asked) {
  return done<RejoinRequest>(asked, [&](const auto& a) { return asked.site.rejoin(a, asked.deadline); });
}
std::string refresh(const Asked& asked) {
  return done<RefreshRequest>(asked, [&](const auto& a) { return asked.site.refresh(a, asked.deadline); });
}
std::string put_receipt(const Asked& asked) {
  return done<ReceiptFields>(asked, [&](const auto& a) -> Status {
    HW_TRY(const std::string lost, unpack_text(a.lost, asked.site.node()));
    return asked.site.put_receipt(a.receipt, lost, asked.deadline);
  });
}
std::string receipt_text(const Asked& asked) {
  return done<IdFields>(asked, [&](const auto& a) { return asked.site.receipt_text(a.id, asked.deadline); });
}
std::string apply_receipt(const Asked& asked) {
  return done<IdFields>(asked, [&](const auto& a) { return asked.site.apply_receipt(a.id, asked.deadline); });
}
std::string complete_receipt(const Asked& asked) {
  return done<IdFields>(asked, [&](const auto& a) { return asked.site.complete_receipt(a.id, asked.deadline); });
}
std::string lost_text(const Asked& asked) {
  return done<IdFields>(asked, [&](const auto& a) { return asked.site.lost_text(a.id, asked.deadline); });
}
std::string compare_lost(const Asked& asked) {
  return done<IdFields>(asked, [&](const auto& a) { return asked.site.compare_lost(a.id, asked.deadline); });
}

struct Verb {
  std::string_view name;
  std::string (*answer)(const Asked&);
};
constexpr Verb kVerbs[] = {
    {"check", check},
    {"position", position},
    {"recover", of_instance<&Site::recover>},
    {"start", start},
    {"stop", stop},
    {"close", of_instance<&Site::close>},
    {"note_generation", note_generation},
    {"reign", of_instance_and_number<&Site::reign>},
    {"stop_updates", stop_updates},
    {"allow_updates", of_instance<&Site::allow_updates>},
    {"give_up", of_instance<&Site::give_up>},
    {"learn_epoch", of_instance_and_number<&Site::learn_epoch>},
    {"fence_off", of_instance<&Site::fence_off>},
    {"lease", lease},
    {"wait_applied", of_instance_and_number<&Site::wait_applied>},
    {"rejoin", rejoin},
    {"refresh", refresh},
    {"put_receipt", put_receipt},
    {"receipt_text", receipt_text},
    {"apply_receipt", apply_receipt},
    {"complete_receipt", complete_receipt},
    {"lost_text", lost_text},
    {"compare_lost", compare_lost},
};

}  // namespace

std::string answer_site_call(Site& site, std::string_view verb, std::string_view body, Deadline deadline) {
  Json json;
  SiteRequestHead head;
  const auto fault = read_request(body, json, head);
  if (head.timeout) deadline = std::min(deadline, std::chrono::steady_clock::now() + *head.timeout);
  const Asked asked{site, json, deadline};
  if (fault) return error_body(bad_request(asked, *fault));
  const std::string_view name = is_site_verb(verb) ? verb.substr(kSiteVerbs.size()) : std::string_view();
  const auto found = std::ranges::find(kVerbs, name, &Verb::name);
  if (found == std::end(kVerbs))
    return error_body(bad_request(asked, fmt::format("no verb {}", verb.substr(0, kAgentVerbBytesMax))));
  return found->answer(asked);
}

}  // namespace hw::cluster

#include "cluster/site/remote_site.h"

#include <utility>

#include "cluster/site/site_calls.h"
#include "cluster/site/site_codec.h"

namespace hw::cluster {
namespace {

constexpr auto kForTheAnswer = std::chrono::seconds(1);

/// One call to one agent.
class Ask {
 public:
  Ask(const AskAgent& ask, const std::string& node, std::string_view name, Deadline deadline)
      : ask_(ask), node_(node), verb_(std::string(kSiteVerbs) + std::string(name)), deadline_(deadline) {}

  /// The outcome as the struct that the codec has for it.
  template <typename Outcome, typename Arguments>
  Result<Outcome> of(const Arguments& arguments) const {
    // What the node itself says at the deadline is worth more than that it has not answered.
    const Deadline answer_by =
        deadline_ > Deadline::max() - kForTheAnswer ? Deadline::max() : deadline_ + kForTheAnswer;
    HW_TRY(const std::string answer, ask_(verb_, request_body(JsonWriter::to_json(arguments), deadline_), answer_by));
    Json json;
    std::optional<ErrorFields> error;
    auto fault = read_answer(answer, json, error);
    if (!fault && error) return error_of(*error, node_);
    Outcome outcome;
    if (!fault) fault = read_part(json, "result", outcome);
    if (!fault) return outcome;
    return make_error<MsgId::HWREMOTE>(node_, fmt::format("{}: answer not understood: {}", verb_, *fault));
  }
  template <typename Arguments>
  Status done(const Arguments& arguments) const {
    HW_TRY([[maybe_unused]] const NothingFields nothing, of<NothingFields>(arguments));
    return {};
  }

 private:
  const AskAgent& ask_;
  const std::string& node_;
  const std::string verb_;
  const Deadline deadline_;
};

}  // namespace

RemoteSite::RemoteSite(std::string node, std::shared_ptr<AgentClient> client)
    : RemoteSite(std::move(node),
                 [client = std::move(client)](const std::string& verb, const std::string& body, Deadline deadline) {
                   return client->call(verb, body, deadline);
                 }) {}

Result<CheckReport> RemoteSite::check(const CheckRequest& request, Deadline deadline) {
  HW_TRY(CheckReportFields fields, Ask(ask_, node_, "check", deadline).of<CheckReportFields>(request));
  CheckReport report{fields.running_generation, std::move(fields.release), {}};
  for (CheckFindingFields& finding : fields.findings)
    report.findings.push_back(
        {std::move(finding.what), finding.fault ? std::optional(error_of(*finding.fault, node_)) : std::nullopt});
  return report;
}

Result<Position> RemoteSite::position(const std::string& instance, Deadline deadline) {
  return Ask(ask_, node_, "position", deadline).of<Position>(InstanceFields{instance});
}

Status RemoteSite::recover(const std::string& instance, Deadline deadline) {
  return Ask(ask_, node_, "recover", deadline).done(InstanceFields{instance});
}

Result<StartOutcome> RemoteSite::start(const StartRequest& request, Deadline deadline) {
  return Ask(ask_, node_, "start", deadline).of<StartOutcome>(request);
}

Result<StopOutcome> RemoteSite::stop(const ServerRef& server, StopHow how, Deadline deadline) {
  return Ask(ask_, node_, "stop", deadline).of<StopOutcome>(StopFields{server, how});
}

Status RemoteSite::close(const std::string& instance, Deadline deadline) {
  return Ask(ask_, node_, "close", deadline).done(InstanceFields{instance});
}

Status RemoteSite::note_generation(std::uint64_t generation, Deadline deadline) {
  return Ask(ask_, node_, "note_generation", deadline).done(NumberFields{generation});
}

Status RemoteSite::reign(const std::string& instance, std::uint64_t epoch, Deadline deadline) {
  return Ask(ask_, node_, "reign", deadline).done(NumberOfInstanceFields{instance, epoch});
}

Result<std::uint64_t> RemoteSite::stop_updates(const std::string& instance, Deadline deadline) {
  HW_TRY(const NumberFields next,
         Ask(ask_, node_, "stop_updates", deadline).of<NumberFields>(InstanceFields{instance}));
  return next.number;
}

Status RemoteSite::allow_updates(const std::string& instance, Deadline deadline) {
  return Ask(ask_, node_, "allow_updates", deadline).done(InstanceFields{instance});
}

Status RemoteSite::give_up(const std::string& instance, Deadline deadline) {
  return Ask(ask_, node_, "give_up", deadline).done(InstanceFields{instance});
}

Status RemoteSite::learn_epoch(const std::string& instance, std::uint64_t epoch, Deadline deadline) {
  return Ask(ask_, node_, "learn_epoch", deadline).done(NumberOfInstanceFields{instance, epoch});
}

Status RemoteSite::fence_off(const std::string& instance, Deadline deadline) {
  return Ask(ask_, node_, "fence_off", deadline).done(InstanceFields{instance});
}

Result<LeaseOutcome> RemoteSite::lease(const LeaseRequest& request, Deadline deadline) {
  return Ask(ask_, node_, "lease", deadline).of<LeaseOutcome>(request);
}

Status RemoteSite::wait_applied(const std::string& instance, std::uint64_t next_seqno, Deadline deadline) {
  return Ask(ask_, node_, "wait_applied", deadline).done(NumberOfInstanceFields{instance, next_seqno});
}

Result<RejoinOutcome> RemoteSite::rejoin(const RejoinRequest& request, Deadline deadline) {
  HW_TRY(const RejoinFields fields, Ask(ask_, node_, "rejoin", deadline).of<RejoinFields>(request));
  RejoinOutcome outcome{fields.count, fields.first, fields.last, {}};
  HW_TRY(outcome.lost_text, unpack_text(fields.lost, node_));
  return outcome;
}

Status RemoteSite::refresh(const RefreshRequest& request, Deadline deadline) {
  return Ask(ask_, node_, "refresh", deadline).done(request);
}

Status RemoteSite::put_receipt(const Receipt& receipt, const std::string& lost_text, Deadline deadline) {
  ReceiptFields fields{receipt, {}};
  HW_TRY(fields.lost, pack_text(lost_text, "Lost transactions of " + receipt.id));
  return Ask(ask_, node_, "put_receipt", deadline).done(fields);
}

Result<std::string> RemoteSite::receipt_text(const std::string& id, Deadline deadline) {
  HW_TRY(const TextFields fields, Ask(ask_, node_, "receipt_text", deadline).of<TextFields>(IdFields{id}));
  return unpack_text(fields.text, node_);
}

Result<Site::Applied> RemoteSite::apply_receipt(const std::string& id, Deadline deadline) {
  return Ask(ask_, node_, "apply_receipt", deadline).of<Applied>(IdFields{id});
}

Status RemoteSite::complete_receipt(const std::string& id, Deadline deadline) {
  return Ask(ask_, node_, "complete_receipt", deadline).done(IdFields{id});
}

Result<std::string> RemoteSite::lost_text(const std::string& id, Deadline deadline) {
  HW_TRY(const TextFields fields, Ask(ask_, node_, "lost_text", deadline).of<TextFields>(IdFields{id}));
  return unpack_text(fields.text, node_);
}

Result<std::vector<LostNode>> RemoteSite::compare_lost(const std::string& id, Deadline deadline) {
  HW_TRY(LostNodesFields fields, Ask(ask_, node_, "compare_lost", deadline).of<LostNodesFields>(IdFields{id}));
  return std::move(fields.nodes);
}

}  // namespace hw::cluster

#include "cluster/site/lost_and_found.h"

#include <algorithm>
#include <charconv>
#include <map>

#include "cluster/site/instance_care.h"
#include "cluster/site/lost_text.h"
#include "cluster/site/owned_file.h"
#include "engine/base/file.h"
#include "engine/base/limits.h"

namespace hw::cluster {
namespace {

std::string shared_name(const std::string& id) { return fmt::format("losttn-{}.los", id.empty() ? "rejoin" : id); }

Result<RunAs> owner(const InstancePlace& place) { return user_of_server("mupip", place.instance->dir, {}); }

/// What says that the journals do not reach back to where the two differ.
bool lacks_journals(const Error& error) {
  return error.id == MsgId::NOPREVLINK || error.id == MsgId::JNLFILEOPNERR || error.id == MsgId::REPLINSTNOHIST;
}

/// `3 transactions of A applied, 1 in conflict`
std::optional<Site::Applied> applied_in(std::string_view output) {
  const auto number_before = [&](std::string_view words) -> std::optional<std::uint64_t> {
    const std::size_t end = output.find(words);
    if (end == std::string_view::npos) return std::nullopt;
    std::size_t begin = end;
    while (begin > 0 && output[begin - 1] >= '0' && output[begin - 1] <= '9') --begin;
    std::uint64_t number = 0;
    const auto [stop, fault] = std::from_chars(output.data() + begin, output.data() + end, number);
    if (fault != std::errc() || stop != output.data() + end) return std::nullopt;
    return number;
  };
  const auto applied = number_before(" transactions of ");
  const auto conflicts = number_before(" in conflict");
  if (!applied || !conflicts) return std::nullopt;
  return Site::Applied{*applied, *conflicts};
}

/// What the former root had it has told: it has talked to this instance's source server, be it by its rollback.
Status refuse_unheard(SiteParts& parts, const InstancePlace& place, const Receipt& receipt) {
  HW_TRY(const InstanceLook look, parts.look(place));
  const auto source = std::ranges::find(look.sources, receipt.old_instance, &SourceSeen::to);
  if (source != look.sources.end() && source->talked) return {};
  return make_error<MsgId::HWREFUSED>(
      "losttn apply " + receipt.id,
      fmt::format("{} has not talked to {} since it took over", receipt.old_instance, place.instance->name));
}

/// The text after the node's name in what zwrite prints; none: it has no value.
std::optional<std::string> value_in(std::string_view printed, std::string_view global) {
  if (!printed.starts_with(global) || !printed.substr(global.size()).starts_with('=')) return std::nullopt;
  printed.remove_prefix(global.size() + 1);
  return std::string(printed.substr(0, printed.find('\n')));
}

}  // namespace

Result<RejoinOutcome> give_up_lost(SiteParts& parts, const Steps::Call& call, const std::string& receipt) {
  const InstancePlace& place = call.place;
  HW_TRY(const RunAs user, owner(place));
  const std::string name = shared_name(receipt);
  const std::string path = place.instance->dir + "/" + name;
  {
    const MemoryGate::Shut shut(parts.gate, place.instance->name);
    HW_TRY(const InstanceLook look, look_at_instance(place.instance->dir));
    if (look.position.up) return make_error<MsgId::HWINUSE>(instance_text(place), "its processes");
    HW_TRY(const StepResult done,
           run_alone(parts, call, "rejoin",
                     {"journal", "-rollback", "-backward", fmt::format("-fetchresync={}", place.instance->listen),
                      "-losttrans=" + name, "*"}));
    if (!done.well()) {
      Error why = parts.steps.failure(place, "rejoin", done);
      if (!lacks_journals(why)) return why;
      return make_error<MsgId::HWNEEDREFRESH>(place.instance->name).because(why);
    }
  }
  RejoinOutcome outcome;
  auto text = read_from(user, path, kReceiptFileBytesMax);
  if (!text.has_value() && text.error().os_errno == ENOENT) return outcome;  // Nothing was lost.
  if (!text.has_value()) return text.error();
  HW_TRY(const LostText lost, parse_lost_text(*text, path));
  outcome.count = lost.transactions.size();
  if (!lost.transactions.empty()) {
    outcome.first = lost.transactions.front().seqno;
    outcome.last = lost.transactions.back().seqno;
  }
  outcome.lost_text = *std::move(text);
  return outcome;
}

Status put_lost_file_aside(const InstancePlace& place) {
  const std::string path = place.instance->dir + "/" + shared_name({});
  return file_exists(path) ? rename_file(path, stamped_name(path)) : Status();
}

Result<Site::Applied> apply_lost_again(SiteParts& parts, const Steps::Call& call, const Receipts& receipts,
                                       const std::string& id) {
  const InstancePlace& place = call.place;
  HW_TRY(const ReceiptFile file, receipts.read(id));
  HW_TRY(const std::string text, receipts.lost_text(id));
  Site::Applied done;
  if (!text.empty()) {
    HW_TRY_VOID(refuse_unheard(parts, place, file.receipt));
    HW_TRY(const RunAs user, owner(place));
    const std::string path = place.instance->dir + "/" + shared_name(id);
    HW_TRY_VOID(write_for(user, path, text));
    HW_TRY(const StepResult result, parts.steps.run_well(call, "apply-lost", "gbl", {"apply-lost", shared_name(id)}));
    const auto counted = applied_in(result.out);
    if (!counted) return parts.no_answer("gbl apply-lost did not say what it has applied");
    done = *counted;
    std::string conflicts;
    if (done.conflicts > 0) {
      HW_TRY(conflicts, read_from(user, path + ".conflicts", 2 * kReceiptFileBytesMax));
    }
    HW_TRY_VOID(receipts.keep_conflicts(id, conflicts));
    HW_TRY_VOID(remove_file(path));
  }
  HW_TRY_VOID(receipts.change(id, [&](Receipt& receipt) {
    receipt.state = done.conflicts == 0 ? ReceiptState::Applied : ReceiptState::Conflicts;
    receipt.conflicts = done.conflicts;
  }));
  return done;
}

Status complete_lost(SiteParts& parts, const Steps::Call& call, const Receipts& receipts, const std::string& id) {
  HW_TRY([[maybe_unused]] const ReceiptFile file, receipts.read(id));
  HW_TRY([[maybe_unused]] const StepResult told,
         parts.steps.run_well(call, "losttncomplete", "mupip", {"replicate", "-source", "-losttncomplete"}));
  return receipts.change(id, [](Receipt& receipt) { receipt.state = ReceiptState::Complete; });
}

Result<std::vector<LostNode>> look_at_lost(SiteParts& parts, const Steps::Call& call, const Receipts& receipts,
                                           const std::string& id) {
  HW_TRY(const std::string text, receipts.lost_text(id));
  HW_TRY(LostText lost, parse_lost_text(text, id));
  struct Now {
    std::optional<std::string> value;
    bool changed = false;
  };
  std::map<std::string, Now> present;
  std::vector<LostNode> out;
  for (LostUpdate& update : lost.updates) {
    auto found = present.find(update.global);
    if (found == present.end()) {
      Now now;
      HW_TRY(const StepResult value, parts.steps.run(call, "zwrite", "gbl", {"zwrite", update.global}));
      HW_TRY(const StepResult changed, parts.steps.run_well(call, "zqgblmod", "gbl", {"zqgblmod", update.global}));
      now.value = value_in(value.out, update.global);
      now.changed = changed.out.starts_with('1');
      found = present.emplace(update.global, std::move(now)).first;
    }
    out.push_back({.seqno = update.seqno,
                   .global = update.global,
                   .lost = std::move(update.value),
                   .present = found->second.value,
                   .zqgblmod = found->second.changed});
  }
  return out;
}

}  // namespace hw::cluster

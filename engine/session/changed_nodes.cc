#include "engine/session/changed_nodes.h"

#include "engine/region/region_reader.h"
#include "journal/transaction_merge.h"

namespace hw {
namespace {

Result<Seqno> zqgblmod_seqno(OpenRegion& region) {
  RegionReader reader;
  HW_TRY(const auto shown, reader.take_stored(region));
  HW_TRY(const RegionHeader header, read_region_header(*shown, region.path));
  return header.zqgblmod_seqno;
}

}  // namespace

Result<bool> ChangedNodes::is_marked() {
  HW_TRY(const Seqno since, zqgblmod_seqno(region_));
  return since.value != 0;
}

Status ChangedNodes::catch_up() {
  HW_TRY(const Seqno since, zqgblmod_seqno(region_));
  const std::uint32_t rollbacks = domain_.header().rollbacks.load();
  if (since != since_ || rollbacks != rollbacks_) {
    since_ = read_to_ = since;
    rollbacks_ = rollbacks;
    unknown_ = false;
    nodes_.clear();
    killed_.clear();
  }
  if (since.value == 0 || unknown_) return {};
  MergeSource source;
  {
    HW_TRY(const CommitLock lock, CommitLock::take(domain_));
    const PoolRegion& facts = domain_.facts(region_);
    if (facts.reg_seqno.load() <= read_to_.value) return {};
    if (facts.journaled == 0) {
      unknown_ = true;
      return {};
    }
    source = {std::string(facts.journal.view()),
              {facts.generation, facts.write_offset.load(), facts.last_record_bytes}};
  }
  auto merge = TransactionMerge::open({source}, read_to_);
  if (!merge.has_value()) {
    unknown_ = merge.error().id == MsgId::NOPREVLINK || merge.error().os_errno == ENOENT;
    if (unknown_) return {};
    return std::move(merge).error();
  }
  std::vector<TransactionMerge::Part> parts;
  for (;;) {
    HW_TRY(const bool more, merge->next(parts));
    if (!more) return {};
    const TransactionMerge::Part& part = parts.front();
    read_to_ = next(part.header.seqno);
    if (ignored_pid_ != 0 && part.body.pid == ignored_pid_) continue;
    for (const JournalUpdate& one : transaction_updates(part.body))
      (one.update.type == UpdateType::Kill ? killed_ : nodes_).emplace(one.update.key);
  }
}

Result<bool> ChangedNodes::may_be_changed(std::string_view key, bool below) {
  HW_TRY_VOID(catch_up());
  if (since_.value == 0) return false;
  if (unknown_ || nodes_.contains(key)) return true;
  // A subtree's root is a prefix of every key in it.
  for (std::size_t bytes = 1; bytes <= key.size(); ++bytes)
    if (key[bytes - 1] == '\0' && killed_.contains(key.substr(0, bytes))) return true;
  if (!below) return false;
  const auto starts_below = [&](const auto& keys) {
    const auto at = keys.lower_bound(key);
    return at != keys.end() && std::string_view(*at).starts_with(key);
  };
  return starts_below(nodes_) || starts_below(killed_);
}

}  // namespace hw

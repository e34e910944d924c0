#include "cluster/agent/instance_facts.h"

#include <algorithm>

namespace hw::cluster {
namespace {

std::uint64_t less(std::uint64_t all, std::uint64_t some) { return all > some ? all - some : 0; }

Hop hop_of(const InstanceReport& own, const SourceSeen& source, const Board& board) {
  Hop hop;
  hop.from = own.name;
  hop.to = source.to;
  const std::uint64_t last = less(own.next_seqno, 1);
  hop.unsent = less(last, source.sent_seqno);
  hop.unacked = less(last, source.applied_seqno);
  hop.bytes_per_s = source.wire_bytes_per_s;
  if (hop.unacked == 0) {
    hop.seconds = 0.0;
  } else if (const BoardInstance* const fed = board.instance(source.to);
             fed != nullptr && fed->last_commit_us != 0 && own.last_commit_us != 0) {
    hop.seconds = static_cast<double>(less(own.last_commit_us, fed->last_commit_us)) / 1e6;
  }
  return hop;
}

}  // namespace

InstanceFacts facts_of_unseen(const std::string& instance, const InstanceLook& files) {
  InstanceFacts facts;
  facts.fence_required = files.position.fence_required;
  facts.report.name = instance;
  facts.report.role = BoardRole::Unseen;
  facts.report.epoch = files.position.known_epoch;
  facts.report.next_seqno = files.position.next_seqno;
  facts.report.received_seqno = files.position.received_seqno;
  return facts;
}

InstanceFacts facts_of_look(const std::string& instance, const InstanceLook& look, const Board& board) {
  const Position& position = look.position;
  InstanceFacts facts;
  facts.up = position.up;
  facts.fence_required = position.fence_required;
  facts.own_epoch = position.pool_epoch;
  facts.ends_as_root = position.last_root == instance;
  InstanceReport& report = facts.report;
  report.name = instance;
  // A root whose updates are off is still one: it feeds others, and is fed by nobody.
  if (position.up) report.role = look.was_root ? BoardRole::Root : BoardRole::Secondary;
  report.accepting = position.up && position.accepting;
  report.epoch = position.known_epoch;
  report.next_seqno = position.next_seqno;
  report.received_seqno = position.received_seqno;
  report.last_commit_us = position.last_commit_us;
  for (const SourceSeen& source : look.sources) {
    if (!source.alive) continue;
    facts.servers["source:" + source.to] = {source.sent_seqno, source.sent_bytes / 1024, source.passive, false};
    if (!source.passive) facts.hops.push_back(hop_of(report, source, board));
  }
  if (look.receiver && look.receiver->alive) {
    report.fed_by = look.receiver->fed_by;
    facts.servers["receiver:" + instance] = {less(position.next_seqno, 1), std::nullopt, false, false};
  }
  return facts;
}

}  // namespace hw::cluster

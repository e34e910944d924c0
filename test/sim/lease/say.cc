#include "test/sim/lease/say.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace hw::lease_sim {

using namespace cluster::lease;

namespace {

std::string describe(const Record& record) {
  return fmt::format("{} {} epoch {} base {} next '{}' seqno {} candidates [{}] serial {}", record.holder,
                     name_of(record.state), record.epoch, record.base, record.next, record.seqno,
                     fmt::join(record.candidates, " "), record.serial.number);
}

struct EventWords {
  std::string operator()(const event::Start& e) const {
    return fmt::format("start, known epoch {}, pool epoch {}{}", e.known_epoch, e.pool_epoch, e.note ? ", note" : "");
  }
  std::string operator()(const event::Tick&) const { return "tick"; }
  std::string operator()(const event::Changed&) const { return "store changed"; }
  std::string operator()(const event::RecordRead& e) const {
    return fmt::format("read {}: {}", e.request, e.stored ? lease_sim::describe(*e.stored) : "no record");
  }
  std::string operator()(const event::RecordPut& e) const {
    return e.done ? fmt::format("put {}: done, revision {}", e.request, e.revision)
                  : fmt::format("put {}: refused", e.request);
  }
  std::string operator()(const event::TryPut& e) const {
    return fmt::format("try key {}: revision {}", e.request, e.revision);
  }
  std::string operator()(const event::ConfirmAsked& e) const {
    return fmt::format("asked by {} to confirm epoch {}, round {}", e.from, e.epoch, e.round.number);
  }
  std::string operator()(const event::ConfirmAnswered& e) const {
    return fmt::format("{} says {}, round {}", e.from, e.yes ? "yes" : "no", e.round.number);
  }
  std::string operator()(const event::Position& e) const { return fmt::format("{} is at {}", e.from, e.seqno); }
  std::string operator()(const event::EpochHeard& e) const { return fmt::format("hears of epoch {}", e.epoch); }
  std::string operator()(const event::Promoted&) const { return "promoted"; }
  std::string operator()(const event::PromoteFailed&) const { return "promotion failed"; }
  std::string operator()(const event::Committed&) const { return "scripts done"; }
  std::string operator()(const event::Applied& e) const { return fmt::format("has applied all, drain {}", e.drain); }
  std::string operator()(const event::PoolAnew&) const { return "pool made anew"; }
  std::string operator()(const event::GaveUp&) const { return "instance given up"; }
  std::string operator()(const event::DiskFailed&) const { return "disk failed"; }
  std::string operator()(const event::Boot& e) const { return e.none_known ? "boot, none known" : "boot"; }
  std::string operator()(const event::Failover& e) const { return e.force ? "failover -force" : "failover"; }
  std::string operator()(const event::Down&) const { return "down"; }
  std::string operator()(const event::Release& e) const { return fmt::format("release to {}", e.to); }
  std::string operator()(const event::Migrate&) const { return "migrate"; }
  std::string operator()(const event::Cancel&) const { return "cancel"; }
  std::string operator()(const event::Pause&) const { return "pause"; }
  std::string operator()(const event::Resume&) const { return "resume"; }
};

struct ActionWords {
  std::string operator()(const action::ReadRecord& a) const { return fmt::format("reads, {}", a.request); }
  std::string operator()(const action::PutRecord& a) const {
    return fmt::format("puts, {}: {}, expects {}", a.request, describe(a.record),
                       a.expected ? fmt::format("revision {}", a.expected->revision) : "none");
  }
  std::string operator()(const action::PutTry& a) const { return fmt::format("puts try key, {}", a.request); }
  std::string operator()(const action::WriteNote&) const { return "writes note"; }
  std::string operator()(const action::DropNote&) const { return "drops note"; }
  std::string operator()(const action::KeepEpoch& a) const { return fmt::format("keeps epoch {}", a.epoch); }
  std::string operator()(const action::SetDeadline& a) const { return fmt::format("deadline {}", a.deadline_ns); }
  std::string operator()(const action::StopUpdates&) const { return "stop flag on"; }
  std::string operator()(const action::AllowUpdates&) const { return "stop flag off"; }
  std::string operator()(const action::Promote& a) const { return fmt::format("promotes, epoch {}", a.epoch); }
  std::string operator()(const action::RunCommitScripts&) const { return "runs scripts"; }
  std::string operator()(const action::UpdatesOn&) const { return "updates on"; }
  std::string operator()(const action::AskConfirm& a) const {
    return fmt::format("asks [{}] to confirm epoch {}, round {}", fmt::join(a.members, " "), a.epoch, a.round.number);
  }
  std::string operator()(const action::AnswerConfirm& a) const {
    return fmt::format("says {} to {}, knows {}", a.yes ? "yes" : "no", a.to, a.known_epoch);
  }
  std::string operator()(const action::AskPositions&) const { return "asks for positions"; }
  std::string operator()(const action::Drain& a) const { return fmt::format("drains to {}, drain {}", a.to, a.drain); }
  std::string operator()(const action::FollowHolder& a) const {
    return fmt::format("follows {}, epoch {}{}", a.holder, a.epoch, a.rejoin ? ", rejoins" : "");
  }
  std::string operator()(const action::Report& a) const { return a.error.lines(); }
};

}  // namespace

std::string describe(const Event& event) { return std::visit(EventWords{}, event); }
std::string describe(const Action& action) { return std::visit(ActionWords{}, action); }
std::string describe(const Stored& stored) {
  return fmt::format("revision {}, {}", stored.revision, describe(stored.record));
}

}  // namespace hw::lease_sim

#include "cluster/lease/epoch_base.h"

#include <algorithm>

#include "cluster/lease/names.h"

namespace hw::cluster::lease {

Result<Record> rebuilt_record(const std::vector<EpochAnswer>& answers, Serial serial) {
  const auto undecided = std::ranges::find(answers, true, &EpochAnswer::undecided);
  if (undecided != answers.end()) return make_error<MsgId::HWREMOTE>(undecided->member, "a take of unknown end");
  const auto highest = [&](auto field) { return std::ranges::max_element(answers, {}, field); };
  const auto known = highest(&EpochAnswer::known_epoch);
  if (known == answers.end() || known->known_epoch == 0)
    return make_error<MsgId::HWREMOTE>("lease store", "no agent knows an epoch: boot makes the record");
  Record record;
  record.epoch = record.base = known->known_epoch;
  record.serial = serial;
  // A root of a lower epoch has been succeeded, and could not hear of it.
  const auto root = highest(&EpochAnswer::own_epoch);
  if (root->own_epoch == known->known_epoch) {
    record.holder = root->member;
    record.state = RecordState::Held;
    record.epoch = root->own_epoch;
    record.seqno = root->seqno;
    record.candidates = root->lists;
    return record;
  }
  // No instance is root. The last one, if it is known, may be booted at once: it can have no other root beside it but
  // itself.
  const auto last = highest(&EpochAnswer::last_epoch);
  const auto holder = last->last_epoch == known->known_epoch ? last : known;
  record.holder = holder->member;
  record.state = RecordState::Down;
  record.seqno = holder->seqno;
  for (const EpochAnswer& answer : answers)
    if (answer.member != record.holder) record.candidates.push_back(answer.member);
  return record;
}

}  // namespace hw::cluster::lease

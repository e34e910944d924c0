#include "test/sim/lease/store.h"

namespace hw::lease_sim {

using namespace cluster::lease;

bool Store::holds(const action::PutRecord& put, int member) const {
  if (put.expected.has_value() != record_.has_value()) return false;
  if (record_) {
    if (record_->revision != put.expected->revision) return false;
    if (compares_value_ && !(record_->record == put.expected->record)) return false;
  }
  if (!put.try_mark) return true;
  const TryMark& own = tries_[static_cast<std::size_t>(member)];
  return own.revision == put.try_mark->revision && (!compares_value_ || own.serial == put.try_mark->serial);
}

Event Store::apply(const Request& request, int member) {
  if (const auto* read = std::get_if<action::ReadRecord>(&request)) return event::RecordRead{read->request, record_};
  if (const auto* put = std::get_if<action::PutTry>(&request)) {
    tries_[static_cast<std::size_t>(member)] = {++revision_, put->serial};
    return event::TryPut{put->request, revision_};
  }
  const auto& put = std::get<action::PutRecord>(request);
  if (!holds(put, member)) return event::RecordPut{put.request, false, 0, {}};
  record_ = Stored{put.record, ++revision_, {}};
  return event::RecordPut{put.request, true, revision_, {}};
}

void Store::wipe() {
  revision_ = 0;
  record_.reset();
  for (TryMark& mark : tries_) mark = {};
}

}  // namespace hw::lease_sim

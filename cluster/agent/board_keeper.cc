#include "cluster/agent/board_keeper.h"

#include <algorithm>
#include <utility>

#include "cluster/board/board_codec.h"
#include "engine/base/clock.h"
#include "engine/base/file.h"

namespace hw::cluster {

Status BoardKeeper::load(std::uint64_t start_number) {
  Status out;
  BoardParts found;
  if (file_exists(path_)) {
    auto read = read_board(path_);
    if (read.has_value())
      found = *std::move(read);
    else
      out = std::move(read).error();
  }
  begin_report(found, node_, start_number);
  // What runs here is found out again.
  NodeReport& own = found.report(node_);
  own.instances.clear();
  own.servers.clear();
  own.problems.clear();
  own.hops.clear();
  const MutexLock guard(mutex_);
  parts_ = std::move(found);
  return out;
}

Board BoardKeeper::board() const {
  const MutexLock guard(mutex_);
  return join(parts_, node_, wall_clock_us());
}

BoardParts BoardKeeper::parts() const {
  const MutexLock guard(mutex_);
  return parts_;
}

Orders BoardKeeper::orders() const {
  const MutexLock guard(mutex_);
  return parts_.orders;
}

BoardParts BoardKeeper::own() const {
  const MutexLock guard(mutex_);
  return own_parts(parts_, node_);
}

BoardChange BoardKeeper::merge(const BoardParts& other) {
  const MutexLock guard(mutex_);
  BoardChange change = hw::cluster::merge(parts_, other, node_);
  unsaved_ = unsaved_ || change.any();
  return change;
}

void BoardKeeper::change_report(const std::function<void(NodeReport&)>& edit) {
  const MutexLock guard(mutex_);
  NodeReport& report = parts_.report(node_);
  const NodeReport before = report;
  edit(report);
  if (report == before) return;
  ++report.stamp.change;
  unsaved_ = true;
}

void BoardKeeper::note_record(const RecordCopy& record) {
  BoardParts read;
  read.records.push_back(record);
  const MutexLock guard(mutex_);
  if (hw::cluster::merge(parts_, read, node_).any()) unsaved_ = true;
}

void BoardKeeper::hear(std::string_view node) {
  const MutexLock guard(mutex_);
  hw::cluster::hear(parts_, node, wall_clock_us());
}

bool BoardKeeper::note_silence(std::string_view node) {
  const MutexLock guard(mutex_);
  const auto found = std::ranges::find(parts_.heard, node, &NodeHeard::node);
  const bool was_silent = found != parts_.heard.end() && found->state == NodeState::Silent;
  hw::cluster::note_silence(parts_, node);
  return !was_silent;
}

Status BoardKeeper::change(const std::function<bool(BoardParts&)>& edit) { return change_parts(edit, true); }

Status BoardKeeper::take_over(const std::function<bool(BoardParts&)>& edit) { return change_parts(edit, false); }

Status BoardKeeper::change_parts(const std::function<bool(BoardParts&)>& edit, bool as_coordinator) {
  const MutexLock one_writer(writing_);
  BoardParts changed = parts();
  const std::string coordinator = changed.orders.coordinator.node;
  if (as_coordinator && coordinator != node_) return make_error<MsgId::HWMASTERDIFF>(node_, coordinator);
  const PartStamp before = changed.orders.stamp;
  if (!edit(changed)) return {};
  if (changed.orders.stamp <= before) changed.orders.stamp.change = before.change + 1;
  HW_TRY_VOID(write_board(path_, changed));
  const MutexLock guard(mutex_);
  // What others told meanwhile stays; only newer orders are in the way.
  if (parts_.orders.stamp != before && parts_.orders.stamp > changed.orders.stamp) {
    unsaved_ = true;
    return make_error<MsgId::HWMASTERDIFF>(node_, parts_.orders.coordinator.node);
  }
  const BoardParts told = std::exchange(parts_, std::move(changed));
  parts_.heard = told.heard;
  // merge() never takes the own report.
  if (const NodeReport* const own = told.find_report(node_); own != nullptr) parts_.report(node_) = *own;
  hw::cluster::merge(parts_, told, node_);
  return {};
}

Status BoardKeeper::save() {
  const MutexLock one_writer(writing_);
  BoardParts now;
  {
    const MutexLock guard(mutex_);
    if (!unsaved_) return {};
    unsaved_ = false;
    now = parts_;
  }
  Status written = write_board(path_, now);
  const MutexLock guard(mutex_);
  trouble_.reset();
  if (!written.has_value()) {
    unsaved_ = true;
    trouble_ = written.error();
  }
  return written;
}

std::optional<Error> BoardKeeper::trouble() const {
  const MutexLock guard(mutex_);
  return trouble_;
}

}  // namespace hw::cluster

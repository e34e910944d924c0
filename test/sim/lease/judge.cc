#include "test/sim/lease/judge.h"

#include <fmt/format.h>

#include <algorithm>

namespace hw::lease_sim {

namespace {

double seconds(Time at) { return static_cast<double>(at) / 1e9; }

}  // namespace

void Judge::accepts(int node, std::uint64_t epoch, int also) {
  if (also >= 0) return fail(fmt::format("two roots: n{} begins to accept while n{} does", node, also));
  if (epoch == last_epoch_ && node == last_root_) return;
  if (epoch <= last_epoch_)
    return fail(
        fmt::format("epochs do not rise: n{} accepts in epoch {}, n{} had {}", node, epoch, last_root_, last_epoch_));
  last_epoch_ = epoch;
  last_root_ = node;
  has_commit_ = false;
  accepted_[static_cast<std::size_t>(node)] = 0;
  ++reigns_;
}

void Judge::committed(int node, std::uint64_t epoch, std::uint64_t seqno, Time published_at, Time read_at) {
  accepted_[static_cast<std::size_t>(node)] = std::max(accepted_[static_cast<std::size_t>(node)], seqno);
  if (last_published_at_ != 0) longest_gap_ = std::max(longest_gap_, published_at - last_published_at_);
  last_published_at_ = std::max(last_published_at_, published_at);
  if (epoch == last_epoch_) {
    if (!has_commit_) first_commit_at_ = read_at;
    first_commit_at_ = std::min(first_commit_at_, read_at);
    has_commit_ = true;
    return;
  }
  // A transaction of an earlier reign, whose program stood still for a while.
  if (node != last_root_ && has_commit_ && read_at > first_commit_at_)
    fail(
        fmt::format("accepted after the next reign had begun: n{} at {:.6f} s (published {:.6f} s), n{} since {:.6f} s",
                    node, seconds(read_at), seconds(published_at), last_root_, seconds(first_commit_at_)));
}

}  // namespace hw::lease_sim

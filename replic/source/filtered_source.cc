#include "replic/source/filtered_source.h"

#include <algorithm>
#include <iterator>

namespace hw {
namespace {

// Enough that neither side waits for the other one all the time, little enough that the filter is seen to live.
constexpr std::size_t kFilterBatchBytes = 65536;
constexpr std::size_t kFilterBatchTransactions = 256;

}  // namespace

void FilteredSource::seek(Seqno seqno, std::uint32_t rollbacks) {
  rollbacks_ = rollbacks;
  filtered_.clear();
  source_.seek(seqno, rollbacks);
}

Result<std::optional<std::string_view>> FilteredSource::peek(std::size_t bytes_max) {
  if (source_.rolled_back()) return std::optional<std::string_view>();
  if (filtered_.empty()) {
    if (filter_ == nullptr) return source_.peek(bytes_max);
    HW_TRY(const bool any, refill(bytes_max));
    if (!any) return std::optional<std::string_view>();
  }
  return std::optional<std::string_view>(filtered_.front());
}

void FilteredSource::take() {
  if (filtered_.empty()) return source_.take();
  filtered_.pop_front();
}

Result<bool> FilteredSource::refill(std::size_t bytes_max) {
  const Seqno first = source_.next();
  std::vector<std::string> committed;
  std::size_t bytes = 0;
  while (bytes < kFilterBatchBytes && committed.size() < kFilterBatchTransactions) {
    HW_TRY(const auto frame, source_.peek(bytes_max));
    if (!frame) break;
    committed.emplace_back(*frame);
    bytes += frame->size();
    source_.take();
  }
  if (committed.empty()) return false;
  std::vector<Bytes> frames;
  std::transform(committed.begin(), committed.end(), std::back_inserter(frames),
                 [](const std::string& frame) { return as_bytes(frame); });
  std::vector<std::string> answers;
  if (Status passed = filter_->pass(frames, answers); !passed.has_value()) {
    source_.seek(first, rollbacks_);
    return std::move(passed).error();
  }
  filtered_.assign(std::make_move_iterator(answers.begin()), std::make_move_iterator(answers.end()));
  return true;
}

}  // namespace hw

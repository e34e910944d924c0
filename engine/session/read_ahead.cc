#include "engine/session/read_ahead.h"

#include <algorithm>

namespace hw {
namespace {

constexpr std::size_t kNodesMax = 64;
constexpr std::size_t kBytesMax = 16'384;
constexpr std::size_t kGrowth = 4;

/// `from` is what $ORDER or $QUERY asks for after `node`, or after an ancestor of it: the key with its last byte
/// raised, or with a byte more.
bool goes_on_from(std::string_view node, std::string_view from) {
  return from.size() > 1 && node.starts_with(from.substr(0, from.size() - 1));
}

}  // namespace

ReadAhead::Node ReadAhead::node(std::size_t i) const {
  return {key(i), std::string_view(bytes_).substr(places_[i].at + places_[i].key_bytes, places_[i].value_bytes)};
}

/// Walks ask for the place after the last one, or before it.
std::size_t ReadAhead::first_at_or_after(std::string_view wanted) const {
  for (std::size_t i = last_used_; i <= last_used_ + 1 && i < places_.size(); ++i)
    if (key(i) >= wanted && (i == 0 || key(i - 1) < wanted)) return i;
  const auto found = std::partition_point(places_.begin(), places_.end(), [&](const Place& place) {
    return std::string_view(bytes_).substr(place.at, place.key_bytes) < wanted;
  });
  return static_cast<std::size_t>(found - places_.begin());
}

ReadAhead::Answer ReadAhead::use(std::size_t i) {
  last_used_ = i;
  return node(i);
}

std::optional<ReadAhead::Answer> ReadAhead::get(std::string_view wanted) {
  if (places_.empty() || wanted < low_ || (!to_the_end_ && wanted >= high_)) return std::nullopt;
  const std::size_t i = first_at_or_after(wanted);
  if (i < places_.size() && key(i) == wanted) return use(i);
  return Answer();
}

std::optional<ReadAhead::Answer> ReadAhead::seek(std::string_view from) {
  if (places_.empty() || from < low_) return std::nullopt;
  const std::size_t i = first_at_or_after(from);
  if (i < places_.size()) return use(i);
  if (to_the_end_) return Answer();
  return std::nullopt;
}

std::optional<ReadAhead::Answer> ReadAhead::before(std::string_view until) {
  if (places_.empty() || (!to_the_end_ && until > high_)) return std::nullopt;
  const std::size_t i = first_at_or_after(until);
  if (i > 0) return use(i - 1);
  if (low_.empty()) return Answer();
  return std::nullopt;
}

void ReadAhead::begin_run(ReadTransaction& now, bool walks) {
  const std::size_t used = last_used_ > first_used_ ? last_used_ - first_used_ + 1 : first_used_ - last_used_ + 1;
  if (!walks) {
    length_ = 1;
  } else if (used >= places_.size()) {
    length_ = std::min(length_ * kGrowth, kNodesMax);
  } else if (used < places_.size() / 2) {
    length_ = std::max<std::size_t>(length_ / kGrowth, 1);
  }
  tn_ = now.tn();
  bytes_.clear();
  places_.clear();
  to_the_end_ = false;
}

void ReadAhead::add(const Node& node) {
  places_.push_back({bytes_.size(), node.key.size(), node.value.size()});
  bytes_.append(node.key).append(node.value);
}

/// The run goes on with what `step` finds; true when it has come to where there is nothing more. A place that cannot be
/// read is the business of who asks for it.
template <typename Step>
bool ReadAhead::lengthen(Step&& step) {
  while (places_.size() < length_) {
    const Result<Answer> found = step();
    if (!found.has_value()) return false;
    if (!*found) return true;
    if (bytes_.size() + (*found)->key.size() + (*found)->value.size() > kBytesMax) return false;
    add(**found);
  }
  return false;
}

Result<ReadAhead::Answer> ReadAhead::take_from(ReadTransaction& now, std::string_view from) {
  begin_run(now, !places_.empty() && goes_on_from(key(places_.size() - 1), from));
  HW_TRY(const Answer found, now.seek(from));
  if (!found) return Answer();
  add(*found);
  to_the_end_ = lengthen([&now] { return now.next(); });
  low_.assign(from);
  high_.assign(key(places_.size() - 1));
  high_ += '\0';
  first_used_ = last_used_ = 0;
  return use(0);
}

Result<ReadAhead::Answer> ReadAhead::take_before(ReadTransaction& now, std::string_view until) {
  begin_run(now, !places_.empty() && key(0).starts_with(until));
  HW_TRY(const Answer found, now.before(until));
  if (!found) return Answer();
  add(*found);
  const bool from_the_beginning = lengthen([&now] { return now.previous(); });
  std::reverse(places_.begin(), places_.end());
  low_ = from_the_beginning ? std::string_view() : key(0);
  high_.assign(until);
  first_used_ = last_used_ = places_.size() - 1;
  return use(first_used_);
}

}  // namespace hw

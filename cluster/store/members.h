/// cluster/store/members.h -- the store's members, and the one that requests go to. Pure.
#pragma once

#include <cstddef>
#include <utility>
#include <vector>

#include "cluster/store/endpoint.h"
#include "engine/base/check.h"

namespace hw::cluster::store {

class Members {
 public:
  /// At least one.
  explicit Members(std::vector<StoreEndpoint> endpoints) : endpoints_(std::move(endpoints)) {
    HW_CHECK(!endpoints_.empty());
  }
  std::size_t count() const { return endpoints_.size(); }
  const StoreEndpoint& at(std::size_t member) const { return endpoints_.at(member); }
  std::size_t current() const { return current_; }
  /// That member has failed a request: the next one's turn, unless it is another's already.
  void leave(std::size_t member) {
    if (member == current_) current_ = (current_ + 1) % endpoints_.size();
  }

 private:
  std::vector<StoreEndpoint> endpoints_;
  std::size_t current_ = 0;
};

}  // namespace hw::cluster::store

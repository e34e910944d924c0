/// test/sim/lease/store.h -- the store of the lease record, as etcd would keep it: linearizable, with revisions.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "cluster/lease/actions.h"
#include "cluster/lease/record.h"

namespace hw::lease_sim {

using Request =
    std::variant<cluster::lease::action::ReadRecord, cluster::lease::action::PutRecord, cluster::lease::action::PutTry>;

class Store {
 public:
  /// `compares_value`: false leaves out what guards against a store that counts anew.
  Store(int members, bool compares_value)
      : tries_(static_cast<std::size_t>(members) + 1), compares_value_(compares_value) {}

  /// Does the request now. `member`: whose try key; the last is the coordinator's.
  cluster::lease::Event apply(const Request& request, int member);
  void wipe();

  const std::optional<cluster::lease::Stored>& record() const { return record_; }

 private:
  bool holds(const cluster::lease::action::PutRecord& put, int member) const;

  std::uint64_t revision_ = 0;
  std::optional<cluster::lease::Stored> record_;
  std::vector<cluster::lease::TryMark> tries_;
  bool compares_value_;
};

}  // namespace hw::lease_sim

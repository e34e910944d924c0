/// cluster/agent/lease_rebuild.h -- `config epoch-base`: the record of a group that the store has lost, or that a
/// domain has not yet, is put anew.
///
///   verb `lease.epoch`, {"group":"acct","instance":"B"}: what that instance's machine says (lease::EpochAnswer)
///
/// Source: cluster/lease/epoch_base.h, which says in which order; operations, section 9.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "cluster/jobs/site.h"
#include "cluster/lease/machine.h"
#include "cluster/link/link_loop.h"
#include "cluster/store/record_store.h"

namespace hw::cluster {

inline constexpr std::string_view kEpochVerb = "lease.epoch";

struct EpochQuestion {
  std::string group;
  std::string instance;
};

std::string encode_epoch_question(const EpochQuestion& question);
std::string encode_epoch_answer(const lease::EpochAnswer& answer);
/// Any bytes. Errors: HWBOARDBAD.
Result<EpochQuestion> decode_epoch_question(std::string_view text);
Result<lease::EpochAnswer> decode_epoch_answer(std::string_view text);

/// Thread: one that may wait; not the loop's. Once.
class LeaseRebuild {
 public:
  LeaseRebuild(std::shared_ptr<LinkLoop> loop, const std::shared_ptr<store::StoreClient>& client,
               const store::StoreKeys& keys, std::string group);
  ~LeaseRebuild();
  LeaseRebuild(const LeaseRebuild&) = delete;
  LeaseRebuild& operator=(const LeaseRebuild&) = delete;

  /// There is no record, and nobody else puts one meanwhile unseen. Errors: HWREFUSED: there is one; HWREMOTE.
  Status begin(Deadline deadline);
  /// From what all members have said after begin(). Returns its epoch. Errors: those of rebuilt_record; HWREFUSED:
  /// somebody else has put one; HWREMOTE: it may have been put.
  Result<std::uint64_t> put(const std::vector<lease::EpochAnswer>& answers, Deadline deadline);

 private:
  struct Asked;
  Result<lease::Event> ask(const std::function<void(store::RecordStore&)>& what, Deadline deadline);

  const std::shared_ptr<LinkLoop> loop_;
  const std::string group_;
  std::shared_ptr<Asked> asked_;
  std::unique_ptr<store::RecordStore> store_;  ///< of the loop's thread
  lease::TryMark mark_;
};

}  // namespace hw::cluster

/// cluster/store/record_store.h -- the record of one group, and a member's try key: read and compare-and-put, as the
/// lease machine wants it done.
///
/// Each action is one request, sent once. A request without good answer brings no event: to the machine it is
/// unanswered, and it asks again when it likes. So is a record that is damaged. A new put supersedes the one under way,
/// and a new read the read.
///
/// Source: operations, section 9; docs/operations/lease.md.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "cluster/lease/actions.h"
#include "cluster/store/client.h"
#include "cluster/store/keys.h"

namespace hw::cluster::store {

/// Thread: the loop's.
class RecordStore {
 public:
  struct Hooks {
    std::function<void(const lease::Event&)> heard;  ///< RecordRead, RecordPut, TryPut
    std::function<void(const Error&)> failed;        ///< for log and status: why there will be no event
  };
  RecordStore(const std::shared_ptr<StoreClient>& client, const StoreKeys& keys, const std::string& group,
              const std::string& member, Hooks hooks);

  /// What the action asks. Each returns at once; `heard` is told later, unless `failed` is.
  void read(const lease::action::ReadRecord& action);
  void put(const lease::action::PutRecord& action);
  void put_try(const lease::action::PutTry& action);

 private:
  void was_read(lease::RequestId request, const Result<std::string>& answer);
  void was_put(lease::RequestId request, const std::string& value, const Result<std::string>& answer);
  void try_was_put(lease::RequestId request, const Result<std::string>& answer);
  void bad_answer(std::string_view fault) const;

  StoreCaller reads_;
  StoreCaller puts_;
  std::string record_key_;
  std::string try_key_;
  Hooks hooks_;
};

}  // namespace hw::cluster::store

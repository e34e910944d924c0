/// cluster/site/receipts.h -- receipts of lost transactions, in losttn/ of the node's folder.
///
///   ID.json       the receipt and its transactions (cluster/board/receipt.h)
///   ID.los        the lost-transaction file
///   ID.conflicts  what `losttn apply` could not apply
///
/// Each is durable when a call returns, and replaced as a whole. ID.los is written before the receipt that counts it.
/// Source: operations, section 10. Thread: any; one at a time for each id.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "cluster/board/receipt.h"
#include "engine/base/result.h"

namespace hw::cluster {

class Receipts {
 public:
  explicit Receipts(const std::string& node_folder) : folder_(node_folder + "/losttn") {}

  /// A receipt, new or changed. With a text: that is kept, and says which transactions there are; without: they stay.
  /// Errors: HWLOSTFILE when the text is no file of lost transactions; HWREFUSED for an id that is no name; SYSCALL.
  Status put(const Receipt& receipt, const std::string& lost_text) const;
  /// Errors: HWREFUSED when there is none; SYSCALL, HWBOARDBAD.
  Result<ReceiptFile> read(const std::string& id) const;
  /// The bytes of ID.json. Errors: as read.
  Result<std::string> text(const std::string& id) const;
  /// ID.los; empty when nothing was lost. Errors: as read.
  Result<std::string> lost_text(const std::string& id) const;
  /// Errors: as read.
  Status change(const std::string& id, const std::function<void(Receipt&)>& edit) const;
  Status keep_conflicts(const std::string& id, const std::string& text) const;

  /// All that are here, by id; what is wrong with one that cannot be read is added to `faults`. Errors: SYSCALL.
  Result<std::vector<Receipt>> list(std::vector<Error>& faults) const;

 private:
  /// Errors: HWREFUSED for an id that is no name.
  Result<std::string> path(const std::string& id, std::string_view ending) const;
  std::string folder_;
};

}  // namespace hw::cluster

/// cluster/jobs/receipts.h -- receipts of lost transactions as jobs open, close, bring and find them.
///
/// A receipt belongs at the node of the group's root, where its transactions can be applied. One that has been brought
/// there stays at the old node, too, and says where it is now; the board shows the one at the node that it names.
///
/// Source: operations, section 10 "Receipt".
#pragma once

#include <string>

#include "cluster/board/receipt.h"
#include "cluster/jobs/job.h"

namespace hw::cluster {

/// F5. Done already: success. Errors: those of Site::put_receipt.
Status open_receipt(Site& site, const Receipt& receipt, Deadline deadline);

/// The reign that it was opened for did not begin, or a later receipt has what it was for: it counts as complete, with
/// nothing in it. Errors: as above.
Status void_receipt(Site& site, Receipt receipt, Deadline deadline);

/// With its lost-transaction file. Done already: success. Errors: those of Sites::at, and of Site's calls for receipts.
Status bring_receipt(JobContext& context, const Receipt& receipt, const std::string& node);

/// As it is at its node. Errors: those of Sites::at, Site::receipt_text, decode_receipt.
Result<ReceiptFile> read_receipt_of(JobContext& context, const Receipt& receipt);

}  // namespace hw::cluster

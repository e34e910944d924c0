#include "cluster/jobs/receipts.h"

#include "cluster/jobs/job_time.h"

namespace hw::cluster {

Status open_receipt(Site& site, const Receipt& receipt, Deadline deadline) {
  return site.put_receipt(receipt, {}, deadline);
}

Status void_receipt(Site& site, Receipt receipt, Deadline deadline) {
  receipt.state = ReceiptState::Complete;
  receipt.count = 0;
  receipt.first = receipt.last = 0;
  return site.put_receipt(receipt, {}, deadline);
}

Result<ReceiptFile> read_receipt_of(JobContext& context, const Receipt& receipt) {
  HW_TRY(Site* const site, context.sites.at(receipt.node));
  HW_TRY(const std::string text, site->receipt_text(receipt.id, step_by(context, kSmallStep)));
  return decode_receipt(text, receipt.node + ": " + receipt.id);
}

Status bring_receipt(JobContext& context, const Receipt& receipt, const std::string& node) {
  if (receipt.node == node) return {};
  HW_TRY(ReceiptFile file, read_receipt_of(context, receipt));
  HW_TRY(Site* const from, context.sites.at(receipt.node));
  HW_TRY(Site* const to, context.sites.at(node));
  HW_TRY(const std::string lost, from->lost_text(receipt.id, step_by(context, kSmallStep)));
  file.receipt.node = node;
  HW_TRY_VOID(to->put_receipt(file.receipt, lost, step_by(context, kSmallStep)));
  return from->put_receipt(file.receipt, {}, step_by(context, kSmallStep));
}

}  // namespace hw::cluster

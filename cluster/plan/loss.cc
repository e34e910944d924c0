#include "cluster/plan/loss.h"

#include <fmt/format.h>

namespace hw::cluster {

std::string Loss::text() const {
  if (!count) return "-";
  return *count == 0 ? "0" : fmt::format("{} ({}..{})", *count, first, last);
}

Loss loss_of(std::uint64_t old_next, std::uint64_t has_below) {
  Loss loss;
  loss.resync = has_below;
  loss.old_next = old_next;
  if (old_next == 0) return loss;
  loss.count = old_next > has_below ? old_next - has_below : 0;
  if (*loss.count == 0) return loss;
  loss.first = has_below;
  loss.last = old_next - 1;
  return loss;
}

bool is_above(const Loss& loss, std::int64_t max_loss) {
  return max_loss >= 0 && loss.count && *loss.count > static_cast<std::uint64_t>(max_loss);
}

std::string receipt_id(const std::string& group, std::uint64_t new_epoch) {
  return fmt::format("{}-{}", group, new_epoch);
}

Receipt opened_receipt(const std::string& group, const std::string& node, const std::string& old_instance,
                       std::uint64_t old_epoch, const std::string& new_instance, std::uint64_t new_epoch,
                       const Loss& loss) {
  Receipt receipt;
  receipt.id = receipt_id(group, new_epoch);
  receipt.group = group;
  receipt.node = node;
  receipt.old_instance = old_instance;
  receipt.old_epoch = old_epoch;
  receipt.last_known = loss.old_next == 0 ? 0 : loss.old_next - 1;
  receipt.new_instance = new_instance;
  receipt.new_epoch = new_epoch;
  receipt.first_own = loss.resync;
  return receipt;
}

Receipt collected_receipt(Receipt receipt, std::uint64_t count, std::uint64_t first, std::uint64_t last) {
  receipt.state = count == 0 ? ReceiptState::Applied : ReceiptState::Collected;
  receipt.conflicts = 0;
  receipt.count = count;
  receipt.first = count == 0 ? 0 : first;
  receipt.last = count == 0 ? 0 : last;
  return receipt;
}

bool is_settled(const Receipt& receipt) {
  return receipt.state == ReceiptState::Applied || receipt.state == ReceiptState::Conflicts ||
         receipt.state == ReceiptState::Complete;
}

}  // namespace hw::cluster

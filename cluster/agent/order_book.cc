#include "cluster/agent/order_book.h"

namespace hw::cluster {

Status BoardOrders::change(const std::function<void(Orders&)>& edit) {
  HW_TRY_VOID(board_.change([&](BoardParts& parts) {
    const Orders before = parts.orders;
    edit(parts.orders);
    return parts.orders != before;
  }));
  told_();
  return {};
}

}  // namespace hw::cluster

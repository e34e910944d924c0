/// cluster/agent/order_book.h -- the board's orders for jobs: the coordinator writes, everybody obeys.
#pragma once

#include <functional>

#include "cluster/agent/board_keeper.h"
#include "cluster/jobs/job.h"

namespace hw::cluster {

/// Thread: any.
class BoardOrders final : public OrderBook {
 public:
  /// `told` is called after each change, so that the next heartbeat need not be waited for.
  BoardOrders(BoardKeeper& board, std::function<void()> told) : board_(board), told_(std::move(told)) {}

  Orders read() const override { return board_.orders(); }
  /// Durable on return. Errors: those of BoardKeeper::change.
  Status change(const std::function<void(Orders&)>& edit) override;

 private:
  BoardKeeper& board_;
  const std::function<void()> told_;
};

}  // namespace hw::cluster

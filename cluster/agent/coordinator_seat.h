/// cluster/agent/coordinator_seat.h -- whether this agent is the coordinator, who is, and how it becomes one.
///
/// An agent that was coordinator when it died does nothing as one before it has had the time to hear of another: every
/// other node has been heard, or 3 s have passed. Source: operations, section 6.
#pragma once

#include <atomic>
#include <functional>
#include <string>

#include "cluster/agent/board_keeper.h"
#include "cluster/agent/node_config.h"
#include "engine/base/result.h"

namespace hw::cluster {

/// Thread: any.
class CoordinatorSeat {
 public:
  enum class Where : std::uint8_t {
    Here,
    There,    ///< another node, which is heard
    Pending,  ///< will be known in a moment
    None      ///< limited mode
  };
  struct Standing {
    Where where = Where::None;
    std::string node;  ///< There: which one
  };

  /// `told` is called when the others should hear of new orders at once. What is referred to outlives it.
  CoordinatorSeat(BoardKeeper& board, NodeConfig& config, std::function<void()> told)
      : board_(board), config_(config), told_(std::move(told)) {}

  /// Every other node has been heard, or is silent.
  void note_settled(bool settled) { settled_ = settled; }
  bool is_settled() const { return settled_; }

  Standing standing() const;
  bool is_here() const { return standing().where == Where::Here; }

  /// This node is coordinator from now on, by a number above all that it knows. Durable on return. `handed_over`: by
  /// the one before. Errors: those of BoardKeeper::take_over; HWCFGBAD without a configuration.
  Status take(bool handed_over);
  /// The same, when there has never been one and it is this node's turn. Returns whether it was.
  Result<bool> take_if_first();

  /// The same with dcs etcd, when the one that there was is silent.
  Result<bool> take_if_lost(bool store_answers);

  /// Nodes, groups and instances of the orders are those of the domain from now on. Durable on return. Errors: those of
  /// BoardKeeper::change.
  Status publish(const Domain& domain, const BoardGeneration& generation);
  /// What a coordinator does each second: numbers of new servers, nodes that are heard again, a generation that became
  /// current and was not published. Errors: those of BoardKeeper::change.
  Status tend();

 private:
  BoardKeeper& board_;
  NodeConfig& config_;
  const std::function<void()> told_;
  std::atomic<bool> settled_ = false;
};

}  // namespace hw::cluster

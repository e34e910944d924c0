/// cluster/agent/heartbeat.h -- each second this agent tells every other what it knows, and hears what that knows.
///
/// A node that has not been heard for 3 s is silent. A node is heard by its answer, and by its own question: one way is
/// enough. What is to be decided needs more than the last second's news: look() asks every node to look at itself
/// first. Source: operations, section 3.
#pragma once

#include <chrono>
#include <functional>
#include <list>
#include <map>
#include <memory>
#include <string>

#include "cluster/agent/board_keeper.h"
#include "cluster/agent/fresh_look.h"
#include "cluster/agent/heartbeat_message.h"
#include "cluster/agent/node_links.h"

namespace hw::cluster {

inline constexpr std::chrono::seconds kHeartbeatPeriod{1};
inline constexpr std::chrono::seconds kSilence{3};
/// Asked of an agent: look at your node, then tell what you have. The answer is a heartbeat.
inline constexpr std::string_view kLookVerb = "agent.look";

/// Thread: one, the agent's loop.
class Heartbeat {
 public:
  using Clock = std::chrono::steady_clock;
  struct Events {
    /// A message of another agent, whose parts have been merged.
    std::function<void(const HeartbeatMessage&, const BoardChange&)> heard;
    /// It has not been heard for 3 s, and was until then, or should have been.
    std::function<void(const std::string& node)> silent;
    /// Runs something in the loop's thread; from any thread.
    std::function<void(std::function<void()>)> post;
  };
  /// What of a message only the agent knows: generation, coordinator.
  using Filler = std::function<void(HeartbeatMessage&)>;

  /// `board` and `links` outlive it, and so does what the loop runs for it.
  Heartbeat(BoardKeeper& board, NodeLinks& links, Events events, Filler fill)
      : board_(board), links_(links), events_(std::move(events)), fill_(std::move(fill)) {}

  /// Once a second: asks who is not being asked, and finds who is silent.
  void beat(Clock::time_point now);
  /// Another agent's message; the answer to it. Errors: HWBOARDBAD.
  Result<std::string> answer(std::string_view body, Clock::time_point now);
  /// Asks every other node what is so now. `known` is called when each has answered, or is silent: at most kSilence and
  /// a beat later, when it was heard until now; a silent one has kSilentAnswer.
  void look(Clock::time_point now, std::function<void()> known);
  /// What this agent tells the others, but for what it has heard of them. Thread: any.
  std::string own_message() const { return message(false); }
  /// Every other node has been heard, or should have been by now: what is to be known of coordinators and epochs is.
  bool is_settled() const;
  /// Whether any other node has been heard.
  bool has_company() const;

 private:
  struct Other {
    Clock::time_point heard{};  ///< or when it began to be asked
    bool ever = false;
    bool silent = false;
    bool asked = false;
  };
  struct Look {
    std::uint64_t number = 0;
    FreshLook nodes;
    std::function<void()> known;
  };
  Other& other_at(const std::string& node, Clock::time_point now);
  void ask_for(Look& look, Clock::time_point now);
  void looked(std::uint64_t number, const std::string& node, const Result<std::string>& answer);
  void end_looks();
  void ask(const std::string& node, Other& other, Clock::time_point now);
  void ended(const std::string& node, Result<std::string> answer);
  Result<HeartbeatMessage> take(std::string_view body, std::string_view from, Clock::time_point now);
  std::string message(bool whole) const;

  BoardKeeper& board_;
  NodeLinks& links_;
  const Events events_;
  const Filler fill_;
  std::map<std::string, Other> others_;
  std::list<Look> looks_;
  std::uint64_t last_look_ = 0;
};

}  // namespace hw::cluster

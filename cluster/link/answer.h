/// cluster/link/answer.h -- what is asked of an agent, and the way back to the caller.
///
/// An answer is many pieces or none, and then a last one. It may be given at once or later, by any thread. One that
/// goes away without its last piece tells the caller that the request was given up here.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "cluster/link/peer.h"

namespace hw::cluster {

struct AgentRequest {
  std::shared_ptr<const Peer> peer;  ///< as it was when it connected
  std::string verb;                  ///< 1 to kAgentVerbBytesMax bytes of any kind; the link knows none
  std::string body;
};

/// Thread: any; each call is whole.
class Answer {
 public:
  virtual ~Answer() = default;

  /// One piece, in order: a line of progress. Nothing when the caller has gone, or after `last`.
  virtual void partial(std::string_view body) = 0;
  /// The end of the answer; what is said after it is dropped. A body of more than kAgentMessageBytesMax bytes becomes
  /// a refusal that says so.
  virtual void last(std::string_view body) = 0;

  /// The caller has gone, or has given up waiting.
  virtual bool cancelled() const = 0;
  /// `then` is called once when that happens, in the link's thread; at once, in this one, when it has. Not after the
  /// answer has ended. A second call takes the first one's place.
  virtual void on_cancel(std::function<void()> then) = 0;
};

/// The answering side. Thread: the link's, which must not be held up: what takes time is answered later by another one.
class RequestHandler {
 public:
  virtual ~RequestHandler() = default;
  /// A whole request. It is answered through `answer`, now or later.
  virtual void on_request(AgentRequest request, std::shared_ptr<Answer> answer) = 0;
  /// A peer was turned away: a line for the operator log, HWDENIED. They are limited already.
  virtual void on_denied(const Error& error) = 0;
};

}  // namespace hw::cluster

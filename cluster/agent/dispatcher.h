/// cluster/agent/dispatcher.h -- what is asked of this agent goes to who answers it, when the peer may ask that.
///
/// A peer on the socket is who the kernel says, whatever its request says; another agent speaks for who has asked it.
/// Source: operations, sections 1 and 13.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>

#include "cluster/agent/workers.h"
#include "cluster/link/agent_server.h"
#include "cluster/link/answer.h"
#include "cluster/plan/request.h"
#include "replic/process/server_log.h"

namespace hw::cluster {

/// A request that may be made.
struct Asked {
  std::string verb;
  CommandRequest request;  ///< of a raw verb: nothing
  std::string body;        ///< of a raw verb: as it came
  std::shared_ptr<Answer> answer;
};

/// Handlers are named before the server starts. Thread: any.
class Dispatcher final : public RequestHandler {
 public:
  using Handler = std::function<void(Asked)>;
  enum class Where : std::uint8_t {
    Worker,  ///< a thread that may wait
    Link     ///< at once, in the link's thread: hands on what takes time
  };

  /// What is referred to outlives it.
  Dispatcher(std::string node, Workers& workers, ServerLog& log)
      : node_(std::move(node)), workers_(workers), log_(log) {}

  /// A request in the envelope of cluster/plan/request.h.
  void serve(std::string_view verb, Where where, Handler handler);
  /// All verbs with that beginning; the longest counts, and a whole verb before it. Their bodies are their own.
  void serve_raw(std::string_view beginning, Where where, Handler handler);
  /// Writes a line of the server's log for each caller that was turned away.
  void turned_away_by(std::function<void(const Peer&, const Error&)> denied) { denied_ = std::move(denied); }
  /// Requests so far, but those of other agents among themselves.
  std::uint64_t requests() const { return requests_.load(); }

  void on_request(AgentRequest request, std::shared_ptr<Answer> answer) override;
  void on_denied(const Error& error) override;

 private:
  struct Row {
    Where where = Where::Worker;
    bool raw = false;
    Handler handler;
  };
  const Row* find(const std::string& verb) const;
  void hand_over(const Row& row, Asked asked);

  const std::string node_;
  Workers& workers_;
  ServerLog& log_;
  std::map<std::string, Row, std::less<>> rows_;
  std::map<std::string, Row, std::less<>> beginnings_;
  std::function<void(const Peer&, const Error&)> denied_;
  std::atomic<std::uint64_t> requests_ = 0;
};

}  // namespace hw::cluster

#include "cluster/link/agent_client.h"

#include <optional>
#include <utility>

#include "cluster/link/agent_message.h"
#include "cluster/link/client_core.h"
#include "engine/base/check.h"
#include "engine/base/limits.h"
#include "engine/base/mutex.h"

namespace hw::cluster {

std::string text_of(const AgentTarget& target) {
  if (!target.node.empty()) return target.node;
  return target.socket_path.empty() ? text_of(target.address) : target.socket_path;
}

class AgentClient::Core {
 public:
  Core(std::shared_ptr<LinkLoop> its_loop, std::shared_ptr<ClientCore> its_core)
      : loop(std::move(its_loop)), core(std::move(its_core)) {}
  ~Core() {
    // When the loop has ended, it has closed it.
    (void)loop->post([last = std::move(core)] { last->close(); });
  }
  const std::shared_ptr<LinkLoop> loop;
  std::shared_ptr<ClientCore> core;
};

namespace {

/// A value that another thread brings once.
template <typename T>
class Awaited {
 public:
  void bring(T value) {
    const MutexLock guard(mutex_);
    value_.emplace(std::move(value));
    changed_.notify_one();  // Under the lock: the waiting thread takes all of this away.
  }
  T wait() {
    MutexLock lock(mutex_);
    changed_.wait(lock, [this]() HW_REQUIRES(mutex_) { return value_.has_value(); });
    return *std::move(value_);
  }

 private:
  Mutex mutex_;
  Condition changed_;
  std::optional<T> value_ HW_GUARDED_BY(mutex_);
};

}  // namespace

void AgentClient::open(const std::shared_ptr<LinkLoop>& loop, AgentTarget target, AgentCaller caller, Deadline deadline,
                       const Opened& opened) {
  const std::string whom = text_of(target);
  const bool posted = loop->post([loop, target = std::move(target), caller = std::move(caller), deadline, opened] {
    const auto core = std::make_shared<ClientCore>(loop, target, caller);
    core->start(deadline, [loop, core, opened](std::optional<Error> failure) {
      if (failure.has_value()) return opened(*std::move(failure));
      opened(AgentClient(std::make_shared<Core>(loop, core)));
    });
  });
  if (!posted) opened(make_error<MsgId::HWREMOTE>(whom, "link closed"));
}

Result<AgentClient> AgentClient::connect(const std::shared_ptr<LinkLoop>& loop, AgentTarget target, AgentCaller caller,
                                         Deadline deadline) {
  HW_CHECK(!loop->in_loop());
  Awaited<Result<AgentClient>> outcome;
  open(loop, std::move(target), std::move(caller), deadline,
       [&outcome](Result<AgentClient> opened) { outcome.bring(std::move(opened)); });
  return outcome.wait();
}

AgentClient::~AgentClient() = default;

const Peer& AgentClient::peer() const { return core_->core->peer(); }
bool AgentClient::is_open() const { return core_->core->is_open(); }

void AgentClient::on_closed(std::function<void(const Error&)> then) {
  // After the loop's end there is nobody who could be told.
  (void)core_->loop->post([core = core_->core, then = std::move(then)] { core->on_closed(then); });
}

std::uint64_t AgentClient::request(const std::string& verb, const std::string& body, Deadline deadline,
                                   const AgentReply& reply) {
  const std::uint64_t number = core_->core->next_number();
  const auto& core = core_->core;
  std::string text = encode_request(verb, body);
  if (text.size() > kAgentMessageBytesMax) {
    const auto too_long = fmt::format("request has {} bytes, more than {}", text.size(), kAgentMessageBytesMax);
    if (!core_->loop->post([core, reply, too_long] { reply.on_end(core->remote(too_long)); }))
      reply.on_end(core->remote(too_long));
    return number;
  }
  const bool posted = core_->loop->post(
      [core, number, text = std::move(text), deadline, reply]() { core->request(number, text, deadline, reply); });
  if (!posted) reply.on_end(core->remote("link closed"));
  return number;
}

void AgentClient::cancel(std::uint64_t request) {
  // With the loop, every request has ended.
  (void)core_->loop->post([core = core_->core, request] { core->cancel(request); });
}

Result<std::string> AgentClient::call(const std::string& verb, const std::string& body, Deadline deadline,
                                      std::function<void(std::string)> on_partial) {
  HW_CHECK(!core_->loop->in_loop());
  Awaited<Result<std::string>> outcome;
  AgentReply reply;
  reply.on_partial = std::move(on_partial);
  reply.on_end = [&outcome](Result<std::string> ended) { outcome.bring(std::move(ended)); };
  request(verb, body, deadline, reply);
  return outcome.wait();
}

}  // namespace hw::cluster

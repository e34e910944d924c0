#include "cluster/store/loop_timer.h"

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <cstdint>
#include <utility>

namespace hw::cluster::store {

struct LoopTimer::Wait {
  explicit Wait(boost::asio::io_context& context) : timer(context) {}
  boost::asio::steady_timer timer;
  std::uint64_t number = 0;  ///< of the last call of at() or cancel()
  bool ended = false;
};

LoopTimer::LoopTimer(std::shared_ptr<LinkLoop> loop)
    : LoopUser(std::move(loop)), wait_(std::make_shared<Wait>(this->loop().context())) {}

LoopTimer::~LoopTimer() { cancel(); }

void LoopTimer::loop_ends() {
  wait_->ended = true;
  cancel();
}

void LoopTimer::at(Clock::time_point due, std::function<void()> then) {
  cancel();
  if (wait_->ended) return;
  wait_->timer.expires_at(due);
  // A time that has come may be on its way here already: the number says whether it still counts.
  wait_->timer.async_wait(
      [wait = wait_, number = wait_->number, then = std::move(then)](const boost::system::error_code& cancelled) {
        if (!cancelled && wait->number == number) then();
      });
}

void LoopTimer::cancel() {
  ++wait_->number;
  boost::system::error_code none;  // Cancelling cannot fail; destructors need the form that cannot throw.
  wait_->timer.cancel(none);
}

}  // namespace hw::cluster::store

#include "cluster/jobs/let_pass.h"

#include <algorithm>
#include <thread>

namespace hw::cluster {

void let_pass(Deadline until, const std::function<bool()>& should_stop) {
  constexpr std::chrono::milliseconds kLookAgain{50};
  while (!should_stop() && std::chrono::steady_clock::now() < until)
    std::this_thread::sleep_until(std::min(until, std::chrono::steady_clock::now() + kLookAgain));
}

}  // namespace hw::cluster

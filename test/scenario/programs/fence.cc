// fence -- the part of an agent, for scenarios: what replic/control/fence.h offers, for the instance of
// gtm_repl_instance.
//
//   fence require | off | learn EPOCH | show
//   fence promote EPOCH | epoch EPOCH | updates on | updates off | stop | allow
//   fence deadline SECONDS | deadline none | deadline 0
//   fence event                     ends with 0 when one is raised within a minute
//   fence applied SECONDARY SEQNO   likewise, when that secondary has applied it
#include <cmath>
#include <functional>
#include <iostream>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/clock.h"
#include "engine/base/text.h"
#include "replic/control/applied.h"
#include "replic/control/fence.h"
#include "replic/instance/instance.h"

namespace {

using namespace hw;
using Words = std::vector<std::string>;

Fence::Clock::time_point within_a_minute() { return Fence::Clock::now() + std::chrono::seconds(60); }

std::uint64_t number(const Words& words, std::size_t index) {
  return index < words.size() ? whole_number<std::uint64_t>(words[index]).value_or(0) : 0;
}

Status show(const std::string& path) {
  HW_TRY(const FenceState state, read_fence(path));
  std::cout << fmt::format("{} required {} known {} next {}", state.instance, state.required, state.known_epoch,
                           state.next_seqno.value);
  if (state.pool)
    std::cout << fmt::format(" epoch {} stopped {} updates {}", state.pool->epoch, state.pool->stopped,
                             state.pool->updates_enabled);
  std::cout << '\n';
  return {};
}

Status deadline(Fence& fence, const Words& words) {
  const std::string& when = words.at(1);
  if (when == "none") {
    fence.set_deadline(kNoDeadline);
  } else if (when == "0") {
    fence.set_deadline(0);
  } else {
    fence.set_deadline(boot_clock_ns() + static_cast<std::uint64_t>(std::lround(std::stod(when) * 1e9)));
  }
  return {};
}

Status stop(Fence& fence, const Words&) {
  HW_TRY(const Seqno next, fence.stop_updates(within_a_minute()));
  std::cout << "next " << next.value << '\n';
  return {};
}

Status event(Fence& fence, const Words&) {
  const std::uint32_t ticket = fence.ticket();
  std::cout << "waiting" << std::endl;
  fence.wait(ticket, within_a_minute());
  if (fence.ticket() == ticket) return make_error<MsgId::TEXT>("no event").as(Severity::Error);
  std::cout << (fence.takes_updates() ? "updates may begin\n" : "no update may begin\n");
  return {};
}

Status applied(Fence& fence, const Words& words) {
  const auto begun = Fence::Clock::now();
  if (!wait_applied(fence.pool(), words.at(1), Seqno{number(words, 2)}, within_a_minute()))
    return make_error<MsgId::TEXT>("not applied").as(Severity::Error);
  std::cout << std::chrono::duration_cast<std::chrono::milliseconds>(Fence::Clock::now() - begun).count() << " ms\n";
  return {};
}

using OfPool = std::function<Status(Fence&, const Words&)>;
const std::map<std::string, OfPool, std::less<>> kOfPool = {
    {"promote", [](Fence& fence, const Words& words) { return fence.promote(number(words, 1)); }},
    {"epoch",
     [](Fence& fence, const Words& words) {
       fence.set_epoch(number(words, 1));
       return Status();
     }},
    {"updates",
     [](Fence& fence, const Words& words) {
       return words.at(1) == "on" ? fence.updates_on(within_a_minute()) : fence.updates_off(within_a_minute());
     }},
    {"stop", stop},
    {"allow", [](Fence& fence, const Words&) { return fence.allow_updates(within_a_minute()); }},
    {"deadline", deadline},
    {"event", event},
    {"applied", applied},
};

Status run(const Words& words) {
  HW_TRY(const std::string path, instance_path_from_environment());
  if (words.front() == "require") return require_fence(path);
  if (words.front() == "off") return fence_off(path);
  if (words.front() == "learn") return learn_epoch(path, number(words, 1));
  if (words.front() == "show") return show(path);
  const auto known = kOfPool.find(words.front());
  if (known == kOfPool.end()) return make_error<MsgId::CLIERR>("fence: no such word");
  HW_TRY(Fence fence, Fence::open(path));
  return known->second(fence, words);
}

}  // namespace

int main(int argc, char** argv) {
  const Words words(argv + 1, argv + argc);
  if (words.empty()) return 2;
  const hw::Status status = run(words);
  if (status.has_value()) return 0;
  std::cerr << status.error().render();
  return status.error().status();
}

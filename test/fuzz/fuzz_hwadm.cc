// Property: any line of hwadm's prompt is a command or refused; what it asks of an agent is a request that an agent
// takes.
#include <algorithm>

#include "cluster/admin/command_line.h"
#include "cluster/plan/request.h"
#include "engine/base/check.h"
#include "test/support/fuzz/mutator.h"

namespace {

using namespace hw;
using namespace hw::cluster;
using namespace hw::cluster::hwadm;

void line(std::string_view text) {
  const auto words = split_line(text);
  if (!words.has_value()) return;
  const auto parsed = parse_line(*words, {});
  if (!parsed.has_value() || parsed->command() == nullptr || parsed->command()->demand == nullptr) return;
  if (parsed->common().help || parsed->common().version) return;
  const auto demand = parsed->command()->demand(*parsed);
  if (!demand.has_value()) return;
  CommandRequest request;
  request.arguments = demand->arguments;
  request.why = parsed->common().why;
  request.text = parsed->text();
  request.timeout_s = parsed->common().timeout_s;
  HW_CHECK(decode_command_request(encode_command_request(request)).has_value());
}

}  // namespace

HW_FUZZ_SHAPE({}, fuzz::lines)

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string_view left(reinterpret_cast<const char*>(data), size);
  while (!left.empty()) {
    const std::size_t end = std::min(left.find('\n'), left.size());
    line(left.substr(0, end));
    left.remove_prefix(std::min(end + 1, left.size()));
  }
  return 0;
}

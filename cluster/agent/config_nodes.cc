#include "cluster/agent/config_nodes.h"

#include <chrono>

#include "cluster/plan/request.h"

namespace hw::cluster {

Status status_of_answer(const std::string& node, const Result<std::string>& body) {
  if (!body.has_value()) return body.error();
  HW_TRY(const CommandAnswer answer, decode_command_answer(*body, node));
  if (answer.outcome == Outcome::Done) return {};
  if (answer.messages.empty()) return make_error<MsgId::HWREMOTE>(node, word_of(answer.outcome));
  const ResultMessage& first = answer.messages.front();
  return make_error<MsgId::HWREMOTE>(node, fmt::format("{}, {}", first.code, first.text));
}

Result<std::string> ConfigNodes::ask(const Node& node, std::string_view verb, const std::string& arguments) {
  CommandRequest request;
  request.arguments = arguments;
  request.user = "agent";
  request.host = own_node_;
  request.timeout_s = kConfigAnswer_s;
  const Deadline deadline = std::chrono::steady_clock::now() + std::chrono::seconds(kConfigAnswer_s);
  return ask_(node, std::string(verb), encode_command_request(request), deadline);
}

Status ConfigNodes::command(const Node& node, std::string_view verb, const std::string& arguments) {
  return status_of_answer(node.name, ask(node, verb, arguments));
}

Result<NodeGenerations> ConfigNodes::state(const Node& node) {
  if (node.name == own_node_) return own_.state(coordinator_());
  HW_TRY(const std::string body, ask(node, kConfigState, "{}"));
  if (is_command_answer(body)) {
    HW_TRY_VOID(status_of_answer(node.name, body));
  }
  return decode_state(body, node.name);
}

Status ConfigNodes::put(const Node& node, const Generation& generation) {
  if (node.name == own_node_) return own_.put(generation);
  return command(node, kConfigPut, encode_generation(generation));
}

Status ConfigNodes::make_current(const Node& node, const NumberedGeneration& number) {
  if (node.name == own_node_) return own_.make_current(number);
  return command(node, kConfigCurrent, encode_number(number));
}

Status ConfigNodes::drop(const Node& node, std::uint64_t number) {
  if (node.name == own_node_) return own_.drop(number);
  return command(node, kConfigDrop, encode_number({number, ""}));
}

Status ConfigNodes::put_named(const Node& node, const NamedText& named) {
  if (node.name == own_node_) return own_.put_named(named);
  return command(node, kConfigName, encode_named(named));
}

}  // namespace hw::cluster

/// hwadm in this process: its streams are texts, its agent a function.
#pragma once

#include <gtest/gtest.h>

#include <functional>
#include <sstream>
#include <string>
#include <vector>

#include "cluster/admin/program.h"
#include "cluster/plan/request.h"

namespace hw::cluster::hwadm::test {

/// A request as the agent gets it.
struct Asked {
  std::string verb;
  CommandRequest request;
  double timeout_s = 0;  ///< of the link
};

/// Answers with a function, and keeps what it was asked.
class ScriptedAgent final : public Agents, public AgentLine {
 public:
  /// Returns the last piece; may give others before it.
  using Script = std::function<Result<std::string>(const Asked&, const std::function<void(std::string)>& piece)>;

  Script script = [](const Asked&, const auto&) -> Result<std::string> { return encode_command_answer({}); };
  std::optional<Error> unreached;  ///< nobody answers
  std::vector<Asked> asked;
  const Domain* domain = nullptr;

  Result<AgentLine*> connect(const Domain* whose, const std::function<void(const Error&)>& tried) override {
    domain = whose;
    if (!unreached) return this;
    tried(make_error<MsgId::HWREMOTE>("/d/run/hwd.sock", "nobody listens"));
    return *unreached;
  }
  const std::string& name() const override { return name_; }
  Result<std::string> call(const std::string& verb, const std::string& body, double timeout_s,
                           std::function<void(std::string)> on_piece) override {
    auto request = decode_command_request(body);
    EXPECT_TRUE(request.has_value()) << body;
    asked.push_back({verb, request.has_value() ? *request : CommandRequest{}, timeout_s});
    return script(asked.back(), on_piece);
  }

 private:
  std::string name_ = "n1";
};

struct Ended {
  int status = 0;
  std::string out;
  std::string err;
};

class Stage {
 public:
  ScriptedAgent agent;
  std::string input;
  bool terminal = false;
  std::vector<std::string> folders;  ///< --dir of each command

  /// `words`: a line, as split_line takes it.
  Ended run(const std::string& words, const std::string& name = "hwadm") {
    std::istringstream in(input);
    std::ostringstream out;
    std::ostringstream err;
    Console console{in, out, err, terminal};
    Surroundings surroundings{console, agent, person_, "/opt/hw/bin/hwadm",
                              [this](const std::string& folder) { folders.push_back(folder); }};
    const int status = run_program(name, split_line(words).value(), surroundings);
    return {status, out.str(), err.str()};
  }
  /// The last request's arguments.
  std::string arguments() const { return agent.asked.empty() ? "" : agent.asked.back().request.arguments; }

 private:
  const Person person_{"root", "n1"};
};

}  // namespace hw::cluster::hwadm::test

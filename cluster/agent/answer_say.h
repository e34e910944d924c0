/// cluster/agent/answer_say.h -- what a command prints, as pieces of its answer.
#pragma once

#include <string_view>

#include "cluster/jobs/job.h"
#include "cluster/link/answer.h"
#include "cluster/plan/request.h"

namespace hw::cluster {

/// Thread: one at a time.
class AnswerSay final : public Say {
 public:
  /// The answer outlives it.
  explicit AnswerSay(Answer& answer) : answer_(answer) {}
  void line(std::string_view text) override { answer_.partial(encode_partial(std::string(text))); }
  void message(const Error& error, std::string_view node) override {
    answer_.partial(encode_partial(message_of(error, node)));
  }

 private:
  Answer& answer_;
};

/// A command that ends with one message and has changed nothing.
inline std::string refusal(const Error& why, Outcome outcome = Outcome::Refused, std::string_view node = {}) {
  CommandResult result;
  result.outcome = outcome;
  result.messages.push_back(message_of(why, node));
  return encode_command_answer(result);
}

}  // namespace hw::cluster

#include "cluster/agent/read_service.h"

#include <algorithm>
#include <chrono>

#include "cluster/agent/answer_say.h"
#include "cluster/plan/reads.h"

namespace hw::cluster {
namespace {

/// Of one agent; more would not go into one answer.
constexpr std::size_t kEntriesMax = 20'000;
constexpr std::chrono::seconds kOthers{2};

/// The last piece, or why there is none.
void end(const Asked& asked, const Result<std::string>& body) {
  asked.answer->last(body.has_value() ? *body : refusal(body.error()));
}

}  // namespace

void ReadService::board(const Asked& asked) const {
  look_now_();
  BoardAnswer answer;
  answer.parts = board_.parts();
  answer.node = board_.node();
  answer.limited = !has_coordinator(board_.board());
  asked.answer->last(encode_board_answer(answer));
}

void ReadService::own_history(const Asked& asked) const {
  const auto entries = history_.read(kEntriesMax);
  asked.answer->last(entries.has_value() ? encode_history_answer(*entries) : refusal(entries.error()));
}

std::vector<std::vector<HistoryEntry>> ReadService::other_histories(const Asked& asked) const {
  const Board board = board_.board();
  std::vector<std::string> nodes = links_.nodes();
  std::erase_if(nodes, [&](const std::string& node) {
    const BoardNode* const known = board.node(node);
    return known != nullptr && known->state == NodeState::Cleaned;
  });
  std::vector<std::vector<HistoryEntry>> out;
  const auto answers = links_.ask_each(nodes, std::string(kOwnHistory), encode_command_request({}),
                                       std::chrono::steady_clock::now() + kOthers);
  AnswerSay say(*asked.answer);
  for (std::size_t i = 0; i < nodes.size(); ++i) {
    Result<std::vector<HistoryEntry>> entries =
        answers[i].has_value() ? decode_history_answer(*answers[i], nodes[i]) : answers[i].error();
    if (entries.has_value())
      out.push_back(*std::move(entries));
    else
      say.message(std::move(entries).error().as(Severity::Warning), nodes[i]);
  }
  return out;
}

void ReadService::history(const Asked& asked) const {
  const auto filter = decode_history_arguments(asked.request.arguments);
  if (!filter.has_value()) return asked.answer->last(refusal(filter.error(), Outcome::Usage));
  auto own = history_.read(kEntriesMax);
  if (!own.has_value()) return asked.answer->last(refusal(own.error()));
  std::vector<std::vector<HistoryEntry>> all = other_histories(asked);
  all.push_back(*std::move(own));
  asked.answer->last(encode_history_answer(filter_history(merge_history(all), *filter)));
}

void ReadService::show_config(const Asked& asked) const {
  const auto encoded = [&]() -> Result<std::string> {
    HW_TRY(const auto asked_number, decode_generation_argument(asked.request.arguments));
    const std::uint64_t number = asked_number.value_or(config_.current().number);
    HW_TRY(const Generation generation, config_.text(number));
    HW_TRY(const auto rows, config_.list());
    const auto row = std::ranges::find_if(rows, [&](const auto& one) { return one.generation.number == number; });
    ConfigAnswer answer{number, generation.sha256, generation.text, row == rows.end() ? "stored" : row->state()};
    return encode_config_answer(answer);
  };
  end(asked, encoded());
}

void ReadService::list_configs(const Asked& asked) const {
  const auto rows = config_.list();
  asked.answer->last(rows.has_value() ? encode_generations_answer(*rows) : refusal(rows.error()));
}

}  // namespace hw::cluster

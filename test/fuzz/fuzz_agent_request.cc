// Property: any bytes as a request to an agent, a piece of its answer or the last one get a verdict; what is accepted
// says the same when it is encoded and decoded again.
#include "cluster/plan/commands.h"
#include "cluster/plan/reads.h"
#include "cluster/plan/request.h"
#include "engine/base/check.h"
#include "test/support/fuzz/mutator.h"

namespace {

using namespace hw;
using namespace hw::cluster;

template <typename Wanted>
void command(const std::string& arguments) {
  const auto decoded = command_of<Wanted>(arguments);
  if (decoded.has_value()) HW_CHECK(command_of<Wanted>(json_of_command(*decoded)).value() == *decoded);
}

void request(std::string_view bytes) {
  const auto decoded = decode_command_request(bytes);
  if (!decoded.has_value()) return;
  const auto again = decode_command_request(encode_command_request(*decoded));
  HW_CHECK(again.has_value() && again->arguments == decoded->arguments && again->yes == decoded->yes);
  command<BootCommand>(decoded->arguments);
  command<DownCommand>(decoded->arguments);
  command<LosttnCommand>(decoded->arguments);
  const auto filter = decode_history_arguments(decoded->arguments);
  if (filter.has_value()) HW_CHECK(decode_history_arguments(encode_history_arguments(*filter)).has_value());
  (void)decode_generation_argument(decoded->arguments);
}

void piece(std::string_view bytes) {
  const auto decoded = decode_partial(bytes, "n1");
  if (decoded.has_value()) HW_CHECK(decode_partial(encode_partial(*decoded), "n1").has_value());
}

void last_piece(std::string_view bytes) {
  const auto answer = decode_command_answer(bytes, "n1");
  HW_CHECK(!answer.has_value() || is_command_answer(bytes));
  if (answer.has_value()) HW_CHECK(decode_command_answer(answer->object, "n1").value().exit == answer->exit);
  const auto config = decode_config_answer(bytes, "n1");
  if (config.has_value()) HW_CHECK(decode_config_answer(encode_config_answer(*config), "n1").value() == *config);
  const auto board = decode_board_answer(bytes, "n1");
  if (board.has_value()) HW_CHECK(decode_board_answer(encode_board_answer(*board), "n1").value() == *board);
  const auto history = decode_history_answer(bytes, "n1");
  if (history.has_value())
    HW_CHECK_EQ(decode_history_answer(encode_history_answer(*history), "n1").value().size(), history->size());
  const auto rows = decode_generations_answer(bytes, "n1");
  if (rows.has_value())
    HW_CHECK_EQ(decode_generations_answer(encode_generations_answer(*rows), "n1").value().size(), rows->size());
}

}  // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string bytes = fuzz::text_of(data, size);
  request(bytes);
  piece(bytes);
  last_piece(bytes);
  return 0;
}

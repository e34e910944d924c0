/// cluster/plan/request.h -- what hwadm asks an agent, and the pieces of its answer, as JSON texts.
///
/// The request is the body of a message of the link; its verb is the command's name (commands.h), or that of a read
/// (reads.h).
///
///   request  {"format":1,"arguments":{…},"yes":N,"why":TEXT,"user":TEXT,"host":TEXT,"text":TEXT,"timeout_s":X}
///   piece    {"line":TEXT}                                          one line of stdout
///            {"message":{"code","severity","text","node"}}          one of stderr
///   last     the object of `json_of(CommandResult)`, and "ask":TEXT when something must be confirmed first
///
/// What a person is to see comes as pieces, in order: the last piece has no lines. A message that came as a piece may
/// are in the last one too; it is shown once. With `ask` nothing has been changed: hwadm asks the user and repeats
/// the request with one more `yes`. A read that is refused ends as a command does.
///
/// A key that is missing has its default but `arguments`, `line`, `message` and `result`, which must be there; one that
/// is not known is passed over: releases side by side add fields. Source: operations, sections 1 and 5.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "cluster/board/command_result.h"
#include "engine/base/result.h"

namespace hw::cluster {

/// So many questions no command has.
inline constexpr std::uint32_t kQuestionsMax = 8;
/// Of `timeout_s`; 31 years.
inline constexpr double kCommandSecondsMax = 1e9;

struct CommandRequest {
  std::string arguments = "{}";  ///< a JSON object: json_of_command()
  std::uint32_t yes = 0;         ///< how many questions the user has said yes to
  std::string why;               ///< --why; at most kHistoryTextBytesMax bytes
  std::string user;              ///< as hwadm says; over the socket the agent knows better
  std::string host;
  std::string text;  ///< the command as it was typed, for history; at most kHistoryTextBytesMax bytes
  /// Of the whole command; below 0: no limit. None: the default of a boot or down, wait_s, which the agent knows.
  std::optional<double> timeout_s;
  friend bool operator==(const CommandRequest&, const CommandRequest&) = default;
};
/// Texts that are too long are cut.
std::string encode_command_request(const CommandRequest& request);
/// Any bytes. Errors: HWBOARDBAD names the member and what is wrong with it.
Result<CommandRequest> decode_command_request(std::string_view body);

/// A line of stdout, or a message of stderr.
using AnswerPiece = std::variant<std::string, ResultMessage>;
std::string encode_partial(const AnswerPiece& piece);
/// Any bytes of the agent of `node`. Errors: HWBOARDBAD, with it.
Result<AnswerPiece> decode_partial(std::string_view body, std::string_view node);

struct CommandAnswer {
  Outcome outcome = Outcome::Done;
  int exit = 0;                         ///< 0 to 255
  std::vector<ResultMessage> messages;  ///< of the last piece alone
  std::optional<std::string> ask;       ///< what will happen, in one line
  std::string object;                   ///< the whole last piece but `ask`, for --json
};
std::string encode_command_answer(const CommandResult& result, const std::optional<std::string>& ask = {});
/// Any bytes of the agent of `node`. Errors: HWBOARDBAD, with it.
Result<CommandAnswer> decode_command_answer(std::string_view body, std::string_view node);
/// Whether a last piece ends a command; if not, it is a read's own.
bool is_command_answer(std::string_view body);

}  // namespace hw::cluster

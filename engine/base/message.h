/// engine/base/message.h -- the message catalogue as types.
///
/// Every message the product can print is one row of message.def. A row becomes a type, so that a
/// wrong number or kind of arguments does not compile, and becomes data, so that docs/messages.md
/// and the exit statuses are generated from the same place.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace hw {

/// Values are GT.M's: the low three bits of a message code.
enum class Severity : std::uint8_t { Warning = 0, Success = 1, Error = 2, Info = 3, Fatal = 4 };

/// The letter printed in `%GTM-<letter>-CODE`.
constexpr char severity_letter(Severity severity) {
  constexpr char letters[] = {'W', 'S', 'E', 'I', 'F'};
  return letters[static_cast<std::uint8_t>(severity)];
}

enum class MsgId : std::uint16_t {
#define MESSAGE(number, id, severity, text, cause, action) id,
#include "engine/base/message.def"
#undef MESSAGE
};

/// One specialisation per row of message.def.
template <MsgId Id>
struct MsgInfo;

#define MESSAGE(number_, id_, severity_, text_, cause_, action_) \
  template <>                                                    \
  struct MsgInfo<MsgId::id_> {                                   \
    static constexpr std::uint32_t number = number_;             \
    static constexpr std::string_view name{#id_};                \
    static constexpr std::string_view text{text_};               \
    static constexpr Severity severity = Severity::severity_;    \
  };
#include "engine/base/message.def"
#undef MESSAGE

/// One row at run time, for generated documentation and for exit statuses.
struct MessageRow {
  MsgId id;
  std::uint32_t number;  ///< GT.M's code without its severity bits where GT.M has the message
  std::string_view name;
  Severity severity;
  std::string_view text;
  std::string_view cause;
  std::string_view action;
};

/// All rows, in the order of message.def.
std::span<const MessageRow> message_catalogue();

/// The row of one message.
const MessageRow& message_row(MsgId id);

/// `%GTM-E-REPLINSTNMLEN, text`: one printed line, no newline.
std::string message_line(MsgId id, Severity severity, std::string_view text);

/// Exit status of a command that ends with this message: (number | severity bits) mod 256, as GT.M's.
int exit_status(MsgId id, Severity severity);

}  // namespace hw

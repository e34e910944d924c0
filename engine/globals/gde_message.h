/// engine/globals/gde_message.h -- gde's messages as types; the same idea as engine/base/message.h, facility GDE.
#pragma once

#include <fmt/format.h>

#include <cstdint>
#include <string>
#include <string_view>

#include "engine/base/message.h"

namespace hw::gde {

enum class MsgId : std::uint16_t {
#define GDE_MESSAGE(number, id, severity, text) id,
#include "engine/globals/gde_message.def"
#undef GDE_MESSAGE
};

template <MsgId Id>
struct MsgInfo;

#define GDE_MESSAGE(number_, id_, severity_, text_)               \
  template <>                                                     \
  struct MsgInfo<MsgId::id_> {                                    \
    static constexpr std::uint32_t number = number_;              \
    static constexpr std::string_view name{#id_};                 \
    static constexpr std::string_view text{text_};                \
    static constexpr hw::Severity severity = Severity::severity_; \
  };
#include "engine/globals/gde_message.def"
#undef GDE_MESSAGE

/// One message with its arguments put in.
struct Message {
  MsgId id;
  std::string_view name;
  Severity severity;
  std::uint32_t number;
  std::string text;

  Message as(Severity other) && {
    severity = other;
    return std::move(*this);
  }
  /// `%GDE-E-OBJREQD, name required`, no newline at the end.
  std::string line() const { return fmt::format("%GDE-{}-{}, {}", severity_letter(severity), name, text); }
  /// Exit status of a gde whose last word this is.
  int status() const { return static_cast<int>(((number & ~7U) | static_cast<std::uint32_t>(severity)) & 0xFF); }
};

template <MsgId Id, typename... Args>
[[nodiscard]] Message make(const Args&... args) {
  return {Id, MsgInfo<Id>::name, MsgInfo<Id>::severity, MsgInfo<Id>::number,
          fmt::format(fmt::format_string<const Args&...>(MsgInfo<Id>::text), args...)};
}

}  // namespace hw::gde

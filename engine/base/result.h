/// engine/base/result.h -- failures as values.
///
/// A function that can fail in a way its caller can meet returns Result<T>. Exceptions stop at
/// library borders and become an Error there.
#pragma once

#include <fmt/format.h>

#include <string>
#include <tl/expected.hpp>
#include <utility>
#include <vector>

#include "engine/base/check.h"
#include "engine/base/message.h"

namespace hw {

/// A failure the caller must handle: a catalogue message plus what the operating system said.
///
/// Moved and destroyed out of line: every function that can fail has code for that.
struct Error {
  Error(MsgId its_id, Severity its_severity, std::string its_text);
  Error(Error&& other) noexcept;
  Error(const Error& other);
  Error& operator=(Error&& other) noexcept;
  Error& operator=(const Error& other);
  ~Error();

  MsgId id;
  Severity severity;
  std::string text;                 ///< Arguments already substituted; no trailing newline.
  int os_errno = 0;                 ///< errno of the failing call, 0 when none.
  std::vector<std::string> extra;   ///< Whole further lines, printed between the message and the errno line.
  std::vector<std::string> before;  ///< Whole lines printed ahead of the message, as GT.M does before MUPCLIERR.
  bool unseen = false;              ///< HWUNSEEN, or ends a command because of one: the status says so.

  /// Adds a line `%GTM-I-TEXT, …` that says more about the circumstances.
  Error& note(std::string_view what);
  /// Prints all lines of `cause` ahead of this message, which is the last word, as GT.M does before MUNOACTION.
  Error& after(const Error& cause);
  /// The same of a line that is no error's.
  Error& after(std::string_view line);
  /// Prints all lines of `cause` after this message, as its reason.
  Error& because(const Error& cause);
  /// The lines of `cause` were printed already: it only counts for the exit status.
  Error& counts(const Error& cause) {
    unseen = unseen || cause.unseen;
    return *this;
  }
  /// The errno of the failing call; its text is printed in a line after the message.
  Error& with_errno(int number) {
    os_errno = number;
    return *this;
  }
  /// The same message with another severity, which decides the exit status, too.
  Error& as(Severity other) {
    severity = other;
    return *this;
  }
  /// All lines as the user sees them, each ended by a newline.
  std::string render() const;
  /// The same without the last newline: a line of a log, or of another message.
  std::string lines() const;
  /// Exit status of a command that ends with this error. What could not be told is not known whatever the last message.
  int status() const { return unseen ? exit_status(MsgId::HWUNSEEN, severity) : exit_status(id, severity); }
};

/// The row's text with the arguments put in. For make_error and make_line, which have checked them.
Error error_of_row(MsgId id, Severity severity, fmt::string_view text, fmt::format_args args);
std::string line_of_row(MsgId id, Severity severity, fmt::string_view text, fmt::format_args args);

/// make_error<MsgId::REPLINSTNMLEN>(name): arguments are checked against the catalogue's text by the compiler.
template <MsgId Id, typename... Args>
[[nodiscard]] Error make_error(const Args&... args) {
  constexpr fmt::format_string<const Args&...> text(MsgInfo<Id>::text);
  return error_of_row(Id, MsgInfo<Id>::severity, text, fmt::make_format_args(args...));
}

/// The printed line of a message that is not a failure (information, success); no newline.
template <MsgId Id, typename... Args>
[[nodiscard]] std::string make_line(const Args&... args) {
  constexpr fmt::format_string<const Args&...> text(MsgInfo<Id>::text);
  return line_of_row(Id, MsgInfo<Id>::severity, text, fmt::make_format_args(args...));
}

/// Either a T or an Error. Member names are std::expected's; ignoring one does not compile in CI.
template <typename T>
class [[nodiscard]] Result : public tl::expected<T, Error> {
 public:
  using tl::expected<T, Error>::expected;
  Result(Error error) : tl::expected<T, Error>(tl::unexpected<Error>(std::move(error))) {}
};

template <>
class [[nodiscard]] Result<void> : public tl::expected<void, Error> {
 public:
  using tl::expected<void, Error>::expected;
  Result() = default;
  Result(Error error) : tl::expected<void, Error>(tl::unexpected<Error>(std::move(error))) {}
};

/// What is returned where there is no value: nothing, or an Error.
using Status = Result<void>;

}  // namespace hw

#define HW_CAT2(a, b) a##b
#define HW_CAT(a, b) HW_CAT2(a, b)
/// HW_TRY(auto header, decode_header(bytes)); returns the Error from the enclosing function.
#define HW_TRY(decl, expr) HW_TRY_NAMED(HW_CAT(hw_try_, __COUNTER__), decl, expr)
#define HW_TRY_NAMED(name, decl, expr)                   \
  auto name = (expr);                                    \
  if (!name.has_value()) return std::move(name).error(); \
  decl = *std::move(name)
/// HW_TRY_VOID(file.sync()); the same for a Status.
#define HW_TRY_VOID(expr) HW_TRY_VOID_NAMED(HW_CAT(hw_try_, __COUNTER__), expr)
#define HW_TRY_VOID_NAMED(name, expr)                      \
  do {                                                     \
    auto name = (expr);                                    \
    if (!name.has_value()) return std::move(name).error(); \
  } while (false)

/// engine/gde/scanner.h -- one command line of gde, taken apart from left to right.
///
///   line      = verb { part } [ '!' comment ]
///   part      = '-' keyword [ '=' value ]  |  object name
///   value     = '"' bytes, a quote doubled '"'  |  bytes up to a space  |  '(' item { ',' item } ')'
///
/// Real GDE takes all the rest of the line as an unquoted file name; here a space ends it.
#pragma once

#include <string>
#include <string_view>

#include "engine/gde/outcome.h"

namespace hw::gde {

class Scanner {
 public:
  explicit Scanner(std::string_view line) : rest_(line) {}

  /// Only spaces or a comment are left.
  bool at_end();
  /// Takes `c` when it comes next, after spaces.
  bool take(char c);
  /// Whether `c` comes next, after spaces.
  bool next_is(char c);

  /// Letters, digits and `_`, in upper case; empty when something else comes next.
  std::string keyword();
  /// Up to a space outside quotes: a global's name with its subscripts.
  std::string pattern();
  /// A quoted string, or everything up to a space or one of `stops`. Errors: STRMISSQUOTE.
  Outcome<std::string> value(std::string_view stops);
  /// What is left, to be named in a message.
  std::string rest();

 private:
  void skip_spaces();
  std::string_view rest_;
};

}  // namespace hw::gde

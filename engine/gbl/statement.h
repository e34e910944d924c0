/// engine/gbl/statement.h -- the statements of `gbl run`: a subset of M, one line at a time.
///
///   line       = { blank } [ command { blank command } ] [ ";" comment ]
///   command    = "set" setting { "," setting }            setting = node "=" expression
///              | "kill" node { "," node }                 the node and everything below it
///              | "zkill" node { "," node }                also "zwithdraw": the node's own value
///              | "incr" node [ ":" expression ] { "," … } adds 1, or the expression
///              | "write" item { "," item }                item = expression | "!" (a new line)
///              | "zwrite" pattern { "," pattern }
///              | "tstart" [ "()" | "*" ] [ ":" parameter | ":(" parameter { ":" parameter } ")" ]
///              | "tcommit" | "trollback" [ expression ] | "hang" expression | "halt" | "quit"
///   parameter  = "serial" | "transactionid" "=" quoted
///   expression = term { ("+" | "-" | "_") term }           from left to right, as in M
///   term       = { "+" | "-" } ( number | quoted | chars | node | "(" expression ")" )
///   chars      = ( "$C" | "$CHAR" | "$ZCH" | "$ZCHAR" ) "(" code { "," code } ")"
///   node       = "^" name [ "(" expression { "," expression } ")" ]
///   pattern    = "^" name [ "(" [ choice ] { "," [ choice ] } [ "," "*" ] ")" | "(*)" ]
///   choice     = expression | [ expression ] ":" [ expression ]     a range has both its ends; nothing means any
///
/// Commands may be shortened as in M (s, k, zk, zwi, w, zwr, ts, tc, tro, h; `h` alone is halt) and are written in any
/// letter case. Names without an up-arrow would be local variables, which do not exist here.
///
/// All functions here are pure: they do not block and may be called from any thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/result.h"
#include "engine/globals/charset.h"

namespace hw::gbl {

struct Expression;

/// A node whose subscripts are still to be computed.
struct Reference {
  std::string global;  ///< without the up-arrow
  std::vector<Expression> subscripts;
};

enum class TermKind : std::uint8_t { Text, Node, Group };

struct Term {
  TermKind kind = TermKind::Text;
  bool numeric = false;           ///< signs come before it: its value is taken as a number
  bool negative = false;          ///< and that number's sign is turned
  std::string text;               ///< of a literal; a number's is canonical
  std::vector<Reference> node;    ///< one, for TermKind::Node
  std::vector<Expression> group;  ///< one, for TermKind::Group
};

struct Step {
  char operation = '_';  ///< joins the term to what is left of it; the first term's is '_'
  Term term;
};

struct Expression {
  std::vector<Step> steps;
};

enum class Command : std::uint8_t {
  Set,
  Kill,
  ZKill,
  Increment,
  Write,  ///< `value` without steps is a new line
  ZWrite,
  TStart,
  TCommit,
  TRollback,
  Hang,
  Halt
};

/// What a subscript of a zwrite pattern may be: from `from` to `to`, both included; without steps there is no limit.
struct SubscriptChoice {
  Expression from;
  Expression to;
  bool exact = false;  ///< `from` alone
};

/// One command with one argument: `set ^a=1,^b=2` is two statements.
struct Statement {
  Command command = Command::Set;
  Reference node;        ///< Set, Kill, ZKill, Increment, ZWrite
  bool subtree = false;  ///< ZWrite: everything below as well
  /// ZWrite with a choice that is not exact: that of each level below `node`, whose own subscripts are the exact ones
  /// before it.
  std::vector<SubscriptChoice> choices;
  Expression value;            ///< Set, Increment, Write, TRollback, Hang; no steps when not given
  std::string transaction_id;  ///< TStart
};

/// $C() and $ZCH() are read as in engine/globals/zwr.h; in UTF-8 mode a string in quotes holds characters alone.
/// Errors: HWSTATEMENT with the position (byte from 1) and what was expected there; NOTMNAME; NUMOFLOW; INVDLRCVAL for
/// a code that is no character's; BADCHAR for bytes in quotes that are none.
Result<std::vector<Statement>> parse_line(std::string_view line, Charset charset = process_charset());

/// A node as an argument of the program, `^a(1,*)` included. Errors: as parse_line.
Result<Statement> parse_node(std::string_view text, Charset charset = process_charset());

}  // namespace hw::gbl

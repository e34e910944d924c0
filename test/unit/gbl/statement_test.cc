#include "engine/gbl/statement.h"

#include <gtest/gtest.h>

namespace hw::gbl {
namespace {

/// What was parsed, written fully bracketed, so that one string shows the whole tree.
std::string shown(const Expression& expression);

std::string shown(const Reference& node) {
  std::string out = "^" + node.global;
  for (const auto& subscript : node.subscripts) out += "[" + shown(subscript) + "]";
  return out;
}

std::string shown(const Term& term) {
  std::string out;
  if (term.numeric) out += term.negative ? "-" : "+";
  if (term.kind == TermKind::Node) return out + shown(term.node.front());
  if (term.kind == TermKind::Group) return out + "(" + shown(term.group.front()) + ")";
  return out + "'" + term.text + "'";
}

std::string shown(const Expression& expression) {
  std::string out;
  for (const auto& step : expression.steps) {
    if (!out.empty()) out += step.operation;
    out += shown(step.term);
  }
  return out;
}

std::string shown(const Statement& statement) {
  constexpr std::string_view kNames[] = {"set",    "kill",    "zkill",     "incr", "write", "zwrite",
                                         "tstart", "tcommit", "trollback", "hang", "halt"};
  std::string out{kNames[static_cast<std::size_t>(statement.command)]};
  if (!statement.node.global.empty()) out += " " + shown(statement.node);
  if (statement.subtree) out += "*";
  if (!statement.value.steps.empty()) out += " " + shown(statement.value);
  if (!statement.transaction_id.empty()) out += " id=" + statement.transaction_id;
  return out;
}

std::string parsed(std::string_view line) {
  const auto statements = parse_line(line);
  if (!statements) return statements.error().text;
  std::string out;
  for (const auto& statement : *statements) out += (out.empty() ? "" : " | ") + shown(statement);
  return out;
}

TEST(Statement, EachArgumentIsAStatement) {
  EXPECT_EQ(parsed(R"(set ^a(1)="x",^b="y""z" kill ^a,^b(2))"),
            R"(set ^a['1'] 'x' | set ^b 'y"z' | kill ^a | kill ^b['2'])");
}

TEST(Statement, CharactersInUtf8) {
  const auto value = [](std::string_view text, Charset charset) {
    const auto read = parse_line("set ^a=" + std::string(text), charset);
    return read.has_value() ? read->front().value.steps.front().term.text : read.error().text;
  };
  EXPECT_EQ(value("$C(233)", Charset::Utf8), "\xC3\xA9");
  EXPECT_EQ(value("$ZCH(233)", Charset::Utf8), "\xE9");
  EXPECT_EQ(value("$C(233)", Charset::M), "\xE9");
  EXPECT_EQ(value("$C(55296)", Charset::Utf8), "Invalid $CHAR() value 55296");
  EXPECT_EQ(value("$C(256)", Charset::M), "Invalid $CHAR() value 256");
  EXPECT_EQ(value("\"\xC3\xA9\"", Charset::Utf8), "\xC3\xA9");
  EXPECT_EQ(value("\"x\xFF\"", Charset::Utf8), "$ZCHAR(255) is not a valid character in the UTF-8 encoding form");
  EXPECT_EQ(value("\"x\xFF\"", Charset::M), "x\xFF");
  EXPECT_EQ(parse_node("^a($C(8364))", Charset::Utf8)->node.subscripts.front().steps.front().term.text, "\xE2\x82\xAC");
}

TEST(Statement, ShortFormsOfM) {
  EXPECT_EQ(parsed("s ^a=1 k ^a zk ^a zwi ^a w ^a zwr ^a ts  tc  tro  h 1 h"),
            "set ^a '1' | kill ^a | zkill ^a | zkill ^a | write ^a | zwrite ^a* | tstart | tcommit | trollback | "
            "hang '1' | halt");
  EXPECT_EQ(parsed("SET ^a=1 TStart  tcom"), "set ^a '1' | tstart | tcommit");
}

TEST(Statement, CommentsAndBlankLinesAreNothing) {
  EXPECT_EQ(parsed(""), "");
  EXPECT_EQ(parsed("  \t ; set ^a=1"), "");
  EXPECT_EQ(parsed("set ^a=1 ;set ^b=2"), "set ^a '1'");
  EXPECT_EQ(parsed("\tset ^a=1\r"), "set ^a '1'");
}

TEST(Statement, TransactionParameters) {
  EXPECT_EQ(parsed(R"(tstart ():transactionid="BATCH" set ^a=1)"), "tstart id=BATCH | set ^a '1'");
  EXPECT_EQ(parsed(R"(ts ():(serial:transaction="BATCH") tc)"), "tstart id=BATCH | tcommit");
  EXPECT_EQ(parsed("ts ():serial tc"), "tstart | tcommit");
  EXPECT_EQ(parsed("ts *:t=\"a\""), "tstart id=a");
  EXPECT_EQ(parsed("tstart set ^a=1"), "tstart | set ^a '1'");
  EXPECT_EQ(parsed("tro 1 set ^a=1"), "trollback '1' | set ^a '1'");
  EXPECT_EQ(parsed("tro -1"), "trollback -'1'");
}

TEST(Statement, ExpressionsAreLeftToRightAndNumbersCanonical) {
  EXPECT_EQ(parsed("w 1+\"2x\"-.5_\"a\",!"), "write '1'+'2x'-'.5'_'a' | write");
  EXPECT_EQ(parsed("w 007.50,1E3,-(1+^a),$c(65,66)"), "write '7.5' | write '1000' | write -('1'+^a) | write 'AB'");
  EXPECT_EQ(parsed("s ^a(^b(1),\"\")=--3"), "set ^a[^b['1']][''] +'3'");
}

TEST(Statement, IncrementTakesAnAmount) { EXPECT_EQ(parsed("incr ^a,^b:2"), "incr ^a | incr ^b '2'"); }

TEST(Statement, ZwriteOfANodeAloneOrWithAllBelow) {
  EXPECT_EQ(parsed("zwr ^a(1),^a(1,*),^a(*)"), "zwrite ^a['1'] | zwrite ^a['1']* | zwrite ^a*");
}

TEST(Statement, ErrorsNameThePosition) {
  const auto at = [](int position, std::string_view what) {
    return "Statement not understood at character " + std::to_string(position) + ": " + std::string(what);
  };
  EXPECT_EQ(parsed("set x=1"), at(5, "a global with its up-arrow expected; there are no local variables"));
  EXPECT_EQ(parsed("set ^a=x"), at(8, "a global with its up-arrow expected; there are no local variables"));
  EXPECT_EQ(parsed("set ^a"), at(7, "an equals sign expected"));
  EXPECT_EQ(parsed("set ^a="), at(8, "a number, a string in quotes, a global or $C() expected"));
  EXPECT_EQ(parsed("set ^a(1=2"), at(9, "only the operators + - and _ are known"));
  EXPECT_EQ(parsed("set ^a(1"), at(9, "a comma or a right parenthesis expected"));
  EXPECT_EQ(parsed("set ^a=\"x"), at(10, "a closing quote expected"));
  EXPECT_EQ(parsed("set ^a=2*3"), at(9, "only the operators + - and _ are known"));
  EXPECT_EQ(parsed("set ^a=$get(^b)"), at(8, "no function but $C() is known"));
  EXPECT_EQ(parsed("set ^a=$c(256)"), "Invalid $CHAR() value 256");
  EXPECT_EQ(parsed("set:1 ^a=1"), at(4, "conditions behind a command are not supported"));
  EXPECT_EQ(parsed("kill"), at(5, "one blank and an argument expected; there are no local variables"));
  EXPECT_EQ(parsed("kill ^a^b"), at(8, "a blank, a comma or the end of the line expected"));
  EXPECT_EQ(parsed("ts (a)"), at(5, "a right parenthesis expected; there are no local variables to restore"));
  EXPECT_EQ(parsed("ts ():foo"), at(7, "serial or transactionid expected"));
  EXPECT_TRUE(parsed("for i=1:1:3").starts_with(at(1, "a command expected")));
  EXPECT_EQ(parsed("s ^" + std::string(32, 'a') + "=1"), std::string(32, 'a') + " is not a valid M name");
}

TEST(Statement, DepthIsBounded) { EXPECT_EQ(parse_line("w " + std::string(1000, '(')).error().id, MsgId::HWSTATEMENT); }

TEST(Statement, NodeArgument) {
  EXPECT_EQ(shown(parse_node("^a(1.0,\"x\")")->node), "^a['1']['x']");
  EXPECT_TRUE(parse_node("^a")->subtree);
  EXPECT_FALSE(parse_node("^a(1)")->subtree);
  EXPECT_EQ(parse_node("^a(1) ").error().id, MsgId::HWSTATEMENT);
  EXPECT_EQ(parse_node("a").error().id, MsgId::HWSTATEMENT);
}

}  // namespace
}  // namespace hw::gbl

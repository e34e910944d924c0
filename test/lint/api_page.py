#!/usr/bin/env python3
"""Writes docs/api.md from the comments of the headers that a program includes.

    test/lint/api_page.py ROOT               writes the page
    test/lint/api_page.py ROOT --check       fails when the page is not up to date
    test/lint/api_page.py --self-test        the reading of declarations

Of each header: its opening comment, and every class, function, alias and macro with the `///` before it or the `///<` behind it;
of a class what is public. Left out is what the engine needs of itself: declarations that name one of its own types (INTERNAL).
"""
import re
import sys
from pathlib import Path

HEADERS = ["engine/headwater.hpp", "engine/session/database.h", "engine/session/session.h", "engine/base/result.h"]
INTERNAL = re.compile(r"\b(OpenRegion|Domain|OpenSessions|JournalPool|GlobalDirectory|fmt::|error_of_row|line_of_row|HW_CAT2?|"
                      r"HW_TRY(_VOID)?_NAMED)\b")
HEAD = """# Programming interface

<!-- Written by test/lint/api_page.py (target docs); do not edit. -->

Globals from C++: `#include "engine/headwater.hpp"`, link with `pkg-config --libs headwater`. [Programs to begin with](examples/README.md).
Errors are named by their codes in [messages.md](messages.md), what is on disk when a call returns is in [durability.md](durability.md).
"""


class Item:
    """`joined`: it has no comment before it, and no blank line: it belongs to the item before."""

    def __init__(self, text, doc, members=None, kind=""):
        self.text, self.doc, self.members, self.kind, self.joined = text, doc, members, kind, False


def comment_text(lines):
    return "\n".join(re.sub(r"^\s*///<? ?", "", line) for line in lines)


class Reader:
    """Declarations of a header, from its lines."""

    def __init__(self, text):
        self.text, self.at = text, 0

    def line_end(self):
        end = self.text.find("\n", self.at)
        return len(self.text) if end < 0 else end

    def take_line(self):
        end = self.line_end()
        line = self.text[self.at:end]
        self.at = end + 1
        return line

    def skip_braces(self):
        """From behind a `{` to behind its `}`; comments and literals are passed over."""
        depth = 1
        for found in re.compile(r'//[^\n]*|"(?:\\.|[^"\\])*"|\'(?:\\.|[^\'\\])\'|[{}]').finditer(self.text, self.at):
            depth += {"{": 1, "}": -1}.get(found.group(), 0)
            if depth == 0:
                self.at = found.end()
                return

    def declaration(self):
        """Up to `;`, `{` or a label's `:` outside of parentheses; what ended it."""
        depth, start = 0, self.at
        for found in re.compile(r'//[^\n]*|"(?:\\.|[^"\\])*"|\'(?:\\.|[^\'\\])\'|[(){};,]').finditer(self.text, self.at):
            depth += {"(": 1, ")": -1}.get(found.group(), 0)
            ends = found.group() in ";{" or found.group() == "}"
            if depth == 0 and ends:
                self.at = found.end() if found.group() != "}" else found.start()
                text = re.sub(r"//[^\n]*", "", self.text[start:found.start()])
                return " ".join(text.split()), found.group()
        self.at = len(self.text)
        return "", ""

    def trailing(self):
        """A `///<` on the rest of the line, and its further lines."""
        found = re.compile(r"[ \t]*;?[ \t]*///<([^\n]*)\n((?:[ \t]*///<[^\n]*\n)*)").match(self.text, self.at)
        if not found:
            return ""
        self.at = found.end()
        return comment_text([found.group(1)] + found.group(2).splitlines()).strip()

    def items(self, public):
        doc, out, joined = [], [], False
        while self.at < len(self.text):
            blank = re.compile(r"[ \t]*").match(self.text, self.at).end()
            rest = self.text[blank:self.line_end()]
            if self.text[self.at - 1] == "\n" and (rest == "" or rest.startswith("//")):
                joined = False
            if rest.startswith("///"):
                doc.append(self.take_line())
            elif rest == "" or rest.startswith("//"):
                self.take_line()
                doc = doc if rest else []
            elif rest.startswith("#define"):
                text = rest
                while self.take_line().endswith("\\"):
                    pass
                out.append(Item(re.match(r"#define (\w+(\([^)]*\))?)", text).group(1), comment_text(doc), kind="macro"))
                doc = []
            elif rest.startswith("#"):
                self.take_line()
            elif rest.startswith("}"):
                self.at = blank + 1
                return out
            elif label := re.match(r"(public|private|protected):", rest):
                public = label.group(1) == "public"
                self.at = blank + label.end()
            elif rest.startswith("namespace"):
                self.at = self.text.index("{", blank) + 1
                out += self.items(True)
                doc = []
            else:
                self.at = blank
                item = self.one(comment_text(doc))
                doc = []
                if item is not None and public:
                    item.joined = joined
                    out.append(item)
                joined = True
        return out

    def one(self, doc):
        text, end = self.declaration()
        whole = re.match(r"(?:template <.*?> )?(class|struct|enum class|enum)\b(?! .*\()", text)
        members = None
        if end == "{" and whole:
            if "enum" in whole.group(1):
                start = self.at
                self.skip_braces()
                members = self.enumerators(self.text[start:self.at - 1])
            else:
                members = self.items(whole.group(1) == "struct")
            self.at = re.compile(r"[^;\n]*;?").match(self.text, self.at).end()
        elif end == "{":
            self.skip_braces()
        doc = "\n".join(part for part in (doc, self.trailing()) if part)
        forward = whole and end == ";"
        if not text or forward or re.search(r"= delete$|= default$|^friend |^using enum|operator=\(", text):
            return None
        if text.startswith("template <>") and not whole:
            return None
        return Item(signature(text, whole), doc, members, whole.group(1) if whole else "")

    @staticmethod
    def enumerators(body):
        out = []
        for found in re.finditer(r"(\w+)[^,\n/]*,?[ \t]*(?:///<([^\n]*))?\n?", body):
            out.append(Item(found.group(1), (found.group(2) or "").strip()))
        return out


def signature(text, is_type):
    """Without a constructor's initializers, a default body, attributes."""
    text = text.replace("[[nodiscard]] ", "")
    if is_type:
        return re.sub(r"^template <.*?> (?=class|struct)", lambda t: t.group(), text)
    depth = 0
    for at, char in enumerate(text):
        depth += {"(": 1, ")": -1}.get(char, 0)
        colons = text[at - 1:at + 2]
        if depth == 0 and char == ":" and "::" not in colons and ")" in text[:at]:
            return text[:at].rstrip()
    return text


def paragraphs(doc):
    """A comment as Markdown: indented lines are code."""
    out, code = [], False
    for line in doc.splitlines():
        is_code = line.startswith("  ") or code and not line.strip()
        if is_code != code:
            out += ["" if is_code else "```", "```cpp" if is_code else ""]
            code = is_code
        out.append(line[2:] if is_code else re.sub(r"([\\*_<>])(?![^`]*`(?:[^`]*`[^`]*`)*[^`]*$)", r"\\\1", line))
    return "\n".join(out + ["```"] * code).replace("\n\n```\n", "\n```\n").replace("\n\n\n", "\n\n")


def sentence(doc):
    return " ".join(paragraphs(doc).split())


def shown(items):
    """Without the engine's own, and without what every class has: copies and ends of which nothing is to be said."""
    plain = re.compile(r"~\w+\(\)|(\w+)\((const )?\1&&?( \w+)?\)( noexcept)?")
    return [item for item in items if not INTERNAL.search(item.text) and (item.doc or not plain.fullmatch(item.text))]


def page_of(path, text):
    opening = []
    for line in text.splitlines():
        if not line.startswith("///"):
            break
        opening.append(line)
    intro = comment_text(opening)
    out = [f"\n## {path}\n", paragraphs(re.sub(rf"^{re.escape(path)} -- (.)", lambda f: f.group(1).upper(), intro)), ""]
    items = shown(Reader(text[text.index("#pragma once"):]).items(True))
    for item in items:
        if item.members is None or item.text.startswith("template <>"):
            continue
        out += [f"### {re.sub(r' : .*', '', item.text)}\n".replace("<", "\\<"), *([paragraphs(item.doc), ""] if item.doc else [])]
        for member in (one for one in shown(item.members) if not one.kind):
            out.append(f"- `{member.text}`" + (f": {sentence(member.doc)}" if member.doc else ""))
        out.append("")
    others = [item for item in items if item.members is None]
    if others:
        out.append("### Functions, aliases, macros\n")
        out += [f"- `{item.text}`" + (f": {sentence(item.doc)}" if item.doc else "") for item in others]
    return "\n".join(out).rstrip() + "\n"


def self_test():
    items = Reader('''
/// Says a.
class A : public B {
 public:
  explicit A(int x) : x_(x) {}
  A(const A&) = delete;
  /// Gives "{".
  Result<int> get(std::string_view key = "{") const { return x_; }
  int more();  ///< and more
 private:
  int x_;
};
enum class E { One, Two };  // plain
struct F;
/// Adds.
int add(int a, int b);
/// Tries.
#define TRY(x) \\
  x
}''').items(True)
    got = [(i.text, i.doc, [(m.text, m.doc) for m in i.members or []]) for i in items]
    wanted = [("class A : public B", "Says a.", [("explicit A(int x)", ""),
               ('Result<int> get(std::string_view key = "{") const', 'Gives "{".'), ("int more()", "and more")]),
              ("enum class E", "", [("One", ""), ("Two", "")]), ("int add(int a, int b)", "Adds.", []), ("TRY(x)", "Tries.", [])]
    if got != wanted:
        sys.exit(f"read:   {got}\nwanted: {wanted}")


def main(arguments):
    if arguments == ["--self-test"]:
        return self_test()
    root = Path(arguments[0])
    page = HEAD + "".join(page_of(path, (root / path).read_text()) for path in HEADERS)
    target = root / "docs" / "api.md"
    if "--check" in arguments[1:]:
        if not target.exists() or target.read_text() != page:
            sys.exit(f"{target} is not what the headers say; write it with the target docs")
        return
    target.write_text(page)


if __name__ == "__main__":
    main(sys.argv[1:])

#!/usr/bin/env python3
"""function_length.py [--self-test | FOLDER] -- no function is longer than a screen.

Reads sources as clang-format writes them: a function begins with a line at the outermost level, or of a class, that ends
with `{` behind its parameters, and ends with `}` in the same column. Prints each function of more than LINES_MAX lines;
exit status 0 when there is none, 1 otherwise.
"""

import re
import sys

import source_check

LINES_MAX = 70
FOLDERS = (*source_check.ROOMS, "test/sim", "test/support")
NO_FUNCTION = re.compile(r"^\s*(if|for|while|switch|else|do|try|catch|namespace|class|struct|enum|union|extern|return)\b")
# The end of a signature: parameters, what may follow them, a constructor's members.
SIGNATURE_END = re.compile(r"(\)|\bconst|\bnoexcept|\boverride|\bfinal|->\s*[\w:<>,&*\s]+|[)}])\s*\{$")
LAMBDA = re.compile(r"\[[&=\w, *]*\]\s*(\(|\{)")
NAME = re.compile(r"([\w:~]+|operator\S+)\s*\(")


def long_functions(path, text):
    lines = text.splitlines()
    for at, line in enumerate(lines):
        if not SIGNATURE_END.search(line) or line.lstrip().startswith("//"):
            continue
        first, open_parentheses = at, line.count(")") - line.count("(")
        while open_parentheses > 0 and first > 0:  # The signature began above.
            first -= 1
            open_parentheses += lines[first].count(")") - lines[first].count("(")
        signature = lines[first]
        indent = len(signature) - len(signature.lstrip())
        if indent > 2 or NO_FUNCTION.match(signature) or LAMBDA.search(signature) or "=" in signature.split("(")[0]:
            continue
        end = next((k for k in range(at + 1, len(lines)) if lines[k] == " " * indent + "}"), None)
        if end is not None and end - first + 1 > LINES_MAX:
            name = NAME.search(signature)
            yield f"{path}:{first + 1}: {name.group(1) if name else '?'} has {end - first + 1} lines, more than {LINES_MAX}"


BODY = "  x();\n" * 80
LONG_ONES = [f"int f(int a) {{\n{BODY}}}\n", f"class C {{\n  void g() const {{\n{BODY}  }}\n}};\n",
             f"int f(int a,\n      int b) {{\n{BODY}}}\n"]
SHORT_ONES = ["int f() {\n" + "  x();\n" * 60 + "}\n", "namespace hw {\n" + "int f();\n" * 90 + "}\n",
              "constexpr int k[] = {\n" + "  1,\n" * 90 + "};\n", "struct S {\n" + "  int a;\n" * 90 + "};\n"]

if __name__ == "__main__":
    sys.exit(source_check.main(long_functions, folders=FOLDERS, faults=LONG_ONES, fine=SHORT_ONES,
                               well=f"no function over {LINES_MAX} lines"))

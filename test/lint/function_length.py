#!/usr/bin/env python3
"""function_length.py [--self-test | FOLDER] -- no function is longer than a screen.

Reads sources as clang-format writes them: a function begins with a line at the outermost level, or of a class, that ends
with `{` behind its parameters, and ends with `}` in the same column. Prints each function of more than LINES_MAX lines;
exit status 0 when there is none, 1 otherwise.
"""

import pathlib
import re
import sys

LINES_MAX = 70
FOLDERS = ("engine", "journal", "replic", "mupip", "dse", "test/sim", "test/support")
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


def self_test():
    body = "  x();\n" * 80
    long_ones = [f"int f(int a) {{\n{body}}}\n", f"class C {{\n  void g() const {{\n{body}  }}\n}};\n",
                 f"int f(int a,\n      int b) {{\n{body}}}\n"]
    short_ones = ["int f() {\n" + "  x();\n" * 60 + "}\n", "namespace hw {\n" + "int f();\n" * 90 + "}\n",
                  "constexpr int k[] = {\n" + "  1,\n" * 90 + "};\n", "struct S {\n" + "  int a;\n" * 90 + "};\n"]
    missed = [text for text in long_ones if not list(long_functions("x.cc", text))]
    accused = [text for text in short_ones if list(long_functions("x.cc", text))]
    for text in missed + accused:
        print("wrong about:", text[:60])
    return 1 if missed or accused else 0


def main():
    if sys.argv[1:] == ["--self-test"]:
        return self_test()
    root = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else ".")
    files = [path for folder in FOLDERS for path in sorted((root / folder).rglob("*")) if path.suffix in (".h", ".hpp", ".cc")]
    if not files:
        print(f"no sources below {root}")
        return 1
    found = [line for path in files for line in long_functions(path.relative_to(root), path.read_text(encoding="utf-8"))]
    print("\n".join(found) if found else f"{len(files)} files, no function over {LINES_MAX} lines")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())

#!/usr/bin/env python3
"""error_contracts.py [--self-test | FOLDER] -- a function that other rooms may call says with which errors it fails.

A room's public headers are those that another folder includes. There each function that returns a Status or a Result has a
comment that names its errors, or says whose contract it has: "As find_pool.", "The same ...". A comment is for all declarations
below it up to a blank line. What a class or a file says of the errors of all its functions counts for each of them, and an
`override` has the contract of what it overrides. Prints each function without; exit status 0 when there is none, 1 otherwise.
"""

import functools
import pathlib
import re
import sys

import api_page
import source_check

FAILS = re.compile(r"(?:template <.*?> )?(?:requires\W.*? )?(?:static |virtual |inline |constexpr )*(?:hw::)?(?:Status|Result<.*>) \w+\(")
SAYS = re.compile(r"\b[Ee]rrors?\b|(?:^|[.:;]\s+)(?:As [`\w]|The same\b)", re.MULTILINE)
INCLUDED = re.compile(r'^#include "([^"]+)"', re.MULTILINE)
SOURCES = (".h", ".hpp", ".cc")


@functools.cache
def public_headers():
    """Of the rooms of the current folder, or the one that the command line names."""
    root = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else ".")
    found = set()
    for path in (path for room in source_check.ROOMS for path in (root / room).rglob("*") if path.suffix in SOURCES):
        room = path.parent.relative_to(root)
        found |= {name for name in INCLUDED.findall(path.read_text(encoding="utf-8")) if pathlib.Path(name).parent != room}
    return found


def without(items):
    """The functions among the declarations of a header, or of a class, of whose errors nothing is said."""
    says = False
    for item in items:
        says = bool(SAYS.search(item.doc)) or says and item.joined
        if item.members is not None and not says:
            yield from without(item.members)
        elif FAILS.match(item.text) and not item.text.endswith(" override") and not says:
            yield item


def silent(path, text):
    head, once, rest = text.partition("#pragma once")
    about = "\n".join(line.removeprefix("///").strip() for line in head.splitlines())
    if once and not SAYS.search(about) and (str(path) == "x.cc" or path.as_posix() in public_headers()):
        for item in without(api_page.Reader(rest).items(True)):
            yield f"{path}: its errors are not named: {item.text}"


HEADER = "/// x.h -- an x.\n#pragma once\nnamespace hw {\n%s\n}  // namespace hw\n"
FAULTS = [HEADER % text for text in (
    "Status close();", "/// Closes it.\ninline Result<int> close(int a) { return a; }",
    "/// An error.\nStatus a();\n\nStatus b();",
    "/// An error.\nStatus a();\n/// B.\nStatus b();",
    "/// One.\nclass A {\n public:\n  /// Opens.\n  static Result<A> open();\n};",
    "template <typename T>\nResult<T> get(int a = 1);", "class A {\n public:\n  virtual Status a() = 0;\n};")]
FINE = [HEADER % text for text in (
    "/// Errors: SYSCALL.\nStatus close();", "/// As open.\nStatus close();", "/// Waits. The same for two.\nStatus close();",
    "/// Errors of every function: SYSCALL.\nclass A {\n public:\n  Status a();\n};", "class A {\n  Status a();\n};",
    "class A : public B {\n public:\n  Status a() override;\n};", "int a(Status b);", "using Tell = std::function<Status()>;",
    "/// Errors: SYSCALL.\nStatus a();  // plain\nStatus b(int);\nResult<int> c();", "struct A {\n  Result<int> a;\n};")]
FINE.append((HEADER % "Status close();").replace("an x.", "an x. Errors of all: SYSCALL."))

if __name__ == "__main__":
    sys.exit(source_check.main(silent, folders=source_check.ROOMS, faults=FAULTS, fine=FINE,
                               well="each public function names its errors"))

#!/usr/bin/env python3
"""Every message of the catalogues is made by some code: docs/messages.md names no message that nobody will ever see.

    test/lint/messages_made.py ROOT
    test/lint/messages_made.py --self-test

A message is made where the sources name it, `MsgId::NAME` (or by an alias, `using Id = MsgId`), otherwise than to compare an error
with it: `== MsgId::NAME`, `!= MsgId::NAME`, `case MsgId::NAME:`. Tests do not count.
"""
import re
import sys
from pathlib import Path

CATALOGUES = {"engine/base/message.def": "MESSAGE", "engine/globals/gde_message.def": "GDE_MESSAGE"}
ROOMS = ["engine", "journal", "replic", "cluster", "mupip", "dse"]
ALIAS = re.compile(r"\busing (\w+) = (?:\w+::)*MsgId;")


def rows(text, macro):
    return re.findall(rf"^{macro}\(\s*\d+,\s*(\w+),", text, re.M)


def made(text):
    text = re.sub(r"//[^\n]*", "", text)
    types = "|".join(["MsgId"] + ALIAS.findall(text))
    named = re.findall(rf"(==|!=|\bcase\b)?\s*(?:\b\w+::)*\b(?:{types})::(\w+)(\s*(?:==|!=))?", text)
    return {name for before, name, after in named if not before and not after}


def self_test():
    source = 'return make_error<MsgId::MADE>(1); if (e.id == MsgId::SEEN || e.id != hw::MsgId::OTHER) {} case MsgId::CASE: ' \
             "f(gde::MsgId::GIVEN); // MsgId::SAID\nusing Id = gde::MsgId;\nmake<Id::BY_ALIAS>(); NoId::NONE;"
    if made(source) != {"MADE", "GIVEN", "BY_ALIAS"} or rows("MESSAGE(1, A, Error, x)\n// MESSAGE(number, id,", "MESSAGE") != ["A"]:
        sys.exit(f"made: {made(source)}")


def main(arguments):
    if arguments == ["--self-test"]:
        return self_test()
    root = Path(arguments[0] if arguments else ".")
    known = set()
    for room in ROOMS:
        for path in sorted(root.glob(f"{room}/**/*")):
            if path.suffix in (".h", ".hpp", ".cc", ".def") and str(path.relative_to(root)) not in CATALOGUES:
                known |= made(path.read_text())
    missing, count = [], 0
    for catalogue, macro in CATALOGUES.items():
        names = rows((root / catalogue).read_text(), macro)
        count += len(names)
        missing += [f"{catalogue}: {name} is made by no code" for name in names if name not in known]
    print("\n".join(missing + [f"{count} messages, {len(missing)} made by no code"]))
    if missing or count < 200:
        sys.exit(1)


if __name__ == "__main__":
    main(sys.argv[1:])

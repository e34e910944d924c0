#!/usr/bin/env python3
"""include_check.py [--self-test | FOLDER] -- who may include whom, and which file may include which foreign header.

The link check of cmake/module.cmake catches upward calls; this catches header-only use, which it cannot see.
Prints one line a violation; exit status 0 when there is none, 1 otherwise.
"""

import fnmatch
import pathlib
import re
import sys

# Module of a file by the longest matching folder, and the modules that it may include besides itself.
MODULES = {
    "engine/base": set(),
    "journal": {"engine/base"},
    "engine": {"journal", "engine/base"},
    "engine/gbl": {"engine", "engine/base"},
    "engine/gde": {"engine", "engine/base"},
    "replic": {"engine", "journal", "engine/base"},
    "mupip": {"replic", "engine", "journal", "engine/base"},
    "dse": {"replic", "engine", "journal", "engine/base"},
}
# GDE's messages live beside the editor that prints them, and are returned by the directory's functions in the library.
LENT = {"engine/gde/gde_message.h": "engine", "engine/gde/gde_message.def": "engine", "engine/gde/outcome.h": "engine"}
# Foreign headers that only some files may include; a header that matches no row may be included anywhere.
FOREIGN = [
    (r"lmdb\.h", ["engine/lmdb.cc", "engine/lmdb_transaction.cc"]),
    (r"zstd.*\.h", ["journal/compression.*"]),
    (r"histedit\.h", ["engine/gbl/edited_lines.cc"]),
    (r"xxhash\.h", ["engine/base/checksum.cc"]),
    (r"utf8proc\.h", ["engine/charset.cc"]),
    (r"boost/.*", ["replic/tcp.*"]),
    (r"nlohmann/.*", ["replic/instance_status.cc"]),
    (r"(gtest|gmock|benchmark)/.*", []),
]
# Folders whose files may include anything: they are above everything.
FREE = ("test/",)
INCLUDE = re.compile(r'^\s*#\s*include\s*([<"])([^>"]+)[>"]')


def module_of(path):
    """The module that a path belongs to, or None."""
    if path in LENT:
        return LENT[path]
    for folder in sorted(MODULES, key=len, reverse=True):
        if path.startswith(folder + "/"):
            return folder
    return None


def faults_of(path, text):
    """The violations in one file, each a line of text."""
    if path.startswith(FREE):
        return
    own = module_of(path)
    for number, line in enumerate(text.splitlines(), 1):
        match = INCLUDE.match(line)
        if not match:
            continue
        quote, header = match.groups()
        where = f"{path}:{number}: "
        if quote == '"':
            if header.startswith(FREE):
                yield where + f"{header}: nothing outside test/ may include test/"
                continue
            target = module_of(header)
            if target is None:
                yield where + f'"{header}" is not written from the top folder'
            elif target != own and target not in MODULES[own]:
                yield where + f"{own} may not include {target} ({header})"
            continue
        for pattern, allowed in FOREIGN:
            if re.fullmatch(pattern, header) and not any(fnmatch.fnmatch(path, glob) for glob in allowed):
                yield where + f"<{header}> may only be included by {', '.join(allowed) or 'test/'}"


def self_test():
    """Each rule finds a fault, and leaves what is right alone."""
    wrong = [
        ("engine/base/file.cc", '#include "journal/record.h"'),
        ("journal/record.h", '#include "engine/key.h"'),
        ("engine/key.h", '#include "replic/wire.h"'),
        ("replic/wire.cc", '#include "mupip/command.h"'),
        ("mupip/main.cc", '#include "dse/prompt.h"'),
        ("engine/gbl/main.cc", '#include "replic/wire.h"'),
        ("engine/key.cc", "#include <lmdb.h>"),
        ("replic/frame_io.cc", "#include <zstd.h>"),
        ("journal/writer.cc", "#include <xxhash.h>"),
        ("replic/source_machine.cc", "#include <boost/asio.hpp>"),
        ("engine/key.cc", '#include "test/support/x.h"'),
        ("engine/key.cc", '#include "key.h"'),
        ("engine/key.cc", "  #  include <gtest/gtest.h>"),
    ]
    right = [
        ("engine/lmdb.cc", "#include <lmdb.h>"),
        ("replic/tcp.cc", "#include <boost/asio/ip/tcp.hpp>"),
        ("journal/compression.cc", "#include <zstd.h>"),
        ("engine/key.cc", '#include "engine/base/result.h"'),
        ("test/unit/x.cc", '#include "mupip/command.h"'),
        ("engine/key.cc", '/// #include "replic/wire.h"'),
    ]
    missed = [case for case in wrong if not list(faults_of(*case))]
    accused = [case for case in right if list(faults_of(*case))]
    for case in missed:
        print("not found:", case)
    for case in accused:
        print("wrongly accused:", case)
    return 1 if missed or accused else 0


def main():
    if sys.argv[1:] == ["--self-test"]:
        return self_test()
    root = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else ".")
    files = [path for folder in ("engine", "journal", "replic", "mupip", "dse") for path in (root / folder).rglob("*")
             if path.suffix in (".h", ".hpp", ".cc", ".def")]
    if not files:
        print(f"no sources below {root}")
        return 1
    faults = [fault for path in sorted(files)
              for fault in faults_of(str(path.relative_to(root)), path.read_text(encoding="utf-8"))]
    print("\n".join(faults) if faults else f"{len(files)} files, no violation")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())

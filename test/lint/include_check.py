#!/usr/bin/env python3
"""include_check.py [--self-test | FOLDER] -- who may include whom, and which file may include which foreign header.

The link check of cmake/module.cmake catches upward calls; this catches header-only use, which it cannot see.
Prints one line a violation; exit status 0 when there is none, 1 otherwise.
"""

import fnmatch
import pathlib
import re
import sys

DECLARED = re.compile(r"^hw_module\((\w+) DIR ([\w/ ]+?)(?: DEPENDS ([\w ]+?))?(?: LIBS .*)?\)$", re.M)
GROUPS = re.compile(r"^hw_group\((\w+) ([\w ]+)\)$", re.M)
# Foreign headers that only some files may include; a header that matches no row may be included anywhere.
FOREIGN = [
    (r"lmdb\.h", ["engine/storage/lmdb.cc", "engine/storage/lmdb_transaction.cc"]),
    (r"zstd.*\.h", ["journal/compression.*"]),
    (r"histedit\.h", ["engine/gbl/edited_lines.cc"]),
    (r"xxhash\.h", ["engine/base/checksum.cc"]),
    (r"utf8proc\.h", ["engine/globals/charset.cc"]),
    (r"boost/.*", ["replic/link/tcp.*", "cluster/link/*.cc", "cluster/store/*.cc", "cluster/agent/ini_file.cc"]),
    (r"openssl/.*", ["engine/tls/*.cc", "cluster/link/*.cc", "cluster/config/sha256.cc"]),
    (r"nlohmann/.*", ["replic/control/instance_status.cc", "cluster/board/json.h"]),
    (r"toml\+\+/.*", ["cluster/config/toml_text.cc"]),
    (r"(gtest|gmock|benchmark)/.*", []),
]
PUBLIC_HEADER = "engine/headwater.hpp"
# Folders whose files may include anything: they are above everything.
FREE = ("test/",)
INCLUDE = re.compile(r'^\s*#\s*include\s*([<"])([^>"]+)[>"]')


class Modules:
    """The modules that CMakeLists.txt declares: their folders, and what each may include."""

    def __init__(self, declarations):
        self.named = {}
        self.depends = {name: members.split() for name, members in GROUPS.findall(declarations)}
        for name, folders, depends in DECLARED.findall(declarations):
            self.depends[name] = depends.split()
            for folder in folders.split():
                self.named[folder] = name

    def of(self, path):
        """The module that a path belongs to, or None."""
        if path == PUBLIC_HEADER:
            return "session"
        return self.named.get(path.rpartition("/")[0])

    def may_include(self, name, other):
        if name == other:
            return True
        return any(self.may_include(below.removeprefix("hw_"), other) for below in self.depends[name])


def faults_of(path, text, modules):
    """The violations in one file, each a line of text."""
    if path.startswith(FREE):
        return
    own = modules.of(path)
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
            target = modules.of(header)
            if target is None:
                yield where + f'"{header}" is in no module, or not written from the top folder'
            elif not modules.may_include(own, target):
                yield where + f"{own} may not include {target} ({header})"
            continue
        for pattern, allowed in FOREIGN:
            if re.fullmatch(pattern, header) and not any(fnmatch.fnmatch(path, glob) for glob in allowed):
                yield where + f"<{header}> may only be included by {', '.join(allowed) or 'test/'}"


def self_test():
    """Each rule finds a fault, and leaves what is right alone."""
    modules = Modules((pathlib.Path(__file__).resolve().parents[2] / "CMakeLists.txt").read_text(encoding="utf-8"))
    wrong = [
        ("engine/base/file.cc", '#include "journal/record.h"'),
        ("journal/record.h", '#include "engine/globals/key.h"'),
        ("engine/globals/key.h", '#include "replic/link/wire.h"'),
        ("replic/link/wire.cc", '#include "mupip/command.h"'),
        ("mupip/main.cc", '#include "dse/prompt.h"'),
        ("engine/gbl/main.cc", '#include "replic/link/wire.h"'),
        ("engine/globals/key.cc", "#include <lmdb.h>"),
        ("replic/link/frame_io.cc", "#include <zstd.h>"),
        ("journal/writer.cc", "#include <xxhash.h>"),
        ("replic/source/source_machine.cc", "#include <boost/asio.hpp>"),
        ("cluster/link/channel.h", "#include <boost/asio/io_context.hpp>"),
        ("cluster/link/frame.cc", '#include "replic/link/framing.h"'),
        ("replic/link/tcp.cc", '#include "cluster/link/frame.h"'),
        ("engine/base/checksum.cc", "#include <openssl/evp.h>"),
        ("cluster/config/domain.cc", "#include <toml++/toml.h>"),
        ("cluster/config/domain.cc", '#include "replic/link/wire.h"'),
        ("cluster/config/domain.cc", '#include "cluster/board/board.h"'),
        ("cluster/board/board.h", "#include <nlohmann/json.hpp>"),
        ("engine/globals/key.cc", '#include "cluster/config/domain.h"'),
        ("engine/globals/key.cc", '#include "test/support/x.h"'),
        ("engine/globals/key.cc", '#include "key.h"'),
        ("engine/globals/key.cc", "  #  include <gtest/gtest.h>"),
    ]
    right = [
        ("engine/storage/lmdb.cc", "#include <lmdb.h>"),
        ("replic/link/tcp.cc", "#include <boost/asio/ip/tcp.hpp>"),
        ("cluster/link/channel.cc", "#include <boost/asio/ssl/stream.hpp>"),
        ("journal/compression.cc", "#include <zstd.h>"),
        ("engine/globals/key.cc", '#include "engine/base/result.h"'),
        ("cluster/board/board.h", '#include "cluster/config/domain.h"'),
        ("test/unit/x.cc", '#include "mupip/command.h"'),
        ("engine/globals/key.cc", '/// #include "replic/link/wire.h"'),
    ]
    missed = [case for case in wrong if not list(faults_of(*case, modules))]
    accused = [case for case in right if list(faults_of(*case, modules))]
    for case in missed:
        print("not found:", case)
    for case in accused:
        print("wrongly accused:", case)
    return 1 if missed or accused else 0


def main():
    if sys.argv[1:] == ["--self-test"]:
        return self_test()
    root = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else ".")
    modules = Modules((root / "CMakeLists.txt").read_text(encoding="utf-8"))
    files = [path for folder in ("engine", "journal", "replic", "cluster", "mupip", "dse") for path in (root / folder).rglob("*")
             if path.suffix in (".h", ".hpp", ".cc", ".def")]
    if not files:
        print(f"no sources below {root}")
        return 1
    faults = [fault for path in sorted(files)
              for fault in faults_of(str(path.relative_to(root)), path.read_text(encoding="utf-8"), modules)]
    print("\n".join(faults) if faults else f"{len(files)} files, no violation")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())

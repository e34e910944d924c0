"""source_check.py -- what checks that read sources as text have in common: their command line and their self-test."""

import pathlib
import sys

ROOMS = ("engine", "journal", "replic", "cluster", "mupip", "dse")


def main(check, *, folders, faults, fine, well, allowed=()):
    """The exit status of `SCRIPT [--self-test | FOLDER]`.

    check(path, text): yields a line for each fault of a source. `faults` and `fine` are sources of which the self-test knows
    what it must say. `well`: what is printed where nothing is found. `allowed`: files that are not looked at.
    """
    if sys.argv[1:] == ["--self-test"]:
        wrong = [text for text in faults if not list(check("x.cc", text))]
        wrong += [text for text in fine if list(check("x.cc", text))]
        for text in wrong:
            print("wrong about:", text[:100])
        return 1 if wrong else 0
    root = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else ".")
    files = [path for folder in folders for path in sorted((root / folder).rglob("*")) if path.suffix in (".h", ".hpp", ".cc")]
    if not files:
        print(f"no sources below {root}")
        return 1
    found = [line for path in files if str(path.relative_to(root)) not in allowed
             for line in check(path.relative_to(root), path.read_text(encoding="utf-8"))]
    print("\n".join(found) if found else f"{len(files)} files, {well}")
    return 1 if found else 0

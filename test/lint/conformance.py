#!/usr/bin/env python3
"""Writes docs/conformance.md: each rule of the multi-site specification and the tests that show it, and where Headwater and
GT.M differ.

    test/lint/conformance.py ROOT            writes the page
    test/lint/conformance.py ROOT --check    fails when the page is not up to date

The rules are in test/conformance/rules.txt, the differences in test/scenario/gtm_differences.txt. A test names the rules it
shows in a comment, `Shows: RULE RULE ...`: in a scenario on the line of a step, in or before it, which then names the test; in
a C++ file before or inside a TEST. Fails when a rule has neither a test nor `open: why`, when it has both, and when a tag
names no rule.
"""
import pathlib
import re
import sys

TAG = re.compile(r"(?://|#)\s*(?:shellcheck.*#\s*)?Shows:\s*(.+)$")
CASE = re.compile(r"^\s*(?:INSTANTIATE_)?TEST(?:_F|_P)?\(\s*(\w+)\s*,\s*(\w+)")
STEP = re.compile(r'^\s*step "([^"$]+)"')


def read_rules(path):
    """[(section title, [(identity, rule, why open or None)])]"""
    sections = []
    for number, line in enumerate(path.read_text().splitlines(), 1):
        if line.startswith("## "):
            sections.append((line[3:], []))
        elif line.strip() and not line.startswith("#"):
            parts = [part.strip() for part in line.split("|")]
            if len(parts) not in (2, 3) or not sections or len(parts) == 3 and not parts[2].startswith("open: "):
                sys.exit(f"{path}:{number}: not `identity | rule [| open: why]`")
            sections[-1][1].append((parts[0], parts[1], parts[2][6:] if len(parts) == 3 else None))
    return sections


def tags_of(path, root):
    """[(test's name, rule)] of one file."""
    found, waiting, name = [], [], None
    scenario = path.suffix == ".sh"
    if scenario:
        name = f"scenario_{path.stem}"
    for line in path.read_text(errors="replace").splitlines():
        case = CASE.match(line)
        step = STEP.match(line) if scenario else None
        if case:
            name = f"{case[1]}.{case[2]}"
        elif step:
            name = f"scenario_{path.stem}: {step[1]}"
        if case or step:
            found += [(name, rule) for rule in waiting]
            waiting = []
        tag = TAG.search(line)
        if tag:
            rules = tag[1].split()
            # Before a C++ test the tag stands at the margin, inside it it is indented.
            if not scenario and not line.startswith(" "):
                waiting += rules
            elif name is None:
                sys.exit(f"{path.relative_to(root)}: a tag outside of a test: {line.strip()}")
            else:
                found += [(name, rule) for rule in rules]
    return found


def read_differences(path):
    """[(reason, [(who, text)])]"""
    blocks = []
    for line in path.read_text().splitlines():
        kind, _, rest = line.partition(": ")
        if kind == "reason":
            blocks.append((rest, []))
        elif kind in ("ours", "gtm"):
            blocks[-1][1].append((kind, rest))
    return blocks


def readable(pattern):
    """A regular expression as the line it stands for."""
    return re.sub(r"\\(.)", r"\1", pattern).replace("|", "&#124;").replace(".*", "…")


def page(root):
    sections = read_rules(root / "test/conformance/rules.txt")
    known = {identity for _, rules in sections for identity, _, _ in rules}
    shown = {}
    for path in sorted((root / "test").rglob("*")):
        if path.suffix in (".sh", ".cc") and path.is_file():
            for name, rule in tags_of(path, root):
                if rule not in known:
                    sys.exit(f"{path.relative_to(root)}: shows a rule that is not listed: {rule}")
                shown.setdefault(rule, [])
                if name not in shown[rule]:
                    shown[rule].append(name)
    faults, out = [], []
    out.append("""# Conformance

Written by `test/lint/conformance.py` from the tests' own tags; a test fails when it is not up to date. To run a test of the
list: `ctest -R` with what stands before the colon.

## Rules of multi-site replication and the tests that show them
""")
    total = open_rules = 0
    for title, rules in sections:
        out.append(f"### {title}\n\n| rule | | tests |\n| --- | --- | --- |")
        for identity, rule, why_open in rules:
            tests = shown.get(identity, [])
            total += 1
            if not tests and why_open is None:
                faults.append(f"no test shows {identity}: {rule}")
            if tests and why_open is not None:
                faults.append(f"{identity} is listed as open, and {tests[0]} shows it")
            open_rules += not tests
            cell = "<br>".join(f"`{name}`" for name in tests) or f"open: {why_open}"
            out.append(f"| {identity} | {rule} | {cell} |")
        out.append("")
    out.append(f"{total} rules, {open_rules} of them open.\n")
    out.append("""## Where Headwater and GT.M differ

The scenarios that both can run are run with both (`ctest -C gtm -L gtm`), and what commands and servers say is
compared after times, process ids, ports and paths have been replaced. These are all differences there are.

| GT.M V7.0-005 | Headwater | reason |
| --- | --- | --- |""")
    for reason, lines in read_differences(root / "test/scenario/gtm_differences.txt"):
        cell = {who: "<br>".join(f"`{readable(text)}`" for w, text in lines if w == who) for who in ("gtm", "ours")}
        out.append(f"| {cell['gtm']} | {cell['ours']} | {reason} |")
    return "\n".join(out) + "\n", faults


def main():
    if len(sys.argv) not in (2, 3) or sys.argv[2:] not in ([], ["--check"]):
        sys.exit(__doc__)
    root = pathlib.Path(sys.argv[1]).resolve()
    text, faults = page(root)
    target = root / "docs/conformance.md"
    for fault in faults:
        print(fault)
    if len(sys.argv) == 2:
        target.write_text(text)
    elif not target.exists() or target.read_text() != text:
        faults.append("stale")
        print(f"{target.relative_to(root)} is not up to date: build the target docs")
    sys.exit(1 if faults else 0)


if __name__ == "__main__":
    main()

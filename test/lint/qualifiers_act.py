#!/usr/bin/env python3
"""Every qualifier that mupip accepts acts, or its table says why it does not.

  qualifiers_act.py ROOT

Walks the tables of mupip/**/grammars_*.cc. A row, or a keyword of its list, passes when the sources of its command ask for
its name, when it is refused, when it leads to another table, or when the row is wrapped: in no_effect("reason", ...),
and the command says so when it is given, or in by_default(...), when it asks for what happens anyway. A keyword that its
list lets be negated needs an answer to the negation too: negated("NAME"), a rule with ~NAME, or is_one_word() where the list
means one of its words. Exit status 1 and a line for each that is accepted and forgotten.

A command with several actions has a table of them (constexpr Action): which qualifiers each reads; the program says of the
others that they have no effect. Each that an action is said to read must be asked for by name in what the action runs, and
what is asked for must be in the table. What an action runs: the functions of ENTRIES and those that they name.

  qualifiers_act.py --self-test ROOT

holds it to copies of the tree with a fault each.
"""
import re
import shutil
import sys
import tempfile
from pathlib import Path

# The sources that carry out what a table accepts: path patterns, relative to the root.
SHARED_JOURNAL = ["mupip/journal/cmd_journal*.cc", "mupip/journal/journal_*.cc", "mupip/journal/show_files.cc",
                  "replic/link/link_options.cc"]
SOURCES = {
    "kCreate@database": ["mupip/database/cmd_create.cc", "mupip/database/region_list.cc"],
    "kSet@database": ["mupip/database/cmd_set.cc", "mupip/database/file_properties.cc", "mupip/database/region_list.cc"],
    "kExtract@database": ["mupip/database/cmd_extract.cc", "mupip/database/region_list.cc"],
    "kLoad@database": ["mupip/database/cmd_load.cc"],
    "kRundown@database": ["mupip/database/cmd_rundown.cc", "mupip/database/pool_rundown.cc", "mupip/database/region_list.cc"],
    "kBackup@database": ["mupip/database/cmd_backup.cc", "mupip/database/region_list.cc"],
    "kFreeze@database": ["mupip/database/cmd_freeze.cc", "mupip/database/region_list.cc"],
    "kRestore@database": ["mupip/database/cmd_restore.cc"],
    "kInteg@database": ["mupip/database/cmd_integ.cc", "mupip/database/region_list.cc"],
    "k@journal": SHARED_JOURNAL,
    "kExtend@utility": ["mupip/database/cmd_extend.cc", "mupip/database/region_list.cc"],
    "kFtok@utility": ["mupip/cmd_process.cc"],
    "kSize@utility": ["mupip/database/cmd_size.cc", "mupip/database/region_list.cc"],
    "kReorg@utility": ["mupip/database/cmd_reorg.cc", "mupip/database/region_list.cc"],
    "kEdit@replicate": ["mupip/replicate/cmd_replicate_editinstance.cc", "mupip/replicate/cmd_replicate_jnlpool.cc", "replic/source/source_options.cc"],
    "kCreate@replicate": ["mupip/replicate/cmd_replicate_instance_create.cc"],
    "kFreeze@replicate": ["mupip/replicate/cmd_replicate_source_freeze.cc", "replic/source/source_options.cc"],
    "kStatus@replicate": ["mupip/replicate/cmd_replicate_source_status.cc"],
    "kSource@replicate": ["mupip/replicate/cmd_replicate_source*.cc", "replic/*/source_*.cc", "replic/link/link_options.cc",
                          "replic/control/log_request.cc"],
    "kReceiver@replicate": ["mupip/replicate/cmd_replicate_receiver*.cc", "replic/*/receiver_*.cc", "replic/link/link_options.cc",
                            "replic/control/log_request.cc"],
    "kRefresh@replicate": ["mupip/replicate/cmd_replicate_refresh.cc", "replic/link/link_options.cc"],
    "kRefreshSend@replicate": ["mupip/replicate/cmd_replicate_refresh.cc", "replic/link/link_options.cc"],
    "kReplicate@replicate": [],
}

# By table of actions, then by condition ("*": all), the functions that an action runs; "=name" is that function without those
# that it calls. PAIRS: each action is named in a list {"ACTION", function}.
PAIRS = "pairs"
ENTRIES = {
    "kSourceActions@replicate": PAIRS,
    "kReceiverActions@replicate": PAIRS,
    "kFreezeActions@replicate": {"*": ["run_source_freeze"]},
    "kJnlpoolActions@replicate": {"*": ["run_source_jnlpool"]},
    "kStatusActions@replicate": {"*": ["run_source_status"]},
    "kBackupActions@database": {"*": ["back_up"]},
    "kIntegActions@database": {"DIGEST": ["digest_regions", "=run_integ"], "REBUILD": ["rebuild", "=run_integ"],
                               "!(DIGEST | REBUILD)": ["check_regions", "check_file", "=run_integ"]},
    "kActions@journal": {"EXTRACT & !ROLLBACK": ["extract", "read_request", "=run"],
                         "SHOW & !ROLLBACK": ["show_files", "read_request", "=run"],
                         "VERIFY & !ROLLBACK": ["verify", "read_request", "=run"],
                         "RECOVER & FORWARD": ["forward", "read_request", "=run"],
                         "RECOVER & !FORWARD": ["backward", "read_request", "=run"],
                         "ROLLBACK": ["run_journal_rollback"]},
}
# What a function asks for only to refuse a value that cannot be, or to say that nothing was made.
REFUSES = {"run_journal_rollback": ["BEFORE", "EXTRACT", "SINCE"]}
# Commands that do one thing, or whose rules leave every action only what it reads.
ONE_ACTION = ["kCreate@database", "kSet@database", "kExtract@database", "kLoad@database", "kRundown@database",
              "kFreeze@database", "kRestore@database", "kExtend@utility", "kFtok@utility", "kSize@utility",
              "kReorg@utility", "kReplicate@replicate", "kReplicateEditInstance@replicate",
              "kReplicateInstanceCreate@replicate", "kReplicateRefresh@replicate", "kReplicateRefreshSend@replicate"]

TABLE = re.compile(r"constexpr Qualifier (k\w*)\[\] = \{(.*?)\n?\};", re.S)
NAME = re.compile(r'\b(flag|needs|may|needs_keywords|may_keywords|leads_to|refused)\("(\w+)"(?:, (k\w+))?|\.name = "(\w+)"')
NEGATABLE = re.compile(r'negatable\(flag\("(\w+)"\)\)')
BY_VARIABLE = {"SHOW"}  # Its function asks negated() in a loop over the keywords.
NO_EFFECT = re.compile(r'no_effect\(\w+, negatable\(flag\("\w+"\)\)\)')


def rows(body):
    """(name, keyword table or None, excused) of each row of a table."""
    spans = []
    for found in re.finditer(r"\b(no_effect|by_default)\(", body):
        depth, quoted = 0, False
        for at in range(found.end() - 1, len(body)):
            quoted ^= body[at] == '"'
            if quoted:
                continue
            depth += {"(": 1, ")": -1}.get(body[at], 0)
            if depth == 0:
                spans.append((found.start(), at))
                break
    for found in NAME.finditer(body):
        kind, name, keywords, designated = found.groups()
        excused = kind in ("leads_to", "refused") or any(a <= found.start() <= b for a, b in spans)
        yield name or designated, keywords if kind and kind.endswith("keywords") else None, excused


def units(text):
    """(name, text, whether other sources see it) of the functions, classes and constants of a source."""
    lines = text.split("\n")
    at = 0
    seen = True
    while at < len(lines):
        begin = at
        at += 1
        if lines[begin] in ("namespace {", "}  // namespace"):
            seen = lines[begin] != "namespace {"
        if not re.match(r"[A-Za-z]", lines[begin]) or lines[begin].startswith(("namespace", "using", "extern")):
            continue
        while not re.search(r"[{;]\s*(//.*)?$|\}$", lines[at - 1]) and at < len(lines):
            at += 1
        head = "\n".join(lines[begin:at])
        if head.rstrip().endswith("{"):
            while at < len(lines) and not re.match(r"\}", lines[at]):
                at += 1
            at += 1
        named = (re.match(r"(?:class|struct) (\w+)", head) or re.match(r"constexpr [^=(]*?\b(k\w+)\b", head)
                 or re.search(r"(\w+)\(", head))
        if named:
            yield named.group(1), "\n".join(lines[begin:at]), seen


def asked_by(entries, sources):
    """The names that the functions of `entries`, and what they name, have in quotes."""
    known = {}
    for file, text in sources.items():
        for name, body, seen in units(text):
            known.setdefault(name, []).append((file, body, seen))
    names, done = set(), set()

    def visit(name, file, follow):
        its = ([one for one in known[name] if one[0] == file] or [one for one in known[name] if one[2]]
               or (known[name] if file is None else []))
        for where, body, _ in its:
            if (where, name) in done:
                continue
            done.add((where, name))
            names.update(re.findall(r'(?<![?:] )"([A-Z_]+)"', body))  # Not what `? "ON" : "OFF"` prints.
            for word in set(re.findall(r"\b\w+\b", body)):
                if word in known and (follow or word.startswith("k")):
                    visit(word, where, follow)

    for entry in entries:
        if entry.removeprefix("=") not in known:
            return None
        visit(entry.removeprefix("="), None, not entry.startswith("="))
    return names


def joined(literals, macros):
    """The text of adjacent literals and macros that are literals."""
    parts = re.findall(r'"([^"]*)"|\b(HW_\w+)\b', literals or "")
    return "".join(literal + macros.get(macro, "") for literal, macro in parts)


def check_actions(room, rules, tables, root, wrong):
    """Holds the tables of actions of one grammars_*.cc to what the actions ask for."""
    macros = {name: joined(value, {})
              for name, value in re.findall(r"#define (HW_\w+)((?: *\\?\n? *\"[^\"]*\")+)", rules)}
    bodies = dict(re.findall(r"constexpr Action (k\w*)\[\] = \{(.*?)\};\n", rules, re.S))
    row = re.compile(r'\{\s*("[^"]*")\s*(?:,\s*((?:"[^"]*"|HW_\w+|\s)+))?\}')
    for grammar, given in re.findall(r"constexpr Grammar (k\w+)\s*\{(.*?)\};", rules, re.S):
        qualifiers = re.search(r"\.qualifiers = (k\w+)", given)
        actions = re.search(r"\.actions = (k\w+)", given)
        if not qualifiers:
            continue
        if not actions:
            if f"{grammar}@{room}" not in ONE_ACTION:
                wrong.append(f"{grammar}: which qualifiers do its actions read? It has no table of them")
            continue
        key = f"{actions.group(1)}@{room}"
        patterns = SOURCES[qualifiers.group(1).removesuffix("Qualifiers") + "@" + room]
        if grammar == "kReplicateSourceJnlpool":
            patterns = ["mupip/replicate/cmd_replicate_jnlpool.cc", "replic/source/source_options.cc"]
        sources = {file: file.read_text() for pattern in patterns for file in sorted(root.glob(pattern))}
        entries = ENTRIES[key]
        if entries == PAIRS:
            text = "".join(sources.values())
            entries = {name: [function] for name, function in re.findall(r'\{"([A-Z]+)", (\w+)\}', text)}
        its_rows = list(rows(tables[qualifiers.group(1)]))
        excused = {name for name, _, excused in its_rows if excused}
        read, asked = {}, {}
        for when, reads in row.findall(bodies[actions.group(1)]):
            when, reads = joined(when, macros), joined(reads, macros).split()
            runs = entries.get("*") or entries.get(when) or entries.get(re.match(r"\W*(\w+)", when).group(1))
            names = asked_by(runs or ["?"], sources)
            if names is None:
                wrong.append(f"{key}: {when}: qualifiers_act.py does not find what it runs: {runs}")
                continue
            wrong += [f"{key}: {when} does not ask for {name}" for name in reads if name not in names]
            # Actions that run the same functions are held together to what these ask for.
            group = " ".join(runs) if not any(run.startswith("=") for run in runs) else key
            read.setdefault(group, set()).update(reads + re.findall(r"\w+", when))
            asked.setdefault(group, set()).update(names)
        table = {name for name, _, _ in its_rows} - excused
        for group in read:
            wrong += [f"{key}: {group} asks for {name}, and its row has it not"
                      for name in sorted((asked[group] & table) - read[group]) if name not in REFUSES.get(group, [])]


def self_test(root):
    """A fault each, which must be found."""
    faults = [
        ("mupip/replicate/grammars_replicate.cc", '{"CHECKHEALTH", "INSTSECONDARY"}', '{"CHECKHEALTH", "INSTSECONDARY ZEROBACKLOG"}'),
        ("mupip/replicate/grammars_replicate.cc", '{"NEEDRESTART", "INSTSECONDARY"}', '{"NEEDRESTART"}'),
        ("mupip/replicate/grammars_replicate.cc", ",\n                                   .actions = kSourceActions", ""),
        ("mupip/database/grammars_database.cc", "COMPREHENSIVE DATABASE JOURNAL ", "COMPREHENSIVE DATABASE "),
        ("mupip/journal/cmd_journal_rollback.cc", 'command.has("SHOW")', 'command.has("SEQNO")'),
        ("mupip/database/cmd_backup.cc", '"RECORD"', '"RECORDS"'),
    ]
    missed = []
    for path, what, instead in faults:
        with tempfile.TemporaryDirectory() as folder:
            for room in ("mupip", "replic"):
                shutil.copytree(root / room, Path(folder) / room)
            file = Path(folder) / path
            text = file.read_text()
            file.write_text(text.replace(what, instead))
            if what not in text or main(Path(folder)) == 0:
                missed.append(f"not found: {path}: {what}")
    print("\n".join(missed) or f"{len(faults)} faults, each found")
    return 1 if missed else 0


def main(root):
    wrong = []
    walked = 0
    for path in sorted(root.glob("mupip/**/grammars_*.cc")):
        room = path.stem.removeprefix("grammars_")
        rules = path.read_text()
        tables = dict(TABLE.findall(rules))
        for table, body in tables.items():
            if not table.endswith("Qualifiers"):
                continue
            key = table.removesuffix("Qualifiers") + "@" + room
            if key not in SOURCES:
                wrong.append(f"{path.name}: {table}: qualifiers_act.py does not know whose table this is")
                continue
            text = "".join(file.read_text() for pattern in SOURCES[key] for file in sorted(root.glob(pattern)))
            def check(name, excused):
                nonlocal walked
                walked += 1
                if not excused and f'"{name}"' not in text:
                    wrong.append(f"{path.name}: {table}: -{name} is accepted and forgotten")
            for name, keywords, excused in rows(body):
                check(name, excused)
                for keyword, _, excused_too in rows(tables.get(keywords, "")):
                    check(f"{keyword}", excused or excused_too)
                for keyword in NEGATABLE.findall(NO_EFFECT.sub("", tables.get(keywords, ""))):
                    one_word = re.search(rf'(\w+) = command\.keywords\("{name}"\);[^}}]*\b\1\.is_one_word\(\)', text)
                    answers = [one_word, f'negated("{keyword}")' in text, f"{name}.~{keyword}" in rules, name in BY_VARIABLE]
                    if not excused and not any(answers):
                        wrong.append(f"{path.name}: {table}: -{name}=NO{keyword} is accepted and forgotten")
        check_actions(room, rules, tables, root, wrong)
    print("\n".join(wrong))
    print(f"{walked} qualifiers and keywords, {len(wrong)} wrong")
    return 1 if wrong or walked < 200 else 0


if __name__ == "__main__":
    if sys.argv[1:2] == ["--self-test"]:
        sys.exit(self_test(Path(sys.argv[2] if len(sys.argv) > 2 else ".")))
    sys.exit(main(Path(sys.argv[1] if len(sys.argv) > 1 else ".")))

#!/usr/bin/env python3
"""Every qualifier that mupip accepts acts, or its table says why it does not.

  qualifiers_act.py ROOT

Walks the tables of mupip/**/grammars_*.cc. A row, or a keyword of its list, passes when the sources of its command ask for
its name, when it is refused, when it leads to another table, or when the row is wrapped: in no_effect("reason", ...),
and the command says so when it is given, or in by_default(...), when it asks for what happens anyway. A keyword that its
list lets be negated needs an answer to the negation too: negated("NAME"), a rule with ~NAME, or is_one_word() where the list
means one of its words. Exit status 1 and a line for each that is accepted and forgotten.
"""
import re
import sys
from pathlib import Path

# The sources that carry out what a table accepts: path patterns, relative to the root.
SHARED_JOURNAL = ["mupip/journal/cmd_journal*.cc", "mupip/journal/journal_*.cc"]
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
    "kRefresh@replicate": ["mupip/replicate/cmd_replicate_refresh.cc"],
    "kReplicate@replicate": [],
}

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
    print("\n".join(wrong))
    print(f"{walked} qualifiers and keywords, {len(wrong)} wrong")
    return 1 if wrong or walked < 200 else 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1] if len(sys.argv) > 1 else ".")))

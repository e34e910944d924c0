"""docs/benchmarks.md and its plot, from the figures of all rounds."""
import datetime
import math
import os
import platform
import re
import statistics
import subprocess

import rows


def machine(folder):
    with open("/proc/cpuinfo") as info:
        model = next((line.split(":", 1)[1].strip() for line in info if line.startswith("model name")), platform.machine())
    with open("/proc/meminfo") as info:
        memory = int(info.readline().split()[1]) / 2**20
    kind = subprocess.run(["findmnt", "-no", "FSTYPE", "-T", folder], capture_output=True, text=True).stdout.strip()
    return [("processor", f"{model}, {os.cpu_count()} cores"), ("memory", f"{memory:.0f} GiB"),
            ("kernel", platform.release()), ("file system", kind or "unknown")]


class Figures:
    """rounds: system's name to a list of {key: number}."""

    def __init__(self, rounds):
        self.rounds = rounds
        self.systems = [system for system in rounds if system != "LMDB"]

    def values(self, system, key):
        return [one[key] for one in self.rounds[system] if key in one]

    def median(self, system, key):
        values = self.values(system, key)
        return statistics.median(values) if values else None

    def ratio(self, key, systems):
        """The first one's median divided by the second one's; None where there are not both."""
        medians = [self.median(system, key) for system in systems]
        return medians[0] / medians[1] if len(medians) == 2 and None not in medians and medians[1] else None

    def cell(self, system, row):
        """Median, and the least and the most."""
        values = self.values(system, row.key)
        if not values:
            return "-"
        show = lambda value: f"{value:,.{row.digits}f}"
        spread = f" ({show(min(values))} – {show(max(values))})" if len(values) > 1 else ""
        return show(statistics.median(values)) + spread


def table(figures, these, systems):
    systems = [system for system in systems if system in figures.rounds]
    these = [row for row in these if any(figures.values(system, row.key) for system in systems)]
    if not these:
        return []
    both = len(systems) == 2
    head = ["work", "unit"] + systems + (["ratio"] if both else []) + ["target"]
    lines = ["| " + " | ".join(head) + " |", "| " + " | ".join(["---"] * 2 + ["---:"] * (len(head) - 2)) + " |"]
    for row in these:
        ratio = figures.ratio(row.key, systems)
        cells = [row.title, row.unit] + [figures.cell(system, row) for system in systems]
        if both:
            cells.append(f"{ratio:.2f}" if ratio else "")
        target = ""
        if row.target:
            missed = not row.target.is_met(figures.median("Headwater", row.key) if "Headwater" in systems else None, ratio)
            target = row.target.text(row.unit) + (", **missed**" if missed else "")
        lines.append("| " + " | ".join(cells + [target]) + " |")
    return lines


def tables(figures):
    lines = []
    for heading, these in rows.TABLES.items():
        if heading == rows.BESIDE_LMDB and "LMDB" not in figures.rounds:
            continue
        if found := table(figures, these, ["Headwater", "LMDB" if heading == rows.BESIDE_LMDB else "GT.M"]):
            lines += ["", f"### {heading}", ""] + found
    return lines


def meanings():
    lines = []
    for heading, these in rows.TABLES.items():
        told = [row for row in these if row.meaning]
        if told:
            lines += ["", f"*{heading}*", ""]
        for row in told:
            count = f" ({row.count:,} a process)" if isinstance(row, rows.WorkRow) else ""
            lines.append(f"- **{row.title}**: {row.meaning}{count}")
    return lines


def page(figures, versions, facts, arguments, settings, plot):
    number = len(next(iter(figures.rounds.values())))
    lines = ["# Benchmarks", "",
             "Written by `test/bench/side_by_side`; run it to get your own. A figure is the median of all rounds, with the least and the",
             "most of them. The ratio is Headwater's median divided by GT.M's. A target is one of the ratio, or, where a unit or no ratio",
             "can be meant, of Headwater's own figure.", "", "## Result"]
    lines += tables(figures)
    if plot:
        lines += ["", f"![rates by number of nodes]({plot})"]
    lines += ["", "## How it was measured", "", f"- date: {datetime.date.today().isoformat()}"]
    lines += [f"- {name}: {value}" for name, value in facts]
    lines += [f"- {system}: {versions[system]}" for system in figures.systems]
    lines += ["- command: `" + f"test/bench/side_by_side {arguments}".strip() + "`",
              f"- rounds: {number}; the systems take turns, each in new databases"]
    lines += ["", SETTINGS.format(settings=settings, pool=settings.pool >> 20), "## What the rows mean"]
    lines += meanings()
    images = sorted({key.removeprefix("image_") for one in figures.rounds.get("Headwater", []) for key in one
                     if key.startswith("image_") and one[key]})
    titles = [row.title for these in rows.TABLES.values() for row in these if row.key in images]
    lines += ["", WORDS.format(images="during: " + "; ".join(titles) if titles else "during no row"), ""]
    return lines


SETTINGS = """Both systems: two instances on this machine, replicating over the loopback interface while the work runs (source
server, receiver server and update process share the processors with the work), before-image journals,
`-alloc={settings.blocks} -global_buffer={settings.buffers}`, journal `alloc={settings.journal} autoswitchlimit=8000000`,
pools of {pool} MiB; the rows with 16 secondaries have less. The work is a program of its own (`test/bench/workload.cc`,
`works.cc`; for GT.M the M routine `bench.m` with the same loops, nodes and values). A process opens the database and makes a
first change before the clock starts. Where a work does not end by the clock, the extracts of all databases of both systems must be
equal at its end.
"""

WORDS = """*Nodes of varying length* have two subscripts of 2 to 22 characters, letters and digits or digits alone, and come in a scattered
order; their values have 10 to 109 bytes. Names and values are in memory before the clock starts (`test/bench/sequence.h`), so that
neither language's arithmetic is measured. Nodes `^a(integer)`, values of equal length and collation order are what both systems
have special paths for; each such row has its general kin beside it.

*Until the secondary has it all*: from the first commit on the primary until a node set after the last one can be
read on the secondary.

*Durable*: in both systems the commit returns when `fdatasync` of the journal has returned; processes that wait at
the same time share one. All other rows are hardened in the background, in Headwater within a second.

*LMDB alone* is the library on which Headwater stands, with the same flags, keys and values, one transaction an update: no journal, no
replication, no collation (`test/bench/lmdb_limit.cc`). The ratio says how much of its rate is left.

*Checkpoint image*: Headwater's second copy of a database, from which it recovers after a power loss, is written in
the background, when the journal has grown by 2 GiB or after five minutes. In this run it was written {images}."""


def plot_growth(figures, path):
    """An SVG of rates (from 0) by the logarithm of the number of nodes; False when the rows were not measured."""
    lines = [(system, title, [(exponent, figures.median(system, f"growth_{key}_{exponent}")) for exponent in rows.GROWTH_EXPONENTS])
             for key, title, _ in rows.GROWTH_WORKS for system in figures.systems]
    if any(value is None for _, _, points in lines for _, value in points):
        return False
    top = max(value for _, _, points in lines for _, value in points)
    step = 10 ** math.floor(math.log10(top))
    step = step if top >= 3 * step else max(1, step // 5)
    left, bottom, width, height = 80, 300, 420, 270
    first, last = rows.GROWTH_EXPONENTS[0], rows.GROWTH_EXPONENTS[-1]
    x = lambda exponent: left + width * (exponent - first) / (last - first)
    y = lambda value: bottom - height * value / top
    text = lambda at, to, words, anchor="end": f'<text x="{at:.0f}" y="{to:.0f}" text-anchor="{anchor}">{words}</text>'
    out = ['<svg xmlns="http://www.w3.org/2000/svg" width="760" height="340" font-family="sans-serif" font-size="12">',
           '<rect width="760" height="340" fill="white"/>', text(left, 20, "operations/s")]
    for value in range(0, int(top) + 1, step):
        out += [f'<path d="M{left} {y(value):.0f}H{left + width}" stroke="#ddd"/>', text(left - 6, y(value) + 4, f"{value:,}")]
    for exponent in rows.GROWTH_EXPONENTS:
        out.append(text(x(exponent), bottom + 20, f"10^{exponent} nodes", "middle"))
    colours = ("#0b6", "#06b", "#b50")
    for number, (system, title, points) in enumerate(lines):
        colour = colours[number // len(figures.systems)]
        dash = "" if system == figures.systems[0] else ' stroke-dasharray="6 4"'
        path_data = "M" + "L".join(f"{x(exponent):.0f} {y(value):.0f}" for exponent, value in points)
        out += [f'<path d="{path_data}" fill="none" stroke="{colour}" stroke-width="2"{dash}/>',
                f'<path d="M{left + width + 20} {40 + 20 * number}h30" stroke="{colour}" stroke-width="2"{dash}/>',
                text(left + width + 56, 44 + 20 * number, f"{title}, {system}", "start")]
    with open(path, "w") as svg:
        svg.write("\n".join(out + ["</svg>"]) + "\n")
    return True


LARGE_JOURNAL = "## A large journal"


def sections(text):
    """Heading to a section of the page with that heading, in their order; what is before the first has none."""
    parts = re.split(r"(?m)^(?=## )", text)
    return {part.split("\n", 1)[0] if part.startswith("## ") else "": part for part in parts}


def kept_sections(before, text):
    """Those that an ordinary run does not measure."""
    written = sections(text)
    return "".join("\n" + part.rstrip("\n") + "\n" for heading, part in sections(before).items() if heading not in written)


def large_journal_section(text):
    """(text without the section, the section)"""
    found = re.search(r"\n" + LARGE_JOURNAL + r"\n.*?(?=\n## |\Z)", text, flags=re.DOTALL)
    return (text[:found.start()] + text[found.end():], found.group(0)) if found else (text, "")

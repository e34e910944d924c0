"""What is measured: every row of docs/benchmarks.md, as data."""
from dataclasses import dataclass


@dataclass(frozen=True)
class Target:
    """Of the ratio to GT.M, or of Headwater's own figure."""
    sign: str
    number: float
    own: bool = False

    def text(self, unit):
        return f"{self.sign} {self.number:g}" + (f" {unit}".rstrip() if self.own else "")

    def is_met(self, own, ratio):
        value = own if self.own else ratio
        return value is None or (value >= self.number if self.sign == "≥" else value <= self.number)


def at_least(number, own=False):
    return Target("≥", number, own)


def at_most(number, own=False):
    return Target("≤", number, own)


@dataclass(frozen=True)
class Row:
    key: str
    title: str
    unit: str
    target: Target = None
    meaning: str = ""
    digits: int = 0


@dataclass(frozen=True)
class WorkRow(Row):
    """A piece of work of the programs workload and bench.m on a replicating pair."""
    work: str = ""
    count: int = 0  # of one process
    processes: int = 1
    needs: str = ""  # the row that makes the nodes
    each: int = 1  # units in one operation

    def is_sent(self):
        """Does the time until the secondary has it all tell something? A durable commit waits for the disk above all."""
        return self.unit not in ("reads/s", "nodes/s") and self.work != "durable"


def one(key, title, work, count, unit, meaning, needs="", each=1, ratio=1.3):
    return WorkRow(key, title, unit, at_least(ratio), meaning, 0, work, count, 1, needs, each)


def several(key, title, work, count, unit, meaning, needs="", processes=4, ratio=1.2):
    return WorkRow(key, title, unit, at_least(ratio), meaning, 0, work, count, processes, needs)


# In the order in which they are run: all on the same pair of instances.
WORKS = {
    "Updates, one process": [
        one("asc", "ascending", "asc", 1_000_000, "sets/s", "new nodes ^a(integer) in collation order"),
        one("rnd", "random, equal length", "rnd", 1_000_000, "sets/s",
            "over 10^6 nodes ^a(integer), most of which *ascending* has made; the value is as long as the one before", "asc"),
        one("insert", "random inserts", "sets", 1_000_000, "sets/s", "new nodes of varying length, values of varying length"),
        one("update", "random updates", "sets", 1_000_000, "sets/s", "the nodes of *random inserts*, another length each time",
            "insert"),
        one("getset", "get, then set", "getset", 500_000, "pairs/s",
            "one of the same nodes is read, and set to what depends on the value", "insert"),
        one("longs", "values of 3 to 4 KB", "longs", 100_000, "sets/s", "random inserts of values of 3,000 to 3,959 bytes"),
        one("tp", "ten-set transactions", "tp", 100_000, "sets/s", "TSTART … ten SETs … TCOMMIT, transaction id BATCH", each=10),
        one("transfer", "transfers", "transfer", 200_000, "transactions/s",
            "two accounts of 98,053 are read and set, and a note of the transfer; transaction id BATCH"),
        one("incr", "$INCREMENT of one node", "incr", 1_000_000, "increments/s", "each a commit of its own"),
        one("kills", "five sets and a kill", "kills", 100_000, "rounds/s",
            "five sets below one node, and the kill of the node of a hundred rounds before"),
        one("durable1", "durable, one process", "durable", 5_000, "transactions/s",
            "ten-set transactions; each commit returns after the journal's fdatasync", ratio=1.05),
        one("long", "ascending, long", "asc", 5_000_000, "sets/s",
            "as *ascending*, so many that Headwater's checkpoint image may be written meanwhile"),
    ],
    "Updates, several processes": [
        several("asc4", "disjoint sets", "asc", 250_000, "sets/s", "four processes, each in a range of nodes ^a(integer) of its own"),
        several("insert4", "random inserts", "sets", 250_000, "sets/s",
                "four processes, new nodes of varying length, mixed with those of the others"),
        several("update4", "random updates", "sets", 250_000, "sets/s", "the same nodes again, other values", "insert4"),
        several("mixed4", "80 % gets, 20 % updates", "mixed", 500_000, "operations/s",
                "the same nodes; a process reads those that another one updates", "insert4"),
        several("transfer4", "transfers", "transfer", 50_000, "transactions/s", "four processes, the same accounts"),
        several("incr4", "$INCREMENT of one node", "incr", 250_000, "increments/s", "four processes, the same node"),
        several("durable16", "durable, 16 processes", "durable", 1_000, "transactions/s",
                "ten-set transactions; those that wait at the same time share an fdatasync", "", 16, 1.5),
    ],
    "Reads": [
        one("igets", "get, integers", "igets", 1_000_000, "reads/s", "^a(integer), as *random, equal length*", "asc", ratio=1.5),
        one("gets", "get", "gets", 1_000_000, "reads/s", "the nodes of *random inserts*", "insert", ratio=1.5),
        one("data", "$DATA", "data", 1_000_000, "reads/s", "the nodes of *random inserts*", "insert", ratio=1.5),
        one("iorder", "$ORDER and get, integers", "iorder", 2_000_000, "nodes/s", "^a(integer) in collation order", "asc"),
        one("forward", "$ORDER and get", "forward", 1_000_000, "nodes/s",
            "the second subscripts of the nodes of *random inserts*, one first subscript after the other", "insert"),
        one("reverse", "reverse $ORDER and get", "reverse", 1_000_000, "nodes/s", "the same, backward", "insert"),
        one("query", "$QUERY and get", "query", 1_000_000, "nodes/s", "the nodes of *random inserts* in collation order", "insert",
            ratio=3),
    ],
}


def until_all(row):
    return Row(row.key + "_all", row.title + (f", {row.processes} processes" if row.processes > 1 else ""), row.unit,
               at_least(1.3))


UNTIL_ALL = [until_all(row) for rows in WORKS.values() for row in rows if row.is_sent()]
MEMORY = [Row("memory_" + key, title, "MiB", at_most(32, own=True), meaning, 1)
          for key, title, meaning in (
              ("source", "source server", "resident after the rows above, without files and shared memory that are mapped; so the others"),
              ("receiver", "receiver server", ""), ("update", "update process", ""))]
SUSTAINED = [
    Row(f"sustained_{key}{suffix}", title + more, unit, target, meaning, digits)
    for key, title, what in (("insert", "random inserts", "60 s, or until there are 10^7 nodes"),
                             ("update", "random updates", "60 s, the nodes that were inserted, again and again"))
    for suffix, more, unit, target, meaning, digits in (
        ("", "", "sets/s", at_least(1.2), what, 0),
        ("_p999", ", p99.9", "ms", None, "" if key == "update" else "one commit in a thousand takes longer; 0 below 0.05 ms", 2),
        ("_longest", ", longest commit", "ms", at_most(50, own=True), "", 1))
]
LOAD = [
    Row("load", "mupip load", "nodes/s", at_least(1.2), "the data file into a new database"),
    Row("load_journaled", "mupip load, journaled", "nodes/s", at_least(1.2), "the same with before-image journaling"),
    Row("extract", "mupip extract", "nodes/s", at_least(1.3), "all of it, ZWR format"),
    Row("extract_journaled", "mupip extract, journaled", "nodes/s", at_least(1.3), ""),
]
RECOVERY = [
    Row("rollback", "mupip journal -rollback", "transactions/s", at_least(2),
        "a million single sets are taken out again and written to a lost transaction file, from the command's start to its end"),
    Row("forward_recovery", "mupip journal -recover -forward", "transactions/s", at_least(1.2),
        "a journal of a million single sets is applied to a copy of the database from before them"),
    Row("backward_recovery", "mupip journal -recover -backward", "transactions/s", at_least(1.2),
        "a million single sets are taken out again by time, and written to a lost transaction file"),
]
LATENCY = [
    Row("visible_p50", "commit until visible, median", "ms", at_most(0.3, own=True),
        "1,000 commits/s on the primary, each with the time at which it began; a process on the secondary that looks "
        "without pause, with the lowest priority, says when it sees it", 3),
    Row("visible_p99", "commit until visible, p99", "ms", at_most(3, own=True), "", 3),
    Row("trip_p50", "loopback round trip, median", "ms", None,
        "for comparison: 100 bytes through TCP to another process and back, 1,000 a second", 3),
    Row("trip_p99", "loopback round trip, p99", "ms", None, "", 3),
]
CATCH_UP = [
    Row("catch_up", "catch-up", "updates/s", at_least(2),
        "5 million random updates, made with nobody connected, reach a new secondary from the journal files: from the source "
        "server's start until the secondary has the last one"),
    Row("catch_up_rate", "catch-up", "MiB/s", None, ""),
    Row("copy_rate", "plain copy", "MiB/s", None, "the same journal files through TCP on the loopback interface into a file, with fdatasync"),
    Row("catch_up_share", "catch-up / plain copy", "", at_least(0.7, own=True), "", 2),
]
SECONDARIES = [
    Row("root_1", "root, 1 secondary", "sets/s", None, "random inserts; the secondary's servers have the lowest priority, since they "
        "would run on a machine of their own"),
    Row("root_16", "root, 16 secondaries", "sets/s", None),
    Row("root_share", "16 secondaries / 1", "", at_least(0.8, own=True), "", 2),
    Row("secondary_cpu", "a secondary's processor time", "µs/update", None,
        "at the root: of a source server, until the secondary has all updates", 2),
]
GROWTH_EXPONENTS = (5, 6, 7)
GROWTH_WORKS = (("insert", "random inserts", "sets/s"), ("update", "random updates", "sets/s"), ("get", "get", "reads/s"))
GROWTH = [Row(f"growth_{key}_{exponent}", f"{title}, 10^{exponent} nodes", unit, None,
              "the inserts that lead there; get and random updates are of that many nodes" if (key, exponent) == ("insert", 5) else "")
          for key, title, unit in GROWTH_WORKS for exponent in GROWTH_EXPONENTS] + [
    Row(f"growth_{key}", f"{title}, 10^{GROWTH_EXPONENTS[-1]} / 10^{GROWTH_EXPONENTS[0]}", "",
        at_least(round(GROWTH_EXPONENTS[0] / GROWTH_EXPONENTS[-1], 2), own=True),
        "no worse than the logarithm of the number of nodes" if key == "insert" else "", 2) for key, title, _ in GROWTH_WORKS]
BACKUP = [
    Row("backup_seconds", "mupip backup -online", "s", at_most(1.5), "of a database of 2 GiB of 3,900-byte values, journaled and "
        "replicating, while one process makes single sets in collation order", 1),
    Row("backup_share", "sets during the backup / without", "", at_least(0.8, own=True), "rate of that process", 2),
]

# What test/bench/lmdb_limit.cc measures of LMDB alone, beside Headwater's figures of the same rows.
LIMIT = [Row(row.key, row.title, row.unit) for table in WORKS.values() for row in table
         if row.key in ("asc", "insert", "update", "longs", "gets")]
BESIDE_LMDB = "Beside LMDB alone"

# Heading to rows, in the order of the page.
TABLES = {**WORKS, "Until the secondary has it all": UNTIL_ALL, "Memory of the servers": MEMORY, "Sustained": SUSTAINED,
          "Load and extract": LOAD, "Recovery": RECOVERY, "From commit to secondary": LATENCY, "Catch-up": CATCH_UP,
          "Many secondaries": SECONDARIES, "Growth": GROWTH, "Online backup": BACKUP, BESIDE_LMDB: LIMIT}

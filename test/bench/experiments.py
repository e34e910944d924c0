"""How the rows are measured. A function measures one system once, in a folder of its own, and returns key to figure; the key
`contents` is the digest of what the databases hold at the end, which must be the same for both systems."""
import contextlib
import hashlib
import multiprocessing
import os
import shutil
import socket
import subprocess
import time
from dataclasses import dataclass, replace

import rows
from pair import Pair, free_port, run_together, start_secondary
from recovery import RECOVERIES, journaled_database
from systems import (Failure, Instance, System, WORK_SECONDS, Worker, command_of, cpu_seconds_of, memory_of, processes_of,
                     servers_of, work)


@dataclass(frozen=True)
class Settings:
    quick: bool
    blocks: int = 200_000
    buffers: int = 65_536
    journal: int = 2_000_000
    pool: int = 256 << 20

    def scale(self, count):
        return max(20, count // 200) if self.quick else count

    def work_seconds(self):
        """The deadline of a piece of work."""
        return 240 if self.quick else WORK_SECONDS


def settings_of(quick):
    return Settings(True, 20_000, 8_192, 100_000, 16 << 20) if quick else Settings(False)


@dataclass(frozen=True)
class Context:
    system: System
    folder: str
    settings: Settings
    data: str  # a file in ZWR format
    wanted: set  # keys of rows
    note: callable

    def path(self, name):
        return os.path.join(self.folder, name)

    def scale(self, count):
        return self.settings.scale(count)


def digest_of(instance):
    """Of the extract, without its header."""
    path = instance.path("contents.zwr")
    instance.mupip("extract", "-format=zwr", path, seconds=WORK_SECONDS)
    digest = hashlib.sha256()
    with open(path, "rb") as lines:
        lines.readline()
        lines.readline()
        while block := lines.read(1 << 20):
            digest.update(block)
    os.remove(path)
    return digest.hexdigest()


def works(context):
    """All works that are wanted, or that one of those needs, on one pair."""
    every = [row for table in rows.WORKS.values() for row in table]
    wanted = {row.key for row in every if {row.key, row.key + "_all"} & context.wanted}
    wanted |= {row.needs for row in every if row.key in wanted}
    if any(row.key in context.wanted for row in rows.MEMORY):
        wanted.add("insert")
    pair = Pair(context.system, context.folder, context.settings)
    figures = {}
    for number, row in enumerate(every):
        if row.key in wanted:
            rate, until_all, image = run_together(pair, row.work, row.processes, count=context.scale(row.count), **{"pass": number})
            figures[row.key] = rate * row.each
            if row.is_sent():
                figures[row.key + "_all"] = until_all * row.each
            figures["image_" + row.key] = image
            context.note(f"{row.key:12} {rate * row.each:12,.0f}   secondary {until_all * row.each:12,.0f}"
                         + ("   (checkpoint image written)" if image else ""))
    servers = {**servers_of(pair.second), **{"source": servers_of(pair.first)["source"]}}
    figures.update({f"memory_{name}": memory_of(pid)[0] / 2**20 for name, pid in servers.items()})
    figures["contents"] = digest_of(pair.first)
    if digest_of(pair.second) != figures["contents"]:
        raise Failure(f"{context.system.name}: the secondary does not hold what the primary holds")
    pair.stop()
    return figures


def sustained(context):
    pair = Pair(context.system, context.folder, context.settings)
    seconds = 1 if context.settings.quick else 60
    figures, nodes = {}, 10_000_000
    for number, key in enumerate(("insert", "update")):
        image = pair.first.image_time()
        done = work(pair.first, "timed", count=nodes if key == "insert" else 10**9, span=nodes, seconds=seconds,
                    **{"pass": 10 * number})
        nodes = done.count
        figures[f"sustained_{key}"] = done.rate()
        figures[f"sustained_{key}_p999"], figures[f"sustained_{key}_longest"] = (one / 1000 for one in done.figures)
        figures[f"image_sustained_{key}"] = pair.first.image_time() != image
    pair.stop()
    return figures


def load(context):
    figures = {}
    with open(context.data, "rb") as lines:
        nodes = sum(1 for _ in lines) - 2
    for suffix in ("", "_journaled"):
        instance = Instance(context.system, context.path("l" + suffix), "INSTL", context.settings, replicates=False)
        instance.create_database()
        if suffix:
            instance.start_journal()
        begin = time.monotonic()
        instance.mupip("load", context.data, seconds=WORK_SECONDS)
        loaded = time.monotonic()
        instance.mupip("extract", "-format=zwr", instance.path("out.zwr"), seconds=WORK_SECONDS)
        figures["load" + suffix] = nodes / (loaded - begin)
        figures["extract" + suffix] = nodes / (time.monotonic() - loaded)
        figures["contents"] = digest_of(instance)
    return figures


def recovery(context):
    figures, contents = {}, []
    for key, recover in RECOVERIES.items():
        key = key if key == "rollback" else key + "_recovery"
        if key in context.wanted:
            done = recover(context.system, context.path(key), context.scale(1_000_000), context.settings)
            figures[key] = done.rate()
            contents.append(digest_of(done.instance))
            context.note(f"{key:12} {done}")
    return {**figures, "contents": " ".join(contents)}


def latency(context):
    pair = Pair(context.system, context.folder, context.settings)
    count = context.scale(10_000)
    watch = Worker(pair.second, "watch", nice=19, count=count)
    pace = Worker(pair.first, "pace", count=count)
    watch.go()
    pace.go()
    pace.result()
    p50, p99 = (one / 1000 for one in watch.result().figures)
    pair.stop()
    trips = sorted(round_trips(context.scale(5_000)))
    return {"visible_p50": p50, "visible_p99": p99, "trip_p50": trips[len(trips) // 2] * 1000,
            "trip_p99": trips[len(trips) * 99 // 100] * 1000}


def round_trips(count):
    """Seconds that 100 bytes take to another process and back."""
    def echo(listener):
        with listener.accept()[0] as other:
            while text := other.recv(100, socket.MSG_WAITALL):
                other.sendall(text)

    taken = []
    with serving(echo) as connection:
        for _ in range(count):
            begin = time.perf_counter()
            connection.sendall(b"x" * 100)
            connection.recv(100, socket.MSG_WAITALL)
            taken.append(time.perf_counter() - begin)
            time.sleep(0.001)
    return taken


@contextlib.contextmanager
def serving(serve):
    """A connection to a process that runs `serve(listener)`."""
    listener = socket.create_server(("127.0.0.1", 0))
    process = multiprocessing.get_context("fork").Process(target=serve, args=(listener,))
    process.start()
    connection = socket.create_connection(listener.getsockname())
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    listener.close()
    try:
        yield connection
    finally:
        connection.close()
        process.join()


def copy_seconds(paths, to):
    """How long the files take through a loopback connection into another file that is on disk then."""
    def receive(listener):
        with listener.accept()[0] as other, open(to, "wb") as out:
            while block := other.recv(1 << 18):
                out.write(block)
            out.flush()
            os.fdatasync(out.fileno())
            other.sendall(b"done")

    begin = time.monotonic()
    with serving(receive) as connection:
        for path in paths:
            with open(path, "rb") as file:
                connection.sendfile(file)
        connection.shutdown(socket.SHUT_WR)
        connection.recv(4, socket.MSG_WAITALL)
    seconds = time.monotonic() - begin
    os.remove(to)
    return seconds


def catch_up(context):
    settings = replace(context.settings, journal=20_000)  # So that the files are not much larger than what is in them.
    first = Instance(context.system, context.path("a"), "INSTA", settings)
    second = Instance(context.system, context.path("b"), "INSTB", settings)
    first.create()
    first.source("-passive", "-rootprimary", "-instsecondary=INSTB")
    count = context.scale(5_000_000)
    work(first, "timed", count=count, span=count // 5, seconds=WORK_SECONDS)
    first.shut_down("source")  # The journal pool ends with it, so that the files are all there is.
    journals = sorted(entry.path for entry in os.scandir(first.folder) if ".mjl" in entry.name)
    size = sum(os.stat(path).st_size for path in journals) / 2**20
    second.create()
    port = free_port()
    start_secondary(second, port)
    wait = Worker(second, "wait")
    wait.go()
    begin = time.time()
    first.source("-rootprimary", "-instsecondary=INSTB", f"-secondary=127.0.0.1:{port}")
    seconds = wait.result().end / 1e6 - begin
    figures = {"contents": digest_of(first)}
    if digest_of(second) != figures["contents"]:
        raise Failure(f"{context.system.name}: the secondary has not caught up")
    first.shut_down("source")
    second.shut_down("receiver")
    second.shut_down("source")
    copied = copy_seconds(journals, context.path("copy"))
    return {**figures, "catch_up": count / seconds, "catch_up_rate": size / seconds, "copy_rate": size / copied,
            "catch_up_share": copied / seconds}


def secondaries(context):
    many = 2 if context.settings.quick else 16
    settings = replace(context.settings, buffers=8_192, pool=64 << 20, blocks=20_000, journal=100_000)
    count = context.scale(500_000)
    rates, cpu, digests = {}, 0, set()
    for number in (1, many):
        folder = context.path(f"tree-{number}")
        root = Instance(context.system, os.path.join(folder, "a"), "INSTA", settings)
        root.create()
        others = [Instance(context.system, os.path.join(folder, f"b{i}"), f"INSTB{i}", settings) for i in range(number)]
        for other in others:
            other.create()
            port = free_port()
            start_secondary(other, port)
            for pid in processes_of(other.folder):
                os.setpriority(os.PRIO_PROCESS, pid, 19)
            root.source("-rootprimary", f"-instsecondary={other.name}", f"-secondary=127.0.0.1:{port}")
        rates[number] = work(root, "sets", count=count).rate()
        for other in others:
            work(other, "wait")
        cpu = sum(cpu_seconds_of(pid) for pid in processes_of(root.folder) if "-source" in command_of(pid))
        digests |= {digest_of(instance) for instance in [root] + others}
        for other in others:
            root.mupip("replicate", "-source", "-shutdown", "-timeout=0", "-instsecondary=" + other.name)
            other.shut_down("receiver")
            other.shut_down("source")
    if len(digests) != 1:
        raise Failure(f"{context.system.name}: a secondary does not hold what the root holds")
    return {"root_1": rates[1], "root_16": rates[many], "root_share": rates[many] / rates[1],
            "secondary_cpu": cpu * 1e6 / count / many, "contents": digests.pop()}


def growth(context):
    instance = journaled_database(context.system, context.path("g"), context.settings)
    figures, nodes = {}, 0
    for number, exponent in enumerate(rows.GROWTH_EXPONENTS):
        size = context.scale(10**exponent)
        sample = min(size, context.scale(200_000))
        for key, name, first, count in (("insert", "sets", nodes, size - nodes), ("update", "sets", 0, sample),
                                        ("get", "gets", 0, sample)):
            passes = {"pass": 0 if key == "insert" else 1 + number}
            figures[f"growth_{key}_{exponent}"] = work(instance, name, first=first, count=count, **passes).rate()
        nodes = size
    least, most = rows.GROWTH_EXPONENTS[0], rows.GROWTH_EXPONENTS[-1]
    for key, *_ in rows.GROWTH_WORKS:
        figures[f"growth_{key}"] = figures[f"growth_{key}_{most}"] / figures[f"growth_{key}_{least}"]
    figures["contents"] = digest_of(instance)
    return figures


def lmdb_limit(program, folder, settings):
    """LMDB alone: key to rate."""
    os.makedirs(folder)
    out = subprocess.run([program, folder, "200" if settings.quick else "1"], capture_output=True, text=True, check=True,
                         timeout=WORK_SECONDS)
    shutil.rmtree(folder)
    return {key: float(rate) for key, rate in (line.split() for line in out.stdout.splitlines())}

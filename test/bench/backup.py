"""An online backup of a large database, and what it does to the rate of commits."""
import os
import subprocess
import time

from pair import Pair
from systems import Failure, WORK_SECONDS, Worker

VALUE_BYTES = 3900


def generate(path, megabytes):
    with open(path, "w") as out:
        out.write("Benchmark data\n01-JAN-2026  00:00:00 ZWR\n")
        for i in range(megabytes * (1 << 20) // VALUE_BYTES):
            out.write(f'^old({i})="{i:010d}{"x" * (VALUE_BYTES - 10)}"\n')


class Rate:
    """Sets in collation order by one process, in pieces."""

    def __init__(self, instance, piece):
        self.instance = instance
        self.piece = piece
        self.number = 0

    def while_true(self, goes_on):
        """Sets a second of the pieces that end while goes_on() is true; None when there was none."""
        sets, micros = 0, 0
        while goes_on():
            worker = Worker(self.instance, "asc", count=self.piece, **{"pass": self.number})
            self.number += 1
            worker.go()
            done = worker.result()
            if goes_on():
                sets, micros = sets + done.count, micros + done.end - done.begin
        return sets * 1e6 / micros if micros else None


def backup(context):
    data = context.path("data.zwr")
    megabytes = context.scale(2048)
    generate(data, megabytes)
    pair = Pair(context.system, context.folder, context.settings, data)
    rate = Rate(pair.first, context.scale(20_000))
    until = time.monotonic() + (1 if context.settings.quick else 10)
    alone = rate.while_true(lambda: time.monotonic() < until)
    to = context.path("copy")
    with open(context.path("said"), "w+") as said:
        begin = time.monotonic()
        process = subprocess.Popen([context.system.mupip(), "backup", "-online", "DEFAULT", to], stdout=said, stderr=said,
                                   cwd=pair.first.folder, env=context.system.environment(pair.first))
        ended = []

        def goes_on():
            if process.poll() is not None and not ended:
                ended.append(time.monotonic())
            return not ended and time.monotonic() < begin + WORK_SECONDS

        during = rate.while_true(goes_on)
        said.seek(0)
        if process.poll() != 0 or not os.path.exists(to):
            raise Failure(f"{context.system.name}: backup: status {process.poll()}\n{said.read()}")
    pair.stop()
    figures = {"backup_seconds": ended[0] - begin}
    if alone and during:  # A backup that is shorter than a piece leaves no figure.
        figures["backup_share"] = during / alone
    return figures

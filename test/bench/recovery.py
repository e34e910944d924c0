"""mupip journal -rollback and -recover of journals of single sets."""
import glob
import os
import shutil
import subprocess
import time

from systems import Failure, Instance, WORK_SECONDS, memory_of, work


class Recovery:
    """One mupip journal command, run to its end: what it took, and what it had to read."""

    def __init__(self, instance, count, words, expected):
        self.instance = instance
        self.count = count
        self.journal = sum(os.stat(name).st_blocks * 512 for name in glob.glob(instance.path("*.mjl*")))
        self.own = self.resident = 0
        begin = time.monotonic()
        with open(instance.path("said"), "w") as said:
            process = subprocess.Popen([instance.system.mupip(), "journal", *words], stdout=said, stderr=said,
                                       cwd=instance.folder, env=instance.system.environment(instance))
            while process.poll() is None:
                own, resident = memory_of(process.pid)
                self.own, self.resident = max(self.own, own), max(self.resident, resident)
                time.sleep(0.005)
                if time.monotonic() > begin + WORK_SECONDS:
                    process.kill()
        self.seconds = time.monotonic() - begin
        with open(instance.path("said")) as said:
            text = said.read()
        if process.returncode != 0 or expected not in text:
            raise Failure(f"{instance.system.name}: mupip journal {' '.join(words)}: status {process.returncode}\n{text}")

    def rate(self):
        return self.count / self.seconds

    def __str__(self):
        return (f"{self.seconds:.1f} s, {self.own / 2**20:,.1f} MiB of its own, {self.resident / 2**20:,.0f} MiB with mapped "
                f"files, journal {self.journal / 2**20:,.0f} MiB")


def roll_back(system, folder, count, settings):
    """Takes `count` transactions out of an instance."""
    instance = Instance(system, folder, "INSTR", settings)
    instance.create()
    instance.source("-passive", "-instsecondary=NOBODY", "-rootprimary")
    work(instance, "asc", count=count)
    instance.shut_down("source")
    instance.mupip("rundown", "-region", "*")
    return Recovery(instance, count, ["-rollback", "-backward", "-resync=2", "-losttrans=" + instance.path("lost"), "*"],
                    "after rollback is 2 ")


def journaled_database(system, folder, settings):
    instance = Instance(system, folder, "INSTR", settings, replicates=False)
    instance.create_database()
    instance.start_journal()
    return instance


def recover_forward(system, folder, count, settings):
    """Applies a journal of `count` transactions to a copy that is older than all of them."""
    instance = journaled_database(system, folder, settings)
    shutil.copy(instance.path("db.dat"), instance.path("old"))
    work(instance, "asc", count=count)
    instance.mupip("rundown", "-region", "*")
    for path in glob.glob(instance.path("db.dat*")):
        os.remove(path)
    os.rename(instance.path("old"), instance.path("db.dat"))
    return Recovery(instance, count, ["-recover", "-forward", "-chain", "*"], "Recover successful")


def recover_backward(system, folder, count, settings):
    """Takes `count` transactions out of a database, by time."""
    instance = journaled_database(system, folder, settings)
    work(instance, "asc", count=1)
    moment = int(time.time()) + 1
    while time.time() < moment + 1:
        time.sleep(0.05)
    work(instance, "asc", count=count)
    instance.mupip("rundown", "-region", "*")
    text = time.strftime("%d-%b-%Y %H:%M:%S", time.localtime(moment)).upper()
    return Recovery(instance, count, ["-recover", "-backward", f'-since="{text}"', f'-before="{text}"',
                                      "-losttrans=" + instance.path("lost"), "*"], "Recover successful")


RECOVERIES = {"rollback": roll_back, "forward": recover_forward, "backward": recover_backward}

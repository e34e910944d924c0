"""The two systems: how their programs are called, their instances, processes that work on them, and what is left of them."""
import glob
import os
import re
import shutil
import signal
import subprocess
import tempfile
import threading
import time

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
COMMAND_SECONDS = 300
WORK_SECONDS = 1800


class Failure(Exception):
    pass


class System:
    """One product: how its programs are called and what their environment is."""

    def __init__(self, name, bin_dir):
        self.name = name
        self.bin = bin_dir

    def environment(self, instance):
        env = {key: value for key, value in os.environ.items() if not key.startswith("gtm")}
        if instance.replicates:
            env["gtm_repl_instance"] = instance.path("gtm.repl")
        env.update(gtmgbldir=instance.path("gtm.gld"), PATH=self.bin + ":" + env.get("PATH", "/usr/bin:/bin"))
        return env

    def mupip(self):
        return os.path.join(self.bin, "mupip")


class Headwater(System):
    def __init__(self, bin_dir, workload):
        super().__init__("Headwater", bin_dir)
        self.workload = workload

    def version(self, folder):
        out = subprocess.run([self.mupip(), "version"], capture_output=True, text=True, timeout=COMMAND_SECONDS)
        return (out.stdout + out.stderr).strip().splitlines()[0]

    def gde(self):
        return [os.path.join(self.bin, "gde")]

    def work(self):
        return [self.workload]


class Gtm(System):
    def __init__(self, bin_dir):
        super().__init__("GT.M", bin_dir)

    def environment(self, instance):
        env = super().environment(instance)
        above = os.path.dirname(instance.folder)
        routines, temporary = os.path.join(above, "routines"), os.path.join(above, "tmp")
        if not os.path.exists(routines):  # Once: a process may be compiling it.
            os.makedirs(routines)
            os.makedirs(temporary)
            shutil.copy(os.path.join(HERE, "bench.m"), routines)
        utilities = os.path.join(self.bin, "libgtmutil.so")
        env.update(gtm_dist=self.bin, gtmroutines=f"{routines} {utilities if os.path.exists(utilities) else ''} {self.bin}",
                   gtm_tmp=temporary, gtm_log=temporary, gtm_linktmpdir=temporary)
        return env

    def version(self, folder):
        env = dict(os.environ, gtm_dist=self.bin, gtm_tmp=folder)
        out = subprocess.run([self.mupip(), "-version"], capture_output=True, text=True, env=env, timeout=COMMAND_SECONDS)
        found = re.search(r"GT\.M V\S+", out.stdout + out.stderr)
        return found.group(0) if found else "GT.M " + os.path.basename(self.bin)

    def gde(self):
        return [os.path.join(self.bin, "mumps"), "-run", "GDE"]

    def work(self):
        return [os.path.join(self.bin, "mumps"), "-run", "bench"]


def find_gtm():
    places = [os.environ.get("gtm_dist", "")] + sorted(glob.glob("/usr/lib/*/fis-gtm/V*"), reverse=True)
    return next((place for place in places if place and os.access(os.path.join(place, "mumps"), os.X_OK)), None)


class Done:
    """What a worker says at its end: operations, begin and end in microseconds, and figures of its own."""

    def __init__(self, line):
        self.count, self.begin, self.end, *self.figures = map(int, line.split()[1:])

    def rate(self):
        return self.count * 1e6 / (self.end - self.begin)


class Worker:
    """One process of a piece of work (`workload.cc`, `bench.m`). It is ready when the constructor returns; one that takes
    too long is killed."""

    def __init__(self, instance, work, nice=0, **numbers):
        command = instance.system.work() + [work] + [f"{name}={number}" for name, number in numbers.items()]
        self.what = " ".join([os.path.basename(command[0])] + command[1:])
        self.errors = tempfile.TemporaryFile(dir=instance.folder)
        self.process = subprocess.Popen(["nice", f"-n{nice}", *command], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                        stderr=self.errors, env=instance.system.environment(instance), cwd=instance.folder,
                                        text=True)
        self.deadline = threading.Timer(instance.settings.work_seconds(), self.process.kill)
        self.deadline.daemon = True
        self.deadline.start()
        self.expect("ready")

    def expect(self, word):
        seen = ""
        for line in self.process.stdout:
            if line.startswith(word):
                return line
            seen += line
        self.process.wait(COMMAND_SECONDS)
        self.errors.seek(0)
        raise Failure(f"{self.what} ended early (status {self.process.returncode}): "
                      f"{seen}{self.errors.read().decode(errors='replace').strip()}")

    def go(self):
        self.process.stdin.write("go\n")
        self.process.stdin.flush()

    def result(self):
        done = Done(self.expect("done"))
        self.process.stdin.close()
        if self.process.wait(COMMAND_SECONDS) != 0:
            self.expect("nothing more")
        self.deadline.cancel()
        self.errors.close()
        return done


def work(instance, name, **numbers):
    """One worker, to its end."""
    worker = Worker(instance, name, **numbers)
    worker.go()
    return worker.result()


class Instance:
    """A database, in its folder, and its instance file."""

    def __init__(self, system, folder, name, settings, replicates=True):
        self.system = system
        self.folder = folder
        self.name = name
        self.settings = settings
        self.replicates = replicates
        os.makedirs(folder)

    def path(self, name):
        return os.path.join(self.folder, name)

    def run(self, command, text="", check=True, seconds=COMMAND_SECONDS):
        out = subprocess.run(command, input=text, capture_output=True, text=True, timeout=seconds, cwd=self.folder,
                             env=self.system.environment(self))
        if check and out.returncode != 0:
            raise Failure(f"{self.system.name}: {' '.join([os.path.basename(command[0])] + command[1:])}: status "
                          f"{out.returncode}\n{out.stdout}{out.stderr}")
        return out.stdout + out.stderr

    def mupip(self, *words, **options):
        return self.run([self.system.mupip(), *words], **options)

    def create_database(self):
        self.run(self.system.gde(), f'''change -segment DEFAULT -file="{self.path("db.dat")}" \
-alloc={self.settings.blocks} -ext=10000 -global_buffer={self.settings.buffers}
change -region DEFAULT -rec=4000 -key=255 -null_subscripts=always -stdnullcoll
exit
''')
        self.mupip("create")

    def start_journal(self):
        self.mupip("set", f"-journal=enable,on,before,alloc={self.settings.journal},autoswitchlimit=8000000", "-region",
                   "DEFAULT", seconds=WORK_SECONDS)

    def start_replicating(self):
        self.start_journal()
        self.mupip("set", "-replication=on", "-region", "DEFAULT", seconds=WORK_SECONDS)
        self.mupip("replicate", "-instance_create", f"-name={self.name}")

    def create(self):
        self.create_database()
        self.start_replicating()

    def source(self, *words):
        """Starts a source server."""
        self.mupip("replicate", "-source", "-start", *words, "-log=" + self.path("source.log"),
                   f"-buffsize={self.settings.pool}", seconds=WORK_SECONDS)

    def receiver(self, port):
        self.mupip("replicate", "-receiver", "-start", f"-listenport={port}", "-log=" + self.path("receiver.log"),
                   f"-buffsize={self.settings.pool}")

    def shut_down(self, server):
        self.mupip("replicate", "-" + server, "-shutdown", "-timeout=0")

    def image_time(self):
        """When Headwater's checkpoint image was last written; 0 where there is none."""
        image = self.path("db.dat-ckpt")
        return os.stat(image).st_mtime_ns if os.path.exists(image) else 0


# ---- what belongs to a folder, found in the system ------------------------------------------------

def processes_of(folder):
    """Processes whose environment names the folder: the ones started here and the servers they left running."""
    found = []
    for entry in glob.glob("/proc/[0-9]*/environ"):
        try:
            with open(entry, "rb") as environ:
                if ("=" + folder + "/").encode() in environ.read():
                    found.append(int(entry.split("/")[2]))
        except OSError:
            continue  # Ended meanwhile, or another user's.
    return [pid for pid in found if pid != os.getpid()]


def command_of(pid):
    try:
        with open(f"/proc/{pid}/cmdline", "rb") as words:
            return words.read().replace(b"\0", b" ").decode(errors="replace").lower()
    except OSError:
        return ""


def servers_of(instance):
    """Source server, receiver server and update process: name to process id."""
    marks = {"source": "-source", "receiver": "-receiver", "update": "-updateproc"}
    commands = {pid: command_of(pid) for pid in processes_of(instance.folder)}
    return {name: pid for name, mark in marks.items() for pid, command in commands.items()
            if "mupip" in command and mark in command}


def memory_of(pid):
    """(memory of a process that is its own, the most it has ever had with pages of files it has mapped), bytes."""
    found = {}
    try:
        with open(f"/proc/{pid}/status") as status:
            for line in status:
                name, value = line.split(":", 1)
                if name in ("RssAnon", "VmHWM"):
                    found[name] = int(value.split()[0]) << 10
    except OSError:
        pass  # It has ended.
    return found.get("RssAnon", 0), found.get("VmHWM", 0)


def cpu_seconds_of(pid):
    with open(f"/proc/{pid}/stat") as stat:
        fields = stat.read().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def segments_of(pid):
    """Ids of the shared memory segments a process has attached: the kernel shows them as the mapping's inode."""
    try:
        with open(f"/proc/{pid}/maps") as maps:
            return {line.split()[4] for line in maps if "/SYSV" in line}
    except OSError:
        return set()


def clean(folder, systems):
    """Stops what is left of a folder's processes, removes their shared memory and the folder."""
    segments = set()
    for pid in processes_of(folder):
        segments |= segments_of(pid)
    deadline = time.monotonic() + 10
    sign = signal.SIGTERM
    while (left := processes_of(folder)):
        for pid in left:
            try:
                os.kill(pid, sign)
            except ProcessLookupError:
                continue
        time.sleep(0.1)
        if time.monotonic() > deadline:
            sign = signal.SIGKILL
    for system in systems:  # GT.M's rundown also removes what its dead processes shared.
        for gld in glob.glob(os.path.join(folder, "**", "gtm.gld"), recursive=True):
            instance = Instance.__new__(Instance)
            instance.system, instance.folder, instance.replicates = system, os.path.dirname(gld), True
            instance.mupip("rundown", "-region", "*", check=False)
    with open("/proc/sysvipc/shm") as table:
        rows = [line.split() for line in table][1:]
    for row in rows:
        if row[1] in segments and row[6] == "0":
            subprocess.run(["ipcrm", "-m", row[1]], check=False, capture_output=True)
    shutil.rmtree(folder, ignore_errors=True)

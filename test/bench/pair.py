"""A primary and its secondary, running, and works on them."""
import os
import socket

from systems import Instance, WORK_SECONDS, Worker


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Pair:
    def __init__(self, system, folder, settings, data=None):
        """`data`: a file that the primary loads before it begins to replicate."""
        self.first = Instance(system, os.path.join(folder, "a"), "INSTA", settings)
        self.second = Instance(system, os.path.join(folder, "b"), "INSTB", settings)
        for instance in (self.first, self.second):
            instance.create_database()
            if data and instance is self.first:
                instance.mupip("load", data, seconds=WORK_SECONDS)
            instance.start_replicating()
        port = free_port()
        start_secondary(self.second, port)
        self.first.source("-rootprimary", "-instsecondary=INSTB", f"-secondary=127.0.0.1:{port}")

    def stop(self):
        self.first.shut_down("source")
        self.second.shut_down("receiver")
        self.second.shut_down("source")


def start_secondary(instance, port):
    instance.source("-passive", "-instsecondary=INSTA")
    instance.receiver(port)


def run_together(pair, work, processes, **numbers):
    """Returns (operations a second, the same until the secondary has them all, was a checkpoint image written)."""
    own = range(1, processes + 1) if processes > 1 else [0]
    workers = [Worker(pair.first, work, process=process, **numbers) for process in own]
    waiter = Worker(pair.second, "wait", process=own[-1], **numbers)
    image = pair.first.image_time()
    for worker in [waiter] + workers:
        worker.go()
    done = [worker.result() for worker in workers]
    # The waiter watches one process's mark; the others' are looked at when it has come.
    arrived = waiter.result().end
    for process in own[:-1]:
        late = Worker(pair.second, "wait", process=process, **numbers)
        late.go()
        arrived = max(arrived, late.result().end)
    begin, end = min(one.begin for one in done), max(one.end for one in done)
    operations = sum(one.count for one in done) * 1e6
    return operations / (end - begin), operations / (max(arrived, end) - begin), pair.first.image_time() != image

"""What test/bench/domain_*.sh have seen, as figures: the lines of HW_FIGURES, the changes of the group's record, what the agents noted."""
import base64
import json
import math
import os


def percentile(values, share):
    """The least value that so many of a hundred do not exceed."""
    return sorted(values)[max(0, math.ceil(len(values) * share / 100) - 1)]


def lines_of(path):
    if not os.path.exists(path):
        return []
    with open(path) as lines:
        return [line.split() for line in lines if line.strip()]


def record_changes(path):
    """(time in us, holder) of each change of the record that the store's watch has told."""
    if not os.path.exists(path):
        return
    with open(path) as lines:
        for line in lines:
            time, _, text = line.partition(" ")
            for event in json.loads(text).get("result", {}).get("events", []):
                value = base64.b64decode(event["kv"].get("value", ""))
                if value:
                    yield int(time), json.loads(value)["record"]["holder"]


def reigns(path):
    """When an agent noted that its instance had become root, in us."""
    if not os.path.exists(path):
        return
    with open(path) as lines:
        for line in lines:
            note = json.loads(line)
            if note["user"] == "agent" and " takes " in note["what"] and note["result"] == "done":
                yield note["time_us"]


class Losses:
    """Of each round that was over: when, after the root's node was killed, another one was named, was root, had its first update."""

    def __init__(self, path):
        lines = lines_of(path)
        lost = [[int(word) for word in line[1:]] for line in lines if line[0] == "lost"]
        self.rounds = len(lost)
        _, self.acknowledged, self.missing, self.in_receipts, self.unanswered = (sum(column) for column in zip(*lost)) if lost else (0,) * 5
        killed = {int(line[1]): (line[2], int(line[3])) for line in lines if line[0] == "killed"}
        first = {int(line[1]): int(line[3]) for line in lines if line[0] == "first"}
        changes, taken = list(record_changes(path + ".record")), sorted(set(reigns(path + ".history")))
        self.named, self.root, self.update = [], [], []
        for number in (row[0] for row in lost):
            old, at = killed[number]
            self.named.append((min(time for time, holder in changes if time > at and holder != old) - at) / 1e6)
            self.root.append((min(time for time in taken if time > at) - at) / 1e6)
            self.update.append((first[number] - at) / 1e6)


class Figures:
    """All in seconds, but what counts updates. Of a part that was not measured there is no file, and its lists are empty."""

    def __init__(self, folder):
        lines = [line for part in ("switchover", "store", "idle", "psr") for line in lines_of(os.path.join(folder, part))]
        self.losses, self.machines = Losses(os.path.join(folder, "losses")), Losses(os.path.join(folder, "machines"))
        self.gaps = {what: [int(line[3]) / 1e6 for line in lines if line[:2] == ["gap", what]] for what in ("switchover", "store")}
        self.psr, self.hung = ([int(line[2]) / 1e6 for line in lines if line[0] == what] for what in ("psr", "hung"))
        self.idle = [int(line[2]) / os.sysconf("SC_CLK_TCK") / float(line[3]) for line in lines if line[0] == "idle"]

"""The section of docs/benchmarks.md that test/bench/domain writes."""
import datetime
import os
import re

import page
from domain_figures import percentile

HEADING = "## A domain"
BEGIN, END = "<!-- test/bench/domain writes from here -->", "<!-- to here -->"
ROW = "| {} | {} | {} | {} | {} | {} |"

PROSE = """*The root's node is lost* (story 1): five sites, A feeds B and C, B feeds D, C feeds E; A, B and C may be root; three members of
etcd. Two clients at each possible root make single sets, some hundred a second each, and note what was acknowledged. Agent, servers
and clients of the root's node get SIGKILL at one moment, etcd's
members live. *Another is named*: the record in etcd has another holder, as
a watch tells. *Another is root*: its agent notes that its updates are on. *An update is accepted*: a client that tries all the time at
each site gets its first success. Then the node's agent starts again, under load; a round is over when the old root has rejoined as a secondary,
every acknowledged update that the new root had not was found in the receipt and applied from it, all five sites hold the same data and `mupip
integ` finds nothing. The next round is lost by whoever is root then. T is 3 s (`lease.ttl_s`), of which the last renewal has used 0 to 1. *With a
member of etcd*: one of the three dies at the same moment, now and then its leader, without which nothing is written for 1 to 2 s.

*Planned switchover*: `hwadm switchover` under the same load, nothing in the backlog but what is under way; from the last commit at the old root to
the first at the new one. *All of etcd stopped*: SIGKILL of its three members, for 6 s and more; then they start again. The longest
time between two commits in all of the round. *Agent*: user and system time of `hwd` with five sites up and nothing to do. *psr*: the
command from start to end, 16 instances on 16 nodes with an agent each, asked at each node in turn.

Beside others, by their manuals, not measured: Patroni begins a failover when the leader key has not been renewed for `ttl`, 30 s by default (at
least 20; `loop_wait` 10 s, `retry_timeout` 10 s). Oracle Data Guard's observer begins a fast-start failover after
`FastStartFailoverThreshold`, 30 s by default (at least 6). To both the time of the promotion is to be added."""


def seconds_row(what, values, digits=2, target="", met=True):
    if not values:
        return []
    figures = (f"{percentile(values, share):.{digits}f}" for share in (50, 99, 100))
    return [ROW.format(what, len(values), *figures, target + ("" if met or not target else ", **missed**"))]


def in_time(values):
    return sum(value <= 5 for value in values) * 100 >= 99 * len(values)


def loss_rows(what, losses):
    return [*seconds_row(f"{what}: another is named", losses.named), *seconds_row(f"{what}: another is root", losses.root),
            *seconds_row(f"{what}: an update is accepted", losses.update, 2, "≤ 5 s in 99 of 100", in_time(losses.update))]


def within_row(what, values, limit):
    return seconds_row(what, values, 3, f"≤ {limit} s", max(values, default=0) <= limit)


def table(figures):
    """Of what was measured."""
    lines = [ROW.format("what", "times", "p50, s", "p99, s", "longest, s", "target"), "| --- | ---: | ---: | ---: | ---: | --- |"]
    lines += loss_rows("the root's node is lost", figures.losses) + loss_rows("with a member of etcd", figures.machines)
    lines += within_row("planned switchover: longest time without a commit", figures.gaps["switchover"], 1)
    lines += within_row("all of etcd stopped: longest time without a commit", figures.gaps["store"], 0.3)
    lines += within_row("`hwadm psr` of 16 instances", figures.psr, 0.2)
    lines += within_row("the same while one agent stands still", figures.hung, 0.2)
    done = [losses for losses in (figures.losses, figures.machines) if losses.rounds]
    if done:
        of = lambda what: sum(getattr(losses, what) for losses in done)
        lines += ["", f"Of {of('acknowledged'):,} updates that were acknowledged in the {of('rounds')} rounds, {of('missing'):,} were not at the new "
                  "root; all of these were in receipts, and", f"{of('unanswered'):,} besides to which their clients had no answer. None was missing."]
    if figures.idle:
        lines += ["", f"An agent with nothing to do takes {max(figures.idle) * 100:.2f} % of a core, the busiest of five "
                  "(target: below 1 %" + (")." if max(figures.idle) < 0.01 else ", **missed**).")]
    return lines


def section(figures, command, folder):
    facts = dict(page.machine(folder))
    machine = ", ".join(str(facts[key]) for key in ("processor", "memory", "file system") if key in facts)
    return [f"Written by `{command}` on {datetime.date.today().isoformat()}: {machine}; all nodes and etcd are on this one machine. Its processors",
            f"were shared with other work all the time (load average {os.getloadavg()[2]:.0f}), so each figure holds waits for a processor, too.",
            "", *table(figures), "", PROSE]


def put(path, lines):
    with open(path) as before:
        text = before.read()
    new = "\n".join([BEGIN, *lines, END])
    if BEGIN in text:
        text = re.sub(re.escape(BEGIN) + ".*?" + re.escape(END), lambda _: new, text, flags=re.DOTALL)
    else:
        text = text.rstrip("\n") + f"\n\n{HEADING}\n\n{new}\n"
    with open(path, "w") as out:
        out.write(text)

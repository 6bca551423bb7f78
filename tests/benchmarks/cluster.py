"""Two thousand jobs in a real Slurm's queue, fifty of them running: what console and login node pay for that."""

from __future__ import annotations

import time
from collections.abc import Iterator

from tests.benchmarks.family import Family
from tests.benchmarks.measure import MIB, Share, rss
from tests.benchmarks.place import NEROTUI, Place, agents
from tests.benchmarks.rows import NotMeasured, Row, at_most, figure
from tests.benchmarks.terminal import Terminal
from tests.rigs.cluster.cluster import NAME, lacking, start_cluster

QUERIES = "2,000 jobs, 50 of them running: queries an interval"
CPU = "2,000 jobs, 50 of them running: console's CPU"
BYTES = "2,000 jobs, 50 of them running: bytes"
MEMORY = "2,000 jobs, 50 of them running: console's memory"
AGENT = "2,000 jobs, 50 of them running: agent's CPU"
JOBS, RUNNING = 2000, 50
#: Seconds between two looks, far more often than the 30 that nerotui takes by itself.
INTERVAL = 5.0
WINDOW = 4 * INTERVAL


def measure(place: Place) -> Iterator[Row]:
    """A foreign array, as most of a cluster's users have, under a console at 120x40."""
    if lack := lacking("slurm-noacct"):
        raise NotMeasured(lack)
    cluster = place.enter(start_cluster("slurm-noacct"))
    cluster.config(place.home, poll=INTERVAL)
    place.env["NEROTUI_SSH_CONFIG"] = str(cluster.farm.config)
    options = ("--mem=10", "-o", "/dev/null", "-J", "crowd", f"--array=1-{JOBS}%{RUNNING}")
    cluster.submit("#!/bin/sh\nsleep 1000\n", *options)
    counted = ("squeue", "-h", "-t", "R", "-u", cluster.user)
    cluster.slurm.until(lambda: cluster.slurm.run(*counted).stdout.count("\n") == RUNNING, "50 jobs run", 60)
    with Terminal((*NEROTUI, "--host", NAME), place.env) as terminal:
        terminal.wait_for("crowd", 30)
        terminal.pump(2 * INTERVAL)
        share = Share([terminal.pid])
        serve = Share(agents(cluster.home, "serve"))
        begun = time.time()
        written = terminal.pump(WINDOW)
        asked = sum(name == "squeue" for _, name in cluster.asked(begun))
        percent, agent = share.percent(), serve.percent()
        peer = f"limit; an interval of {figure(INTERVAL, 's')}, by default it is 30 s"
        yield at_most(QUERIES, asked * INTERVAL / WINDOW, "", 1.25, peer=peer)
        yield at_most(BYTES, written / WINDOW / 1000, "kB/s", 5)
        yield at_most(CPU, percent, "% of a core", 3)
        yield at_most(AGENT, agent, "% of a core", 0.2, peer=peer)
        yield at_most(MEMORY, rss(terminal.pid) / MIB, "MiB", 90)


FAMILY = Family((QUERIES, BYTES, CPU, AGENT, MEMORY), 120, measure)

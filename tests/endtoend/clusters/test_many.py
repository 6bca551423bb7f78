"""Two thousand jobs in the queue, fifty of them running: all are known, and the scheduler is asked once an interval."""

from __future__ import annotations

import itertools
import re
import time
from collections import Counter
from pathlib import Path

import pytest

from nerotui.agent.states import RunState
from tests.endtoend.clusters.site import Site
from tests.rigs.cluster.cluster import Cluster
from tests.tui.e2e.console import cursor
from tests.tui.e2e.terminal import needs_tmux

pytestmark = [needs_tmux, pytest.mark.tmux, pytest.mark.root, pytest.mark.timeout(180)]

JOBS, RUNNING = 2000, 50
INTERVAL = 3.0


@pytest.mark.parametrize("cluster", ["slurm-noacct"], indirect=True)
def test_one_query_an_interval(cluster: Cluster, tmp_path: Path) -> None:
    site = Site(cluster, tmp_path, poll=INTERVAL)
    sleep = ("--mem=10", "-o", "/dev/null", "-J", "crowd")
    cluster.submit("#!/bin/sh\nsleep 1000\n", f"--array=1-{JOBS}%{RUNNING}", *sleep)
    own = site.submit("own", "sleep", "1000", memory=10 << 20)
    site.until(own, RunState.RUNNING)

    def running() -> int:
        return sum(run.state is RunState.RUNNING for run in site.fleet.runs.values())

    cluster.scheduler.until(lambda: running() == RUNNING + 1, f"{RUNNING} tasks run", 60)
    site.fleet.close()
    with site.console() as terminal:
        terminal.wait_for(re.compile(r"RUN .* own"))
        terminal.wait_for(re.compile(r"RUN .* crowd"))
        # What one does oneself is looked at sooner for a while; nobody does anything now.
        begun = time.time()
        asked = cluster.asked(begun)
        while time.time() < begun + 5 * INTERVAL:
            terminal.send("j")
            terminal.wait_for(lambda screen: cursor(screen) is not None, 2)
            time.sleep(0.2)  # keys at a person's pace
            asked = cluster.asked(begun)
        often = Counter(name for _, name in asked)
        assert 3 <= often["squeue"] <= 6, often
        assert often["sinfo"] <= often["squeue"], often
        assert often.keys() <= {"squeue", "sinfo"}, often
        times = [when for when, name in asked if name == "squeue"]
        assert all(later - earlier > INTERVAL * 0.8 for earlier, later in itertools.pairwise(times)), times
        terminal.send("q")
        terminal.wait_for("left with 0")
    # And nobody asks when nobody looks.
    left = time.time()
    time.sleep(2 * INTERVAL)
    assert cluster.asked(left + 1) == []
    site.fleet = site.connect()
    assert site.fleet.runs[own].state is RunState.RUNNING
    site.fleet.close()

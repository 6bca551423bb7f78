"""Two hundred hosts with five hundred runs each: first frame, CPU and memory of the console."""

from __future__ import annotations

import time
from collections.abc import Iterator

from tests.benchmarks.family import Family
from tests.benchmarks.frame import bare_frame, first_frame
from tests.benchmarks.measure import MIB, Share, paired, rss
from tests.benchmarks.place import NEROTUI, Place
from tests.benchmarks.rows import Row, against, at_most, figure
from tests.benchmarks.terminal import Terminal

HOSTS, RUNS = 200, 500
FIRST = "200 hosts x 500 runs: first frame"
CPU = "200 hosts x 500 runs: console's CPU"
MEMORY = "200 hosts x 500 runs: console's memory"
WINDOW = 10.0
#: One run in a hundred trains, and says something new each ten seconds; each host's load changes all the time.
LIVE, EVERY = 5, 10.0


def measure(place: Place) -> Iterator[Row]:
    """Agents that only tell, each a process at the end of a real local channel."""
    place.configure(
        {f"n{number:03d}": place.simulated(f"n{number:03d}", RUNS, live=LIVE, every=EVERY) for number in range(HOSTS)}
    )
    hosts = [word for number in range(HOSTS) for word in ("--host", f"n{number:03d}")]
    argv = (*NEROTUI, *hosts)
    ours, bare = paired(lambda: first_frame(place, argv, "Runs"), lambda: bare_frame(place), 3)
    yield against(FIRST, 1000 * ours, "bare Textual app", 1000 * bare, "ms", 1.5)
    with Terminal(argv, place.env) as terminal:
        while not terminal.shows(f"{HOSTS}/{HOSTS} up"):
            if time.perf_counter() - terminal.started > 60:
                raise TimeoutError(f"not all hosts are up after 60 s; the screen: {terminal.tail!r}")
            terminal.pump(0.5)
        came = terminal.last - terminal.started
        terminal.pump(5)
        share = Share([terminal.pid])
        written = terminal.pump(WINDOW)
        peer = f"limit; all there after {figure(came, 's')}, {figure(written / WINDOW / 1000, 'kB/s')} to the terminal"
        yield at_most(CPU, share.percent(), "% of a core", 10, peer=peer)
        yield at_most(MEMORY, rss(terminal.pid) / MIB, "MiB", 300)


FAMILY = Family((FIRST, CPU, MEMORY), 75, measure)

"""A run that prints as fast as it can: the console stays answerable, and its memory bounded."""

from __future__ import annotations

import time
from collections.abc import Iterator
from statistics import median

from tests.benchmarks.family import Family
from tests.benchmarks.measure import MIB, Share, rss, until
from tests.benchmarks.place import NEROTUI, Place
from tests.benchmarks.rows import Row, at_most, figure
from tests.benchmarks.terminal import Terminal

KEY = "flooding run: key to screen"
MEMORY = "flooding run: console's memory grown"
ASKED = 15

# Some ten thousand lines a second, each with a metric as in a real loop gone wrong.
FLOOD = """
import time
text = "and some more of what such loops like to print, to fill a line as it is usual\\n"
step = 0
while True:
    started = time.monotonic()
    print("".join(f"epoch 1 step {step + n} loss {1000 / (step + n + 1):.6f} " + text
                  for n in range(500)), end="", flush=True)
    step += 500
    time.sleep(max(0, 0.05 - (time.monotonic() - started)))
"""


def measure(place: Place) -> Iterator[Row]:
    """`w` wraps the lines of the log, and its rule says so; `tail -F | less +F` reads the same log afterwards."""
    farm = place.farm("h1")
    place.configure({"h1": {"slots": 1}})
    run = place.run("h1", "/usr/bin/env", "python3", "-c", FLOOD, name="flood")
    log = farm.hosts["h1"].home / ".nerotui/runs" / run / "log"
    until(lambda: log.exists() and log.stat().st_size > 1 << 20, "it floods")
    with Terminal((*NEROTUI, "--host", "h1"), place.env) as terminal:
        terminal.wait_for("flood", 30)
        terminal.wait_for("such loops", 30)
        terminal.write("4")
        terminal.pump(5)  # more comes than a view keeps: from here on nothing may grow
        before, size, since = rss(terminal.pid), log.stat().st_size, time.monotonic()
        share = Share([terminal.pid])
        times = []
        for _ in range(ASKED):
            terminal.forget()
            terminal.write("w")
            times.append(terminal.wait_for("wrapped", 10) - terminal.pressed)
            terminal.pump(0.2)
            terminal.write("w")
            terminal.pump(0.2)
        grown, printed = rss(terminal.pid) - before, log.stat().st_size - size
        percent, seconds = share.percent(), time.monotonic() - since
    speed = figure(printed / seconds / MIB, "MiB/s")
    yield at_most(KEY, 1000 * median(times), "ms", 100, peer=f"limit; {speed} printed, {percent:.0f} % of a core")
    less = _less(place, str(log))
    yield at_most(MEMORY, grown / MIB, "MiB", 16, peer=f"limit; {figure(printed / MIB, 'MiB')} printed; less {less}")


def _less(place: Place, path: str) -> str:
    """How `ssh HOST tail -F | less +F` grows in two seconds."""
    shell = f"{' '.join(place.ssh('h1', 'tail', '-n', '100', '-F', path))} | exec less +F"
    with Terminal(("sh", "-c", f"exec 3<&0; {shell} <&0"), place.env) as terminal:
        terminal.pump(1.5)
        pid = _less_pid(terminal.pid)
        before = rss(pid)
        terminal.pump(2)
        return f"+{figure((rss(pid) - before) / MIB, 'MiB')} in 2 s"


def _less_pid(parent: int) -> int:
    import psutil

    pids: list[int] = [child.pid for child in psutil.Process(parent).children(recursive=True) if child.name() == "less"]
    return pids[0]


FAMILY = Family((KEY, MEMORY), 60, measure)

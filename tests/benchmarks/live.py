"""A usual day: five hosts, three live runs; and how soon a line that is written on a host is on the terminal."""

from __future__ import annotations

import os
import random
import select
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from statistics import median

from tests.benchmarks.family import Family
from tests.benchmarks.measure import MIB, Share, rss, until
from tests.benchmarks.place import NEROTUI, Place
from tests.benchmarks.rows import Row, at_most, figure, verdict
from tests.benchmarks.terminal import Terminal

BYTES = "5 hosts, 3 live runs at 120x40: bytes"
CPU = "5 hosts, 3 live runs: console's CPU"
MEMORY = "5 hosts, 3 live runs: console's memory"
LINE = "line on the host to bytes on the terminal"
WINDOW = 12.0
LINES = 40
LATER = 0.050

TRAINING = """
import sys, time
step = 0
while True:
    step += 1
    print(f"epoch {step // 100} step {step} loss {2 / (1 + step / 40):.4f} lr 0.1000", flush=True)
    time.sleep(1)
"""


def measure(place: Place) -> Iterator[Row]:
    """First the day as it goes by, then single lines into a run's log, read by the console and by `tail -F` at once."""
    names = [f"h{number}" for number in range(1, 6)]
    farm = place.farm(*names)
    place.configure({name: {"slots": 1} for name in names})
    for name in names[:3]:
        run = place.run(name, "/usr/bin/env", "python3", "-c", TRAINING, name=f"train-{name}")
        log = farm.hosts[name].home / ".nerotui/runs" / run / "log"
        until(lambda log=log: log.exists() and b"loss" in log.read_bytes(), f"{name} prints")  # type: ignore[misc]
    hosts = [word for name in names for word in ("--host", name)]
    with Terminal((*NEROTUI, *hosts), place.env) as terminal:
        terminal.wait_for("train-h1", 30)
        terminal.wait_for("loss", 30)
        terminal.pump(4)
        share = Share([terminal.pid])
        written = terminal.pump(WINDOW)
        yield at_most(BYTES, written / WINDOW / 1000, "kB/s", 5)
        yield at_most(CPU, share.percent(), "% of a core", 3)
        yield at_most(MEMORY, rss(terminal.pid) / MIB, "MiB", 90)

    quiet = place.run("h4", "sleep", "600", name="listener")
    path = farm.hosts["h4"].home / ".nerotui/runs" / quiet / "log"
    until(path.exists, "the log is there")
    with Terminal((*NEROTUI, "--host", "h4"), place.env) as terminal:
        terminal.wait_for("listener", 30)
        terminal.pump(3)
        ours, peer = _latencies(place, terminal, path)
    yield Row(
        what=LINE,
        ours=figure(1000 * ours, "ms"),
        peer=f"ssh HOST tail -F {figure(1000 * peer, 'ms')}",
        ratio=ours / peer,
        budget=f"≤ +{1000 * LATER:g} ms",
        verdict=verdict(ours <= peer + LATER),
    )


def _latencies(place: Place, terminal: Terminal, path: Path) -> tuple[float, float]:
    """Medians of the seconds from a line's write until both readers have it."""
    rng = random.Random(5)
    letters = "abcdefghijkmnopqrstuvwxyz"
    ours: list[float] = []
    peers: list[float] = []
    with subprocess.Popen(
        place.ssh("h4", "tail", "-n", "0", "-F", str(path)), env=place.env, stdout=subprocess.PIPE
    ) as tail:
        assert tail.stdout is not None
        try:
            time.sleep(0.6)
            for _ in range(LINES):
                terminal.forget()
                word = "".join(rng.choice(letters) for _ in range(18))
                with path.open("ab") as file:
                    started = time.perf_counter()
                    file.write(word.encode() + b"\n")
                # Only what changed is sent: the word's beginning or end may have been there by chance, not its middle.
                wanted = {terminal.fileno(): (word[6:-6].encode(), ours), tail.stdout.fileno(): (word.encode(), peers)}
                read = b""
                while wanted:
                    ready = select.select(list(wanted), [], [], 5)[0]
                    if not ready:
                        late = "the console" if terminal.fileno() in wanted else "tail -F"
                        raise TimeoutError(
                            f"line {len(peers)} did not come to {late}; the screen got {terminal.tail!r}"
                        )
                    for fd in ready:
                        text, times = wanted[fd]
                        if fd == terminal.fileno():
                            terminal.read(0)
                            there = terminal.written(text)
                        else:
                            read += os.read(fd, 1 << 16)
                            there = text in read
                        if there:
                            times.append(time.perf_counter() - started)
                            del wanted[fd]
                terminal.pump(0.12 + rng.random() / 10)
        finally:
            tail.kill()
    return median(ours), median(peers)


FAMILY = Family((BYTES, CPU, MEMORY, LINE), 75, measure)

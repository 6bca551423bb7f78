"""The end of a log of ten gigabytes, against `less +G -n` over ssh, and what it costs in memory."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from statistics import median

from tests.benchmarks.family import Family
from tests.benchmarks.measure import MIB, rss
from tests.benchmarks.place import NEROTUI, Place
from tests.benchmarks.rows import Row, against, at_most
from tests.benchmarks.terminal import Terminal

END = "end of a 10 GB log"
MEMORY = "end of a 10 GB log: memory over an empty view"
SIZE = 10 << 30
TIMES = 4


def measure(place: Place) -> Iterator[Row]:
    """Two runs that ended, one with an empty log and one with the huge one; the cursor goes from one to the other."""
    farm = place.farm("h1")
    place.configure({"h1": {}})
    runs = farm.hosts["h1"].home / ".nerotui/runs"
    big = place.ended("h1", "big")
    place.ended("h1", "empty")  # the newest comes first
    last = _fill(runs / big / "log")
    ours: list[float] = []
    peers: list[float] = []
    grown: list[float] = []
    for _ in range(TIMES):
        with Terminal((*NEROTUI, "--host", "h1"), place.env) as terminal:
            terminal.wait_for("empty", 30)
            terminal.pump(2.5)
            before = rss(terminal.pid)
            terminal.forget()
            terminal.write("j")
            ours.append(terminal.wait_for(last, 30) - terminal.pressed)
            terminal.pump(0.7)
            grown.append((rss(terminal.pid) - before) / MIB)
        less = place.ssh("h1", "less", "+G", "-n", str(runs / big / "log"))
        with Terminal(["ssh", "-t", *less[1:]], place.env) as terminal:
            peers.append(terminal.wait_for(last, 30) - terminal.started)
    yield against(END, 1000 * median(ours), "ssh HOST less +G -n", 1000 * median(peers), "ms", 2)
    yield at_most(MEMORY, max(grown), "MiB", 20)


def _fill(path: Path) -> str:
    """Ten gigabytes of which most is a hole: lines at the front, in the middle and at the end; the last line's word."""
    text = b"epoch 1 step %d loss 0.5 and some more words to make a line of usual length\n"
    lines = b"".join(text % step for step in range(9000))
    with path.open("r+b") as file:
        for at in (0, SIZE // 2, SIZE - len(lines)):
            file.seek(at)
            file.write(b"\n" + lines[:-1] + b"\n" if at else lines)
        word = b"the-very-last-line"
        file.write(word + b"\n")
        os.fsync(file.fileno())
    return word.decode()


FAMILY = Family((END, MEMORY), 60, measure)

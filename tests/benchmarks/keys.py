"""How soon the screen answers a key when a hundred thousand runs are listed, against fifty."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from statistics import median

from tests.benchmarks.family import Family
from tests.benchmarks.place import NEROTUI, Place
from tests.benchmarks.rows import Row, against
from tests.benchmarks.terminal import Terminal

KEY = "key to screen, 100,000 runs against 50"
PRESSES = 32


def measure(place: Place) -> Iterator[Row]:
    """Two consoles side by side where nothing changes by itself, keys pressed turn and turn about."""
    hosts = {f"sim{runs}": place.simulated(f"sim{runs}", runs, live=4) for runs in (50, 100_000)}
    place.configure(hosts)
    with ExitStack() as stack:
        terminals = []
        for host in hosts:
            terminal = stack.enter_context(Terminal((*NEROTUI, "--host", host), place.env))
            terminal.wait_for("resnet50", 60)
            terminals.append(terminal)
        for terminal in terminals:
            terminal.quiet(1.0, 60)
        few: list[float] = []
        many: list[float] = []
        for press in range(PRESSES):
            for terminal, times in zip(terminals, (few, many), strict=True):
                terminal.write("jjjk"[press % 4])
                terminal.read(10)
                times.append(terminal.last - terminal.pressed)
                terminal.quiet(0.25, 3)
    yield against(KEY, 1000 * median(many), "50 runs", 1000 * median(few), "ms", 1.5)


FAMILY = Family((KEY,), 60, measure)

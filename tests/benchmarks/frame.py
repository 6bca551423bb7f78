"""The console's first frame, against that of a Textual app that shows one word."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from functools import partial

from tests.benchmarks.family import Family
from tests.benchmarks.measure import paired
from tests.benchmarks.place import NEROTUI, Place
from tests.benchmarks.rows import Row, against, at_most
from tests.benchmarks.terminal import Terminal
from tests.rigs.sshd import free_port

FIRST = "console's first frame"
BYTES = "bytes of the first frame at 120x40"

BARE = """
from textual.app import App
from textual.widgets import Static
class Bare(App):
    def compose(self):
        yield Static("ready")
Bare().run()
"""


def measure(place: Place) -> Iterator[Row]:
    """Hosts are configured, but nobody listens there."""
    place.configure({f"gpu{n}": {"address": "127.0.0.1", "port": free_port()} for n in range(3)})
    ours = partial(first_frame, place, NEROTUI, "Runs")
    bare = partial(bare_frame, place)
    ours(), bare()
    mine, theirs = paired(ours, bare, 9, seconds=12)
    yield against(FIRST, 1000 * mine, "bare Textual app", 1000 * theirs, "ms", 1.5)
    with Terminal(NEROTUI, place.env) as terminal:
        terminal.wait_for("Runs")
        terminal.quiet(0.03)
        yield at_most(BYTES, terminal.total / 1000, "kB", 60)


def first_frame(place: Place, argv: tuple[str, ...], word: str) -> float:
    """Seconds from the start of a program to a word on its screen."""
    with Terminal(argv, place.env) as terminal:
        return terminal.wait_for(word) - terminal.started


def bare_frame(place: Place) -> float:
    """The same of a Textual app that shows one word."""
    return first_frame(place, (sys.executable, "-c", BARE), "ready")


FAMILY = Family((FIRST, BYTES), 25, measure)

"""A curve of a million points over SSH: until its first picture, and what each new point costs after that."""

from __future__ import annotations

import asyncio
import math
import random
import re
from collections.abc import Iterator
from pathlib import Path

from textual.app import App, ComposeResult

from nerotui.core.series import Track
from nerotui.core.views.curve import Curve, CurveOptions
from nerotui.tui.widgets.curve import CurvePlot
from tests.benchmarks.cells import drawn
from tests.benchmarks.family import Family
from tests.benchmarks.place import NEROTUI, Place
from tests.benchmarks.rows import Row, at_most
from tests.benchmarks.terminal import Terminal

FIRST = "curve of 1,000,000 points over SSH: first picture"
REFRESH = "curve of 1,000,000 points: each refresh"
POINTS = 1_000_000
SIZE = (100, 30)
#: A dot of a drawn line: a character of braille.
DOT = re.compile(rb"\xe2[\xa0-\xa3][\x80-\xbf]")


class Picture(App[None]):
    """The plot alone."""

    def __init__(self, track: Track) -> None:
        super().__init__()
        self.plot = CurvePlot()
        self.track = track

    def compose(self) -> ComposeResult:
        yield self.plot

    def on_mount(self) -> None:
        self.update(0)

    def update(self, turn: int) -> None:
        """A point more."""
        x = float(POINTS + turn)
        self.track.extend([(x, _loss(POINTS + turn), x)])
        curves = (Curve(label="me", track=self.track),)
        self.plot.show(curves, CurveOptions(metric="loss"))


def measure(place: Place) -> Iterator[Row]:
    """The run's own points file is written as its supervisor would; then the widget alone is refreshed."""
    farm = place.farm("h1")
    place.configure({"h1": {}})
    run = place.ended("h1", "long")
    folder = farm.hosts["h1"].home / ".nerotui/runs" / run
    _write(folder / "metrics.jsonl")
    with Terminal((*NEROTUI, "--host", "h1"), place.env) as terminal:
        terminal.wait_for("long", 30)
        shown = terminal.last
        terminal.wait_for(DOT, 30)
        yield at_most(FIRST, terminal.last - shown, "s", 1, peer="limit; from the run's row to its curve")
    track = Track("step")
    track.extend([(float(x), _loss(x), float(x)) for x in range(POINTS)])
    yield at_most(REFRESH, 1000 * asyncio.run(_refresh(track)), "ms", 20)


async def _refresh(track: Track) -> float:
    app = Picture(track)
    async with app.run_test(size=SIZE) as pilot:
        await pilot.pause(0.5)
        return await drawn(app.call_after_refresh, app.update, 30)


def _write(path: Path) -> None:
    with path.open("w") as file:
        for step in range(POINTS):
            loss = _loss(step)
            file.write(f'{{"t":{1.7e9 + step},"step":{step},"loss":{loss:.5f},"source":"log","offset":{step * 40}}}\n')


_NOISE = [random.Random(3).random() / 10 for _ in range(997)]


def _loss(step: int) -> float:
    return 2 * math.exp(-step / 2e5) + _NOISE[step % 997]


FAMILY = Family((FIRST, REFRESH), 60, measure)

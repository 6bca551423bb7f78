"""What a log line costs in the view, against Textual's Log, and how many bytes are kept for it."""

from __future__ import annotations

import asyncio
import gc
import tracemalloc
from collections.abc import Iterator

from textual.app import App, ComposeResult
from textual.widgets import Log

from nerotui.core.views.logstore import LogStore
from nerotui.tui.widgets.log import LogView
from tests.benchmarks.cells import drawn
from tests.benchmarks.family import Family
from tests.benchmarks.measure import paired
from tests.benchmarks.place import Place
from tests.benchmarks.rows import Row, against, at_most

APPEND = "log lines appended to the view, CPU a line"
KEPT = "log store, bytes kept a byte of text"
SIZE = (200, 60)
BATCH = 5000
LINE = "2026-11-21 09:21:03 epoch 34 it {:7d}/250200 loss 0.8123 lr 0.0100 img/s 2841.7 data 0.021 s mem 31.2 GB\n"


class Ours(App[None]):
    """nerotui's view."""

    def __init__(self) -> None:
        super().__init__()
        self.log_view = LogView()
        self.offset = 0

    def compose(self) -> ComposeResult:
        yield self.log_view

    def update(self, turn: int) -> None:
        """A batch of lines."""
        data = batch(turn).encode()
        self.log_view.append(data, self.offset)
        self.offset += len(data)


class Stock(App[None]):
    """Textual's."""

    def __init__(self) -> None:
        super().__init__()
        self.log_view = Log()

    def compose(self) -> ComposeResult:
        yield self.log_view

    def update(self, turn: int) -> None:
        """A batch of lines."""
        self.log_view.write_lines(batch(turn).splitlines())


def batch(turn: int) -> str:
    """Five thousand lines of a training log."""
    return "".join(LINE.format(turn * BATCH + index) for index in range(BATCH))


def measure(_place: Place) -> Iterator[Row]:
    """The view turn and turn about in one process; the store by the allocator's own count."""
    ours, stock = paired(lambda: _cost(Ours), lambda: _cost(Stock), 3)
    yield against(APPEND, 1e6 * ours / BATCH, "Log", 1e6 * stock / BATCH, "us", 0.5)
    yield at_most(KEPT, _kept(), "bytes", 1.3, peer="text 1 byte")


def _cost(make: type[Ours] | type[Stock]) -> float:
    """CPU seconds of a batch, drawn."""

    async def run() -> float:
        app = make()
        async with app.run_test(size=SIZE) as pilot:
            await pilot.pause(0.2)
            return await drawn(app.call_after_refresh, app.update, 8)

    return asyncio.run(run())


def _kept() -> float:
    gc.collect()
    tracemalloc.start()
    store = LogStore(64 << 20)
    written = 0
    for turn in range(10):
        data = batch(turn).encode()
        store.append(data, written)
        written += len(data)
        del data
    gc.collect()
    held, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert len(store) == 10 * BATCH
    return held / written


FAMILY = Family((APPEND, KEPT), 20, measure)

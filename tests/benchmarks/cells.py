"""What it costs to change cells of the runs table, against Textual's own DataTable."""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Awaitable, Callable, Iterator

import msgspec
from textual.app import App, ComposeResult
from textual.widgets import DataTable

from nerotui.agent.states import RunState
from nerotui.core.records import Metric, Progress, Run
from nerotui.core.views.runs import RunList
from nerotui.tui.widgets.runs import RunTable
from tests.benchmarks.family import Family
from tests.benchmarks.measure import paired
from tests.benchmarks.place import Place
from tests.benchmarks.rows import Row, against

CELLS = "40 cells updated, CPU"
SIZE = (200, 60)
RUNS = 1000
NOW = 1_700_000_000.0


def some_runs(count: int) -> list[Run]:
    """Runs as a busy group has them: most are over, some wait, forty run."""
    states = [RunState.RUNNING] * 40 + [RunState.QUEUED] * 20
    return [
        Run(
            id=f"{random.Random(index).getrandbits(40):010x}"[:8],
            name=f"resnet50-lr{index % 7}-wd{index}",
            host=f"gpu{index % 5}",
            state=states[index] if index < len(states) else RunState.DONE,
            created=NOW - index,
            started=NOW - 3600,
            metrics={"loss": Metric(last=2.0 + index / 1000, x=10.0), "acc": Metric(last=50.0, x=10.0)},
            progress=Progress(unit="epoch", at=10, of=90),
            user="alice",
        )
        for index in range(count)
    ]


class Ours(App[None]):
    """The runs table alone."""

    def __init__(self) -> None:
        super().__init__()
        self.list = RunList()
        self.list.put(some_runs(RUNS))
        self.table = RunTable()

    def compose(self) -> ComposeResult:
        yield self.table

    def on_mount(self) -> None:
        self.table.show(self.list.view(now=NOW))

    def update(self, turn: int) -> None:
        """A new loss for the forty that run: their forty cells change, everything else stays."""
        fresh = [
            msgspec.structs.replace(run, metrics={**run.metrics, "loss": Metric(last=turn * 0.0137 % 3, x=10.0)})
            for run in self.list.view(now=NOW).runs[:40]
        ]
        self.list.put(fresh)
        self.table.show(self.list.view(now=NOW))


class Stock(App[None]):
    """The same rows in a DataTable."""

    def __init__(self) -> None:
        super().__init__()
        self.table: DataTable[str] = DataTable()

    def compose(self) -> ComposeResult:
        yield self.table

    def on_mount(self) -> None:
        for column in ("STAT", "ID", "NAME", "HOST", "EPOCH", "LOSS", "ACC", "LEFT"):
            self.table.add_column(column, key=column)
        for run in some_runs(RUNS):
            self.table.add_row(
                run.state[:4].upper(), run.id[:4], run.name, run.host, "10/90", "2.0000", "50.0", "1h02", key=run.id
            )
        self.ids = [run.id for run in some_runs(40)]

    def update(self, turn: int) -> None:
        """A new loss for the first forty rows."""
        for index, run_id in enumerate(self.ids):
            self.table.update_cell(run_id, "LOSS", f"{(turn * 0.0137 + index) % 3:.4f}")


def measure(_place: Place) -> Iterator[Row]:
    """Turn and turn about in one process."""
    ours, stock = paired(lambda: _cost(Ours, 40), lambda: _cost(Stock, 8), 3)
    yield against(CELLS, 1000 * ours, "DataTable", 1000 * stock, "ms", 0.15)


def _cost(make: type[Ours] | type[Stock], updates: int) -> float:
    """CPU seconds of one update, drawn."""

    async def run() -> float:
        app = make()
        async with app.run_test(size=SIZE) as pilot:
            await pilot.pause(0.3)
            return await drawn(app.call_after_refresh, app.update, updates)

    return asyncio.run(run())


async def drawn(after_refresh: Callable[..., bool], update: Callable[[int], object], updates: int) -> float:
    """CPU seconds of one update until the screen has it, the mean of `updates`."""
    await _frame(after_refresh)
    before = time.process_time()
    for turn in range(updates):
        update(turn)
        await _frame(after_refresh)
    return (time.process_time() - before) / updates


async def _frame(after_refresh: Callable[..., bool]) -> None:
    shown = asyncio.Event()

    async def tell() -> None:
        shown.set()

    callback: Callable[[], Awaitable[None]] = tell
    after_refresh(callback)
    await shown.wait()


FAMILY = Family((CELLS,), 25, measure)

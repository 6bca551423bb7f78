"""What is streamed for the selected run: its log, its points and those drawn over it, its detail and load."""

from __future__ import annotations

import asyncio
import importlib
import time
from collections.abc import Callable, Coroutine, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from textual.message import Message

from nerotui.core.views.spans import Notice
from nerotui.errors import HostError, NerotuiError
from nerotui.tui.messages import (
    DetailArrived,
    LoadArrived,
    LogArrived,
    LogBegan,
    PointsArrived,
    PointsFailed,
    TreeArrived,
)
from nerotui.tui.outlet import Outlet

if TYPE_CHECKING:
    from nerotui.core.records import Run
    from nerotui.fleet import Fleet, LogChunk, PointBatch

#: What stands in the panes of a run while none is selected.
NO_RUN = Notice(kind="empty", text="No run is selected.")
#: Bytes of log that may lie between the fleet and the view.
LOG_LIMIT = 1 << 20
#: Points that may lie there.
POINT_LIMIT = 100_000
#: Seconds that the cursor must rest on a run before anything is asked of its host.
REST = 0.08
#: Seconds between two looks at the load.
LOAD_EVERY = 10.0
#: Seconds between two looks at the processes, while they are shown.
TREE_EVERY = 2.0
#: Seconds until a stream that broke is asked for again.
AGAIN = 3.0


class Watching:
    """The streams of the selected run. Each selection ends those before it.

    Args:
        fleet: where they come from.
        post: the main screen.
    """

    def __init__(self, fleet: Fleet, post: Callable[[Message], object]) -> None:
        self._fleet = fleet
        self._post = post
        self._run: str | None = None
        self._path: str | None = None
        self._shown: Run | None = None
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._old: set[asyncio.Task[None]] = set()
        self._outlets: list[Outlet[Any]] = []
        self._interval = 0.1

    def select(self, run_id: str | None, others: Sequence[str] = ()) -> None:
        """Follows this run from now on, and the points of the others."""
        drawn = [run_id, *others] if run_id is not None else []
        wanted = {f"points {drawn_id}" for drawn_id in drawn if drawn_id}
        if run_id is not None and run_id == self._run:
            wanted |= {"log", "detail", "load", f"tree {run_id}"}
        for name in [name for name in self._tasks if name not in wanted]:
            self._end(name)
        if run_id != self._run:
            self._run = run_id
            self._shown = self._path = None
            self._post(LogBegan(run_id, NO_RUN if run_id is None else Notice(kind="loading", text="Reading the log…")))
            if run_id is not None:
                self._begin("log", self._log(run_id))
                self._begin("detail", self._detail(run_id))
                self._begin("load", self._load(run_id))
        for drawn_id in drawn:
            if drawn_id and f"points {drawn_id}" not in self._tasks:
                self._begin(f"points {drawn_id}", self._points(drawn_id))

    def file(self, path: str | None) -> None:
        """Follows this file on the selected run's host in place of its log; None for the log again."""
        self._path = path
        if self._run is not None:
            self._end("log")
            self._post(LogBegan(self._run, Notice(kind="loading", text="Reading…")))
            self._begin("log", self._log(self._run))

    def tree(self, run_id: str | None) -> None:
        """Looks at this run's processes from now on; None for none's."""
        name = f"tree {run_id}"
        for other in [other for other in self._tasks if other.startswith("tree ") and other != name]:
            self._end(other)
        if run_id is not None and name not in self._tasks:
            self._begin(name, self._tree(run_id))

    def changed(self, runs: frozenset[str]) -> None:
        """Asks for the detail anew when the selected run's state, attempt or pending action changed."""
        if self._run is None or self._run not in runs:
            return
        run = self._fleet.runs.get(self._run)
        seen = self._shown
        if run is not None and (
            seen is None or (run.state, run.attempt, run.pending) != (seen.state, seen.attempt, seen.pending)
        ):
            self._end("detail")
            self._begin("detail", self._detail(self._run))

    def pace(self, interval: float) -> None:
        """How often batches are handed on."""
        self._interval = interval
        for outlet in self._outlets:
            outlet.interval = interval

    async def close(self) -> None:
        """Ends all streams."""
        for name in list(self._tasks):
            self._end(name)
        await asyncio.gather(*self._old, return_exceptions=True)

    def _begin(self, name: str, work: Coroutine[Any, Any, None]) -> None:
        self._tasks[name] = asyncio.create_task(work, name=f"watching: {name}")

    def _end(self, name: str) -> None:
        task = self._tasks.pop(name, None)
        if task is not None:
            task.cancel()
            self._old.add(task)
            task.add_done_callback(self._old.discard)

    async def _log(self, run_id: str) -> None:
        await asyncio.sleep(REST)

        def deliver(chunks: list[LogChunk], taken: asyncio.Event) -> None:
            self._post(LogArrived(run_id, chunks, taken))

        outlet: Outlet[LogChunk] = Outlet(deliver, interval=self._interval, limit=LOG_LIMIT)
        self._outlets.append(outlet)
        try:
            async with asyncio.TaskGroup() as group:
                delivery = group.create_task(outlet.run())
                await self._follow(run_id, outlet)
                await asyncio.sleep(self._interval)
                delivery.cancel()
        finally:
            self._outlets.remove(outlet)

    async def _follow(self, run_id: str, outlet: Outlet[LogChunk]) -> None:
        while True:
            follower = self._fleet.follow(run_id, path=self._path)
            try:
                async for chunk in follower:
                    await outlet.put(chunk, len(chunk.data) + 1)
                return
            except NerotuiError as error:
                self._post(LogBegan(run_id, Notice(kind="error", text=str(error), hint=error.hint)))
                if not isinstance(error, HostError):
                    return
            finally:
                await follower.aclose()
            await asyncio.sleep(AGAIN)

    async def _points(self, run_id: str) -> None:
        await asyncio.sleep(REST)
        await asyncio.to_thread(importlib.import_module, "nerotui.core.views.curve.picture")

        def deliver(batches: list[PointBatch], taken: asyncio.Event) -> None:
            self._post(PointsArrived(run_id, batches, taken))

        outlet: Outlet[PointBatch] = Outlet(deliver, interval=self._interval, limit=POINT_LIMIT, beats=True)
        self._outlets.append(outlet)
        try:
            async with asyncio.TaskGroup() as group:
                delivery = group.create_task(outlet.run())
                await self._draw(run_id, outlet)
                await asyncio.sleep(self._interval)
                delivery.cancel()
        finally:
            self._outlets.remove(outlet)

    async def _draw(self, run_id: str, outlet: Outlet[PointBatch]) -> None:
        while True:
            try:
                async for batch in self._fleet.points(run_id):
                    await outlet.put(batch, 1 + sum(len(series.points) for series in batch.series))
                return
            except NerotuiError as error:
                self._post(PointsFailed(run_id, Notice(kind="error", text=str(error), hint=error.hint)))
                if not isinstance(error, HostError):
                    return
            await asyncio.sleep(AGAIN)

    async def _detail(self, run_id: str) -> None:
        await asyncio.sleep(REST)
        with suppress(NerotuiError):  # the pane shows what the list knows, and the host's pane says why no more
            detail = await self._fleet.show(run_id)
            self._shown = self._fleet.runs.get(run_id, detail.run)
            self._post(DetailArrived(detail))

    async def _tree(self, run_id: str) -> None:
        while True:
            try:
                processes = await self._fleet.tree(run_id)
                self._post(TreeArrived(run_id, processes, time.time()))
            except NerotuiError as error:
                self._post(TreeArrived(run_id, [], time.time(), Notice(kind="error", text=str(error), hint=error.hint)))
            await asyncio.sleep(max(TREE_EVERY, self._interval))

    async def _load(self, run_id: str) -> None:
        await asyncio.sleep(REST)
        while True:
            with suppress(NerotuiError):  # likewise
                self._post(LoadArrived(run_id, await self._fleet.load(run_id)))
            run = self._fleet.runs.get(run_id)
            if run is None or not (run.live or run.waiting):
                return
            await asyncio.sleep(LOAD_EVERY)

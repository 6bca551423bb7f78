"""Following the points of a run or a file across reconnects."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any, Self

import msgspec

from nerotui.channels.streams import PointStream
from nerotui.core.records import Series
from nerotui.core.text import clean
from nerotui.errors import HostError, Refused
from nerotui.fleet import decode
from nerotui.fleet.host import HostTask

#: Seconds before asking again where a host answers but the points cannot be had.
AGAIN = 0.5


class PointBatch(msgspec.Struct, frozen=True, kw_only=True):
    """Points that came.

    Attributes:
        reset: whether these replace all that came before.
        series: new points by metric.
        done: whether the history is complete with this batch; where points are read, not followed, nothing comes after.
    """

    reset: bool
    series: tuple[Series, ...]
    done: bool = False


class PointFollower:
    """An async iterator of batches. Made by `Fleet.points` and `Fleet.file_points`; end it with `aclose`.

    After a reconnect the history comes again, in a batch that says `reset`.

    Args:
        task: finds the host, each time that it is asked.
        args: as the agent's `points` takes them.
        follow: whether to wait for points that are still to be written, and for a host that is away.
    """

    def __init__(self, task: Callable[[], HostTask], args: dict[str, Any], *, follow: bool) -> None:
        self._task = task
        self._args = args
        self._follow = follow
        self._stream: PointStream | None = None
        self._fresh = True
        self._away = False
        self._over = False

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> PointBatch:
        """The next batch.

        Raises:
            RunError: the host refused.
            HostError: the host is away, where points are read and not followed.
        """
        while not self._over:
            try:
                if self._stream is None:
                    await self._open()
                elif (message := await anext(self._stream, None)) is not None:
                    return self._batch(message)
                else:
                    self._over = True
            except HostError:
                await self._drop()
                if not self._follow:
                    raise
                if self._task().closed:
                    break
                if self._away:
                    await asyncio.sleep(AGAIN)
                self._away = True
        raise StopAsyncIteration

    async def aclose(self) -> None:
        """Ends the following and tells the host."""
        self._over = True
        await self._drop()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *exc: object) -> None:
        await self.aclose()

    async def _open(self) -> None:
        task = self._task()
        if self._away:
            await task.up()
        link, _ = await task.ready()
        stream = link.points(follow=self._follow, **self._args)
        try:
            await stream.opened()
        except BaseException:
            await stream.aclose()
            raise
        self._stream = stream
        self._away = False
        self._fresh = True

    def _batch(self, message: dict[str, Any]) -> PointBatch:
        if said := message.get("error"):
            self._over = True
            raise Refused(f"{self._task().name}: {clean(str(said))}")
        with decode.understanding(self._task().name, "points"):
            series = decode.series(message.get("series") or [])
        reset, self._fresh = self._fresh or bool(message.get("reset")), False
        done = bool(message.get("done"))
        self._over = done and not self._follow
        return PointBatch(reset=reset, series=series, done=done)

    async def _drop(self) -> None:
        stream, self._stream = self._stream, None
        if stream is not None:
            await stream.aclose()

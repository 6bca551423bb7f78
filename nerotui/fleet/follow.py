"""Following a run's log across reconnects, without a gap and without a repeat."""

from __future__ import annotations

import asyncio
import zlib
from collections import deque
from collections.abc import Mapping
from typing import Any, Literal, Self

import msgspec

from nerotui.channels.link import Link
from nerotui.channels.streams import LogBytes, LogEvent, LogStream
from nerotui.core.text import clean
from nerotui.errors import HostError, NoSuchRun, Refused
from nerotui.fleet.change import Change
from nerotui.fleet.host import HostTask
from nerotui.fleet.model import Model

LogNews = Literal["replaced", "truncated", "end", "lost", "back"]

#: How many bytes before a position prove that it is a position in the same file.
CHECKED = 64
#: Seconds before asking again where a host answers but its log cannot be opened.
AGAIN = 0.5


class LogChunk(msgspec.Struct, frozen=True, kw_only=True):
    """Bytes of a log, or something that happened to it.

    Attributes:
        offset: where the first byte of `data` stands in the file.
        data: the bytes; empty where only something happened.
        size: the file's size as last known.
        event: "replaced" and "truncated": what follows begins at `offset` anew. "end": the run's attempt is over and
            all of its log has been read; a later attempt's bytes may still follow. "lost": the host is away; "back":
            it is there again, and the bytes go on where they stopped.
        message: the reason in words, or "".
    """

    offset: int
    data: bytes = b""
    size: int = 0
    event: LogNews | None = None
    message: str = ""


class LogFollower:
    """An async iterator of a log's chunks. Made by `Fleet.follow`; end it with `aclose`.

    Iterating may be cancelled at any time and taken up again: no byte is lost by that.

    Raises:
        NoSuchRun: the host has no such run (any more).
        Refused: the log cannot be read, in the host's words.
    """

    def __init__(
        self,
        model: Model,
        tasks: Mapping[str, HostTask],
        run_id: str,
        *,
        tail: int | None,
        offset: int | None,
        path: str | None = None,
    ) -> None:
        self._model = model
        self._tasks = tasks
        self._run_id = run_id
        self._what = what(run_id, path)
        self._tail = tail
        self._position = offset  # the next byte to hand out
        self._expected = 0  # the next byte that the stream brings; it begins a little before `_position`
        self._before = b""
        self._size = 0
        self._inode: int | None = None
        self._stream: LogStream | None = None
        self._link: Link | None = None
        self._reading: asyncio.Task[LogBytes | LogEvent | None] | None = None
        self._ready: deque[LogChunk] = deque()
        self._away = False
        self._over = False
        self._final: tuple[int, int] = (0, 0)
        self._ended = 0
        self._changed = asyncio.Event()
        self._unsubscribe = model.changes.subscribe(self._hear)

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> LogChunk:
        """The next chunk; waits for it as long as it takes."""
        while not self._ready:
            if self._over:
                raise StopAsyncIteration
            try:
                if self._stream is None:
                    await self._open()
                else:
                    await self._step(self._stream)
            except HostError as error:
                await self._lost(error)
        return self._ready.popleft()

    async def aclose(self) -> None:
        """Ends the following and tells the host."""
        self._over = True
        self._unsubscribe()
        await self._drop()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *exc: object) -> None:
        await self.aclose()

    def _hear(self, change: Change) -> None:
        if self._run_id in change.runs:
            self._changed.set()

    async def _open(self) -> None:
        """Asks the run's host for the log from where it stopped."""
        task = self._task()
        if self._away:
            await task.up()
        link, _ = await task.ready()
        args: dict[str, Any] = {**self._what, "follow": True}
        at = self._position
        if at and self._inode is None:
            # The file was not there when it was opened: what is there now is held against what was read.
            self._inode = (await self._probe(link)).get("inode")
        provable = at is not None and self._inode is not None and len(self._before) == min(CHECKED, at)
        if at is None:
            # Some bytes more than are wanted, here and below, so that a later check has something to go by.
            args["tail"] = (self._tail or 0) + CHECKED
        elif provable:
            check = {"inode": self._inode, "offset": at, "sum": f"{zlib.crc32(self._before):08x}"}
            args |= {"offset": at, "tail": self._tail, "check": check}
        else:
            args["offset"] = max(0, at - CHECKED)
        stream = link.log(**args)
        try:
            reply = await stream.opened()
        except BaseException:
            await stream.aclose()
            raise
        self._stream, self._link = stream, link
        if self._away:
            self._away = False
            self._ready.append(LogChunk(offset=at or 0, size=int(reply["size"]), event="back"))
        self._begin(reply, None if provable else args.get("offset"))
        if self._stream is None:
            await stream.aclose()

    def _begin(self, reply: dict[str, Any], asked: int | None) -> None:
        """Settles where the stream begins, from the host's answer."""
        offset, inode = int(reply["offset"]), self._inode
        self._size, self._inode = int(reply["size"]), reply.get("inode")
        if reply.get("reset"):
            self._restart(offset, "replaced", "the log is another file now")
            return
        if self._position is None:
            self._position = offset + CHECKED if offset else 0
        elif inode is not None and asked is not None and (inode != self._inode or asked != offset):
            # Nothing proves that this is where reading stopped: from the start, by another request.
            self._restart(0, "replaced", "the log is another file now")
            self._stream = None
            return
        self._position = min(self._position, self._size)
        if asked is not None or offset != self._position:
            self._before = b""
        self._expected = offset

    async def _step(self, stream: LogStream) -> None:
        """Waits for the stream, or for the run to be over."""
        if self._reading is None:
            self._reading = asyncio.create_task(_following(stream), name=f"log of {self._run_id}")
        if not self._reading.done():
            if self._link is not None and await self._finished(self._link, self._reading):
                return
            self._changed.clear()
            change = asyncio.create_task(self._changed.wait())
            try:
                await asyncio.wait([self._reading, change], return_when=asyncio.FIRST_COMPLETED)
            finally:
                change.cancel()
        if self._reading.done():
            reading, self._reading = self._reading, None
            self._take(reading.result())
            if self._stream is None:
                await stream.aclose()

    def _take(self, item: LogBytes | LogEvent | None) -> None:
        if isinstance(item, LogBytes):
            self._bytes(item)
        elif item is None or item.event == "end":
            self._stream = None
        elif item.event == "error":
            self._stream = None
            raise Refused(clean(item.message) or f"the log of {self._run_id} cannot be read")
        elif item.event in ("truncated", "replaced"):
            self._inode = item.inode
            self._size = item.size
            self._restart(0, "replaced" if item.event == "replaced" else "truncated", clean(item.message))

    def _bytes(self, item: LogBytes) -> None:
        assert self._position is not None
        if item.offset != self._expected:
            # Not what was asked for. What is known stays known; the rest is asked for again.
            self._stream = None
            return
        self._before = (self._before + item.data)[-CHECKED:]
        self._expected += len(item.data)
        self._size = max(self._size, self._expected)
        data = item.data[max(0, self._position - item.offset) :]
        if data:
            self._ready.append(LogChunk(offset=self._position, data=data, size=self._size))
            self._position = self._expected

    def _restart(self, offset: int, event: LogNews, message: str) -> None:
        self._position = self._expected = offset
        self._before = b""
        self._ready.append(LogChunk(offset=offset, size=self._size, event=event, message=message))

    async def _finished(self, link: Link, reading: asyncio.Task[LogBytes | LogEvent | None]) -> bool:
        """Whether the news that the attempt is over and all of its log is read was put before the reader."""
        run = self._model.runs.get(self._run_id)
        if run is None:
            self._over = True
            self._ready.append(self._end("the run was removed"))
            return True
        if not run.over or run.stale or run.attempt == self._ended:
            return False
        if self._final[0] != run.attempt:
            self._final = (run.attempt, int((await self._probe(link))["size"]))
        if reading.done() or (self._position or 0) < self._final[1]:
            return False
        self._ended = run.attempt
        self._ready.append(self._end(run.reason or ""))
        return True

    async def _probe(self, link: Link) -> dict[str, Any]:
        """What the host says of the log now: "size", "inode"."""
        async with link.log(**self._what, offset=0, length=0) as probe:
            return await probe.opened()

    def _end(self, message: str) -> LogChunk:
        return LogChunk(offset=self._position or 0, size=self._size, event="end", message=message)

    async def _lost(self, error: HostError) -> None:
        await self._drop()
        if self._task().closed:
            self._over = True
        elif self._away:
            await asyncio.sleep(AGAIN)
        else:
            self._away = True
            self._ready.append(LogChunk(offset=self._position or 0, size=self._size, event="lost", message=str(error)))

    async def _drop(self) -> None:
        reading, self._reading = self._reading, None
        if reading is not None:
            reading.cancel()
            await asyncio.wait([reading])
            if not reading.cancelled():
                reading.exception()
        stream, self._stream = self._stream, None
        self._link = None
        if stream is not None:
            await stream.aclose()

    def _task(self) -> HostTask:
        run = self._model.runs.get(self._run_id)
        if run is None:
            raise NoSuchRun(f"no host reported a run {self._run_id}")
        return self._tasks[run.host]


def what(run_id: str, path: str | None) -> dict[str, Any]:
    """How the agent is told which file is meant: a run's log, or another file on its host."""
    return {"run": run_id} if path is None else {"path": path}


async def _following(stream: LogStream) -> LogBytes | LogEvent | None:
    return await anext(stream, None)

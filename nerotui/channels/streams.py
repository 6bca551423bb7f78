"""What flows from the agent over a link: log bytes under credit, and points."""

from __future__ import annotations

import asyncio
import contextlib
from collections import deque
from typing import Any, NamedTuple, Protocol, Self

from nerotui.agent.wire import Data
from nerotui.errors import Disconnected, HostError

#: Bytes of a log that may be under way or unread on this side: 10 MB/s over a line with 100 ms there and back.
CREDIT = 1 << 20

Message = dict[str, Any]


class LogBytes(NamedTuple):
    """Bytes of a log and the offset of their first one in the host's file."""

    offset: int
    data: bytes


class LogEvent(NamedTuple):
    """Something that happened to a log: "truncated", "replaced", "end" or "error".

    After the first two the file is read again from its start.
    """

    event: str
    offset: int
    size: int
    inode: int | None
    message: str


class Sender(Protocol):
    """The part of a link that a stream needs."""

    host: str

    async def request(self, op: str, timeout: float = 10.0, /, **args: Any) -> Message:
        """Asks and waits for the answer."""
        ...

    async def send(self, message: Message) -> None:
        """Sends without waiting for an answer."""
        ...

    def forget(self, stream: RemoteStream) -> None:
        """Drops a stream that ended."""
        ...


class RemoteStream:
    """What logs and points have in common: opened once, filled by the link, emptied by one reader, ended by either."""

    op = ""

    def __init__(self, link: Sender, number: int, args: Message) -> None:
        self.number = number
        self._link = link
        self._args = args
        self._reply: Message | None = None
        self._received: deque[Data | Message] = deque()
        self._news = asyncio.Event()
        self._error: HostError | None = None
        self._over = False

    async def opened(self) -> Message:
        """Asks the agent to begin, once; its answer.

        Raises:
            RunError: the agent refused.
            HostError: the connection ended, or there was no answer.
        """
        if self._reply is None:
            try:
                self._reply = await self._link.request(self.op, stream=self.number, **self._args)
            except BaseException:
                self._over = True
                self._link.forget(self)
                raise
        return self._reply

    def receive(self, frame: Data | Message) -> None:
        """Takes a frame; called by the link."""
        self._received.append(frame)
        self._news.set()

    def fail(self, error: HostError) -> None:
        """Ends the stream with an error, after what has come is read; called by the link."""
        self._error = error
        self._news.set()

    async def aclose(self) -> None:
        """Tells the agent to stop, and drops what has not been read."""
        if not self._over:
            self._over = True
            self._link.forget(self)
            self._received.clear()
            self._news.set()
            if self._reply is not None and self._error is None:
                with contextlib.suppress(Disconnected):
                    await self._link.send({"op": "cancel", "id": 0, "stream": self.number})

    async def _next(self) -> Data | Message | None:
        """The next frame, or None when the stream has been closed."""
        await self.opened()
        while not self._received:
            if self._over:
                return None
            if self._error is not None:
                raise self._error
            self._news.clear()
            await self._news.wait()
        return self._received.popleft()

    def _finish(self) -> None:
        self._over = True
        self._link.forget(self)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *exc: object) -> None:
        await self.aclose()


class LogStream(RemoteStream):
    """A log's bytes and events in order. At most `credit` bytes are under way, so a slow reader holds nothing back."""

    op = "log"

    def __init__(self, link: Sender, number: int, args: Message) -> None:
        super().__init__(link, number, {"follow": False, "credit": CREDIT, **args})
        self._window: int = self._args["credit"]
        self._spent = 0

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> LogBytes | LogEvent:
        """The next bytes or event; asking for it says that what came before has been dealt with."""
        if self._spent * 2 >= self._window and not self._over and self._error is None:
            given, self._spent = self._spent, 0
            await self._link.send({"op": "credit", "stream": self.number, "bytes": given})
        frame = await self._next()
        if frame is None:
            raise StopAsyncIteration
        if isinstance(frame, Data):
            self._spent += len(frame.payload)
            return LogBytes(frame.offset, frame.payload)
        event = LogEvent(
            str(frame.get("event")),
            int(frame.get("offset") or 0),
            int(frame.get("size") or 0),
            frame.get("inode"),
            str(frame.get("message") or ""),
        )
        if event.event in ("end", "error"):
            self._finish()
        return event


class PointStream(RemoteStream):
    """Batches of points as the agent pushes them: {"reset", "series", "done"}; the history first."""

    op = "points"

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> Message:
        """The next batch."""
        frame = await self._next()
        if frame is None:
            raise StopAsyncIteration
        assert isinstance(frame, dict)
        if frame.get("done") and not self._args.get("follow"):
            self._finish()
        return frame

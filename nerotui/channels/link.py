"""The link: one channel to one host's agent, carrying requests, pushes, logs and points at the same time."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable
from typing import Any, Self

from nerotui.agent.wire import BadFrame, Data, Decoder, encode
from nerotui.channels import ByteStream, Channel, greeting
from nerotui.channels.bundle import bundles
from nerotui.channels.streams import LogStream, PointStream, RemoteStream
from nerotui.core.text import clean
from nerotui.errors import (
    Disconnected,
    HostError,
    IllegalAction,
    NerotuiError,
    NoSuchRun,
    Refused,
    Unreachable,
)

Message = dict[str, Any]

_KINDS: dict[str, type[NerotuiError]] = {"no_such_run": NoSuchRun, "illegal": IllegalAction}
_READ = 1 << 18


class Link:
    """A running agent on a host. Made by `Link.open`; usable until `closed` returns.

    Attributes:
        hello: what the agent said first: hostname, boot id, home, root, whether that can be written, …
        on_push: called with each push that belongs to no stream ("stats", "runs").
    """

    def __init__(self, host: str, stream: ByteStream, hello: Message, decoder: Decoder, rest: list[Any]) -> None:
        self.host = host
        self.hello = hello
        self.on_push: Callable[[Message], None] = _ignore
        self._stream = stream
        self._decoder = decoder
        self._last_id = 0
        self._last_stream = 0
        self._waiting: dict[int, asyncio.Future[Message]] = {}
        self._streams: dict[int, RemoteStream] = {}
        self._ended: asyncio.Future[HostError | None] = asyncio.get_running_loop().create_future()
        self._reader = asyncio.create_task(self._receive(rest), name=f"link to {host}")

    @classmethod
    async def open(
        cls,
        channel: Channel,
        *,
        root: str | None = None,
        python: str | None = None,
        slots: int | None = None,
        deadline: float = 20.0,
    ) -> Self:
        """Connects and brings the agent up, pushing its bundle where the host lacks it.

        Args:
            channel: the way to the host.
            root: where nerotui keeps its folder there; None for ~/.nerotui.
            python: the interpreter, or a command line that runs one; None to look for one.
            slots: how many runs at once the user wants there; None leaves it as it is.
            deadline: seconds for connecting, and again for the agent to answer. A person's time at a prompt is not
                counted.

        Raises:
            HostError: one of its kinds; `NoAgent` where the agent cannot run.
        """
        making = asyncio.create_task(asyncio.to_thread(bundles))  # beside the connecting
        try:
            stream = await channel.open(deadline)
        except BaseException:
            making.cancel()
            raise
        try:
            async with asyncio.timeout(deadline):
                greeted = await greeting.greet(
                    channel, stream, await making, root=root, python=python or "", slots=slots
                )
        except TimeoutError:
            error = greeting.silent(channel.host, stream, deadline)
            await stream.close()
            raise error from None
        except BaseException:
            await stream.close()
            raise
        return cls(channel.host, stream, *greeted)

    async def request(self, op: str, timeout: float = 10.0, /, **args: Any) -> Message:
        """Asks the agent for something and waits for the answer.

        Raises:
            RunError: the agent said no; `NoSuchRun`, `IllegalAction` or `Refused`.
            Unreachable: no answer within `timeout` seconds.
            Disconnected: the connection ended first; whether the request was carried out is not known.
        """
        self._last_id += 1
        number = self._last_id
        reply: asyncio.Future[Message] = asyncio.get_running_loop().create_future()
        self._waiting[number] = reply
        try:
            async with asyncio.timeout(timeout):
                await self.send({"id": number, "op": op, **args})
                answer = await reply
        except TimeoutError:
            raise Unreachable(f"{self.host} did not answer within {timeout:g} s (asked: {op})") from None
        finally:
            del self._waiting[number]
            if reply.done() and not reply.cancelled():
                reply.exception()  # looked at, so that asyncio does not report it a second time
        if "error" in answer:
            raise _refusal(self.host, answer["error"])
        return dict(answer.get("ok") or {})

    def log(self, **args: Any) -> LogStream:
        """Follows or reads a log; nothing is asked before the stream is iterated or its `opened()` awaited.

        Args:
            **args: as the agent's `log` takes them, but for `stream`; `credit` is how many bytes may be under way.
        """
        stream = LogStream(self, self._next_stream(), args)
        self._streams[stream.number] = stream
        return stream

    def points(self, **args: Any) -> PointStream:
        """Follows the points of a run or a file; `args` as the agent's `points` takes them, but for `stream`."""
        stream = PointStream(self, self._next_stream(), args)
        self._streams[stream.number] = stream
        return stream

    def forget(self, stream: RemoteStream) -> None:
        """Drops a stream that ended; what still comes for it is ignored."""
        self._streams.pop(stream.number, None)

    async def send(self, message: Message) -> None:
        """Sends an object as it stands; for `request` and the streams.

        Raises:
            Disconnected: the connection ended.
        """
        if self._ended.done():
            raise self._why()
        await self._stream.write(encode(message))

    async def closed(self) -> HostError | None:
        """Waits for the link's end: why it broke, or None if it was closed from this side."""
        return await asyncio.shield(self._ended)

    async def close(self) -> None:
        """Ends the link, and with it the agent's `serve`; runs go on."""
        self._end(None)
        self._reader.cancel()
        await asyncio.wait([self._reader])
        await self._stream.close()

    async def _receive(self, rest: list[Any]) -> None:
        try:
            for frame in rest:
                self._dispatch(frame)
            while data := await self._stream.read(_READ):
                for frame in self._decoder.feed(data):
                    self._dispatch(frame)
            self._end(_broken(self.host, self._stream.stderr_tail()))
        except HostError as error:
            self._end(error)
        except BadFrame as error:
            self._end(Disconnected(f"{self.host}: what came over the connection is not the agent's: {error}"))
        finally:
            self._end(Disconnected(f"{self.host}: the connection was dropped"))

    def _dispatch(self, frame: Any) -> None:
        if isinstance(frame, Data):
            if stream := self._streams.get(frame.stream):
                stream.receive(frame)
        elif "push" in frame:
            number = frame.get("stream")
            if number is None:
                self.on_push(frame)
            elif stream := self._streams.get(number):
                stream.receive(frame)
        elif (reply := self._waiting.get(frame.get("id", 0))) and not reply.done():
            reply.set_result(frame)

    def _end(self, error: HostError | None) -> None:
        if self._ended.done():
            return
        self._ended.set_result(error)
        for reply in self._waiting.values():
            if not reply.done():
                reply.set_exception(self._why())
        for stream in list(self._streams.values()):
            stream.fail(self._why())

    def _why(self) -> HostError:
        """The link's end as an error of its own for each who is told: a raised error collects tracebacks."""
        error = self._ended.result()
        if error is None:
            return Disconnected(f"{self.host}: the connection was closed")
        return type(error)(str(error), hint=error.hint)

    def _next_stream(self) -> int:
        self._last_stream += 1
        return self._last_stream

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *exc: object) -> None:
        with contextlib.suppress(HostError):
            await self.close()


def _ignore(_: Message) -> None:
    """A push that nobody asked to see."""


def _broken(host: str, stderr: str) -> Disconnected:
    said = clean(stderr.strip().rpartition("\n")[2])
    return Disconnected(f"{host}: the connection ended" + (f": {said}" if said else ""))


def _refusal(host: str, error: Message) -> NerotuiError:
    kind = _KINDS.get(str(error.get("code")), Refused)
    return kind(f"{host}: {clean(str(error.get('message') or 'refused'))}", hint=clean(str(error.get("hint") or "")))

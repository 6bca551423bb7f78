"""A TCP relay in front of a server, that pauses, slows and cuts the line: `tc` and `iptables` without their rights."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Coroutine
from typing import Any, Self


class Relay:
    """Runs in a thread of its own, so that tests may block. A context manager.

    Attributes:
        accepted: how many connections came in so far.
        passed: bytes passed on so far, both ways.
    """

    def __init__(self, target: tuple[str, int]) -> None:
        self.address = "127.0.0.1"
        self.port = 0
        self.accepted = 0
        self.passed = 0
        self._target = target
        self._latency = 0.0
        self._bandwidth: float | None = None
        self._loop = asyncio.new_event_loop()
        self._flowing = asyncio.Event()
        self._flowing.set()
        self._writers: set[asyncio.StreamWriter] = set()
        self._refusing = False
        self._thread = threading.Thread(target=self._loop.run_forever, name="relay")

    def __enter__(self) -> Self:
        self._thread.start()
        self._server = self._do(asyncio.start_server(self._serve, self.address, 0))
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    def __exit__(self, *exc: object) -> None:
        self._do(self._shut())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)
        self._loop.close()

    def pause(self) -> None:
        """Nothing passes any more, and neither side is told."""
        self._call(self._flowing.clear)

    def resume(self) -> None:
        """What was held back flows again."""
        self._call(self._flowing.set)

    def cut(self) -> None:
        """Resets every connection; new ones are taken."""
        self._call(self._abort)

    def refuse(self, refusing: bool = True) -> None:
        """Ends new connections as soon as they come."""
        self._refusing = refusing

    def slow(self, latency: float = 0.0, bandwidth: float | None = None) -> None:
        """Delays each direction by `latency` seconds and lets `bandwidth` bytes a second through."""
        self._latency = latency
        self._bandwidth = bandwidth

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.accepted += 1
        if self._refusing:
            writer.transport.abort()
            return
        try:
            far_reader, far_writer = await asyncio.open_connection(*self._target)
        except OSError:
            writer.transport.abort()
            return
        self._writers |= {writer, far_writer}
        pumps = [
            self._loop.create_task(self._pump(reader, far_writer)),
            self._loop.create_task(self._pump(far_reader, writer)),
        ]
        await asyncio.wait(pumps)
        for end in (writer, far_writer):
            end.close()
            self._writers.discard(end)

    async def _pump(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        queue: asyncio.Queue[tuple[float, bytes]] = asyncio.Queue(64)
        sender = self._loop.create_task(self._send(queue, writer))
        try:
            while data := await reader.read(1 << 16):
                await queue.put((self._loop.time() + self._latency, data))
        except OSError:
            pass
        await queue.put((self._loop.time() + self._latency, b""))
        await sender

    async def _send(self, queue: asyncio.Queue[tuple[float, bytes]], writer: asyncio.StreamWriter) -> None:
        while True:
            due, data = await queue.get()
            await asyncio.sleep(max(0.0, due - self._loop.time()))
            await self._flowing.wait()
            try:
                if not data:
                    if writer.can_write_eof() and not writer.is_closing():
                        writer.write_eof()
                    return
                if self._bandwidth:
                    await asyncio.sleep(len(data) / self._bandwidth)
                writer.write(data)
                self.passed += len(data)
                await writer.drain()
            except OSError:
                if not data:
                    return

    def _abort(self) -> None:
        self._flowing.set()
        for writer in self._writers:
            writer.transport.abort()

    async def _shut(self) -> None:
        self._server.close()
        self._abort()
        tasks = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await asyncio.sleep(0)  # the aborted transports close their sockets

    def _do(self, work: Coroutine[Any, Any, Any]) -> Any:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(10)

    def _call(self, function: Callable[[], None]) -> None:
        async def run() -> None:
            function()

        self._do(run())

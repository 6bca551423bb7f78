"""A channel for tests, nerotui's own and others': a real agent in a subprocess, on a line that can fail.

Its home and environment are the test's own, so that several of them are several hosts on one machine.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Mapping
from pathlib import Path

from nerotui.channels import ByteStream, launch
from nerotui.channels.process import ProcessStream
from nerotui.errors import Disconnected, HostError, Unreachable


class FakeChannel:
    """A host that is a folder on this machine.

    Attributes:
        failure: raised by the next `open` and all after it, while set.
        opened: how often the channel has been opened.
    """

    def __init__(
        self, host: str, home: Path, *, env: Mapping[str, str] | None = None, python: str | None = None
    ) -> None:
        """Makes a host.

        Args:
            host: its name in nerotui.
            home: its HOME; made if missing.
            env: what its environment holds besides PATH and HOME.
            python: its interpreter; None to look for one on PATH, as on any host.
        """
        home.mkdir(parents=True, exist_ok=True)
        self.host = host
        self.python = python or ""
        self.failure: HostError | None = None
        self.opened = 0
        self._env = {"PATH": os.environ.get("PATH", os.defpath), "LANG": "C.UTF-8", "HOME": str(home)}
        self._env |= {"NEROTUI_HOSTNAME": host, "NEROTUI_MACHINE_ID": f"{host}-machine", **(env or {})}
        self._streams: list[_FakeStream] = []
        self._flowing = asyncio.Event()
        self._flowing.set()

    async def open(self, deadline: float) -> ByteStream:
        """Starts the launcher; while the line is paused, times out as a black hole does."""
        self.opened += 1
        if self.failure is not None:
            raise self.failure
        try:
            async with asyncio.timeout(deadline):
                await self._flowing.wait()
        except TimeoutError:
            raise Unreachable(f"{self.host} did not answer within {deadline:g} s") from None
        stream = _FakeStream(await ProcessStream.start(self.host, launch.ARGV, env=self._env), self._flowing)
        self._streams.append(stream)
        return stream

    def pause(self) -> None:
        """Nothing passes from now on, in either direction, and nobody is told."""
        self._flowing.clear()

    def resume(self) -> None:
        """What was held back flows again."""
        self._flowing.set()

    async def cut(self) -> None:
        """Breaks every connection at once; the agents at their far ends see theirs end too."""
        streams, self._streams = self._streams, []
        for stream in streams:
            await stream.cut()


class _FakeStream:
    def __init__(self, inner: ProcessStream, flowing: asyncio.Event) -> None:
        self._inner = inner
        self._flowing = flowing
        self._cut = asyncio.Event()

    async def read(self, count: int) -> bytes:
        reading = asyncio.create_task(self._inner.read(count))
        cutting = asyncio.create_task(self._cut.wait())
        try:
            await asyncio.wait((reading, cutting), return_when=asyncio.FIRST_COMPLETED)
            if not self._cut.is_set():
                flowing = asyncio.create_task(self._flowing.wait())
                await asyncio.wait((flowing, cutting), return_when=asyncio.FIRST_COMPLETED)
                flowing.cancel()
            self._check()
            return reading.result()
        finally:
            reading.cancel()
            cutting.cancel()

    async def write(self, data: bytes) -> None:
        await self._flowing.wait()
        self._check()
        await self._inner.write(data)

    async def cut(self) -> None:
        self._cut.set()
        self._flowing.set()
        await self._inner.close()

    async def close(self) -> None:
        await self._inner.close()

    def stderr_tail(self) -> str:
        return self._inner.stderr_tail()

    def _check(self) -> None:
        if self._cut.is_set():
            raise Disconnected(f"{self._inner.host}: the connection was lost")

"""A byte stream over a subprocess's stdin and stdout."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
from collections.abc import Mapping, Sequence
from typing import Self

from nerotui.errors import Disconnected

STDERR_KEPT = 8192
_PATIENCE = 2.0


class ProcessStream:
    """A running subprocess as a `ByteStream`."""

    def __init__(self, host: str, process: asyncio.subprocess.Process) -> None:
        self.host = host
        self.process = process
        self._stderr = bytearray()
        self._drain = asyncio.create_task(self._keep_stderr(), name=f"stderr of {host}")

    @classmethod
    async def start(cls, host: str, argv: Sequence[str], *, env: Mapping[str, str] | None = None) -> Self:
        """Starts a program in a session of its own, so that Ctrl-C at the console does not reach it."""
        process = await asyncio.create_subprocess_exec(
            *argv,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            env=env,
            start_new_session=True,
        )
        return cls(host, process)

    async def read(self, count: int) -> bytes:
        """The next bytes; b"" at the end."""
        assert self.process.stdout is not None
        return await self.process.stdout.read(count)

    async def write(self, data: bytes) -> None:
        """Sends bytes, waiting while the program is slow to read them."""
        assert self.process.stdin is not None
        try:
            self.process.stdin.write(data)
            await self.process.stdin.drain()
        except (ConnectionError, RuntimeError) as error:
            raise Disconnected(f"{self.host}: the agent is gone") from error

    async def close(self, *, kill: bool = False) -> None:
        """Closes the pipes; a program that has not ended two seconds later, or at once if `kill`, is killed."""
        if self.process.stdin is not None:
            self.process.stdin.close()
        try:
            async with asyncio.timeout(0 if kill else _PATIENCE):
                await self.process.wait()
        except TimeoutError:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self.process.pid, signal.SIGKILL)
            await self.process.wait()
        self._drain.cancel()
        await asyncio.wait([self._drain])

    def stderr_tail(self) -> str:
        """What the program wrote to stderr lately."""
        return self._stderr.decode("utf-8", "replace")

    async def settled(self) -> int:
        """Waits for the program's end and all of its stderr; its exit status."""
        status = await self.process.wait()
        await asyncio.wait([self._drain], timeout=0.5)
        return status

    async def _keep_stderr(self) -> None:
        assert self.process.stderr is not None
        while data := await self.process.stderr.read(4096):
            self._stderr += data
            del self._stderr[:-STDERR_KEPT]

"""The agent's stdin and stdout over an SSH session."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable

import asyncssh

from nerotui.channels.ssh import failures

STDERR_KEPT = 8192
_LINGER = 1.0

_BROKEN = (asyncssh.Error, OSError, EOFError)


class SshStream:
    """A session as a `ByteStream`; the connection under it is its own."""

    def __init__(
        self,
        host: str,
        connection: asyncssh.SSHClientConnection,
        session: tuple[asyncssh.SSHWriter[bytes], asyncssh.SSHReader[bytes], asyncssh.SSHReader[bytes]],
        release: Callable[[], Awaitable[None]],
    ) -> None:
        """Wraps a session.

        Args:
            host: the host's name in nerotui.
            connection: closed with the stream.
            session: stdin, stdout and stderr.
            release: called once when the stream has been closed: lets go of the jump hosts.
        """
        self._host = host
        self._connection = connection
        self._stdin, self._stdout, stderr = session
        self._release = release
        self._tail = bytearray()
        self._closed = False
        self._keeping = asyncio.create_task(self._keep(stderr), name=f"stderr of {host}")

    @property
    def cipher(self) -> str:
        """What the connection is encrypted with."""
        return str(self._connection.get_extra_info("send_cipher"))

    async def read(self, count: int) -> bytes:
        """The next bytes; b"" at the end."""
        try:
            return await self._stdout.read(count)
        except _BROKEN as error:
            raise failures.lost(self._host, error) from error

    async def write(self, data: bytes) -> None:
        """Sends bytes, waiting while the window is full."""
        try:
            self._stdin.write(data)
            await self._stdin.drain()
        except _BROKEN as error:
            raise failures.lost(self._host, error) from error

    async def close(self) -> None:
        """Ends session and connection, the hard way if the other side does not answer."""
        if self._closed:
            return
        self._closed = True
        try:
            self._stdin.close()
            self._connection.close()
            try:
                async with asyncio.timeout(_LINGER):
                    await self._connection.wait_closed()
            except TimeoutError:
                self._connection.abort()
            self._keeping.cancel()
            await asyncio.wait([self._keeping])
        finally:
            await self._release()

    def stderr_tail(self) -> str:
        """What came on stderr lately."""
        return self._tail.decode("utf-8", "replace")

    async def _keep(self, stderr: asyncssh.SSHReader[bytes]) -> None:
        with contextlib.suppress(*_BROKEN):  # whoever reads stdout is told
            while data := await stderr.read(4096):
                self._tail += data
                del self._tail[:-STDERR_KEPT]

"""The head start of a program's first connection: its host is dialled while most of asyncssh is still being loaded."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Awaitable
from typing import TYPE_CHECKING, Any, Self

from nerotui.channels.ssh import loading
from nerotui.channels.ssh.dial import dial
from nerotui.channels.threads import in_thread

if TYPE_CHECKING:
    from nerotui.channels.ssh.settings import Settings


class Ahead:
    """What has been begun for one connection."""

    def __init__(self, reading: Awaitable[Settings]) -> None:
        """Waits for the settings, and dials where they mean a plain connection."""
        self._reading = asyncio.ensure_future(reading)
        self._dialling: asyncio.Task[socket.socket | None] | None = asyncio.create_task(self._dial())

    @classmethod
    async def begin(cls, host: str, address: str, user: str | None, port: int | None) -> Self | None:
        """Begins; None where asyncssh is loaded or being loaded."""
        if loading.begun():
            return None
        settings = await in_thread(loading.settings)
        return cls(in_thread(settings.read, host, address, user, port))

    async def settings(self) -> Settings:
        """The host's settings.

        Raises:
            Unreachable: they cannot be understood.
        """
        return await asyncio.shield(self._reading)

    async def connected(self) -> socket.socket | None:
        """The connection, for whoever asks first; None where there is none to have.

        Raises:
            OSError: there is no way to the host.
        """
        dialling, self._dialling = self._dialling, None
        return await dialling if dialling is not None else None

    async def drop(self) -> None:
        """Ends what nobody took."""
        self._reading.cancel()
        ends: list[asyncio.Future[Any]] = [self._reading]
        if self._dialling is not None:
            self._dialling.cancel()
            ends.append(self._dialling)
        for outcome in await asyncio.gather(*ends, return_exceptions=True):
            if isinstance(outcome, socket.socket):
                outcome.close()

    async def _dial(self) -> socket.socket | None:
        settings = await asyncio.shield(self._reading)
        if settings.jumps or not settings.plain:
            return None
        return await dial(settings.hostname, settings.port, settings.config["AddressFamily"] or 0)

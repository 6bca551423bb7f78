"""How many connections may be under way at once: sshd drops what comes in a burst (MaxStartups)."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

#: Connections being made at once, over all hosts and to one address.
TOTAL = 8
PER_ADDRESS = 4


class Slot:
    """A place among the connections that are being made."""

    def __init__(self, limiter: Limiter, address: str) -> None:
        self._limiter = limiter
        self._address = address

    @asynccontextmanager
    async def lent(self) -> AsyncIterator[None]:
        """Gives the place to others meanwhile: for the time that a person takes to answer."""
        self._limiter.release(self._address)
        try:
            yield
        finally:
            await self._limiter.acquire(self._address)


class Limiter:
    """One for each program; all its channels share it."""

    def __init__(self, total: int = TOTAL, per_address: int = PER_ADDRESS) -> None:
        self._total = asyncio.Semaphore(total)
        self._addresses = defaultdict[str, asyncio.Semaphore](lambda: asyncio.Semaphore(per_address))

    @asynccontextmanager
    async def slot(self, address: str) -> AsyncIterator[Slot]:
        """Waits for a place and holds it: while connecting and logging in, not for the connection's life.

        Args:
            address: "name:port" of the machine that answers; hosts behind one address share its places.
        """
        await self.acquire(address)
        try:
            yield Slot(self, address)
        finally:
            self.release(address)

    async def acquire(self, address: str) -> None:
        """Takes a place at an address, then one of all: a crowded address does not use up what the others need."""
        await self._addresses[address].acquire()
        try:
            await self._total.acquire()
        except BaseException:
            self._addresses[address].release()
            raise

    def release(self, address: str) -> None:
        """Gives both places back."""
        self._total.release()
        self._addresses[address].release()

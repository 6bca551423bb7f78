"""How many connections may be under way at once: sshd drops what comes in a burst (MaxStartups)."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

#: Log-ins under way at once, over all hosts; and connections being made to one address.
TOTAL = 8
PER_ADDRESS = 4


class Limiter:
    """One for each program; all its channels share it."""

    def __init__(self, total: int = TOTAL, per_address: int = PER_ADDRESS) -> None:
        self.total = asyncio.Semaphore(total)
        self._addresses = defaultdict[str, asyncio.Semaphore](lambda: asyncio.Semaphore(per_address))

    @asynccontextmanager
    async def slot(self, address: str) -> AsyncIterator[Slot]:
        """Waits for a place at an address and holds it: while connecting and logging in, not for the connection's life.

        Args:
            address: "name:port" of the machine that answers; hosts behind one address share its places.
        """
        async with self._addresses[address]:
            slot = Slot(self, self._addresses[address])
            try:
                yield slot
            finally:
                slot.leave()


class Slot:
    """A place among the connections that are being made to one address."""

    def __init__(self, limiter: Limiter, place: asyncio.Semaphore) -> None:
        self._limiter = limiter
        self._place = place
        self._working = False

    async def work(self) -> None:
        """Waits for one of all places too, once the other side has answered: what is dead uses up none of them."""
        if not self._working:
            await self._limiter.total.acquire()
            self._working = True

    def leave(self) -> None:
        """Gives the place of `work` back."""
        if self._working:
            self._working = False
            self._limiter.total.release()

    @asynccontextmanager
    async def lent(self) -> AsyncIterator[None]:
        """Gives its places to others meanwhile: for the time that a person takes to answer."""
        was_working = self._working
        self.leave()
        self._place.release()
        try:
            yield
        finally:
            await self._place.acquire()
            if was_working:
                await self.work()

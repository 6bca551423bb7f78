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
        slot = Slot(self.total, self._addresses[address])
        try:
            await slot.enter()
            yield slot
        finally:
            slot.leave()


class Slot:
    """A place among the connections that are being made to one address."""

    def __init__(self, total: asyncio.Semaphore, address: asyncio.Semaphore) -> None:
        self._total = total
        self._address = address
        self._held: list[asyncio.Semaphore] = []

    async def enter(self) -> None:
        """Waits for a place at the address."""
        await self._take(self._address)

    async def work(self) -> None:
        """Waits for one of all places too, once the other side has answered: what is dead uses up none of them."""
        await self._take(self._total)

    def leave(self) -> None:
        """Gives back what is held."""
        while self._held:
            self._held.pop().release()

    @asynccontextmanager
    async def lent(self) -> AsyncIterator[None]:
        """Gives its places to others meanwhile: for the time that a person takes to answer."""
        held = list(self._held)
        self.leave()
        try:
            yield
        finally:
            for place in held:
                await self._take(place)

    async def _take(self, place: asyncio.Semaphore) -> None:
        if place not in self._held:
            await place.acquire()
            self._held.append(place)

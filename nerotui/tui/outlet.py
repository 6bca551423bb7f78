"""Handing on what arrives: at once after a silence, gathered under load, and never more than the taker can hold."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Generic, TypeVar

Item = TypeVar("Item")


class Outlet(Generic[Item]):
    """Gathers items and delivers them in batches.

    A batch goes out at once if the last one is longer ago than `interval`, else when that time is over, and only when
    the batch before it was taken. `put` waits while more than `limit` lies here, which holds back whoever sends.

    Args:
        deliver: gets each batch and an event to set when it has been taken.
        interval: seconds between two batches.
        limit: the weight that may lie here.
    """

    def __init__(self, deliver: Callable[[list[Item], asyncio.Event], None], *, interval: float, limit: int) -> None:
        self.interval = interval
        self._deliver = deliver
        self._limit = limit
        self._items: list[Item] = []
        self._weight = 0
        self._room = asyncio.Event()
        self._news = asyncio.Event()

    async def put(self, item: Item, weight: int) -> None:
        """Adds an item; waits while there is no room for more."""
        self._items.append(item)
        self._weight += weight
        self._news.set()
        while self._weight > self._limit:
            self._room.clear()
            await self._room.wait()

    async def run(self) -> None:
        """Delivers until cancelled."""
        loop = asyncio.get_running_loop()
        last = -self.interval
        while True:
            await self._news.wait()
            await asyncio.sleep(max(0.0, last + self.interval - loop.time()))
            self._news.clear()
            items, self._items, self._weight = self._items, [], 0
            self._room.set()
            taken = asyncio.Event()
            last = loop.time()
            self._deliver(items, taken)
            await taken.wait()

"""Handing on what arrives: at once after a silence, gathered under load, and never more than the taker can hold."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Callable
from typing import Generic, TypeVar

Item = TypeVar("Item")

#: Seconds between two beats. What comes in a trickle is handed on at the beats, whatever it is: it makes one frame.
BEAT = 0.5
#: A trickle weighs no more.
TRICKLE = 100


def beat(now: float, every: float = BEAT) -> float:
    """The first moment of the loop's clock from `now` on that `every` divides."""
    return math.ceil(now / every) * every


class Outlet(Generic[Item]):
    """Gathers items and delivers them in batches.

    A batch goes out at once if the last one is longer ago than `interval`, else when that time is over, and only when
    the batch before it was taken. A trickle waits for the beat where it has to keep to it. `put` waits while more than
    `limit` lies here, which holds back whoever sends.

    Args:
        deliver: gets each batch and an event to set when it has been taken.
        interval: seconds between two batches.
        limit: the weight that may lie here.
        beats: whether a trickle keeps to the beat; the first batch never does.
    """

    def __init__(
        self,
        deliver: Callable[[list[Item], asyncio.Event], None],
        *,
        interval: float,
        limit: int,
        beats: bool = False,
    ) -> None:
        self.interval = interval
        self._beats = beats
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
        last = float("-inf")
        while True:
            await self._news.wait()
            due = max(last + self.interval, loop.time())
            if self._beats and last > 0 and self._weight <= TRICKLE:
                due = beat(due)
            await asyncio.sleep(due - loop.time())
            self._news.clear()
            items, self._items, self._weight = self._items, [], 0
            self._room.set()
            taken = asyncio.Event()
            last = loop.time()
            self._deliver(items, taken)
            await taken.wait()

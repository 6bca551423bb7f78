"""News is handed on at once after a silence, in batches under load, and held back while the taker is slow."""

from __future__ import annotations

import asyncio

from nerotui.tui.outlet import BEAT, TRICKLE, Outlet, beat


class Taker:
    """Keeps batches; takes them by itself unless told to be slow."""

    def __init__(self) -> None:
        self.batches: list[list[int]] = []
        self.open: list[asyncio.Event] = []
        self.slow = False
        self.news = asyncio.Event()

    async def until(self, count: int) -> None:
        """Waits until so many items came."""
        async with asyncio.timeout(5):
            while sum(map(len, self.batches)) < count:
                self.news.clear()
                await self.news.wait()

    def deliver(self, items: list[int], taken: asyncio.Event) -> None:
        self.batches.append(items)
        self.news.set()
        if self.slow:
            self.open.append(taken)
        else:
            taken.set()


async def test_the_first_goes_at_once_and_the_rest_in_batches() -> None:
    taker = Taker()
    outlet: Outlet[int] = Outlet(taker.deliver, interval=0.05, limit=10_000)
    task = asyncio.create_task(outlet.run())
    for number in range(1000):
        await outlet.put(number, 1)
        await asyncio.sleep(0)
    await taker.until(1000)
    task.cancel()
    assert [number for batch in taker.batches for number in batch] == list(range(1000))
    assert len(taker.batches[0]) < 50
    assert len(taker.batches) < 50


async def test_a_trickle_keeps_to_the_beat_and_a_flood_does_not() -> None:
    taker = Taker()
    outlet: Outlet[int] = Outlet(taker.deliver, interval=0.0, limit=10_000, beats=True)
    task = asyncio.create_task(outlet.run())
    loop = asyncio.get_running_loop()
    await outlet.put(1, 1)
    await taker.until(1)
    due = beat(loop.time())
    await outlet.put(2, 1)
    await taker.until(2)
    assert loop.time() >= due
    began = loop.time()  # just after a beat: the next one is as far away as it can be
    await outlet.put(3, TRICKLE + 1)
    await taker.until(3)
    assert loop.time() - began < BEAT / 2
    task.cancel()


async def test_a_slow_taker_holds_the_giver_back() -> None:
    taker = Taker()
    taker.slow = True
    outlet: Outlet[int] = Outlet(taker.deliver, interval=0.0, limit=10)
    task = asyncio.create_task(outlet.run())
    given = 0

    async def give() -> None:
        nonlocal given
        for number in range(1000):
            await outlet.put(number, 1)
            given += 1

    giving = asyncio.create_task(give())
    await taker.until(1)
    for _ in range(100):
        await asyncio.sleep(0)
    assert given < 30, "no more than one batch under way and one waiting"
    taker.slow = False
    taker.open[0].set()
    await taker.until(1000)
    await giving
    task.cancel()

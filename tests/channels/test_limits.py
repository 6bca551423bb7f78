"""How many connect at once, and how long is waited between tries."""

from __future__ import annotations

import asyncio

import pytest

from nerotui.channels.attempt import Attempt
from nerotui.channels.backoff import Backoff
from nerotui.channels.limiter import Limiter
from nerotui.errors import Unreachable
from tests.channels.person import Person


class Crowd:
    """Counts who is in at once."""

    def __init__(self) -> None:
        self.now = 0
        self.most = 0

    async def enter(self, limiter: Limiter, address: str) -> None:
        async with limiter.slot(address) as slot:
            await slot.work()
            self.now += 1
            self.most = max(self.most, self.now)
            await asyncio.sleep(0.01)
            self.now -= 1


async def test_at_most_so_many_log_in_at_once() -> None:
    crowd, limiter = Crowd(), Limiter()  # as every program has it
    await asyncio.gather(*(crowd.enter(limiter, f"host{n}:22") for n in range(40)))
    assert crowd.most == 8


async def test_fewer_of_them_at_one_address() -> None:
    crowd, limiter = Crowd(), Limiter()
    await asyncio.gather(*(crowd.enter(limiter, "login:22") for _ in range(20)))
    assert crowd.most == 4


async def test_a_crowded_address_leaves_places_for_others() -> None:
    limiter = Limiter(total=8, per_address=4)
    waiting = [asyncio.create_task(hold(limiter, "dead:22")) for _ in range(20)]
    await asyncio.sleep(0)
    async with asyncio.timeout(1):
        await Crowd().enter(limiter, "alive:22")
    for task in waiting:
        task.cancel()
    await asyncio.wait(waiting)
    async with asyncio.timeout(1):
        await asyncio.gather(*(Crowd().enter(limiter, "dead:22") for _ in range(8)))


async def hold(limiter: Limiter, address: str) -> None:
    async with limiter.slot(address) as slot:
        await slot.work()
        await asyncio.Event().wait()


async def test_a_person_who_thinks_holds_no_place() -> None:
    limiter = Limiter(total=1, per_address=1)
    asked, answered = asyncio.Event(), asyncio.Event()

    class Thinker(Person):
        async def secret(self, host: str, prompt: str, echo: bool) -> str | None:
            asked.set()
            await answered.wait()
            return "yes"

    async def log_in() -> str | None:
        attempt = Attempt("h1", Thinker(), limiter, 0.2)
        async with attempt.running(), attempt.turn("h1:22") as slot:
            await slot.work()
            return await attempt.ask_secret("?", "an answer")

    thinking = asyncio.create_task(log_in())
    await asked.wait()
    async with asyncio.timeout(1):
        await Crowd().enter(limiter, "h1:22")
    await asyncio.sleep(0.3)
    answered.set()
    assert await thinking == "yes"
    async with asyncio.timeout(1):
        await Crowd().enter(limiter, "h1:22")


async def test_the_clock_runs_on_after_the_answer() -> None:
    attempt = Attempt("h1", Person(["yes"]), Limiter(), 0.2)

    async def ask_and_dawdle() -> None:
        async with attempt.running():
            assert await attempt.ask_secret("?", "an answer") == "yes"
            await asyncio.sleep(5)

    with pytest.raises(Unreachable, match=r"no answer within 0\.2 s, waiting for its turn"):
        await ask_and_dawdle()


def test_waits_double_up_to_a_limit_and_never_agree() -> None:
    backoff = Backoff(first=1, most=60)
    waits = [backoff.failed() for _ in range(12)]
    for wait, step in zip(waits, [1, 2, 4, 8, 16, 32] + [60] * 6, strict=True):
        assert step / 2 <= wait <= step
    assert len(set(waits)) == len(waits)
    backoff.succeeded()
    assert backoff.failed() <= 1


def test_many_failures_do_not_overflow() -> None:
    backoff = Backoff()
    backoff.failures = 100_000
    assert backoff.failed() <= 60

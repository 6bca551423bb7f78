"""What nerotui costs while nothing changes: the console, `serve` on a watched host, and a run's supervisor."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
from contextlib import AsyncExitStack
from pathlib import Path

from nerotui.channels.fake import FakeChannel
from nerotui.channels.link import Link
from nerotui.core.spec import new_id
from tests.benchmarks.family import Family
from tests.benchmarks.measure import MIB, Share, private, rss
from tests.benchmarks.place import NEROTUI, Place, agents
from tests.benchmarks.rows import Row, at_most
from tests.benchmarks.terminal import Terminal

BYTES, CPU = "nothing changes (but the minute): bytes to the terminal", "nothing changes: console's CPU"
SERVE_CPU, SERVE_RSS = "serve on a watched host: CPU", "serve on a watched host: memory"
MANY_CPU, MANY_RSS = "serve, 500 followed logs: CPU", "serve, 500 followed logs: memory"
SUPERVISE_CPU, SUPERVISE_RSS = "supervisor: CPU", "supervisor: memory"
WINDOW = 12.0
FOLLOWED = 500
CORE = "% of a core"


def measure(place: Place) -> Iterator[Row]:
    """All are watched over the same seconds: each is far too quiet to disturb the others."""
    hosts = {f"sim{number}": place.simulated(f"sim{number}", 20) for number in range(3)}
    place.configure(hosts)
    with Terminal((*NEROTUI, *(word for host in hosts for word in ("--host", host))), place.env) as terminal:
        terminal.wait_for("resnet50", 30)
        yield from asyncio.run(_watch(place, terminal))


async def _watch(place: Place, terminal: Terminal) -> list[Row]:
    async with AsyncExitStack() as stack:
        links = []
        for name in ("one", "many"):
            channel = FakeChannel(name, place.folder / name)
            # The first contact brings the bundle and compiles it; what is budgeted is every later one.
            first = await Link.open(channel)
            await first.request("watch", stats=1, runs=True)
            await asyncio.sleep(1)
            await first.close()
            link = await Link.open(channel)
            links.append(await stack.enter_async_context(link))
            await link.request("watch", stats=1, runs=True)
        # As with the first contact: the first run of a version compiles what runs take.
        await links[0].request("submit", spec=_spec(place.folder, "true"), who="me@here", held=False)
        for _ in range(100):
            await asyncio.sleep(0.1)
            if not agents(place.folder, "dispatch") and not agents(place.folder, "supervise"):
                break
        await links[0].request("submit", spec=_spec(place.folder, "sleep", "600"), who="me@here", held=False)
        for link, count in zip(links, (1, FOLLOWED), strict=True):
            for number in range(count):
                path = place.folder / f"{link.host}-{number}.log"
                path.write_text("epoch 1 loss 0.5\n")
                await stack.enter_async_context(_Followed(link, path))
        # Caches fill, the run comes up, the first frame is over.
        supervisors: list[int] = []
        for _ in range(100):
            await asyncio.sleep(0.1)
            if supervisors := agents(place.folder, "supervise"):
                break
        await asyncio.to_thread(terminal.pump, 4.0)
        pids = [terminal.pid, links[0].hello["pid"], links[1].hello["pid"], *supervisors]
        shares = [Share([pid]) for pid in pids]
        written = await asyncio.to_thread(_between_minutes, terminal)
        percents = [share.percent() for share in shares]
        rows = [
            at_most(BYTES, written / WINDOW, "bytes/s", 0),
            at_most(CPU, percents[0], CORE, 0.5),
            at_most(SERVE_CPU, percents[1], CORE, 0.2),
            at_most(SERVE_RSS, rss(pids[1]) / MIB, "MiB", 20),
            at_most(MANY_CPU, percents[2], CORE, 0.4, peer=f"1 log {percents[1]:.3f} {CORE}"),
            at_most(MANY_RSS, rss(pids[2]) / MIB, "MiB", 40, peer=f"1 log {rss(pids[1]) / MIB:.1f} MiB"),
        ]
        if supervisors:
            memory = min(rss(pids[3]), 1 << 40)
            own = f"limit; {private(pids[3]) / MIB:.1f} MiB its own"
            rows.append(at_most(SUPERVISE_CPU, percents[3], CORE, 0.05))
            rows.append(at_most(SUPERVISE_RSS, memory / MIB, "MiB", 12, peer=own))
        return rows


def _between_minutes(terminal: Terminal) -> int:
    """Bytes written, those apart that move clock and ages when a minute is full."""
    written, end = 0, time.monotonic() + WINDOW
    while (left := end - time.monotonic()) > 0:
        data = terminal.read(left)
        if time.time() % 60 > 2:
            written += len(data)
    return written


def _spec(folder: Path, *command: str) -> dict[str, object]:
    return {
        "id": new_id(), "name": "sleeper", "command": list(command), "dir": str(folder), "env": {}, "setup": None,
        "gpus": None, "params": {}, "resume": None, "checkpoint": None, "yield_signal": "USR1", "grace": 10,
        "group": None, "created": 0.0, "who": "me@here", "shell": None,
    }  # fmt: skip


class _Followed:
    """A log that is followed until the block is left; its bytes are taken and dropped."""

    def __init__(self, link: Link, path: Path) -> None:
        self._stream = link.log(path=str(path), follow=True, tail=1 << 16, credit=1 << 16)

    async def __aenter__(self) -> None:
        await self._stream.opened()
        self._task = asyncio.create_task(self._take())

    async def __aexit__(self, *exc: object) -> None:
        self._task.cancel()
        await asyncio.wait([self._task])
        await self._stream.aclose()

    async def _take(self) -> None:
        async for _ in self._stream:
            pass


FAMILY = Family(
    (BYTES, CPU, SERVE_CPU, SERVE_RSS, MANY_CPU, MANY_RSS, SUPERVISE_CPU, SUPERVISE_RSS), WINDOW + 30, measure
)

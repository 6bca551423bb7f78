"""Points of a live run on a host behind a real sshd: there within a second, none missing, none twice.

The console is closed and opened again in between, and the run's supervisor is killed while nobody looks.
"""

from __future__ import annotations

import asyncio
import os
import signal
import sys
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from statistics import median

import pytest

from nerotui import Fleet, RunSpec
from nerotui.agent.queue.queue import Queue
from nerotui.agent.run.layout import Root
from nerotui.config import Config, HostConfig
from tests.rigs.sshd import SshFarm, start_farm

pytestmark = pytest.mark.sshd

STEPS, PAUSE = 160, 0.1
#: Prints each step, and when; writes it to a table too, and each tenth step something that only the table has.
PROGRAM = f"""
import os, time
with open("metrics.csv", "w") as file:
    file.write("step,loss,val_loss\\n")
for step in range({STEPS}):
    now = time.time()
    print("step %d/{STEPS} loss %.6f lr 0.1" % (step, now), flush=True)
    with open("metrics.csv", "a") as file:
        file.write("%d,%.6f,%s\\n" % (step, now, step if step % 10 == 0 else ""))
    time.sleep({PAUSE})
"""


class Seen:
    """What a console has of a run's curves, as it comes."""

    def __init__(self) -> None:
        self.points: dict[str, list[tuple[float, float]]] = {}
        self.late: list[float] = []
        self._live = False

    async def follow(self, fleet: Fleet, run: str, until: int) -> None:
        """Follows until a step is there."""
        async with fleet.points(run, follow=True) as batches:
            async for batch in batches:
                now = time.time()
                if batch.reset:
                    self.points.clear()
                for series in batch.series:
                    self.points.setdefault(series.name, []).extend((x, value) for x, value, _ in series.points)
                    if self._live and series.name == "loss":
                        self.late += [now - value for _, value, _ in series.points]
                self._live = self._live or batch.done
                if any(x >= until for x, _ in self.points.get("loss", ())):
                    return


@pytest.fixture
def farm(tmp_path: Path) -> Iterator[SshFarm]:
    with start_farm(tmp_path / "sshd", ("a",)) as farm:
        yield farm


@asynccontextmanager
async def console(root: Path) -> AsyncIterator[Fleet]:
    config = Config(hosts={"a": HostConfig(name="a", root=str(root), dir="~")})
    async with Fleet(config) as fleet:
        assert await fleet.settled(30) == []
        yield fleet


async def test_points_come_within_a_second_and_once(
    farm: SshFarm, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    root, work = tmp_path / "root", tmp_path / "work"
    work.mkdir()
    (work / "train.py").write_text(PROGRAM)
    monkeypatch.setenv("NEROTUI_SSH_CONFIG", str(farm.config))
    first, second = Seen(), Seen()
    async with console(root) as fleet:
        spec = RunSpec(command=(sys.executable, "train.py"), dir=str(work))
        run, _ = await fleet.submit(spec, "a")
        async with asyncio.timeout(60):
            await first.follow(fleet, run.id, STEPS // 3)
    claim = Queue(Root(str(root)).queue("a")).of_run(run.id)
    assert claim is not None
    assert claim.claimant is not None
    os.kill(claim.claimant.pid, signal.SIGKILL)
    async with console(root) as fleet:
        async with asyncio.timeout(60):
            await second.follow(fleet, run.id, STEPS - 1)
        ended = await fleet.wait(run.id, 30)
        assert ended.state == "done"
        async with asyncio.timeout(30):
            whole = Seen()
            await whole.follow(fleet, run.id, STEPS - 1)
    print(f"late by {median(second.late):.2f} s, at most {max(second.late):.2f} s")
    for seen in (second, whole):
        assert [x for x, _ in seen.points["loss"]] == list(range(STEPS))
    assert [x for x, _ in whole.points["val_loss"]] == list(range(0, STEPS, 10))
    assert [x for x, _ in whole.points["lr"]] == list(range(STEPS))
    for seen in (first, second):
        assert len(seen.late) > 20
        assert median(seen.late) < 1.0

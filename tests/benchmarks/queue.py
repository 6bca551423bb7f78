"""A thousand runs of a command that does nothing on two slots, against the same jobs in Slurm or a floor without it."""

from __future__ import annotations

import asyncio
import os
import subprocess
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from nerotui.channels.fake import FakeChannel
from nerotui.channels.link import Link
from nerotui.core.spec import new_id
from tests.benchmarks.family import Family
from tests.benchmarks.measure import until
from tests.benchmarks.place import Place
from tests.benchmarks.rows import Row, against, at_most, figure
from tests.rigs.slurm.cluster import missing, start_slurm

SPEED = "queue of 1,000 runs of true on 2 slots, per run"
ONCE = "queue of 1,000 runs: lost, or run twice"
RUNS = 1000
SUBMITTED_AT_ONCE = 8
#: On a machine that is too busy for a thousand, as many are submitted as it takes in so many seconds.
SECONDS = 20.0
#: What a run that starts exactly once cannot do without: the files of design section 3 that are flushed to disk.
FLUSHES = 8
#: What Slurm gets: as many jobs as tell, on nodes that claim more processors than the machine has.
JOBS, NODES, CPUS = 200, 3, 4


def measure(place: Place) -> Iterator[Row]:
    """Each run appends its id to one file, which is counted at the end."""
    told = place.folder / "told"
    told.touch()
    seconds, given = asyncio.run(_run_all(place, told))
    count = Counter(told.read_text().split())
    wrong = (given - len(count)) + sum(times - 1 for times in count.values())
    if not missing():
        name = f"{JOBS} in Slurm on {NODES * CPUS} CPUs"
        yield against(SPEED, 1000 * seconds / given, name, 1000 * _slurm(place.folder), "ms", 0.5, "≤ 0.5 x Slurm")
    else:
        ours, floor = seconds / given, _floor(place.folder)
        yield Row(
            what=SPEED,
            ours=figure(1000 * ours, "ms"),
            peer=f"no Slurm; a loop forking sh, {FLUSHES} flushes each: {figure(1000 * floor, 'ms')}",
            ratio=ours / floor,
            budget="≤ 0.5 x Slurm",
            verdict="not measured: there is no Slurm here",
        )
    yield at_most(ONCE, wrong, "runs", 0)


async def _run_all(place: Place, told: Path) -> tuple[float, int]:
    """Seconds from the first submit until the last run has told its id, and how many were submitted in the time."""
    link = await Link.open(FakeChannel("here", place.folder / "here"), slots=2)
    async with link:
        await link.request("watch", stats=0, runs=True)
        started = time.perf_counter()
        waiting = iter(range(RUNS))
        given = 0

        async def submit() -> None:
            nonlocal given
            for _ in waiting:
                if time.perf_counter() - started > SECONDS:
                    return
                await link.request("submit", 60, spec=_spec(told), who="me@here", held=False)
                given += 1

        await asyncio.gather(*(submit() for _ in range(SUBMITTED_AT_ONCE)))
        await asyncio.to_thread(until, lambda: told.stat().st_size >= 9 * given, "all have run", seconds=3 * SECONDS)
        return time.perf_counter() - started, given


def _spec(told: Path) -> dict[str, object]:
    command = ["/bin/sh", "-c", f"echo $NEROTUI_RUN_ID >> {told}"]
    return {
        "id": new_id(), "name": "true", "command": command, "dir": "/", "env": {}, "setup": None, "gpus": None,
        "params": {}, "resume": None, "checkpoint": None, "yield_signal": "USR1", "grace": 10, "group": None,
        "created": time.time(), "who": "me@here", "shell": None,
    }  # fmt: skip


def _floor(folder: Path) -> float:
    """Seconds a job of a program that keeps no promises: small files flushed to the same disk, a shell forked."""
    jobs = 100
    started = time.perf_counter()
    for job in range(jobs):
        base = folder / f"floor-{job}"
        base.mkdir()
        for number in range(FLUSHES):
            with (base / str(number)).open("w") as file:
                file.write("{}")
                file.flush()
                os.fsync(file.fileno())
        subprocess.run(["/bin/sh", "-c", "echo hi >> /dev/null"], check=True)
    return (time.perf_counter() - started) / jobs


def _slurm(folder: Path) -> float:
    """Seconds a job of those that Slurm is given as fast as it takes them, on more processors than we have slots."""
    told = folder / "slurm-told"
    told.touch()
    with start_slurm(folder / "slurm", nodes=NODES, cpus=CPUS) as slurm:
        environment = {**os.environ, **slurm.env}
        wrap = ["sbatch", "--parsable", "-o", "/dev/null", "--wrap", f"echo hi >> {told}"]
        started = time.perf_counter()
        for _ in range(JOBS):
            subprocess.run(wrap, env=environment, cwd="/", check=True, capture_output=True)
        until(lambda: told.stat().st_size >= 3 * JOBS, "Slurm has run all", seconds=3 * SECONDS)
        return (time.perf_counter() - started) / JOBS


FAMILY = Family((SPEED, ONCE), 110, measure)

"""How fast points are found in a log's text, with `grep -c loss` beside it as the machine's own speed."""

from __future__ import annotations

import math
import random
import sys
from collections.abc import Iterator
from pathlib import Path
from statistics import median

from tests.benchmarks.family import Family
from tests.benchmarks.measure import command
from tests.benchmarks.place import REPOSITORY, Place
from tests.benchmarks.rows import NotMeasured, Row, at_least, figure
from tests.pythons import interpreters

FIFTH, NONE = "metric extraction, a fifth of the lines", "metric extraction, no line"
OLD, NEW = "Python 3.6", "the newest Python"
SIZE = 16 << 20

# Run by the interpreter under test: reads a file as the supervisor would, in blocks, and prints seconds and points.
PROGRAM = """
import sys, time
sys.path.insert(0, sys.argv[1])
from nerotui.agent.metrics.reader import Reader
reader, points, offset = Reader(), 0, 0
with open(sys.argv[2], "rb") as file:
    data = file.read()
started = time.process_time()
for offset in range(0, len(data), 1 << 16):
    points += len(reader.feed(data[offset : offset + (1 << 16)], offset, 0.0))
print(time.process_time() - started, points)
"""

NOISE = (
    "2026-11-21 09:21:{second:02d},{milli:03d} INFO worker {worker} read shard-{shard:05d}.tar "
    "in {time:.3f} s, queue {queue}, free {free:.1f} GB",
    "[{second:02d}:{milli:03d}] DEBUG dataloader: sample {sample} of cache {shard} kept, "
    "{free:.2f} GB resident, prefetch {queue}",
    "WARNING: image /data/imagenet/n{shard:08d}/n{sample:08d}.JPEG has {queue} channels "
    "and was converted to RGB instead",
    "Saving state of optimizer {queue} into /scratch/alice/exp-{shard}/ckpt-{sample}.pt "
    "took {time:.2f} seconds, {free:.1f} GB left there",
)
METRIC = (
    "epoch {epoch} it {step}/250200 loss {loss:.4f} lr {lr:.6f} acc {acc:.2f} img/s {speed:.1f} "
    "grad_norm {norm:.3f} eta 1:{second:02d}:11"
)


def measure(place: Place) -> Iterator[Row]:
    """Both mixes on the oldest and the newest interpreter that is here."""
    found = interpreters()
    newest = list(found)[-1] if found else ""
    # As in the bundle: the agent's package below an empty one.
    package = place.folder / "nerotui"
    package.mkdir()
    (package / "__init__.py").touch()
    (package / "agent").symlink_to(REPOSITORY / "nerotui/agent")
    cases = [(OLD, found.get("3.6")), (NEW, found.get(newest, sys.executable))]
    for what, share, limit in ((FIFTH, 5, 20), (NONE, 0, 60)):
        path = place.folder / f"log-{share}"
        lines = _write(path, share)
        grep = median(command(["grep", "-c", "loss", str(path)]).cpu for _ in range(5))
        for name, python in cases:
            if python is None:
                continue
            seconds, points = _extract(python, path)
            if points != lines:
                raise AssertionError(f"{points} points in {lines} lines with a metric")
            yield at_least(
                f"{what}, {name}",
                path.stat().st_size / 1e6 / seconds,
                "MB/s",
                limit,
                peer=f"grep -c loss {figure(path.stat().st_size / 1e6 / grep, 'MB/s')}",
            )
    if cases[0][1] is None:
        raise NotMeasured("there is no Python 3.6 here")


def _extract(python: str, path: Path) -> tuple[float, int]:
    times, points = [], 0
    for _ in range(3):
        taken = command([python, "-S", "-E", "-c", PROGRAM, str(path.parent), str(path)])
        if taken.code:
            raise RuntimeError(f"{python} could not read {path}")
        seconds, count = taken.output.split()
        times.append(float(seconds))
        points = int(count)
    return median(times), points


def _write(path: Path, every: int) -> int:
    """A log of which each `every`th line holds metrics; returns how many do."""
    rng = random.Random(7)
    metrics = written = number = 0
    with path.open("w") as file:
        while written < SIZE:
            values = {
                "second": number % 60,
                "milli": rng.randrange(1000),
                "worker": rng.randrange(16),
                "shard": rng.randrange(100_000),
                "sample": rng.randrange(10**7),
                "time": rng.random(),
                "queue": rng.randrange(64),
                "free": 500 * rng.random(),
            }
            if every and number % every == 0:
                metrics += 1
                line = METRIC.format(
                    epoch=number // 50_000,
                    step=number,
                    loss=2 * math.exp(-number / 1e5) + rng.random() / 10,
                    lr=0.1 * 0.99 ** (number // 1000),
                    acc=100 * rng.random(),
                    speed=2841 + rng.random(),
                    norm=rng.random(),
                    **values,
                )
            else:
                line = NOISE[rng.randrange(4)].format(**values)
            written += file.write(line + "\n")
            number += 1
    return metrics


FAMILY = Family(tuple(f"{what}, {name}" for what in (FIFTH, NONE) for name in (OLD, NEW)), 35, measure)

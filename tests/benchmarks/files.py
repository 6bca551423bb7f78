"""How fast points are found in files of metrics: a table, an event file, a document; oldest and newest Python."""

from __future__ import annotations

import json
import random
import struct
import sys
from collections.abc import Iterator
from pathlib import Path
from statistics import median

from nerotui.agent.metrics.files.crc32c import masked
from tests.benchmarks.family import Family
from tests.benchmarks.measure import command
from tests.benchmarks.place import REPOSITORY, Place
from tests.benchmarks.rows import NotMeasured, Row, at_least, figure
from tests.pythons import interpreters

KINDS = ("a table", "an event file, checksums verified", "trainer_state.json")
OLD, NEW = "Python 3.6", "the newest Python"
ROWS = 60_000
#: Points a second: a program that writes a thousand points a second takes 2 % of a core to follow.
LEAST = 50_000

# Run by the interpreter under test: reads a file as the supervisor would, and prints seconds and points.
PROGRAM = """
import sys, time
sys.path.insert(0, sys.argv[1])
from nerotui.agent.metrics.files.anyfile import AnyReader
reader, points = AnyReader(sys.argv[2]), 0
with open(sys.argv[2], "rb") as file:
    data = file.read()
started = time.process_time()
for offset in range(0, len(data), 1 << 18):
    points += len(reader.feed(data[offset : offset + (1 << 18)], offset, 0.0))
print(time.process_time() - started, points)
"""


def measure(place: Place) -> Iterator[Row]:
    """Each kind on the oldest and the newest interpreter that is here, beside `cat`."""
    found = interpreters()
    newest = list(found)[-1] if found else ""
    package = place.folder / "nerotui"
    package.mkdir()
    (package / "__init__.py").touch()
    (package / "agent").symlink_to(REPOSITORY / "nerotui/agent")
    paths = (_table(place.folder), _events(place.folder), _document(place.folder))
    for what, path in zip(KINDS, paths, strict=True):
        megabytes = path.stat().st_size / 1e6
        cat = median(command(["cat", str(path)]).cpu for _ in range(5))
        for name, python in ((OLD, found.get("3.6")), (NEW, found.get(newest, sys.executable))):
            if python is None:
                continue
            seconds = _read(python, path)
            peer = f"{figure(megabytes / seconds, 'MB/s')}, cat {figure(megabytes / max(cat, 1e-4), 'MB/s')}"
            yield at_least(f"points of {what}, {name}", ROWS / seconds, "points/s", LEAST, peer=peer)
    if "3.6" not in found:
        raise NotMeasured("there is no Python 3.6 here")


def _read(python: str, path: Path) -> float:
    times = []
    for _ in range(3):
        taken = command([python, "-S", "-E", "-c", PROGRAM, str(path.parent), str(path)])
        if taken.code:
            raise RuntimeError(f"{python} could not read {path}")
        seconds, count = taken.output.split()
        if int(count) != ROWS:
            raise AssertionError(f"{int(count)} points in {ROWS} rows of {path}")
        times.append(float(seconds))
    return median(times)


def _table(folder: Path) -> Path:
    rng = random.Random(7)
    path = folder / "metrics.csv"
    with path.open("w") as file:
        file.write("epoch,step,train_loss,train_acc,lr,grad_norm,val_loss\n")
        for row in range(ROWS):
            validation = f"{rng.random():.5f}" if row % 100 == 0 else ""
            numbers = ",".join(f"{rng.random():.5f}" for _ in range(4))
            file.write(f"{row // 1000},{row},{numbers},{validation}\n")
    return path


def _events(folder: Path) -> Path:
    rng = random.Random(7)
    path = folder / "events.out.tfevents.1700000000.host.1.0"
    tags = (b"train/loss", b"train/accuracy", b"learning_rate", b"grad_norm")
    with path.open("wb") as file:
        for row in range(ROWS):
            tag = tags[row % 4]
            inner = b"\x0a" + bytes([len(tag)]) + tag + b"\x15" + struct.pack("<f", rng.random())
            summary = b"\x0a" + bytes([len(inner)]) + inner
            step = bytes([row // 4 & 127 | 128, row // 512 & 127])
            event = (
                b"\x09" + struct.pack("<d", 1.7e9 + row) + b"\x10" + step + b"\x2a" + bytes([len(summary)]) + summary
            )
            head = struct.pack("<Q", len(event))
            file.write(head + struct.pack("<I", masked(head)) + event + struct.pack("<I", masked(event)))
    return path


def _document(folder: Path) -> Path:
    rng = random.Random(7)
    path = folder / "trainer_state.json"
    history = [
        {"epoch": row / 1000, "grad_norm": rng.random(), "learning_rate": 1e-4, "loss": rng.random(), "step": row}
        for row in range(ROWS)
    ]
    path.write_text(json.dumps({"global_step": ROWS, "log_history": history}, indent=2))
    return path


FAMILY = Family(tuple(f"points of {what}, {name}" for what in KINDS for name in (OLD, NEW)), 60, measure)

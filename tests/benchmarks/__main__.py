"""Prints every budget beside its peer or limit: python -m tests.benchmarks [NAME…]

Each family runs in a process and a place of its own, with a time box. Being slow is no failure: the exit code is 1 only
where a benchmark broke.
"""

from __future__ import annotations

import importlib
import os
import signal
import subprocess
import sys
import time
import traceback
from pathlib import Path
from types import FrameType
from typing import BinaryIO

import msgspec

from tests.benchmarks.family import Family
from tests.benchmarks.place import REPOSITORY, Place, sweep
from tests.benchmarks.rows import NotMeasured, Row, missing, table

NAMES = (
    "frame",
    "once",
    "keys",
    "cells",
    "logview",
    "quiet",
    "live",
    "flood",
    "biglog",
    "curve",
    "metrics",
    "files",
    "queue",
    "crowd",
    "cluster",
)


def load(name: str) -> Family:
    """The family of a file beside this one."""
    found: Family = importlib.import_module(f"tests.benchmarks.{name}").FAMILY
    return found


def main(names: list[str]) -> int:
    """Runs families, prints the table, and returns the exit code."""
    unknown = [name for name in names if name not in NAMES]
    if unknown:
        print(f"no such benchmark: {', '.join(unknown)}; there are {', '.join(NAMES)}", file=sys.stderr)
        return 2
    rows: list[Row] = []
    broken: list[str] = []
    begun = time.monotonic()
    for name in names or NAMES:
        print(f"{name} …", file=sys.stderr, end="", flush=True)
        started = time.monotonic()
        found, whole = run(name)
        rows += found
        if not whole:
            broken.append(name)
        print(f" {time.monotonic() - started:.1f} s", file=sys.stderr)
    print(table(rows))
    print(f"\n{len(rows)} budgets in {time.monotonic() - begun:.0f} s on {os.cpu_count()} cores; compare ratios.")
    if broken:
        print(f"broke: {', '.join(broken)}", file=sys.stderr)
    return 1 if broken else 0


def run(name: str) -> tuple[list[Row], bool]:
    """Runs a family in a process of its own: a row for each of its budgets, and whether it came to its end."""
    family = load(name)
    with Place() as place:
        process = subprocess.Popen(
            [sys.executable, "-m", "tests.benchmarks", "--family", name, str(place.folder)],
            cwd=REPOSITORY,
            stdout=subprocess.PIPE,
        )
        # A family that is over its time is asked to end; one that does not is killed, and its place swept either way.
        try:
            output, _ = process.communicate(timeout=family.seconds)
        except subprocess.TimeoutExpired:
            process.terminate()
            try:
                output, _ = process.communicate(timeout=10)
            except subprocess.TimeoutExpired:
                process.kill()
                output, _ = process.communicate()
        finally:
            sweep(place.folder)
    rows, why, whole = [], "it broke; see above", process.returncode == 0
    for line in output.splitlines():
        said = msgspec.json.decode(line, type=dict[str, object])
        if "why" in said:
            why, whole = str(said["why"]), bool(said["whole"])
        else:
            rows.append(msgspec.convert(said, Row))
    had = {row.what for row in rows}
    return rows + [missing(what, why) for what in family.budgets if what not in had], whole


def measure(name: str, folder: Path, out: BinaryIO) -> int:
    """Does a family's measurements in this process, each row a line of JSON on `out`."""
    family = load(name)

    def say(value: object) -> None:
        out.write(msgspec.json.encode(value) + b"\n")
        out.flush()

    def over(_number: int, _frame: FrameType | None) -> None:
        raise NotMeasured(f"not done within {family.seconds:g} s")

    signal.signal(signal.SIGTERM, over)
    try:
        with Place(folder) as place:
            for row in family.measure(place):
                say(row)
    except NotMeasured as error:
        say({"why": str(error), "whole": True})
    except Exception as error:
        traceback.print_exc()
        say({"why": f"it broke: {type(error).__name__}: {str(error)[:100]}", "whole": False})
        return 1
    return 0


if __name__ == "__main__":
    if sys.argv[1:2] == ["--family"]:
        # What a benchmark prints by the way must not fall among the rows.
        with os.fdopen(os.dup(1), "wb") as rows:
            os.dup2(2, 1)
            sys.exit(measure(sys.argv[2], Path(sys.argv[3]), rows))
    sys.exit(main(sys.argv[1:]))

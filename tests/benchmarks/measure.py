"""Clocks and counters: CPU time of a process to the nanosecond, its memory, and pairs taken turn and turn about."""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from statistics import median
from typing import NamedTuple

MIB = 1 << 20


class Taken(NamedTuple):
    """What a command took: seconds on the clock, and of CPU in it and its children."""

    wall: float
    cpu: float
    code: int
    output: bytes


def command(argv: Sequence[str], env: Mapping[str, str] | None = None, *, deadline: float = 60.0) -> Taken:
    """Runs a command to its end, its output read, its errors dropped."""
    started = time.perf_counter()
    with subprocess.Popen(
        argv, env=env, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    ) as process:
        assert process.stdout is not None
        output = process.stdout.read()
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    wall = time.perf_counter() - started
    if wall > deadline:
        raise TimeoutError(f"{argv[0]} took {wall:.0f} s")
    return Taken(wall, usage.ru_utime + usage.ru_stime, process.returncode, output)


def paired(
    first: Callable[[], float], second: Callable[[], float], times: int, *, seconds: float = 1e9
) -> tuple[float, float]:
    """Medians of two measurements taken in turn, so that what drifts on the machine meets both alike.

    Args:
        first: one measurement.
        second: the other.
        times: how many pairs.
        seconds: no new pair is begun after so long; at least one is taken.
    """
    ours: list[float] = []
    others: list[float] = []
    end = time.monotonic() + seconds
    for turn in range(times):
        if turn and time.monotonic() > end:
            break
        for take, values in ((first, ours), (second, others))[:: 1 if turn % 2 else -1]:
            values.append(take())
    return median(ours), median(others)


def cpu_seconds(pid: int) -> float:
    """CPU time of a process with all its threads, ended ones too, to the nanosecond."""
    return time.clock_gettime((~pid << 3) | 2)


def rss(pid: int) -> int:
    """Bytes of memory that a process has in RAM."""
    return _status(pid, "VmRSS")


def peak_rss(pid: int) -> int:
    """The most that `rss` ever was."""
    return _status(pid, "VmHWM")


def private(pid: int) -> int:
    """Bytes that only this process has in RAM; for forked ones, whose `rss` counts what they share."""
    text = Path(f"/proc/{pid}/smaps_rollup").read_text()
    fields = ("Private_Clean:", "Private_Dirty:")
    return sum(int(line.split()[1]) << 10 for line in text.splitlines() if line.startswith(fields))


def _status(pid: int, field: str) -> int:
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith(field + ":"):
            return int(line.split()[1]) << 10
    raise ProcessLookupError(f"process {pid} is gone")


class Share:
    """How much of a core some processes take between two moments."""

    def __init__(self, pids: Iterable[int]) -> None:
        self._before = {pid: cpu_seconds(pid) for pid in pids}
        self._started = time.perf_counter()

    def percent(self) -> float:
        """Percent of one core since it was made, all processes together."""
        taken = sum(cpu_seconds(pid) - before for pid, before in self._before.items())
        return 100 * taken / (time.perf_counter() - self._started)


def until(condition: Callable[[], bool], what: str, *, seconds: float = 20.0, every: float = 0.02) -> None:
    """Waits until something is so.

    Raises:
        TimeoutError: it was not, within `seconds`.
    """
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            raise TimeoutError(f"after {seconds:g} s still not: {what}")
        time.sleep(every)

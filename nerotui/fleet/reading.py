"""Single questions to a run's host, and waiting for its end."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import msgspec

from nerotui.channels.streams import LogBytes
from nerotui.core.records import Diagnosis, Load, Run, RunDetail
from nerotui.core.text import clean
from nerotui.errors import NoSuchRun, Refused
from nerotui.fleet import decode
from nerotui.fleet.change import Change
from nerotui.fleet.follow import what
from nerotui.fleet.host import HostTask
from nerotui.fleet.model import Model

#: Seconds that a dry run over a long log may take.
DRY_RUN = 600.0


#: What people call schedulers.
TITLES = {"slurm": "Slurm", "gridengine": "Grid Engine"}


class LogLine(msgspec.Struct, frozen=True, kw_only=True):
    """Which line of a log an offset is in, from 1.

    Attributes:
        exact: whether it was counted, not estimated.
        total: how many lines the log has, or None.
    """

    line: int
    exact: bool = True
    total: int | None = None


def host_of(model: Model, tasks: Mapping[str, HostTask], run_id: str) -> HostTask:
    """The task of the host that a run is shown under.

    Raises:
        NoSuchRun: no host reported it.
    """
    run = model.runs.get(run_id)
    if run is None:
        raise NoSuchRun(f"no host reported a run {run_id}")
    return tasks[run.host]


async def wait(model: Model, run_id: str, timeout: float | None) -> Run:
    """Waits until a run's attempt is over, or `timeout` seconds."""
    changed = asyncio.Event()

    def hear(change: Change) -> None:
        if run_id in change.runs:
            changed.set()

    unsubscribe = model.changes.subscribe(hear)
    try:
        async with asyncio.timeout(timeout):
            while True:
                run = _known(model, run_id)
                if run.over and not run.stale and run.pending is None:
                    return run
                await changed.wait()
                changed.clear()
    except TimeoutError:
        return _known(model, run_id)
    finally:
        unsubscribe()


async def read_log(task: HostTask, run_id: str, offset: int, length: int, path: str | None = None) -> tuple[bytes, int]:
    """Bytes of a log and its size."""
    link, _ = await task.ready()
    pieces: list[bytes] = []
    async with link.log(**what(run_id, path), offset=offset, length=length) as stream:
        size = int((await stream.opened())["size"])
        async for item in stream:
            if isinstance(item, LogBytes):
                pieces.append(item.data)
            elif item.event == "error":
                raise Refused(f"{task.name}: {clean(item.message)}")
            else:
                break
    return b"".join(pieces)[:length], size


async def find_in_log(
    task: HostTask, run_id: str, pattern: str, how: dict[str, Any], timeout: float, path: str | None = None
) -> tuple[int, int] | None:
    """Where a pattern is found."""
    reply = await task.request("log_find", timeout, **what(run_id, path), pattern=pattern, **how)
    match = reply.get("match")
    return (int(match[0]), int(match[1])) if match else None


async def log_line(task: HostTask, run_id: str, offset: int, path: str | None = None) -> LogLine:
    """The number of a line."""
    reply = await task.request("log_lines", 60.0, **what(run_id, path), offset=offset)
    with decode.understanding(task.name, "a line's number"):
        return msgspec.convert(reply, LogLine)


def waits(run: Run) -> str:
    """In one sentence, why a scheduler's job waits, and when it is expected to start."""
    if not run.waiting:
        return ""
    title = TITLES.get(run.backend or "", run.backend or "its scheduler")
    where = f" in {run.queue}" if run.queue else ""
    why = run.reason or f"{title} has not said yet why it waits"
    start = ""
    if run.expected is not None:
        moment = datetime.fromtimestamp(run.expected).astimezone()
        start = f"; {title} expects to start it at {moment:%Y-%m-%d %H:%M}"
    return f"job {run.job} of {title}{where}: {why}{start}"


def points_args(max_points: int | None, names: Sequence[str] | None, follow: bool) -> dict[str, Any]:
    """What the agent is told about the points that are wanted."""
    return {
        "max_points": max_points,
        "names": list(names) if names is not None else None,
        "raw": max_points is None and not follow,
    }


async def load(task: HostTask, run_id: str, most: int) -> Load:
    """Load over time."""
    reply = await task.request("load", run=run_id, max=most)
    with decode.understanding(task.name, "the load"):
        return decode.load(reply)


async def show(task: HostTask, run_id: str) -> RunDetail:
    """A run's record."""
    reply = await task.request("show", run=run_id)
    with decode.understanding(task.name, f"run {run_id}"):
        return decode.detail(reply, task.name)


async def diagnosis(task: HostTask, what: dict[str, str], rules: Sequence[str]) -> Diagnosis:
    """What a dry run tells."""
    reply = await task.request("diagnose", DRY_RUN, stop=list(rules), **what)
    with decode.understanding(task.name, "the diagnosis"):
        return decode.diagnosis(reply)


async def tree(task: HostTask, run_id: str) -> list[dict[str, Any]]:
    """A run's processes."""
    reply = await task.request("tree", run=run_id)
    return [
        {key: clean(value) if isinstance(value, str) else value for key, value in process.items()}
        for process in reply.get("processes") or ()
    ]


def _known(model: Model, run_id: str) -> Run:
    run = model.runs.get(run_id)
    if run is None:
        raise NoSuchRun(f"run {run_id} is not known, or was removed")
    return run

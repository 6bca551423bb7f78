"""Giving runs to real schedulers through the Python API: together, across cuts, and what was left half done."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from nerotui import config
from nerotui.agent.states import RunState
from nerotui.backends.engine import BatchBackend
from nerotui.core.records import Run
from nerotui.core.spec import RunSpec, document, new_id
from nerotui.errors import Disconnected, Refused
from nerotui.fleet import Fleet, book, settling
from tests.rigs.cluster.cluster import NAME, Cluster

pytestmark = [pytest.mark.root, pytest.mark.timeout(120)]

each = pytest.mark.parametrize("cluster", ["slurm-noacct", "gridengine"], indirect=True)
slurm = pytest.mark.parametrize("cluster", ["slurm-noacct"], indirect=True)


@asynccontextmanager
async def connected(cluster: Cluster, folder: Path, **more: Any) -> AsyncIterator[Fleet]:
    """The user's fleet, up."""
    async with Fleet(config.load(cluster.config(folder)), hosts=[NAME], cache=False, **more) as fleet:
        await fleet.settled(30)
        assert fleet.hosts[NAME].state == "up", fleet.hosts[NAME]
        yield fleet


async def until(fleet: Fleet, run_id: str, true: Callable[[Run], object], seconds: float = 40.0) -> Run:
    """Waits until a run is so."""
    deadline = time.monotonic() + seconds
    while not ((run := fleet.runs.get(run_id)) and true(run)):
        assert time.monotonic() < deadline, (run, fleet.hosts[NAME].jobs_note, fleet.messages)
        await asyncio.sleep(0.05)
    return run


def said(script: str, **more: Any) -> RunSpec:
    return RunSpec(command=("/bin/sh", "-c", script), name=more.pop("name", "said"), dir="~", **more)


def submissions(cluster: Cluster, since: float) -> int:
    return sum(1 for _, name in cluster.asked(since) if name in ("sbatch", "qsub"))


@each
async def test_a_sweep_goes_in_as_one_array_and_each_task_is_a_run_of_its_own(cluster: Cluster, tmp_path: Path) -> None:
    begun = time.time()
    async with connected(cluster, tmp_path) as fleet:
        specs = [said(f"echo this is {number}; exit {number}", name=f"sweep {number}") for number in range(3)]
        runs = [run for run, _ in await fleet.submit_many(specs, NAME)]
        assert submissions(cluster, begun) == 1
        assert len({str(run.job).replace(".", "_").partition("_")[0] for run in runs}) == 1
        for number, run in enumerate(runs):
            ended = await until(fleet, run.id, lambda run: run.over)
            assert (ended.exit_code, ended.name) == (number, f"sweep {number}")
            assert (await fleet.read_log(run.id, 0, 100))[0] == b"this is %d\n" % number
        tasks = {run.job for run in runs}
        assert not [run for run in fleet.runs.values() if run.foreign and run.job in tasks]
        # One of them again is a job of its own.
        again = await fleet.act(runs[1].id, "retry")
        assert again.attempt == 2
        await until(fleet, runs[1].id, lambda run: run.over and run.attempt == 2)
        assert submissions(cluster, begun) == 2


@each
async def test_a_refused_array_leaves_no_run_behind(cluster: Cluster, tmp_path: Path) -> None:
    async with connected(cluster, tmp_path) as fleet:
        wrong = {"slurm": ("--partition=nosuch",), "gridengine": ("-l", "nosuch=1")}
        with pytest.raises(Refused, match=r"invalid partition|unknown resource"):
            await fleet.submit_many([said("true", **wrong)] * 2, NAME)
        await until_own(fleet, 0)
    assert os.listdir(cluster.home / tmp_path.name / ".nerotui/runs") == []


async def until_own(fleet: Fleet, count: int) -> None:
    """Waits until there are so many runs; jobs of tests before, which a scheduler lists for a while, do not count."""
    deadline = time.monotonic() + 10
    while len(own := [run for run in fleet.runs.values() if not run.foreign]) != count:
        assert time.monotonic() < deadline, own
        await asyncio.sleep(0.05)


@each
async def test_a_line_cut_after_the_submission_loses_nothing_and_submits_no_second_job(
    cluster: Cluster, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun = time.time()
    note = BatchBackend.note
    cuts: list[str] = []

    async def cut(self: BatchBackend, link: Any, record: Any, job: str, argv: Any) -> Any:
        if not cuts:
            cuts.append(job)
            await link.close()
            raise Disconnected("the line was cut")
        return await note(self, link, record, job, argv)

    monkeypatch.setattr(BatchBackend, "note", cut)
    async with connected(cluster, tmp_path) as fleet:
        run, _ = await fleet.submit(said("echo once"), NAME)
        assert [run.job] == cuts
        ended = await until(fleet, run.id, lambda run: run.over)
        assert ended.state is RunState.DONE
        assert (await fleet.read_log(run.id, 0, 100))[0] == b"once\n"
        await until_own(fleet, 1)
    assert submissions(cluster, begun) == 1


@each
async def test_what_was_left_without_a_job_is_handed_in_by_whoever_looks_but_not_by_who_only_looks(
    cluster: Cluster, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(book, "UNCLAIMED", 0.5)
    begun = time.time()
    async with connected(cluster, tmp_path) as fleet:
        link, backend = await fleet._task(NAME).ready()
        what = document(said("echo at last"), run_id=new_id(), created=begun, who="me")
        await link.request("submit", 20.0, spec={**what, "backend": backend.name}, who="me", held=False)
    run_id = str(what["id"])
    async with connected(cluster, tmp_path, readonly=True) as fleet:
        task = fleet._task(NAME)
        assert task.jobs is not None
        for _ in range(3):
            await task.jobs.look()
            await asyncio.sleep(0.3)
        assert fleet.runs[run_id].state is RunState.QUEUED
        assert fleet.runs[run_id].job is None
    assert submissions(cluster, begun) == 0
    async with connected(cluster, tmp_path) as fleet:
        await until(fleet, run_id, lambda run: run.state is RunState.DONE)
    assert submissions(cluster, begun) == 1


@slurm
async def test_what_the_scheduler_suspended_is_shown_so_and_a_kill_does_not_wait_for_its_supervisor(
    cluster: Cluster, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(settling, "BEYOND", 1.0)
    async with connected(cluster, tmp_path) as fleet:
        run, _ = await fleet.submit(said("sleep 1000"), NAME)
        await until(fleet, run.id, lambda run: run.state is RunState.RUNNING)
        cluster.scheduler.run("scontrol", "suspend", str(run.job))
        paused = await until(fleet, run.id, lambda run: run.state is RunState.PAUSED)
        assert paused.reason == "suspended by Slurm"
        with pytest.raises(Refused, match="only administrators"):
            await fleet.act(run.id, "thaw")
        await fleet.act(run.id, "kill", grace=0.5)
        ended = await until(fleet, run.id, lambda run: run.over)
        assert ended.state is RunState.KILLED


@slurm
async def test_a_chain_of_runs_waits_and_what_would_wait_for_ever_is_refused(cluster: Cluster, tmp_path: Path) -> None:
    async with connected(cluster, tmp_path) as fleet:
        first, _ = await fleet.submit(said("sleep 2; exit 1", name="first"), NAME)
        second, _ = await fleet.submit(said("true", name="second", after_any=(first.id,)), NAME)
        waits = await until(fleet, second.id, lambda run: run.reason)
        assert waits.state is RunState.QUEUED
        assert "job" in await fleet.why(second.id)
        await until(fleet, second.id, lambda run: run.state is RunState.DONE)
        with pytest.raises(Refused, match="would wait for ever: first"):
            await fleet.submit(said("true", after=(first.id,)), NAME)
        third, _ = await fleet.submit(said("true", after=(second.id,)), NAME)
        await until(fleet, third.id, lambda run: run.state is RunState.DONE)

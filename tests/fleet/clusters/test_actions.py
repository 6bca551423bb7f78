"""What is asked of waiting and running jobs, on real schedulers: granted, refused once and for all, or refused now."""

from __future__ import annotations

import re
from typing import Any

import pytest

from nerotui.agent.states import RunState
from nerotui.core.spec import RunSpec
from nerotui.errors import Refused
from tests.endtoend.clusters.site import Site
from tests.rigs.cluster.cluster import NAME

pytestmark = [pytest.mark.root, pytest.mark.timeout(180)]

slurm = pytest.mark.parametrize("cluster", ["slurm"], indirect=True)
gridengine = pytest.mark.parametrize("cluster", ["gridengine"], indirect=True)

SLEEP = ("sleep", "1000")
RUNNING = RunState.RUNNING


def alone(site: Site) -> dict[str, Any]:
    """What a run has to ask for so that only one such runs at a time."""
    if site.cluster.backend == "slurm":
        return {"slurm": ("--exclusive", f"--nodelist={site.cluster.slurm.nodes[0]}")}
    return {"gpus": 2}


def line(site: Site, *names: str, **more: Any) -> list[str]:
    """A run that runs and others that wait for it to end; the ids of those that wait."""
    site.until(site.submit("first", *SLEEP, **alone(site)), RUNNING)
    runs = [site.submit(name, *SLEEP, **alone(site), **more) for name in names]
    for run in runs:
        site.until(run, lambda run: run.state is RunState.QUEUED and run.job and run.job_state)
    return runs


def order(site: Site) -> list[str]:
    """The names of waiting jobs as Slurm would start them."""
    said = site.cluster.slurm.run("squeue", "-h", "-t", "PD", "-S", "-p,i", "-o", "%j").stdout
    return said.split()


def called(site: Site, program: str) -> int:
    """How often a program of the scheduler's was called on the login node."""
    return sum(1 for _, name in site.cluster.asked() if name == program)


def shown(site: Site, run: str, field: str) -> str:
    """What Slurm itself says of a run's job."""
    text = site.cluster.slurm.run("scontrol", "show", "job", site.job(run)).stdout
    found = re.search(rf"\b{field}=(\S*)", text)
    assert found is not None
    return found[1]


@slurm
def test_a_slurm_job_moves_by_its_nice_value(site: Site) -> None:
    one, two, three = line(site, "one", "two", "three")
    assert order(site) == ["one", "two", "three"]
    site.fleet.act(one, "move", to="down")
    assert order(site) == ["two", "one", "three"]
    site.fleet.act(two, "move", to="back")
    assert order(site) == ["one", "three", "two"]
    # To come before what was never set back takes an administrator. That is asked once, and remembered.
    with pytest.raises(Refused, match="only administrators"):
        site.fleet.act(three, "move", to="front")
    assert list(site.fleet.refusals(NAME)) == ["move up"]
    before = called(site, "scontrol")
    with pytest.raises(Refused, match="only administrators"):
        site.fleet.act(three, "move", to="up")
    assert called(site, "scontrol") == before
    # But what was set back may come forward again, as far as it was.
    site.until(two, lambda _: site.fleet.runs[two].job_state)
    site.fleet.act(two, "move", to="front")
    assert shown(site, two, "Nice") == "0"
    assert order(site) == ["two", "one", "three"]
    site.fleet.act(three, "move", to="down")
    assert order(site) == ["two", "one", "three"]


@slurm
def test_a_slurm_jobs_time_limit_is_changed_while_it_waits(site: Site) -> None:
    (waiting,) = line(site, "waiting", time=3600.0)
    assert shown(site, waiting, "TimeLimit") == "01:00:00"
    assert site.fleet.act(waiting, "limit", seconds=1800.0).time_limit == 1800.0
    assert shown(site, waiting, "TimeLimit") == "00:30:00"
    # A waiting job's may be raised as well, a running one's not.
    assert site.fleet.act(waiting, "limit", seconds=7200.0).time_limit == 7200.0
    assert shown(site, waiting, "TimeLimit") == "02:00:00"
    running = site.submit("running", *SLEEP, time=3600.0)
    site.until(running, RUNNING)
    with pytest.raises(Refused, match="only administrators"):
        site.fleet.act(running, "limit", seconds=7200.0)
    assert list(site.fleet.refusals(NAME)) == ["limit up"]
    assert site.fleet.runs[running].time_limit == 3600.0
    before = called(site, "scontrol")
    with pytest.raises(Refused, match="only administrators"):
        site.fleet.act(running, "limit", seconds=None)
    assert called(site, "scontrol") == before
    site.fleet.act(waiting, "limit", seconds=None)
    site.until(waiting, lambda run: run.time_limit is None)
    assert shown(site, waiting, "TimeLimit") == "UNLIMITED"


@pytest.mark.parametrize("cluster", ["slurm", "gridengine"], indirect=True)
def test_a_running_jobs_time_limit_is_its_supervisors(site: Site) -> None:
    run = site.submit("run", *SLEEP, time=3600.0, grace=0.0)
    site.until(run, RUNNING)
    before = site.cluster.asked()[-1][0]
    assert site.fleet.act(run, "limit", seconds=5.0).time_limit == 5.0
    ended = site.until(run, lambda run: run.over)
    assert ended.state is RunState.TIMEOUT
    assert "time limit of 5s" in str(ended.reason)
    assert not {"scontrol", "qalter"} & {name for _, name in site.cluster.asked(before)}


@gridengine
def test_a_grid_engine_job_can_only_be_set_back(site: Site) -> None:
    one, two, three = line(site, "one", "two", "three")
    site.fleet.act(one, "move", to="down")
    site.fleet.act(two, "move", to="back")

    def priority(run: str) -> str:
        text = site.cluster.run("qstat", "-j", site.job(run)).stdout
        found = re.search(r"^priority: +(\S+)", text, re.MULTILINE)
        return found[1] if found else "0"

    assert [priority(run) for run in (one, two, three)] == ["-100", "-1000", "0"]
    with pytest.raises(Refused, match="only operators"):
        site.fleet.act(one, "move", to="up")
    assert list(site.fleet.refusals(NAME)) == ["move up"]
    before = called(site, "qalter")
    with pytest.raises(Refused, match="only operators"):
        site.fleet.act(two, "move", to="front")
    assert called(site, "qalter") == before
    with pytest.raises(Refused):
        site.fleet.act(three, "limit", seconds=60.0)
    assert priority(three) == "0"


@pytest.mark.parametrize("cluster", ["slurm", "gridengine"], indirect=True)
def test_tasks_of_an_array_are_held_and_released_alone(site: Site) -> None:
    site.until(site.submit("first", *SLEEP, **alone(site)), RUNNING)
    wishes = alone(site)
    specs = [
        RunSpec(command=SLEEP, name=f"task {number}", dir=str(site.dir), **{"gpus": 0, **wishes}) for number in range(3)
    ]
    runs = [run.id for run in site.fleet.submit_many(specs, NAME)]
    jobs = [site.job(run) for run in runs]
    assert len({re.split(r"[_.]", job)[0] for job in jobs}) == 1
    for run in runs:
        site.until(run, lambda run: run.state is RunState.QUEUED and run.job_state)
    site.fleet.act(runs[1], "hold")
    site.until(runs[1], RunState.HELD)
    assert [site.fleet.runs[run].state for run in runs] == [RunState.QUEUED, RunState.HELD, RunState.QUEUED]
    site.fleet.act(runs[0], "kill")
    assert site.until(runs[0], lambda run: run.over).state is RunState.KILLED
    site.fleet.act(runs[1], "release")
    site.until(runs[1], RunState.QUEUED)
    site.until(runs[2], RunState.QUEUED)
    # What was held and released is started like the rest, in whatever order.
    site.fleet.act(site.named("first"), "kill", now=True)
    left = {runs[1], runs[2]}
    for _ in range(2):
        started = site.until(runs[1], lambda _: [run for run in left if site.fleet.runs[run].state is RUNNING], 60.0)
        assert started
        for run in [run for run in left if site.fleet.runs[run].state is RUNNING]:
            left.discard(run)
            site.fleet.act(run, "kill", now=True)

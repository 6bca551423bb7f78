"""What is done to a run's job outside nerotui, by its owner or an administrator, is seen and shown as what it is."""

from __future__ import annotations

import time

import pytest

from nerotui.agent.states import RunState
from tests.endtoend.clusters.site import Site
from tests.rigs.cluster.fixtures import EACH
from tests.rigs.gridengine.cluster import GridEngine

pytestmark = [pytest.mark.root, pytest.mark.timeout(150)]

#: Seconds that a hold has to be old for a start of its job to mean that somebody has lifted it.
HELD = 6.0


@pytest.mark.parametrize("cluster", EACH, indirect=True)
def test_held_and_released(site: Site) -> None:
    hold, release = ["scontrol", "hold"], ["scontrol", "release"]
    if isinstance(site.cluster.daemons, GridEngine):
        hold, release = ["qhold"], ["qrls"]
    run = site.submit("waits", "true", held=True)
    job = site.job(run)
    site.until(run, RunState.HELD)
    time.sleep(HELD)
    site.cluster.run(*release, job)
    site.until(run, RunState.DONE)
    if isinstance(site.cluster.daemons, GridEngine):
        return  # one word of its stands for every reason why a job is held back, other jobs among them
    first = site.submit("first", "sleep", "1000")
    second = site.submit("second", "true", after_any=(first,))
    site.until(first, RunState.RUNNING)
    site.until(second, lambda run: run.state is RunState.QUEUED and run.reason)
    site.cluster.run(*hold, site.job(second))
    site.until(second, RunState.HELD)
    site.fleet.act(second, "release")
    site.until(second, RunState.QUEUED)
    site.fleet.act(first, "kill", now=True)
    assert site.until(second, RunState.DONE).attempt == 1


@pytest.mark.parametrize("cluster", ["slurm"], indirect=True)
def test_suspended_by_an_administrator(site: Site) -> None:
    run = site.train("training")
    site.until(run, lambda run: run.metrics)
    job = site.job(run)
    site.cluster.slurm.run("scontrol", "suspend", job)
    assert site.until(run, RunState.PAUSED).reason
    site.cluster.slurm.run("scontrol", "resume", job)
    site.until(run, RunState.RUNNING)
    before = site.log(run)
    site.until(run, lambda _: len(site.log(run)) > len(before))


@pytest.mark.parametrize("cluster", EACH, indirect=True)
def test_put_back_by_hand(site: Site) -> None:
    """The same run, its next attempt, in the same folder; the one before is no failure."""
    run = site.train("training")
    site.until(run, lambda run: run.metrics)
    job = site.job(run)
    if isinstance(site.cluster.daemons, GridEngine):
        site.cluster.run("qmod", "-rj", job)
    else:
        site.cluster.run("scontrol", "requeue", job)
    again = site.until(run, lambda run: run.attempt == 2 and run.state is RunState.RUNNING, 60)
    assert again.job == job
    site.until(run, lambda _: site.log(run).count("begins after step") == 2)
    assert not [event for event in site.fleet.show(run).events if "failed" in event.text]


@pytest.mark.parametrize("cluster", ["slurm"], indirect=True)
def test_put_back_and_held(site: Site) -> None:
    run = site.train("training")
    site.until(run, lambda run: run.metrics)
    site.cluster.run("scontrol", "requeuehold", site.job(run))
    site.until(run, lambda run: run.state is RunState.HELD and run.attempt == 2, 60)
    site.fleet.act(run, "release")
    again = site.until(run, RunState.RUNNING, 60)
    assert again.attempt == 2


@pytest.mark.parametrize("cluster", ["gridengine"], indirect=True)
def test_suspended_by_its_owner(site: Site) -> None:
    run = site.train("training")
    site.until(run, lambda run: run.metrics)
    site.cluster.run("qmod", "-sj", site.job(run))
    site.until(run, RunState.PAUSED)
    site.cluster.run("qmod", "-usj", site.job(run))
    site.until(run, RunState.RUNNING)
    before = site.log(run)
    site.until(run, lambda _: len(site.log(run)) > len(before))


@pytest.mark.parametrize("cluster", ["slurm"], indirect=True)
def test_a_partition_that_is_down_is_why_it_waits(site: Site) -> None:
    site.cluster.slurm.run("scontrol", "update", "partitionname=high", "state=down")
    try:
        run = site.submit("waits", "true", partition="high")
        reason = str(site.until(run, lambda run: run.state is RunState.QUEUED and run.reason).reason)
        assert "partition" in reason
        assert site.fleet.why(run)
    finally:
        site.cluster.slurm.run("scontrol", "update", "partitionname=high", "state=up")
    site.until(run, RunState.DONE)

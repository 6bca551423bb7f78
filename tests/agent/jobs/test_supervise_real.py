"""Supervisors in jobs of real schedulers: what those do to them and to the runs, and that nothing outlives a job."""

import os
import signal
from collections.abc import Iterator

import pytest

from tests.agent.jobs.real import RealSite, real_site
from tests.agent.runs.rig import until
from tests.rigs.cluster.cluster import Cluster

STAYS = "echo here; exec sleep 1000"
RESUME = ["sh", "-c", "echo resumed; exec sleep 1000"]

on_slurm = pytest.mark.parametrize("cluster", ["slurm-noacct"], indirect=True)
#: Where jobs are held to their memory by control groups.
confined = pytest.mark.parametrize("cluster", ["slurm"], indirect=True)
on_gridengine = pytest.mark.parametrize("cluster", ["gridengine"], indirect=True)
everywhere = pytest.mark.parametrize("cluster", ["slurm", "slurm-noacct", "gridengine"], indirect=True)


@pytest.fixture
def site(cluster: Cluster, request: pytest.FixtureRequest) -> Iterator[RealSite]:
    """A root in the home of the cluster's user."""
    with real_site(cluster, request.node.name.translate(str.maketrans("[]", "__"))) as site:
        yield site


def gone(site: RealSite, run: str, seconds: float = 10.0) -> None:
    """Waits until nothing of a run lives any more."""
    until(lambda: not site.living(run), seconds, every=0.1, what=f"the end of {site.living(run)}")


@everywhere
def test_a_run_is_a_job(site: RealSite) -> None:
    run, job = site.submit("echo step 1 loss 0.25; exit 0")
    found = site.reach(run, "done")
    assert (found["job"], found["attempt"], found["metrics"]["loss"]["last"]) == (job, 1, 0.25)
    assert found["node"].startswith(("node", "exec"))
    site.cluster.scheduler.ended(job)
    gone(site, run)
    assert site.entry(run) is None


@everywhere
def test_a_run_that_yields_goes_on_in_a_job_that_its_node_hands_in(site: RealSite) -> None:
    run, first = site.submit("trap 'echo saved; exit 0' USR1; echo here; while :; do sleep 0.1; done", resume=RESUME)
    site.printed(run, "here")
    site.ask("act", run, "yield", "me@test", None, {})
    site.printed(run, "resumed")
    found = site.reach(run, "running")
    assert found["attempt"] == 2
    assert int(found["job"]) > int(first)
    assert site.log(run) == "here\nsaved\nresumed\n"
    assert site.ended(run)["reason"] == "yielded as me@test asked (exit code 0)"


@on_slurm
def test_slurm_hears_how_its_job_ended(site: RealSite) -> None:
    _, good = site.submit("exit 0")
    _, bad = site.submit("exit 7")
    assert site.cluster.slurm.ended(good) == "COMPLETED"
    assert site.cluster.slurm.ended(bad) == "FAILED"
    assert "ExitCode=7:0" in site.cluster.run("scontrol", "show", "job", bad, "-o").stdout


@on_slurm
@pytest.mark.parametrize("who", ["user", "root"])
def test_a_job_that_is_cancelled(site: RealSite, who: str) -> None:
    run, job = site.submit(STAYS)
    site.printed(run, "here")
    if who == "user":
        site.cluster.run("scancel", job)
    else:
        site.cluster.scheduler.run("scancel", job)
    found = site.reach(run, "killed")
    assert found["reason"] == "Slurm cancelled its job (SIGTERM)"
    gone(site, run)


@on_slurm
def test_a_job_that_is_put_back_goes_on_in_the_same_folder(site: RealSite) -> None:
    run, job = site.submit(STAYS, resume=RESUME)
    site.printed(run, "here")
    site.cluster.run("scontrol", "requeue", job)
    found = site.reach(run, "queued", attempt=2)
    assert found["reason"] == "its job was put back in Slurm's queue (SIGTERM)"
    site.printed(run, "resumed")
    found = site.reach(run, "running")
    assert (found["attempt"], found["job"]) == (2, job)
    assert site.log(run) == "here\nresumed\n"


@on_slurm
def test_a_job_that_is_preempted_comes_back(site: RealSite) -> None:
    run, job = site.submit(STAYS, "--exclusive", "--nodes=3", resume=RESUME)
    site.printed(run, "here")
    site.cluster.submit("#!/bin/sh\nsleep 1\n", "-p", "high", "-o", "/dev/null")
    site.printed(run, "resumed")
    found = site.reach(run, "running")
    assert (found["attempt"], found["job"]) == (2, job)
    end = site.ended(run)
    assert (end["state"], end["reason"]) == ("preempted", "Slurm gave its place to a job of higher priority (SIGTERM)")


@confined
def test_a_job_that_uses_too_much_memory(site: RealSite) -> None:
    hungry = "exec python3 -c 'import mmap; m = mmap.mmap(-1, 1 << 30); [m.write(bytes(1 << 20)) for _ in range(1024)]'"
    run, _ = site.submit(f"echo here; {hungry}", "--mem=60M")
    assert site.reach(run, "oom")["signal"] == "SIGKILL"
    gone(site, run)


@everywhere
def test_nothing_outlives_a_supervisor_that_is_killed(site: RealSite) -> None:
    run, job = site.submit("echo here; trap '' TERM; setsid sleep 1000 & while :; do sleep 0.1; done")
    site.printed(run, "here")
    entry = site.entry(run)
    assert entry is not None
    assert entry.claimant is not None
    os.kill(entry.claimant.pid, signal.SIGKILL)
    gone(site, run)
    site.cluster.scheduler.ended(job)


@on_slurm
def test_a_run_is_stopped_and_continued_with_its_job(site: RealSite) -> None:
    run, job = site.submit("echo here; while :; do sleep 0.1; done")
    site.printed(run, "here")
    site.cluster.scheduler.run("scontrol", "suspend", job)
    until(lambda: site.stopped(run) == [True], 10, every=0.1)
    site.cluster.scheduler.run("scontrol", "resume", job)
    until(lambda: site.stopped(run) == [False], 10, every=0.1)


@on_gridengine
def test_grid_engine_stops_and_continues_the_run_with_its_job(site: RealSite) -> None:
    run, job = site.submit("echo here; while :; do sleep 0.1; done")
    site.printed(run, "here")
    site.cluster.run("qmod", "-sj", job)
    until(lambda: site.stopped(run) == [True], 10, every=0.1)
    site.cluster.run("qmod", "-usj", job)
    until(lambda: site.stopped(run) == [False], 10, every=0.1)
    assert site.record(run)["state"] == "running"


@on_gridengine
def test_nothing_outlives_a_job_that_grid_engine_deletes_without_a_word(site: RealSite) -> None:
    run, job = site.submit("echo here; trap '' TERM; setsid sleep 1000 & while :; do sleep 0.1; done")
    site.printed(run, "here")
    site.cluster.run("qdel", job)
    gone(site, run)
    assert site.ended(run) == {}  # nobody was left to say it


@on_gridengine
def test_nothing_outlives_a_job_at_grid_engines_limit(site: RealSite) -> None:
    run, _ = site.submit(STAYS, "-l", "h_rt=2")
    site.printed(run, "here")
    gone(site, run, 20)


@on_gridengine
def test_a_job_that_grid_engine_starts_again_goes_on_in_the_same_folder(site: RealSite) -> None:
    run, job = site.submit(STAYS, resume=RESUME)
    site.printed(run, "here")
    site.cluster.run("qmod", "-rj", job)
    site.printed(run, "resumed")
    found = site.reach(run, "running")
    assert (found["attempt"], found["job"]) == (2, job)
    assert site.ended(run)["reason"] == "its scheduler stopped its job and started it again"

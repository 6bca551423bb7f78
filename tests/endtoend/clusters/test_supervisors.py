"""Supervisors in jobs of real schedulers: what those do to them and to the runs, and that nothing outlives a job."""

import os
import signal
from collections.abc import Iterator

import pytest

from tests.agent.runs.rig import until
from tests.endtoend.clusters.byhand import ByHand, by_hand
from tests.rigs.cluster.cluster import Cluster

STAYS = "echo here; exec sleep 1000"
RESUME = ["sh", "-c", "echo resumed; exec sleep 1000"]

on_slurm = pytest.mark.parametrize("cluster", ["slurm-noacct"], indirect=True)
#: Where jobs are held to their memory by control groups.
confined = pytest.mark.parametrize("cluster", ["slurm"], indirect=True)
on_gridengine = pytest.mark.parametrize("cluster", ["gridengine"], indirect=True)
everywhere = pytest.mark.parametrize("cluster", ["slurm-noacct", "gridengine"], indirect=True)


@pytest.fixture
def jobs(cluster: Cluster, request: pytest.FixtureRequest) -> Iterator[ByHand]:
    """A root in the home of the cluster's user."""
    with by_hand(cluster, request.node.name.translate(str.maketrans("[]", "__"))) as jobs:
        yield jobs


def gone(jobs: ByHand, run: str, seconds: float = 10.0) -> None:
    """Waits until nothing of a run lives any more."""
    until(lambda: not jobs.living(run), seconds, every=0.1, what=f"the end of {jobs.living(run)}")


@everywhere
def test_a_run_is_a_job(jobs: ByHand) -> None:
    run, job = jobs.submit("echo step 1 loss 0.25; exit 0")
    found = jobs.reach(run, "done")
    assert (found["job"], found["attempt"], found["metrics"]["loss"]["last"]) == (job, 1, 0.25)
    assert found["node"].startswith(("node", "exec"))
    jobs.cluster.scheduler.ended(job)
    gone(jobs, run)
    assert jobs.entry(run) is None


@on_slurm
def test_a_users_own_script_finds_its_output_where_it_asked_for_it(jobs: ByHand) -> None:
    script = "#!/bin/bash \n\n#SBATCH -J LM_miuc\n#SBATCH -o miuc_%x_%j.out\n\necho Starting the run\n"
    run, job = jobs.submit("", command=["train.slurm"], script=script)
    jobs.reach(run, "done")
    assert (jobs.cluster.home / f"miuc_LM_miuc_{job}.out").read_text() == "Starting the run\n"


@everywhere
def test_a_run_that_yields_goes_on_in_a_job_that_its_node_hands_in(jobs: ByHand) -> None:
    run, first = jobs.submit("trap 'echo saved; exit 0' USR1; echo here; while :; do sleep 0.1; done", resume=RESUME)
    jobs.printed(run, "here")
    jobs.ask("act", run, "yield", "me@test", None, {})
    jobs.printed(run, "resumed")
    found = jobs.reach(run, "running")
    assert found["attempt"] == 2
    assert int(found["job"]) > int(first)
    assert jobs.log(run) == "here\nsaved\nresumed\n"
    assert jobs.ended(run)["reason"] == "yielded as me@test asked (exit code 0)"


@on_slurm
def test_slurm_hears_how_its_job_ended(jobs: ByHand) -> None:
    _, good = jobs.submit("exit 0")
    _, bad = jobs.submit("exit 7")
    assert jobs.cluster.slurm.ended(good) == "COMPLETED"
    assert jobs.cluster.slurm.ended(bad) == "FAILED"
    assert "ExitCode=7:0" in jobs.cluster.run("scontrol", "show", "job", bad, "-o").stdout


@on_slurm
@pytest.mark.parametrize("who", ["user", "root"])
def test_a_job_that_is_cancelled(jobs: ByHand, who: str) -> None:
    run, job = jobs.submit(STAYS)
    jobs.printed(run, "here")
    if who == "user":
        jobs.cluster.run("scancel", job)
    else:
        jobs.cluster.scheduler.run("scancel", job)
    found = jobs.reach(run, "killed")
    assert found["reason"] == "Slurm cancelled its job (SIGTERM)"
    gone(jobs, run)


@on_slurm
def test_a_job_that_is_put_back_goes_on_in_the_same_folder(jobs: ByHand) -> None:
    run, job = jobs.submit(STAYS, resume=RESUME)
    jobs.printed(run, "here")
    jobs.cluster.run("scontrol", "requeue", job)
    found = jobs.reach(run, "queued", attempt=2)
    assert found["reason"] == "its job was put back in Slurm's queue (SIGTERM)"
    jobs.printed(run, "resumed")
    found = jobs.reach(run, "running")
    assert (found["attempt"], found["job"]) == (2, job)
    assert jobs.log(run) == "here\nresumed\n"


@on_slurm
def test_a_job_that_is_preempted_comes_back(jobs: ByHand) -> None:
    run, job = jobs.submit(STAYS, "--exclusive", "--nodes=3", resume=RESUME)
    jobs.printed(run, "here")
    jobs.cluster.submit("#!/bin/sh\nsleep 1\n", "-p", "high", "-o", "/dev/null")
    jobs.printed(run, "resumed")
    found = jobs.reach(run, "running")
    assert (found["attempt"], found["job"]) == (2, job)
    end = jobs.ended(run)
    assert (end["state"], end["reason"]) == ("preempted", "Slurm gave its place to a job of higher priority (SIGTERM)")


@confined
def test_a_job_that_uses_too_much_memory(jobs: ByHand) -> None:
    hungry = "exec python3 -c 'import mmap; m = mmap.mmap(-1, 1 << 30); [m.write(bytes(1 << 20)) for _ in range(1024)]'"
    run, _ = jobs.submit(f"echo here; {hungry}", "--mem=60M")
    assert jobs.reach(run, "oom")["signal"] == "SIGKILL"
    gone(jobs, run)


@everywhere
def test_nothing_outlives_a_supervisor_that_is_killed(jobs: ByHand) -> None:
    run, job = jobs.submit("echo here; trap '' TERM; setsid sleep 1000 & while :; do sleep 0.1; done")
    jobs.printed(run, "here")
    entry = jobs.entry(run)
    assert entry is not None
    assert entry.claimant is not None
    os.kill(entry.claimant.pid, signal.SIGKILL)
    gone(jobs, run)
    jobs.cluster.scheduler.ended(job)


@on_slurm
def test_a_run_is_stopped_and_continued_with_its_job(jobs: ByHand) -> None:
    run, job = jobs.submit("echo here; while :; do sleep 0.1; done")
    jobs.printed(run, "here")
    jobs.cluster.scheduler.run("scontrol", "suspend", job)
    until(lambda: jobs.stopped(run) == [True], 10, every=0.1)
    jobs.cluster.scheduler.run("scontrol", "resume", job)
    until(lambda: jobs.stopped(run) == [False], 10, every=0.1)


@on_slurm
def test_a_run_on_several_nodes_is_frozen_thawed_and_killed(jobs: ByHand) -> None:
    run, job = jobs.submit("exec srun sh -c 'while :; do echo $SLURMD_NODENAME; sleep 0.1; done'", "--nodes=2")
    jobs.printed(run, "node1")
    jobs.printed(run, "node2")
    jobs.ask("act", run, "freeze", "me@test", None, {})
    jobs.reach(run, "paused")
    until(lambda: jobs.cluster.slurm.state(job) == "STOPPED", 10, every=0.1)
    size = len(jobs.log(run))
    jobs.ask("act", run, "thaw", "me@test", None, {})
    until(lambda: len(jobs.log(run)) > size + 100, 10, every=0.1)
    until(lambda: jobs.cluster.slurm.state(job) == "RUNNING", 10, every=0.1)
    jobs.ask("act", run, "kill", "me@test", None, {})
    jobs.reach(run, "killed")
    gone(jobs, run)


@on_gridengine
def test_grid_engine_stops_and_continues_the_run_with_its_job(jobs: ByHand) -> None:
    run, job = jobs.submit("echo here; while :; do sleep 0.1; done")
    jobs.printed(run, "here")
    jobs.cluster.run("qmod", "-sj", job)
    until(lambda: jobs.stopped(run) == [True], 10, every=0.1)
    jobs.cluster.run("qmod", "-usj", job)
    until(lambda: jobs.stopped(run) == [False], 10, every=0.1)
    assert jobs.record(run)["state"] == "running"


@on_gridengine
def test_nothing_outlives_a_job_that_grid_engine_deletes_without_a_word(jobs: ByHand) -> None:
    run, job = jobs.submit("echo here; trap '' TERM; setsid sleep 1000 & while :; do sleep 0.1; done")
    jobs.printed(run, "here")
    jobs.cluster.run("qdel", job)
    gone(jobs, run)
    assert jobs.ended(run) == {}  # nobody was left to say it


@on_gridengine
def test_nothing_outlives_a_job_at_grid_engines_limit(jobs: ByHand) -> None:
    run, _ = jobs.submit(STAYS, "-l", "h_rt=2")
    jobs.printed(run, "here")
    gone(jobs, run, 20)


@on_gridengine
def test_a_job_that_grid_engine_starts_again_goes_on_in_the_same_folder(jobs: ByHand) -> None:
    run, job = jobs.submit(STAYS, resume=RESUME)
    jobs.printed(run, "here")
    jobs.cluster.run("qmod", "-rj", job)
    jobs.printed(run, "resumed")
    found = jobs.reach(run, "running")
    assert (found["attempt"], found["job"]) == (2, job)
    assert jobs.ended(run)["reason"] == "its scheduler stopped its job and started it again"

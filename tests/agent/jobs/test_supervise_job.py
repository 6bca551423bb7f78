"""A run inside a scheduler's job: it starts once, with the job's environment, and its end is the job's."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from nerotui.agent import durable
from tests.agent.jobs.job import PROGRAM, JobRig
from tests.agent.runs.rig import python, until

STAYS = "echo here; exec sleep 1000"


def test_a_job_takes_what_waits_for_it_and_ends_as_its_run_does(slurm: JobRig) -> None:
    run = slurm.submit("echo step 1 loss 0.5; exit 3")
    assert slurm.state(run) == "queued"
    job = slurm.start(run, job="41")
    assert job.left() == 3
    assert job.said == ""
    found = slurm.record(run)
    assert (found["state"], found["exit_code"], found["job"]) == ("failed", 3, "41")
    assert found["metrics"]["loss"]["last"] == 0.5
    assert slurm.entry(run) is None
    assert slurm.line.folder.scheduler == "slurm"
    assert slurm.processes("dispatch") == []


def test_a_second_job_for_the_same_attempt_leaves_quietly(slurm: JobRig) -> None:
    run = slurm.submit(STAYS)
    first = slurm.start(run, job="1")
    slurm.printed(run, "here")
    second = slurm.start(run, job="2")
    assert second.left() == 0
    assert second.said == ""
    assert slurm.state(run) == "running"
    assert slurm.log(run) == "here\n"
    assert slurm.record(run)["job"] == "1"
    first.signal()
    assert first.left() == 143
    assert slurm.start(run, job="3").left() == 0
    assert slurm.log(run) == "here\n"


def test_a_held_run_is_not_started_by_its_job(slurm: JobRig) -> None:
    run = slurm.submit(STAYS, held=True)
    assert slurm.start(run).left() == 0
    assert slurm.state(run) == "held"


def test_a_held_run_whose_own_job_was_released_by_the_schedulers_means_starts(slurm: JobRig) -> None:
    run = slurm.submit("exit 0", held=True)
    kept = {"scheduler": "slurm", "attempt": 1, "id": "7", "argv": ["sbatch"], "submitted": 1.0}
    durable.replace(f"{slurm.path}/runs/{run}/job.json", durable.to_json(kept))
    (name,) = os.listdir(slurm.line.folder.line)
    held_at = os.stat(f"{slurm.line.folder.line}/{name}").st_ctime
    assert slurm.start(run, job="7").left() == 0
    assert slurm.state(run) == "held"  # the hold may have crossed the start
    until(lambda: time.time() > held_at + 5.2)
    assert slurm.start(run, job="8").left() == 0
    assert slurm.state(run) == "held"  # another job's release is none of this one's
    assert slurm.start(run, job="7").left() == 0
    assert slurm.state(run) == "done"


def test_a_run_that_was_removed_meanwhile_is_nothing_to_complain_about(slurm: JobRig) -> None:
    run = slurm.submit(STAYS)
    slurm.act(run, "remove")
    (slurm.path / "runs" / run).mkdir()
    job = slurm.start(run)
    assert (job.left(), job.said) == (0, "")


def test_a_node_that_does_not_share_the_folder_says_so(tmp_path: Path) -> None:
    command = [sys.executable, "-S", "-E", PROGRAM, "supervise", "aaaaaaaa", "--queue", "@slurm"]
    done = subprocess.run([*command, "--root", str(tmp_path)], capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert f"has no {tmp_path}/runs: is it on a file system that the nodes share?" in done.stderr


def test_a_bundle_that_is_not_whole_on_the_node_says_so(slurm: JobRig, tmp_path: Path) -> None:
    bundle = tmp_path / "bundle/nerotui"
    shutil.copytree(Path(PROGRAM).parent, bundle / "agent", ignore=shutil.ignore_patterns("__pycache__"))
    (bundle / "__init__.py").touch()
    (bundle / "agent/queue/queue.py").unlink()
    slurm.program = str(bundle / "agent/__main__.py")
    run = slurm.submit("true")
    job = slurm.start(run)
    assert job.left() == 127
    assert job.said.startswith("nerotui: the agent cannot run on ")
    assert "No module named 'nerotui.agent.queue.queue'; look at its files below" in job.said
    assert slurm.state(run) == "queued"


def test_the_jobs_environment_stands_over_the_submitters_and_what_was_asked_over_both(
    slurm: JobRig, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("THEIRS", "BOTH", "ASKED"):
        monkeypatch.setenv(name, "login")
    monkeypatch.setenv("PATH", f"{slurm.path}/bin:/usr/bin:/bin")
    run = slurm.submit("env", env={"ASKED": "run"})
    # The job's own, as the scheduler makes it: with less on its PATH, and without one of the login's.
    monkeypatch.delenv("THEIRS")
    job = {"BOTH": "job", "ASKED": "job", "PATH": "/bin", "TMPDIR": "/tmp/job9", "CUDA_VISIBLE_DEVICES": "1"}
    slurm.done(run, {"SLURM_JOB_ID": "9", **job})
    found = dict(line.partition("=")[::2] for line in slurm.log(run).splitlines())
    assert (found["THEIRS"], found["BOTH"], found["ASKED"]) == ("login", "job", "run")
    assert found["PATH"] == f"/bin:{slurm.path}/bin:/usr/bin"
    assert (found["SLURM_JOB_ID"], found["TMPDIR"]) == ("9", "/tmp/job9")
    assert found["CUDA_VISIBLE_DEVICES"] == "1"
    assert "CUDA_DEVICE_ORDER" not in found
    assert (found["NEROTUI_RUN_ID"], found["NEROTUI_ATTEMPT"]) == (run, "1")


def test_the_gpus_of_the_job_are_the_runs(slurm: JobRig) -> None:
    run = slurm.submit(STAYS)
    slurm.start(run, env={"CUDA_VISIBLE_DEVICES": "0,2"})
    slurm.printed(run, "here")
    assert slurm.reach(run, "running")["gpus"] == [0, 2]


def test_a_job_without_gpus_hides_none_and_claims_none(slurm: JobRig, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)
    run = slurm.submit("echo ${CUDA_VISIBLE_DEVICES-unset}; exec sleep 1000", gpus=0)
    slurm.start(run)
    slurm.printed(run, "unset")
    assert slurm.reach(run, "running")["gpus"] == []


@pytest.mark.parametrize(
    ("variables", "job"),
    [
        ({"SLURM_JOB_ID": "17"}, "17"),
        ({"SLURM_JOB_ID": "17", "SLURM_ARRAY_JOB_ID": "15", "SLURM_ARRAY_TASK_ID": "2"}, "15_2"),
    ],
)
def test_slurms_job_is_known_by_the_name_that_its_commands_take(
    slurm: JobRig, variables: dict[str, str], job: str
) -> None:
    run = slurm.submit("exit 0")
    assert slurm.done(run, {"NEROTUI_HOSTNAME": "node3", **variables})["job"] == job
    started = durable.read_json(f"{slurm.path}/runs/{run}/job.started")
    assert started == {"id": job, "attempt": 1, "restarts": 0, "node": "node3", "said": 0}


@pytest.mark.parametrize(
    ("variables", "job"),
    [({"JOB_ID": "7", "SGE_TASK_ID": "undefined"}, "7"), ({"JOB_ID": "7", "SGE_TASK_ID": "3"}, "7.3")],
)
def test_grid_engines_job_is_known_by_the_name_that_its_commands_take(
    gridengine: JobRig, variables: dict[str, str], job: str
) -> None:
    run = gridengine.submit("exit 0")
    assert gridengine.done(run, variables)["job"] == job


def test_the_tree_is_frozen_thawed_and_killed_by_requests_alone(slurm: JobRig) -> None:
    run = slurm.submit(STAYS)
    # It is on another host than the one that is asked: no signal reaches it, and what is asked lies in the folder.
    job = slurm.start(run, env={"NEROTUI_HOSTNAME": "node1", "NEROTUI_MACHINE_ID": "elsewhere"})
    slurm.printed(run, "here")
    slurm.act(run, "freeze")
    slurm.reach(run, "paused", timeout=5)
    slurm.act(run, "thaw")
    slurm.reach(run, "running", timeout=5)
    slurm.act(run, "kill")
    assert job.left() == 128 + signal.SIGTERM
    found = slurm.record(run)
    assert (found["state"], found["reason"]) == ("killed", "killed as me@test asked (SIGTERM)")
    assert found["node"] in (None, "node1")


def test_what_runs_on_the_jobs_other_nodes_is_frozen_and_thawed_by_slurm(slurm: JobRig, tmp_path: Path) -> None:
    scancel = tmp_path / "scancel"
    scancel.write_text('#!/bin/sh\necho "$@" >> "$0.called"\n')
    scancel.chmod(0o700)
    called = tmp_path / "scancel.called"
    run = slurm.submit(STAYS)
    slurm.start(run, env={"SLURM_JOB_NUM_NODES": "2", "PATH": f"{tmp_path}:{os.environ['PATH']}"})
    slurm.printed(run, "here")
    for action, state in (("freeze", "paused"), ("thaw", "running"), ("freeze", "paused"), ("kill", "killed")):
        slurm.act(run, action)
        slurm.reach(run, state)
    until(lambda: called.read_text().count("\n") == 4)
    stop, go = signal.SIGSTOP, signal.SIGCONT
    assert called.read_text() == f"--signal={stop} 7\n--signal={go} 7\n--signal={stop} 7\n--signal={go} 7\n"


def test_a_plain_host_loads_nothing_of_jobs(tmp_path: Path) -> None:
    code = "import nerotui.agent.queue.dispatch, json, sys; print(json.dumps(sorted(sys.modules)))"
    loaded = json.loads(python(code).stdout)
    assert [name for name in loaded if name.startswith("nerotui.agent.supervise.batch")] == []

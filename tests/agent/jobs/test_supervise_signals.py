"""How a job ends from outside: the scheduler's signals, what it writes, its time limit, a supervisor that is killed."""

import os
import signal
import time
from pathlib import Path
from typing import Any

import pytest

from nerotui.agent.supervise.batch import evidence, site
from tests.agent.jobs.job import Job, JobRig
from tests.agent.runs.rig import until

STAYS = "echo here; exec sleep 1000"
#: Says each signal that it gets, and leaves at none of them.
DEAF = "trap 'echo checkpoint' USR1; trap 'echo term' TERM; echo here; while :; do sleep 0.02; done"
#: Writes a checkpoint when it is asked to, and leaves.
SAVES = "trap 'echo saved; exit 0' USR1; trap '' TERM; echo here; while :; do sleep 0.02; done"


def started(rig: JobRig, command: str, **more: Any) -> tuple[str, Job]:
    run = rig.submit(command, **more)
    job = rig.start(run)
    rig.printed(run, "here")
    return run, job


@pytest.mark.parametrize(
    ("due", "state", "reason"),
    [
        ("", "killed", "Slurm cancelled its job (SIGTERM)"),
        ("TIME LIMIT", "timeout", "Slurm ended its job at the job's time limit (SIGTERM)"),
        ("PREEMPTION", "preempted", "Slurm gave its place to a job of higher priority (SIGTERM)"),
        ("NODE FAILURE", "preempted", "its node failed (SIGTERM)"),
    ],
)
def test_why_slurm_ended_a_job_is_read_from_its_output(slurm: JobRig, due: str, state: str, reason: str) -> None:
    run, job = started(slurm, STAYS)
    job.slurm_says(due)
    job.signal()
    assert job.left() == 143
    found = slurm.record(run)
    assert (found["state"], found["reason"], found["signal"]) == (state, reason, "SIGTERM")
    assert slurm.ended(run)["by"] == "scheduler"
    assert slurm.members(run) == []
    assert slurm.entry(run) is None


def test_slurms_word_may_come_a_moment_after_its_signal(slurm: JobRig) -> None:
    run, job = started(slurm, STAYS)
    job.signal()
    until(lambda: not slurm.members(run))
    job.slurm_says("TIME LIMIT")
    job.left()
    assert slurm.state(run) == "timeout"


def test_without_slurms_word_it_is_only_known_that_the_job_was_ended(slurm: JobRig) -> None:
    run, job = started(slurm, STAYS)
    job.signal()
    job.left()
    found = slurm.record(run)
    assert (found["state"], found["reason"]) == ("killed", "Slurm ended its job (SIGTERM)")
    assert slurm.ended(run)["by"] == "scheduler"


def test_what_slurm_said_of_an_earlier_start_is_no_cause(slurm: JobRig) -> None:
    run = slurm.submit(STAYS)
    output = Path(slurm.path, "runs", run, "job.out")
    output.write_text("slurmstepd: error: *** JOB 6 ON node1 CANCELLED AT 2026-11-21T09:11:48 DUE TO TIME LIMIT ***\n")
    job = slurm.start(run)
    slurm.printed(run, "here")
    job.signal()
    job.left()
    assert slurm.state(run) == "killed"


def test_all_is_over_and_on_record_before_the_most_impatient_slurm_kills(slurm: JobRig) -> None:
    run, job = started(slurm, DEAF)
    began = time.monotonic()
    job.slurm_says("")
    job.signal()
    job.left()
    assert time.monotonic() - began < 1.9
    assert slurm.record(run)["signal"] == "SIGKILL"
    said = [line for line in slurm.log(run).splitlines() if line != "Terminated"]
    assert said == ["here", "checkpoint", "term"]


def test_where_slurm_is_known_to_be_patient_the_run_gets_the_time(slurm: JobRig, tmp_path: Path) -> None:
    configuration = tmp_path / "slurm.conf"
    configuration.write_text("ClusterName=rig\nKillWait=12\n")
    run = slurm.submit(DEAF)
    job = slurm.start(run, env={"SLURM_CONF": str(configuration)})
    slurm.printed(run, "here")
    job.signal()
    until(lambda: any("waiting up to 7s" in event["text"] for event in slurm.store.show(run)["events"]))
    assert slurm.state(run) == "stopping"


@pytest.mark.parametrize(("text", "seconds"), [("", 30), ("KillWait=5", 5), ("  killwait = 60 # more", 60)])
def test_slurms_patience_stands_in_its_configuration(tmp_path: Path, text: str, seconds: float) -> None:
    path = tmp_path / "slurm.conf"
    path.write_text(f"ClusterName=rig\n{text}\nSlurmdPort=7\n")
    assert site.kill_wait({"SLURM_CONF": str(path)}) == seconds


def test_a_run_that_checkpoints_and_leaves_when_its_job_ends_is_not_done(slurm: JobRig) -> None:
    run, job = started(slurm, SAVES)
    job.slurm_says("PREEMPTION")
    job.signal()
    assert job.left() != 0
    assert slurm.log(run) == "here\nsaved\n"
    found = slurm.record(run)
    assert (found["state"], found["exit_code"]) == ("preempted", 0)


def test_a_run_that_the_schedulers_own_signal_ended_first_was_ended_by_it(slurm: JobRig) -> None:
    run, job = started(slurm, STAYS)
    job.slurm_says("")
    for pid in slurm.members(run):
        os.kill(pid, signal.SIGTERM)
    job.signal()
    job.left()
    assert slurm.record(run)["reason"] == "Slurm cancelled its job (SIGTERM)"


def test_what_was_asked_by_a_person_stays_their_doing(slurm: JobRig) -> None:
    run, job = started(slurm, DEAF, grace=60)
    slurm.act(run, "kill")
    slurm.printed(run, "term")
    began = time.monotonic()
    job.signal()  # the job was cancelled as well, when the grace took too long
    job.left()
    assert time.monotonic() - began < 1.9
    found = slurm.record(run)
    assert (found["state"], found["reason"]) == ("killed", "killed as me@test asked (SIGKILL)")
    assert "by" not in slurm.ended(run)


def test_a_frozen_run_ends_with_its_job(slurm: JobRig) -> None:
    run, job = started(slurm, SAVES)
    slurm.act(run, "freeze")
    slurm.reach(run, "paused")
    job.slurm_says("")
    job.signal()
    job.left()
    assert slurm.state(run) == "killed"
    assert slurm.log(run) == "here\nsaved\n"


def test_grid_engines_notice_ends_the_run_in_time(gridengine: JobRig) -> None:
    run, job = started(gridengine, SAVES)
    job.signal(signal.SIGUSR2)
    job.left()
    found = gridengine.record(run)
    assert (found["state"], found["exit_code"]) == ("killed", 0)
    assert found["reason"] == "Grid Engine ended its job: deleted, or at a limit (exit code 0)"
    assert gridengine.log(run) == "here\nsaved\n"


def test_a_signal_that_was_asked_for_reaches_the_run_and_not_those_who_do_not_handle_it(slurm: JobRig) -> None:
    # As `#SBATCH --signal=B:USR2@120` has it, or `scancel --batch --signal=USR2`.
    run, job = started(slurm, "trap 'echo warned' USR2; echo here; while :; do sleep 0.02; done")
    for number in (signal.SIGUSR1, signal.SIGHUP, signal.SIGUSR2):
        job.signal(number)
    slurm.printed(run, "warned")
    assert slurm.state(run) == "running"
    texts = [event["text"] for event in slurm.store.show(run)["events"]]
    assert "its job got SIGUSR2: passed on to the run" in texts
    assert "its job got SIGHUP: no process of the run handles it" in texts


@pytest.mark.parametrize(
    "wish", [{"slurm": ["--signal=B:TERM@60"]}, {"script": "#!/bin/sh\n#SBATCH --signal B:15@60\nCOMMAND\n"}]
)
def test_where_sigterm_was_asked_for_as_a_warning_it_is_none_but_with_slurms_word(
    slurm: JobRig, wish: dict[str, Any]
) -> None:
    command = "trap 'echo warned' TERM; echo here; while :; do sleep 0.02; done"
    if "script" in wish:
        wish = {"script": wish["script"].replace("COMMAND", command)}
    run, job = started(slurm, command, **wish)
    job.signal()
    slurm.printed(run, "warned")
    assert slurm.state(run) == "running"
    job.slurm_says("TIME LIMIT")
    job.signal()
    job.left()
    assert slurm.state(run) == "timeout"


@pytest.mark.parametrize(
    "line",
    [
        "slurmstepd: error: Detected 1 oom-kill event(s) in StepId=642.batch. Some of your processes",
        "slurmstepd: error: Job 4 exceeded memory limit (175136 > 102400), being killed",
    ],
)
def test_memory_that_slurm_found_too_much_is_the_cause(slurm: JobRig, line: str) -> None:
    run, job = started(slurm, "echo here; kill -9 $$")
    with job.output.open("a") as file:
        file.write(line + "\n")
    job.left()
    assert slurm.record(run)["state"] == "oom"


def test_a_line_about_a_limit_tells_more_than_one_about_memory(tmp_path: Path) -> None:
    output = tmp_path / "job.out"
    output.write_text("*** JOB 7 ON n CANCELLED AT 2026-11-21T09:11:48 DUE TO TIME LIMIT ***\n1 oom-kill event\n")
    assert evidence.cause(str(output), 0) == "TIME LIMIT"
    assert evidence.cause(str(tmp_path / "none"), 0) is None


def test_a_run_is_asked_to_checkpoint_before_its_job_is_over(slurm: JobRig) -> None:
    run = slurm.submit(SAVES, grace=0.5)
    now = int(time.time())
    job = slurm.start(run, env={"SLURM_JOB_START_TIME": str(now - 3592), "SLURM_JOB_END_TIME": str(now + 8)})
    began = time.monotonic()
    job.left()
    assert time.monotonic() - began < 8
    found = slurm.record(run)
    assert (found["state"], found["reason"]) == ("timeout", "stopped for its time limit of 1h (exit code 0)")


def test_a_limit_counts_from_the_jobs_start_and_frozen_time_with_it(slurm: JobRig) -> None:
    run = slurm.submit(SAVES, time=4, grace=0)
    job = slurm.start(run)
    slurm.printed(run, "here")
    slurm.act(run, "freeze")
    slurm.reach(run, "paused")
    began = time.monotonic()
    job.left()
    assert time.monotonic() - began < 4
    assert slurm.state(run) == "timeout"
    assert slurm.log(run) == "here\nsaved\n"


def test_an_old_slurm_is_asked_for_the_time_that_is_left(slurm: JobRig, tmp_path: Path) -> None:
    squeue = tmp_path / "squeue"
    squeue.write_text('#!/bin/sh\necho "$@" > "$0.asked"\necho 0:04\n')
    squeue.chmod(0o700)
    run = slurm.submit(SAVES, grace=0)
    job = slurm.start(run, env={"PATH": f"{tmp_path}:{os.environ['PATH']}"})
    job.left()
    assert slurm.state(run) == "timeout"
    assert (tmp_path / "squeue.asked").read_text() == "--noheader --jobs 7 --format %L\n"


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("0:04", 4), ("59:59", 3599), ("1:00:00", 3600), ("2-12:00:00", 216000), ("UNLIMITED", None), ("INVALID", None)],
)
def test_slurms_word_for_time_left_is_read(text: str, seconds: float | None) -> None:
    assert site.seconds_left(text) == seconds


def test_nothing_of_a_run_outlives_a_supervisor_that_is_killed(slurm: JobRig) -> None:
    run, job = started(slurm, "echo here; trap '' TERM; setsid sleep 1000 & while :; do sleep 0.02; done")
    until(lambda: len(slurm.members(run)) >= 2)
    job.process.kill()
    until(lambda: not slurm.members(run), timeout=10)
    found = slurm.reach(run, "killed", timeout=10)
    assert found["reason"] == "its supervisor was killed, so it was ended with its job (SIGKILL)"
    assert slurm.ended(run)["by"] == "scheduler"
    until(lambda: slurm.entry(run) is None and slurm.processes("supervise") == [])


def test_a_supervisor_that_is_killed_with_a_time_limits_word_was_ended_by_that(slurm: JobRig) -> None:
    run, job = started(slurm, STAYS)
    job.slurm_says("TIME LIMIT")
    job.process.kill()
    found = slurm.reach(run, "timeout", timeout=10)
    assert found["reason"] == "Slurm ended its job at the job's time limit (SIGTERM)"


def test_nobody_is_left_waiting_when_all_went_well(slurm: JobRig) -> None:
    run, job = started(slurm, "echo here; exit 0")
    assert job.left() == 0
    assert slurm.state(run) == "done"
    until(lambda: slurm.processes(run) == [])

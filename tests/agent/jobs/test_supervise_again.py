"""What follows an attempt: its scheduler starts its job again, it carries on by itself, its next job is handed in."""

import json
import os
import shutil
import signal
import time
from pathlib import Path
from typing import Any

import pytest

from nerotui.agent import durable
from nerotui.agent.processes import processes
from nerotui.agent.run.carryon import following
from nerotui.agent.supervise.batch.resubmit import without_waits
from tests.agent.jobs.job import PROGRAM, JobRig
from tests.agent.runs.rig import Rig, until
from tests.pythons import interpreters

STAYS = "echo here; exec sleep 1000"
RESUME = ["sh", "-c", "echo resumed"]

#: Stands for sbatch: says what it was called with, and an id.
SBATCH = """\
#!/bin/sh
printf '%s\\n' "$@" > "$0.called"
env > "$0.env"
echo "12;rig"
"""


def _minor(version: str) -> int:
    return int(version.partition(".")[2])


def submit_command(rig: JobRig, run: str, folder: Path, text: str = SBATCH, *more: str) -> Path:
    """Has it on record how the run's job was submitted: by a program of the test's."""
    program = folder / "sbatch"
    program.write_text(text)
    program.chmod(0o700)
    argv = [str(program), "--parsable", *more, f"{rig.path}/runs/{run}/job.sh"]
    kept = {"scheduler": rig.scheduler, "attempt": 1, "id": "7", "argv": argv, "submitted": 1.0}
    durable.replace(f"{rig.path}/runs/{run}/job.json", durable.to_json(kept))
    return program


# The scheduler starts the same job again.


@pytest.mark.parametrize("told", [True, False])
def test_a_job_that_was_put_back_goes_on_as_the_next_attempt(slurm: JobRig, told: bool) -> None:
    run = slurm.submit(STAYS, resume=RESUME)
    job = slurm.start(run)
    slurm.printed(run, "here")
    if told:
        job.slurm_says("JOB REQUEUE")
        job.signal()
        job.left()
        assert slurm.record(run)["state"] == "queued"
        assert slurm.record(run)["reason"] == "its job was put back in Slurm's queue (SIGTERM)"
    else:
        crash(slurm, run)
    again = slurm.start(run, restarts=1)
    assert again.left() == 0
    found = slurm.record(run)
    assert (found["state"], found["attempt"], found["job"]) == ("done", 2, "7")
    assert slurm.log(run) == "here\nresumed\n"
    assert slurm.ended(run)["state"] == "preempted"
    assert slurm.line.entries() == []


@pytest.mark.parametrize("version", [min(interpreters(), key=_minor), max(interpreters(), key=_minor)])
def test_the_oldest_and_the_newest_python_supervise_a_job_from_start_to_restart(
    slurm: JobRig, tmp_path: Path, version: str
) -> None:
    bundle = tmp_path / "bundle/nerotui"
    shutil.copytree(Path(PROGRAM).parent, bundle / "agent", ignore=shutil.ignore_patterns("__pycache__"))
    (bundle / "__init__.py").touch()
    slurm.python, slurm.program = interpreters()[version], str(bundle / "agent/__main__.py")
    run = slurm.submit("echo here; exec sleep 1000", resume=["sh", "-c", "echo again; exec sleep 1000"])
    submit_command(slurm, run, tmp_path)
    job = slurm.start(run)
    slurm.printed(run, "here")
    job.slurm_says("JOB REQUEUE")
    job.signal()
    assert job.left() == 143
    again = slurm.start(run, restarts=1)
    slurm.printed(run, "again")
    slurm.act(run, "yield")
    again.left()
    assert (slurm.record(run)["attempt"], slurm.record(run)["job"]) == (3, "12")
    last = slurm.start(run, job="12")
    until(lambda: slurm.log(run).count("again") == 2)
    last.process.kill()
    assert slurm.reach(run, "killed")["reason"].startswith("its supervisor was killed")
    assert [job.said for job in (again, last)] == [job.said] * 2


def crash(rig: JobRig, run: str) -> None:
    """The node dies: supervisor, guard, and all of the run with the small shell that would tell how it ended."""
    mark = f"NEROTUI_RUN_ID={run}".encode()
    shells = [pid for pid in processes.pids() if mark in processes.environment(pid)]
    for pid in (*rig.processes("supervise", run), *sorted(shells)):
        os.kill(pid, signal.SIGKILL)
    until(lambda: not rig.processes("supervise", run) and not rig.members(run))


def test_a_node_that_died_is_judged_by_the_same_job_on_another_node(slurm: JobRig) -> None:
    run = slurm.submit(STAYS, resume=RESUME)
    slurm.start(run, env={"NEROTUI_HOSTNAME": "node1"})
    slurm.printed(run, "here")
    crash(slurm, run)
    other = slurm.start(run, job="8", env={"NEROTUI_HOSTNAME": "node2"})
    assert other.left() == 0
    assert slurm.state(run) == "running"  # another job proves nothing about this one
    assert slurm.start(run, env={"NEROTUI_HOSTNAME": "node2"}).left() == 0
    assert slurm.state(run) == "running"  # nor does the same start of it
    again = slurm.start(run, restarts=1, env={"NEROTUI_HOSTNAME": "node2"})
    assert again.left() == 0
    assert (slurm.record(run)["state"], slurm.record(run)["attempt"], slurm.record(run)["node"]) == ("done", 2, "node2")
    end = slurm.ended(run)
    assert (end["state"], end["reason"]) == ("preempted", "its scheduler stopped its job and started it again")


def test_a_run_that_was_done_when_its_node_died_is_not_done_again(slurm: JobRig) -> None:
    run = slurm.submit("echo here; sleep 0.2; exit 0")
    slurm.start(run, env={"NEROTUI_HOSTNAME": "node1"})
    slurm.printed(run, "here")
    for pid in slurm.processes("supervise", run):
        os.kill(pid, signal.SIGKILL)
    until(lambda: list(Path(slurm.path, "runs", run, "attempts").glob("1.1.exit.0")))
    assert slurm.start(run, restarts=1, env={"NEROTUI_HOSTNAME": "node2"}).left() == 0
    found = slurm.record(run)
    assert (found["state"], found["attempt"]) == ("done", 1)
    assert slurm.log(run) == "here\n"


def test_a_cancelled_job_that_comes_back_all_the_same_goes_on(slurm: JobRig) -> None:
    run = slurm.submit(STAYS, resume=RESUME)
    job = slurm.start(run)
    slurm.printed(run, "here")
    job.signal()
    job.left()
    assert slurm.state(run) == "killed"
    slurm.start(run, restarts=1).left()
    assert (slurm.record(run)["state"], slurm.record(run)["attempt"]) == ("done", 2)


def test_a_run_that_a_person_killed_does_not_come_back_with_its_job(slurm: JobRig) -> None:
    run = slurm.submit(STAYS, resume=RESUME)
    job = slurm.start(run)
    slurm.printed(run, "here")
    slurm.act(run, "kill")
    job.left()
    assert slurm.start(run, restarts=1).left() == 0
    assert (slurm.record(run)["state"], slurm.record(run)["attempt"]) == ("killed", 1)
    assert slurm.log(run) == "here\n"


def test_grid_engine_says_that_it_restarted_and_not_how_often(gridengine: JobRig) -> None:
    run = gridengine.submit(STAYS, resume=["sh", "-c", "echo again; exec sleep 1000"])
    gridengine.start(run)
    gridengine.printed(run, "here")
    for attempt in (2, 3):
        crash(gridengine, run)
        gridengine.start(run, restarts=attempt - 1)
        until(lambda: gridengine.log(run).count("again") == attempt - 1)  # noqa: B023 - it is asked now
        assert gridengine.reach(run, "running")["attempt"] == attempt
        assert (durable.read_json(f"{gridengine.path}/runs/{run}/job.started") or {})["restarts"] == attempt - 1


# It carries on by itself.


@pytest.mark.parametrize(
    ("spec", "attempt", "end", "goes_on"),
    [
        ({"resume": ["x"], "attempts": 3}, 1, {"state": "timeout"}, True),
        ({"resume": ["x"], "attempts": 3}, 3, {"state": "timeout"}, False),
        ({"resume": ["x"], "attempts": 3}, 2, {"state": "preempted", "by": "scheduler"}, True),
        ({"resume": ["x"], "attempts": 3}, 1, {"state": "failed"}, False),
        ({"resume": ["x"], "attempts": 3}, 1, {"state": "killed", "by": "scheduler"}, False),
        ({"resume": ["x"]}, 1, {"state": "timeout"}, False),
        ({"attempts": 3}, 1, {"state": "timeout"}, False),
    ],
)
def test_which_ends_are_carried_on_from(spec: dict[str, Any], attempt: int, end: dict[str, Any], goes_on: bool) -> None:
    assert following(spec, attempt, end) == ({"held": False} if goes_on else None)


def test_what_comes_next_by_a_persons_word_stands() -> None:
    assert following({}, 1, {"state": "preempted", "next": {"held": True}}) == {"held": True}


def test_a_plain_run_carries_on_after_its_time_limit_as_often_as_it_may(tmp_path: Path) -> None:
    rig = Rig(tmp_path / "root")
    try:
        resume = ["sh", "-c", "echo again; exec sleep 1000"]
        run = rig.submit("echo here; exec sleep 1000", time=0.5, resume=resume, attempts=3)
        rig.reach(run, "timeout")
        assert rig.record(run)["attempt"] == 3
        assert rig.log(run) == "here\nagain\nagain\n"
    finally:
        rig.close()


def test_an_attempt_that_never_got_to_its_command_left_nothing_to_go_on_from(tmp_path: Path) -> None:
    rig = Rig(tmp_path / "root")
    try:
        run = rig.submit("echo begun", held=True, resume=["sh", "-c", "echo resumed"])
        rig.act(run, "kill")
        for attempt, text in ((2, "begun\n"), (3, "begun\nresumed\n")):
            rig.act(run, "retry")
            until(lambda: (rig.store.contact(), rig.record(run)["attempt"] == attempt)[1])  # noqa: B023 - asked now
            rig.end(run)
            assert rig.log(run) == text
    finally:
        rig.close()


# Its next job.


def test_the_job_of_the_next_attempt_is_handed_in_from_the_node(
    slurm: JobRig, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LOGIN", "yes")
    run = slurm.submit("sleep 1000", time=1, grace=0, resume=RESUME, attempts=2)
    monkeypatch.delenv("LOGIN")
    program = submit_command(slurm, run, tmp_path, SBATCH, "--dependency=afterok:3", "--hold", "--comment=a b")
    slurm.start(run, env={"SLURM_MEM_PER_CPU": "64", "SLURM_CONF": "/nowhere/slurm.conf"}).left()
    assert slurm.record(run)["state"] == "queued"
    assert (slurm.record(run)["attempt"], slurm.record(run)["job"]) == (2, "12")
    called = Path(f"{program}.called").read_text().splitlines()
    assert called == ["--parsable", "--comment=a b", f"{slurm.path}/runs/{run}/job.sh"]
    found = dict(line.partition("=")[::2] for line in Path(f"{program}.env").read_text().splitlines())
    # That of the login, and of the job's only where its scheduler is.
    assert (found.get("LOGIN"), found.get("SLURM_CONF")) == ("yes", "/nowhere/slurm.conf")
    assert not {"SLURM_JOB_ID", "SLURM_MEM_PER_CPU", "NEROTUI_RUN_ID"} & set(found)
    folder = f"{slurm.path}/runs/{run}"
    answer = durable.read_json(f"{folder}/job.answer") or {}
    assert (answer["attempt"], answer["code"], answer["out"]) == (2, 0, "12;rig\n")
    slurm.start(run, job="12").left()
    assert slurm.record(run)["state"] == "done"
    assert slurm.log(run) == "resumed\n"


def test_a_scheduler_that_refuses_leaves_the_next_attempt_waiting(slurm: JobRig, tmp_path: Path) -> None:
    run = slurm.submit("sleep 1000", time=1, grace=0, resume=RESUME, attempts=2)
    submit_command(slurm, run, tmp_path, "#!/bin/sh\necho 'sbatch: error: no more today' >&2\nexit 1\n")
    slurm.start(run).left()
    assert (slurm.record(run)["state"], slurm.record(run)["attempt"], slurm.record(run)["job"]) == ("queued", 2, None)
    answer = durable.read_json(f"{slurm.path}/runs/{run}/job.answer") or {}
    assert (answer["code"], answer["err"]) == (1, "sbatch: error: no more today\n")
    texts = [event["text"] for event in slurm.store.show(run)["events"]]
    assert "attempt 2 waits for nerotui to submit its job: sbatch: error: no more today" in texts
    kept = json.loads(Path(slurm.path, "runs", run, "job.json").read_text())
    assert (kept["attempt"], kept["id"]) == (1, "7")


@pytest.mark.parametrize("held", [False, True])
def test_a_run_that_yields_gets_its_next_job_unless_it_is_held(slurm: JobRig, tmp_path: Path, held: bool) -> None:
    run = slurm.submit("trap 'echo saved; exit 0' USR1; echo here; while :; do sleep 0.02; done", resume=RESUME)
    program = submit_command(slurm, run, tmp_path)
    job = slurm.start(run)
    slurm.printed(run, "here")
    slurm.act(run, "yield", held=held)
    job.left()
    found = slurm.record(run)
    assert (found["state"], found["attempt"]) == ("held" if held else "queued", 2)
    assert Path(f"{program}.called").exists() != held
    assert slurm.start(run, job="12").left() == 0
    assert slurm.log(run) == ("here\nsaved\n" if held else "here\nsaved\nresumed\n")


def test_a_preempted_run_waits_for_its_own_job_to_come_back(slurm: JobRig, tmp_path: Path) -> None:
    run = slurm.submit(STAYS, resume=RESUME, attempts=2)
    program = submit_command(slurm, run, tmp_path)
    job = slurm.start(run)
    slurm.printed(run, "here")
    job.slurm_says("PREEMPTION")
    job.signal()
    job.left()
    assert (slurm.record(run)["state"], slurm.record(run)["attempt"]) == ("queued", 2)
    assert not Path(f"{program}.called").exists()


@pytest.mark.parametrize(
    ("argv", "kept"),
    [
        (["sbatch", "--dependency=afterok:1", "--mem=1G", "job.sh"], ["sbatch", "--mem=1G", "job.sh"]),
        (["sbatch", "-d", "afterok:1", "--hold", "job.sh"], ["sbatch", "job.sh"]),
        (["qsub", "-terse", "-h", "-hold_jid", "7,8", "-b", "n", "job.sh"], ["qsub", "-terse", "-b", "n", "job.sh"]),
    ],
)
def test_what_the_first_attempt_waited_for_is_not_waited_for_again(argv: list[str], kept: list[str]) -> None:
    assert without_waits(argv) == kept


def test_a_limit_that_is_changed_while_it_runs_counts_from_the_jobs_start(slurm: JobRig) -> None:
    run = slurm.submit(STAYS, time=3600, grace=0)
    job = slurm.start(run)
    slurm.printed(run, "here")
    began = time.monotonic()
    slurm.act(run, "limit", seconds=3)
    job.left()
    assert time.monotonic() - began < 4
    found = slurm.record(run)
    assert (found["state"], found["reason"]) == ("timeout", "stopped for its time limit of 3s (SIGTERM)")
    assert found["time_limit"] == 3

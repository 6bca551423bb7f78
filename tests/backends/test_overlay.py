"""What a run's folder and its scheduler say of it, put together: every case that a screen can meet."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec.structs import replace

from nerotui.agent.states import RunState
from nerotui.backends import overlay
from nerotui.backends.jobs import Job
from nerotui.backends.slurm import Slurm
from nerotui.core.records import Run

S = RunState


def run(state: RunState, **more: Any) -> Run:
    return Run(id="abcdefgh", name="lang", host="c", state=state, backend="slurm", job="7", **more)


def job(state: RunState | None, **more: Any) -> Job:
    return Job(id="7", raw=more.pop("raw", "RAW"), state=state, **more)


@pytest.mark.parametrize(
    ("folder", "scheduler", "row"),
    [
        (S.QUEUED, S.QUEUED, S.QUEUED),
        (S.QUEUED, S.HELD, S.HELD),
        (S.HELD, S.QUEUED, S.HELD),
        (S.QUEUED, S.RUNNING, S.STARTING),
        (S.QUEUED, S.STOPPING, S.STARTING),
        (S.QUEUED, None, S.QUEUED),
        (S.QUEUED, S.KILLED, S.KILLED),
        (S.QUEUED, S.OOM, S.QUEUED),  # until its host has judged it: there may be another job by now
        (S.QUEUED, S.DONE, S.QUEUED),
        (S.HELD, S.DONE, S.HELD),
        (S.RUNNING, S.RUNNING, S.RUNNING),
        (S.PAUSED, S.RUNNING, S.PAUSED),
        (S.STOPPING, S.RUNNING, S.STOPPING),
        (S.RUNNING, S.PAUSED, S.PAUSED),
        (S.RUNNING, S.QUEUED, S.QUEUED),
        (S.RUNNING, S.HELD, S.HELD),
        (S.RUNNING, S.STARTING, S.STARTING),
        (S.RUNNING, S.TIMEOUT, S.RUNNING),  # until it was seen so twice: its supervisor may just be speaking
        (S.DONE, S.RUNNING, S.DONE),
        (S.DONE, S.KILLED, S.DONE),
        (S.FAILED, S.DONE, S.FAILED),
    ],
)
def test_the_folder_wins_for_what_is_proved_and_the_scheduler_for_what_waits(
    folder: RunState, scheduler: RunState | None, row: RunState
) -> None:
    assert overlay.shown(run(folder), job(scheduler), 5.0, "Slurm").state is row


def test_a_waiting_run_shows_why_and_from_when() -> None:
    told = job(S.QUEUED, reason="others are before it", expected=99.0, queue="gpu", limit=60.0)
    row = overlay.shown(run(S.QUEUED, position=3), told, 5.0, "Slurm")
    assert (row.reason, row.expected, row.queue, row.checked) == ("others are before it", 99.0, "gpu", 5.0)
    assert row.position is None  # in nerotui's own list, which says nothing of the scheduler's
    assert row.time_limit == 60.0
    assert overlay.shown(run(S.QUEUED, time_limit=30.0), told, 5.0, "Slurm").time_limit == 30.0


def test_a_state_that_nobody_knows_is_shown_raw() -> None:
    row = overlay.shown(run(S.QUEUED), job(None, raw="MARTIAN"), 5.0, "Slurm")
    assert (row.state, row.job_state, row.reason) == (S.QUEUED, "MARTIAN", "Slurm says MARTIAN")
    stranger = overlay.foreign(job(None, raw="MARTIAN", started=4.0), "ffffffff", "c", Slurm(), 5.0)
    assert (stranger.state, stranger.job_state, stranger.reason) == (S.RUNNING, "MARTIAN", "Slurm says MARTIAN")


def test_an_end_without_a_word_of_the_supervisor_is_the_schedulers() -> None:
    end = overlay.verdict(run(S.RUNNING), job(S.FAILED, reason="signal 11", signal=11), "Slurm")
    assert end == {"state": "failed", "reason": "signal 11", "exit_code": None, "signal": "SIGSEGV"}
    lost = overlay.verdict(run(S.RUNNING), job(S.DONE, exit_code=0), "Slurm")
    assert lost is not None
    assert lost["state"] == "lost"  # a job that ends well proves nothing of the run that it carried out
    assert overlay.verdict(run(S.RUNNING), job(S.RUNNING), "Slurm") is None
    assert overlay.verdict(run(S.DONE), job(S.KILLED, reason="cancelled by user 1"), "Slurm") is None


@pytest.mark.parametrize(
    ("ended", "told", "state"),
    [
        (run(S.KILLED, reason="Slurm ended its job (SIGTERM)"), job(S.TIMEOUT, reason="its limit"), "timeout"),
        (run(S.KILLED, reason="Slurm cancelled its job (SIGTERM)"), job(S.OOM, reason="memory"), "oom"),
        (run(S.KILLED, reason="Slurm cancelled its job (SIGTERM)"), job(S.LOST, reason="its node failed"), "preempted"),
        (
            run(S.KILLED, reason="Slurm cancelled its job (SIGTERM)"),
            job(S.KILLED, reason="cancelled by user 7"),
            "killed",
        ),
        (run(S.KILLED, reason="Slurm cancelled its job (SIGTERM)"), job(S.KILLED, reason="it was cancelled"), None),
        (run(S.FAILED, reason="killed", signal="SIGKILL"), job(S.OOM, reason="memory"), "oom"),
        (run(S.KILLED, reason="killed as me asked (SIGTERM)"), job(S.KILLED, reason="cancelled by user 7"), None),
        (run(S.PREEMPTED, reason="Slurm gave its place to another"), job(S.KILLED, reason="x"), "preempted"),
        (run(S.PREEMPTED, reason="yielded as me asked"), job(S.KILLED, reason="x"), None),
    ],
)
def test_what_a_supervisor_could_tell_only_in_general_is_told_better(ended: Run, told: Job, state: str | None) -> None:
    end = overlay.verdict(ended, told, "Slurm")
    assert (end and end["state"]) == state


STEP = "slurmstepd: error: *** JOB 5 ON node2 CANCELLED AT 2026-11-21T09:11:48"


@pytest.mark.parametrize(
    ("output", "state"),
    [
        (f"{STEP} DUE TO TIME LIMIT ***\n", S.TIMEOUT),
        (f"{STEP} DUE TO PREEMPTION ***\n", S.PREEMPTED),
        (f"{STEP} DUE TO JOB REQUEUE ***\nstarted again\n{STEP} ***\n", S.KILLED),
        (f"{STEP} ***\n", S.KILLED),
        ("slurmstepd: error: Detected 1 oom-kill event(s) in StepId=642.batch.\n", S.OOM),
        ("nothing of use\n", S.LOST),
        (None, S.LOST),
    ],
)
def test_a_job_of_which_nobody_knows_anything_is_judged_by_its_output(output: str | None, state: RunState) -> None:
    assert overlay.gone(run(S.RUNNING), output, "Slurm")["state"] == state.value


def test_a_job_that_left_the_queue_before_it_started_was_taken_out() -> None:
    assert overlay.gone(run(S.QUEUED), None, "Slurm")["state"] == "killed"
    end = overlay.gone(run(S.QUEUED), "nerotui: there is no program /opt/python3 on node1\n", "Slurm")
    assert end["state"] == "failed"
    assert "there is no program /opt/python3" in end["reason"]


def test_a_foreign_job_keeps_its_id_and_what_was_read_in_its_log() -> None:
    assert overlay.foreign_id("slurm", "rig", "7") == overlay.foreign_id("slurm", "rig", "7")
    assert overlay.foreign_id("slurm", "rig", "7") != overlay.foreign_id("slurm", "other", "7")
    first = overlay.foreign(job(S.RUNNING, name="mine", out="/x/out", started=1.0), "ffffffff", "c", Slurm(), 5.0)
    assert (first.foreign, first.backend, first.job, first.log_path) == (True, "slurm", "7", "/x/out")
    read = replace(first, log_size=9)
    over = overlay.foreign(job(S.DONE, ended=8.0), "ffffffff", "c", Slurm(), 9.0, read)
    assert (over.state, over.name, over.log_path, over.log_size, over.ended) == (S.DONE, "mine", "/x/out", 9, 8.0)
    array = overlay.foreign(job(S.QUEUED, name="sweep", tasks="2-5%2"), "gggggggg", "c", Slurm(), 5.0)
    assert array.name == "sweep [2-5%2]"

"""What folders, list and accounting say of a host's jobs, entered in every order in which it can come."""

from __future__ import annotations

import time
from typing import Any

import pytest

from nerotui.agent.states import RunState
from nerotui.backends.jobs import Files, Job
from nerotui.backends.slurm import Slurm
from nerotui.core.records import Run
from nerotui.fleet import book
from nerotui.fleet.book import Book

S = RunState


@pytest.fixture
def notes() -> Book:
    return Book("c", Slurm(), "machine")


def run(state: RunState = S.QUEUED, **more: Any) -> Run:
    fields: dict[str, Any] = {"id": "abcdefgh", "name": "lang", "host": "c", "backend": "slurm", "job": "7", **more}
    return Run(state=state, **fields)


def job(state: RunState = S.RUNNING, number: str = "7", **more: Any) -> Job:
    return Job(id=number, raw=state.value.upper(), state=state, **more)


def ended(notes: Book, now: float, *, off: bool = False) -> list[str | None]:
    """The states that would be put on record now; None for one whose output has to be looked at."""
    return [verdict.end["state"] if verdict.end else None for verdict in notes.verdicts(now, off=off)]


def test_all_of_the_users_jobs_are_shown_and_nerotuis_own_once(notes: Book) -> None:
    notes.take(run())
    notes.listed([job(), job(number="8", name="other"), job(number="9", run="abcdefgh")], 100.0)
    assert [found.name for found in notes.strangers.runs.values()] == ["other"]
    rows = notes.rows({})
    assert {row.id for row in rows} == {"abcdefgh", *notes.strangers.runs}


def test_a_job_that_turns_out_to_be_nerotuis_own_is_no_stranger_any_more(notes: Book) -> None:
    assert notes.listed([job()], 100.0) == []
    (stranger,) = notes.strangers.runs
    notes.take(run())
    assert notes.listed([job()], 101.0) == [stranger]
    assert not notes.strangers.runs


def test_a_job_just_being_handed_in_is_no_stranger(notes: Book) -> None:
    notes.listed([job()], 100.0, handing_in=True)
    assert not notes.strangers.runs


def test_jobs_of_removed_and_of_refused_runs_are_nobodys(notes: Book) -> None:
    notes.listed([job(S.FAILED, run="gonegone"), job(S.RUNNING, "8", run="elsewher")], 100.0)
    assert [found.job for found in notes.strangers.runs.values()] == ["8"]


def test_an_array_stays_nerotuis_own_when_one_of_its_runs_is_removed(notes: Book) -> None:
    for number in (1, 2):
        notes.take(run(id=f"abcdefg{number + 1}", job=f"7_{number}"))
    notes.drop("abcdefg3")
    notes.listed([job(S.QUEUED, "7", tasks="1-2")], 100.0)
    assert not notes.strangers.runs


def test_a_number_that_was_given_again_is_another_job(notes: Book) -> None:
    notes.take(run(S.DONE, ended=1000.0))
    notes.listed([job(submitted=1000.0 + 2 * book.REUSED, name="newer")], 5000.0)
    assert [found.name for found in notes.strangers.runs.values()] == ["newer"]


def test_only_rows_that_change_are_told(notes: Book) -> None:
    notes.take(run())
    listed = [job(S.QUEUED, reason="Priority"), *(job(S.QUEUED, str(number)) for number in range(100, 200))]
    notes.listed(listed, 100.0)
    shown = {row.id: row for row in notes.rows({})}
    assert len(shown) == 101
    notes.listed(listed, 130.0)
    assert notes.rows(shown) == []
    notes.listed([job(S.QUEUED, reason="Resources"), *listed[1:]], 140.0)
    assert [row.id for row in notes.rows(shown)] == ["abcdefgh"]
    notes.listed(listed, 100.0 + book.DATED)  # after a while all are dated anew
    assert len(notes.rows(shown)) == 101


def test_after_a_silence_all_rows_are_dated_anew(notes: Book) -> None:
    notes.take(run())
    notes.listed([job(S.QUEUED)], 100.0)
    shown = {row.id: row for row in notes.rows({})}
    notes.silent()
    notes.listed([job(S.QUEUED)], 101.0)
    assert [row.checked for row in notes.rows(shown)] == [101.0]


def test_a_tasks_own_entry_and_that_of_all_waiting_tasks_are_found(notes: Book) -> None:
    for number in (1, 3):
        notes.take(run(id=f"abcdefg{number + 1}", job=f"7_{number}"))
    notes.listed([job(S.RUNNING, "7_1"), job(S.QUEUED, "7", tasks="2-5%2", reason="its turn")], 100.0)
    states = {row.job: (row.state, row.reason) for row in notes.rows({})}
    assert states["7_3"] == (S.QUEUED, "its turn")
    assert states["7_1"][0] is S.STARTING
    assert not notes.strangers.runs


def test_waiting_tasks_of_a_strangers_array_are_one_row_until_they_start(notes: Book) -> None:
    notes.listed([job(S.QUEUED, "9", tasks="1-2", name="sweep")], 100.0)
    (row,) = notes.strangers.runs.values()
    assert row.name == "sweep [1-2]"
    gone = notes.listed([job(S.RUNNING, "9_1"), job(S.RUNNING, "9_2")], 101.0)
    assert gone == [row.id]
    assert sorted(str(found.job) for found in notes.strangers.runs.values()) == ["9_1", "9_2"]


def test_an_end_is_believed_when_it_was_seen_twice(notes: Book) -> None:
    notes.take(run(S.RUNNING, last_seen=50.0))
    notes.listed([job(S.TIMEOUT, reason="its limit")], 100.0)
    assert ended(notes, 100.0) == []
    assert notes.unsure()
    assert ended(notes, 100.0 + book.TWICE) == ["timeout"]
    notes.take(run(S.FAILED))  # its supervisor spoke after all
    assert ended(notes, 110.0) == []
    assert not notes.unsure()


def test_a_list_older_than_the_supervisors_word_is_not_believed(notes: Book) -> None:
    notes.take(run(S.QUEUED))
    notes.listed([job(S.QUEUED)], time.time())
    assert notes.take(run(S.RUNNING)).state is S.RUNNING
    notes.listed([job(S.QUEUED)], time.time() + 1)  # put back meanwhile
    assert notes.take(run(S.RUNNING)).state is S.QUEUED
    notes.listed([job(S.RUNNING)], time.time() + 2)  # started anew; its folder still tells of the first start
    assert notes.take(run(S.RUNNING)).state is S.STARTING
    assert notes.take(run(S.RUNNING, attempt=2)).state is S.RUNNING


def test_a_supervisor_that_spoke_is_ahead_of_a_job_that_just_starts(notes: Book) -> None:
    notes.take(run(S.RUNNING))
    notes.listed([job(S.STARTING)], time.time() + 1)
    assert notes.take(run(S.RUNNING)).state is S.RUNNING


def test_a_job_that_is_listed_no_more_is_looked_up_in_the_accounts(notes: Book) -> None:
    notes.take(run(S.RUNNING))
    notes.listed([], 100.0)
    assert notes.unlisted(100.0) == ["7"]
    notes.accounted({"7": job(S.OOM, reason="memory")}, ["7"], 100.0, off=False)
    assert notes.unlisted(101.0) == []
    assert ended(notes, 100.0) == []
    assert ended(notes, 103.0) == ["oom"]


def test_nothing_is_invented_while_the_accounting_does_not_answer(notes: Book) -> None:
    notes.take(run(S.RUNNING, last_seen=0.0))
    notes.listed([], 100.0)
    notes.unlisted(100.0)
    notes.accounts = False
    notes.accounted({}, ["7"], 100.0, off=False)
    assert ended(notes, 1e6) == []
    assert notes.take(run(S.RUNNING)).state is S.RUNNING
    # Where there is none, the job's own output is all that is left to look at; a supervisor that writes is alive.
    assert ended(notes, 100.0 + book.GONE, off=True) == [None]
    notes.take(run(S.RUNNING, last_seen=100.0))
    assert ended(notes, 100.0 + book.GONE, off=True) == []


def test_a_waiting_job_that_is_gone_was_taken_out_of_the_queue(notes: Book) -> None:
    notes.take(run(S.QUEUED))
    notes.listed([job(S.QUEUED)], 100.0)
    notes.listed([], 101.0)
    notes.unlisted(101.0)
    notes.accounted({}, ["7"], 101.0, off=False)
    assert notes.take(run(S.QUEUED)).state is S.QUEUED
    notes.accounted({}, ["7"], 101.0 + book.TWICE, off=False)
    assert notes.take(run(S.QUEUED)).state is S.KILLED
    assert ended(notes, 101.0 + book.TWICE) == []  # shown at once, on record when it is sure
    assert ended(notes, 101.0 + book.GONE) == [None]


def test_a_strangers_job_that_is_gone_is_not_called_done(notes: Book) -> None:
    notes.listed([job(S.RUNNING, "8"), job(S.QUEUED, "9"), job(S.RUNNING, "10")], 100.0)
    notes.listed([], 101.0)
    wanted = notes.unlisted(101.0)
    assert sorted(wanted) == ["10", "8", "9"]
    notes.accounted({"10": job(S.FAILED, "10", reason="exit code 1")}, wanted, 101.0, off=False)
    assert {run.job: run.state for run in notes.strangers.runs.values()} == {
        "8": S.RUNNING, "9": S.QUEUED, "10": S.FAILED,
    }  # fmt: skip
    notes.accounted({}, ["8", "9"], 101.0 + book.GONE, off=False)
    assert {run.job: run.state for run in notes.strangers.runs.values()} == {
        "8": S.LOST, "9": S.KILLED, "10": S.FAILED,
    }  # fmt: skip


def test_a_run_without_a_job_gets_one_after_a_while(notes: Book) -> None:
    notes.take(run(job=None))
    assert notes.jobless(100.0) == []
    assert notes.jobless(100.0 + book.UNCLAIMED - 1) == []
    assert [each.id for each in notes.jobless(100.0 + book.UNCLAIMED)] == ["abcdefgh"]
    notes.waits_in_vain(notes.records["abcdefgh"], "Slurm refused: no", 1e9)
    assert notes.jobless(1e6) == []
    assert notes.take(run(job=None)).reason == "Slurm refused: no"
    notes.take(run(S.HELD, job=None))  # held without a job: its release hands one in
    assert notes.jobless(1e12) == []


def test_the_logs_of_strangers_are_followed_while_they_run(notes: Book) -> None:
    notes.listed([job(S.RUNNING, "8", out="/x/8", started=1.0), job(S.QUEUED, "9", out="/x/9")], 100.0)
    assert [log["path"] for log in notes.strangers.logs(notes.jobs)] == ["/x/8"]
    notes.listed([job(S.DONE, "8", out="/x/8", started=1.0)], 101.0)
    assert [log["over"] for log in notes.strangers.logs(notes.jobs)] == ["done"]
    notes.listed([], 102.0)
    assert notes.strangers.logs(notes.jobs) == []


def test_paths_that_the_list_does_not_tell_are_asked_for_once(notes: Book) -> None:
    notes.listed([job(S.RUNNING, "8.3", started=1.0), job(S.RUNNING, "9", started=1.0)], 100.0)
    assert notes.strangers.pathless() == ["8.3", "9"]
    notes.strangers.paths({"8": Files(out="/x/o.$TASK_ID", err="/x/e.$TASK_ID")}, ["8.3", "9"])
    (log,) = notes.strangers.logs(notes.jobs)
    assert (log["path"], log["err"]) == ("/x/o.3", "/x/e.3")
    assert notes.strangers.pathless() == []


def test_a_job_inside_which_nerotui_tracks_a_run_is_no_run_of_its_own(notes: Book) -> None:
    notes.take(run(S.RUNNING, backend="track", job="8"))
    notes.listed([job(S.RUNNING, "8")], 100.0)
    assert not notes.strangers.runs

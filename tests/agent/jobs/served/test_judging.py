"""Ends by a scheduler's word: who may put what on record, what is refined, and what follows."""

import json
import os
import signal
import subprocess
from pathlib import Path

import pytest

from tests.agent.jobs.served.site import Site

LOOP = "echo here; while :; do sleep 0.05; done"


def running(site: Site, run: str = "aaaa2222", command: str = LOOP, **variables: str) -> "subprocess.Popen[bytes]":
    job = site.start(run, **variables)
    site.reach(run, "running")
    site.until(lambda: "here" in site.log(run), "its first line")
    return job


def end_of(site: Site, run: str, attempt: int = 1) -> dict[str, object]:
    found: dict[str, object] = json.loads((site.folder(run) / "attempts" / f"{attempt}.end").read_text())
    return found


def test_a_node_that_is_gone(site: Site) -> None:
    site.submit("aaaa2222", LOOP)
    running(site)
    site.cut_off("aaaa2222")
    assert site.record("aaaa2222")["state"] == "running"  # nobody here can know better
    record = site.judge("aaaa2222", 1, "preempted", "its node failed")
    assert (record["state"], record["reason"], record["exit_code"]) == ("preempted", "its node failed", None)
    assert site.line() == []
    # What follows a judgement is what follows any end.
    assert site.act("aaaa2222", "retry")["state"] == "queued"
    site.start("aaaa2222", job="18")
    assert site.reach("aaaa2222", "running")["attempt"] == 2


def test_the_end_of_a_job_that_has_a_successor_is_no_end_of_what_waits_for_that(site: Site) -> None:
    site.submit("aaaa2222", "true")
    kept = {"scheduler": "slurm", "id": "18", "argv": ["sbatch", "job.sh"]}
    site.far.ok("job", run="aaaa2222", attempt=1, job=kept)
    end = {"state": "failed", "reason": "its job never started it", "exit_code": None, "signal": None}
    refused = site.far.refused("judge", run="aaaa2222", attempt=1, end=end, who=None, job="17")
    assert (refused["code"], "another job" in refused["message"]) == ("illegal", True)
    assert site.record("aaaa2222")["state"] == "queued"
    assert site.far.ok("judge", run="aaaa2222", attempt=1, end=end, who=None, job="18")["run"]["state"] == "failed"


def test_a_supervisor_on_this_very_host_knows_better(site: Site) -> None:
    site.submit("aaaa2222", LOOP)
    running(site, node="login")
    end = {"state": "failed", "reason": "so it was said", "exit_code": None, "signal": None}
    refused = site.far.refused("judge", run="aaaa2222", attempt=1, end=end)
    assert refused["code"] == "illegal"
    assert site.record("aaaa2222")["state"] == "running"


def test_an_end_that_a_supervisor_has_proved_stands(site: Site) -> None:
    site.submit("aaaa2222", "exit 3")
    site.start("aaaa2222").wait(20)
    assert site.judge("aaaa2222", 1, "timeout", "another opinion")["exit_code"] == 3
    assert end_of(site, "aaaa2222")["state"] == "failed"


def test_an_end_by_the_schedulers_signal_is_refined_once(site: Site) -> None:
    site.submit("aaaa2222", LOOP)
    job = running(site)
    os.killpg(job.pid, signal.SIGTERM)
    job.wait(20)
    before = end_of(site, "aaaa2222")
    assert (before["state"], before["by"]) == ("killed", "scheduler")
    record = site.judge("aaaa2222", 1, "timeout", "its job reached its time limit")
    assert (record["state"], record["reason"]) == ("timeout", "its job reached its time limit")
    assert record["ended"] == before["time"]
    assert site.judge("aaaa2222", 1, "failed", "a third opinion")["state"] == "timeout"


def test_what_the_kernel_killed_for_want_of_memory_only_the_scheduler_knows(site: Site) -> None:
    for run, command in (("aaaa2222", "kill -9 $$"), ("aaaa3333", "exit 3")):
        site.submit(run, command)
        site.start(run).wait(20)
    assert site.judge("aaaa2222", 1, "timeout", "it took too long")["state"] == "killed"
    record = site.judge("aaaa2222", 1, "oom", "it used more memory than it had asked for")
    assert (record["state"], record["signal"]) == ("oom", "SIGKILL")
    assert site.judge("aaaa2222", 1, "failed", "late")["state"] == "oom"
    assert site.judge("aaaa3333", 1, "oom", "a part of it")["state"] == "failed"


def test_what_is_lost_gives_way_to_whoever_knows_better(site: Site) -> None:
    site.submit("aaaa2222", LOOP)
    running(site)
    site.cut_off("aaaa2222")
    assert site.judge("aaaa2222", 1, "lost", "nobody knows")["state"] == "lost"
    assert site.judge("aaaa2222", 1, "oom", "it used too much memory")["state"] == "oom"
    assert site.judge("aaaa2222", 1, "failed", "late")["state"] == "oom"


@pytest.mark.parametrize(
    ("code", "said", "state"),
    [
        (3, "lost", "failed"),
        (3, "failed", "failed"),
        (0, "lost", "done"),
        (0, "killed", "done"),
        (3, "timeout", "timeout"),
        (137, "oom", "oom"),
    ],
)
def test_the_exit_code_on_record_is_proof(site: Site, code: int, said: str, state: str) -> None:
    site.submit("aaaa2222", f"echo here; while [ ! -e go ]; do sleep 0.02; done; exit {code}")
    running(site)
    site.desert("aaaa2222")
    (site.root / "go").touch()
    site.until(
        lambda: any(name.endswith(f".exit.{code}") for name in os.listdir(site.folder("aaaa2222") / "attempts")), "it"
    )
    record = site.judge("aaaa2222", 1, said, "so it is said")
    assert (record["state"], record["exit_code"]) == (state, None if code > 128 else code)
    assert record["signal"] == ("SIGKILL" if code > 128 else None)


def test_a_kill_that_was_begun_stays_its_users(site: Site) -> None:
    site.submit("aaaa2222", "trap '' TERM; " + LOOP)
    running(site)
    site.act("aaaa2222", "kill", grace=60)
    site.reach("aaaa2222", "stopping")
    site.cut_off("aaaa2222")
    record = site.judge("aaaa2222", 1, "killed", "cancelled by 1001")
    assert (record["state"], record["reason"]) == ("killed", "killed as me asked")


def test_a_yield_that_was_begun_goes_on_with_the_next_attempt(site: Site) -> None:
    site.submit("aaaa2222", "trap '' USR1; " + LOOP)
    running(site)
    site.act("aaaa2222", "yield", held=True, wait=60)
    site.reach("aaaa2222", "stopping")
    site.cut_off("aaaa2222")
    record = site.judge("aaaa2222", 1, "killed", "cancelled by 1001")
    assert (record["state"], record["attempt"]) == ("held", 2)
    assert record["reason"].startswith("yielded as me asked")


@pytest.mark.parametrize(("state", "goes_on"), [("timeout", True), ("preempted", True), ("failed", False)])
def test_a_run_that_carries_on_by_itself(site: Site, state: str, goes_on: bool) -> None:
    site.submit("aaaa2222", LOOP, resume=["/bin/sh", "-c", "echo resumed"], attempts=2)
    running(site)
    site.cut_off("aaaa2222")
    record = site.judge("aaaa2222", 1, state, "so the scheduler says")
    assert (record["state"], record["attempt"]) == (("queued", 2) if goes_on else (state, 1))
    if not goes_on:
        return
    assert record["job"] is None
    assert site.judge("aaaa2222", 1, "failed", "late")["state"] == "queued"
    assert site.start("aaaa2222", job="18").wait(20) == 0
    assert site.log("aaaa2222").endswith("resumed\n")
    assert site.record("aaaa2222")["job"] == "18"


def test_an_attempt_that_waits_is_over_when_its_job_is(site: Site) -> None:
    for run, held in (("aaaa2222", False), ("aaaa3333", True)):
        site.submit(run, held=held)
        record = site.judge(run, 1, "failed", "it waited for a run that failed")
        assert (record["state"], record["reason"]) == ("failed", "it waited for a run that failed")
    assert site.line() == []
    events = site.far.ok("show", run="aaaa2222")["events"]
    assert [event["kind"] for event in events] == ["submitted", "failed"]


def test_what_is_no_end_and_no_attempt_is_refused(site: Site) -> None:
    site.submit("aaaa2222")
    end = {"state": "failed", "reason": None, "exit_code": 1, "signal": None}
    for wrong in ({**end, "state": "running"}, {**end, "reason": 3}, {**end, "exit_code": True}, {}, None, "failed"):
        assert site.far.refused("judge", run="aaaa2222", attempt=1, end=wrong)["code"] == "bad_request"
    assert site.far.refused("judge", run="aaaa2222", attempt=2, end=end)["code"] == "illegal"
    assert site.far.refused("judge", run="zzzz2222", attempt=1, end=end)["code"] == "no_such_run"
    assert site.record("aaaa2222")["state"] == "queued"


def test_an_end_that_cannot_be_written_leaves_all_as_it_was(site: Site) -> None:
    site.submit("aaaa2222")
    (entry,) = site.line()
    end = {"state": "failed", "reason": "so it is said", "exit_code": None, "signal": None}
    obstacle = site.folder("aaaa2222") / "attempts" / "1.end"
    obstacle.mkdir()
    assert site.far.refused("judge", run="aaaa2222", attempt=1, end=end)["code"] == "io"
    kill: dict[str, object] = {"run": "aaaa2222", "action": "kill", "who": "me", "attempt": None, "args": {}}
    assert site.far.refused("act", **kill)["code"] == "io"
    assert site.line() == [entry]
    obstacle.rmdir()
    assert site.judge("aaaa2222", 1, "failed", "so it is said")["state"] == "failed"
    assert site.line() == []


def test_a_judge_that_dies_half_way_leaves_nothing_half_done(site: Site, tmp_path: Path) -> None:
    site.submit("aaaa2222")
    (entry,) = site.line()
    # A claim of a process that is dead, and no word about the attempt.
    dead = subprocess.Popen(["true"])
    dead.wait()
    claim = "c" + entry[1:] + "~q~" + site.identity(dead.pid, 1)
    line = site.root / "queue" / "@slurm" / "line"
    os.rename(line / entry, line / claim)
    assert site.record("aaaa2222")["state"] == "starting"
    site.far.ok("watch", stats=0, runs=True)  # contact
    site.until(lambda: site.line() == [entry], "the entry to wait again")
    assert site.record("aaaa2222")["state"] == "queued"

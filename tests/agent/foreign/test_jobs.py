"""Logs that a link names: figures come back under the run's id, errors from a second file, an end when it is told."""

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.agent.foreign.hand import Hand
from tests.agent.serve.far import Far, Message

RUN = "abcdefgh"


def figures(far: Far, true: Callable[[Message], object], patience: float = 20.0) -> Message:
    deadline = time.monotonic() + patience
    while True:
        for run in far.push("foreign", max(0.1, deadline - time.monotonic()))["runs"]:
            if true(run):
                found: Message = run
                return found


def follow(far: Far, path: Path, **more: Any) -> None:
    far.ok("foreign", logs=[{"run": RUN, "path": str(path), "err": None, **more}], watch=[])


def test_what_is_there_and_what_comes(far: Far, tmp_path: Path) -> None:
    log = tmp_path / "slurm-1.out"
    follow(far, log)
    assert figures(far, lambda _: True)["log_size"] is None  # the job has not begun
    log.write_text("epoch 1/10 loss 1.5\nepoch 2/10 loss 0.5\n")
    run = figures(far, lambda run: run["metrics"])
    assert run["id"] == RUN
    assert run["metrics"]["loss"] == {"last": 0.5, "x": 2, "min": 0.5, "max": 1.5}
    assert (run["progress"]["at"], run["progress"]["of"], run["log_size"]) == (2, 10, log.stat().st_size)
    with log.open("a") as file:
        file.write("epoch 3/10 loss nan\n")
    run = figures(far, lambda run: run["progress"]["at"] == 3)
    assert run["metrics"]["loss"]["last"] == "NaN"


def test_errors_of_a_second_file_count_and_do_not_point_into_the_first(far: Far, tmp_path: Path) -> None:
    log, err = tmp_path / "out", tmp_path / "err"
    log.write_text("step 1 loss 1\n")
    err.write_text('Traceback (most recent call last):\n  File "train.py", line 3, in <module>\nValueError: 7\n')
    follow(far, log, err=str(err), over="failed")
    run = figures(far, lambda run: run["findings"])
    (found,) = run["findings"]
    assert (found["kind"], found["severity"]) == ("traceback", "error")
    assert all(isinstance(item, str) for item in found["evidence"])


def test_a_job_that_ended_well_survived_its_errors(far: Far, tmp_path: Path) -> None:
    log = tmp_path / "out"
    log.write_text("step 1 loss 1\nRuntimeError: CUDA out of memory. Tried to allocate\n" + "x\n" * 3)
    follow(far, log)
    assert figures(far, lambda run: run["findings"])["findings"][0]["kind"] == "cuda_oom"
    follow(far, log, over="done")
    assert figures(far, lambda run: not run["findings"])["metrics"]["loss"]["last"] == 1


def test_one_that_cannot_be_read_says_why(far: Far, tmp_path: Path) -> None:
    follow(far, tmp_path)
    assert figures(far, lambda run: run["error"])["error"] == f"{tmp_path} is no file"


def test_of_a_long_log_the_end_is_read_and_no_extreme_is_claimed(far: Far, tmp_path: Path) -> None:
    log = tmp_path / "out"
    with log.open("w") as file:
        file.write("step 1 loss 99\n")
        file.write(("y" * 999 + "\n") * 9000)
        file.write("step 2 loss 1\nstep 3 loss 0.5\n")
    follow(far, log)
    run = figures(far, lambda run: run["metrics"])
    assert run["metrics"]["loss"] == {"last": 0.5, "x": 3, "min": None, "max": None}


def test_a_new_wish_replaces_the_old_one_and_keeps_what_was_read(far: Far, tmp_path: Path) -> None:
    log = tmp_path / "out"
    log.write_text("step 1 loss 1\n")
    follow(far, log)
    figures(far, lambda run: run["metrics"])
    far.before.clear()
    other = {"run": "bbbbbbbb", "path": str(tmp_path / "other"), "err": None}
    far.ok("foreign", logs=[{"run": RUN, "path": str(log), "err": None}, other], watch=[])
    assert figures(far, lambda _: True)["id"] == "bbbbbbbb"
    # A log that nobody wants followed any more is still whatever it is: only the link knows whose.
    far.ok("foreign", logs=[], watch=[])
    assert far.quiet(1.5)


@pytest.mark.parametrize("logs", [[{"path": "/x"}], [{"run": "x", "path": "/x"}], [{"run": RUN}], "x", [1]])
def test_what_makes_no_sense_is_refused(far: Far, logs: object) -> None:
    assert far.refused("foreign", logs=logs, watch=[])["code"] == "bad_request"
    far.ok("stats")


@pytest.mark.parametrize("python", ["3.6", "3.13"], indirect=True)
def test_the_oldest_and_the_newest_interpreter_follow_and_act(python: str, hand: Hand, tmp_path: Path) -> None:
    from tests.agent.foreign.hand import told, watch

    hand.train("a")
    with Far(python) as far:
        far.greet(tmp_path / "root")
        (run,) = watch(far, hand.folder / "**/log.txt")
        told(far, lambda one: one["metrics"])
        act = {"run": run["id"], "who": "me", "attempt": 1, "args": {}}
        assert far.ok("act", action="freeze", **act)["run"]["state"] == "paused"
        far.ok("act", action="kill", **act)
        assert told(far, lambda one: one["state"] == "killed")["signal"] == "SIGTERM"

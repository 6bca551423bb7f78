"""Runs are queued, paused, killed and brought back from the keyboard, on real process trees."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator

import pytest

from nerotui.agent.states import RunState
from tests.tui.e2e.console import LEARN, Console, empty
from tests.tui.e2e.terminal import needs_tmux

pytestmark = [needs_tmux, pytest.mark.tmux, pytest.mark.timeout(180)]

#: A shell, a worker of it, and one that went to a session of its own.
TREE = "setsid sh -c 'sleep 1000 & wait' & sleep 1000 & wait"


@pytest.fixture
def console(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Console]:
    """An empty console, one run at a time."""
    with empty(tmp_path_factory.mktemp("acts"), slots=1) as console:
        yield console


def test_freeze_and_thaw(console: Console) -> None:
    run = console.submit("tree", "sh", "-c", TREE)
    console.until(run, RunState.RUNNING)
    console.select("tree")
    console.terminal.wait_for("p freeze")
    console.terminal.send("p")
    console.terminal.wait_for(re.compile(r"▌ PAUS .* tree"))
    console.terminal.wait_for("r thaw")
    assert set(console.tree(run).values()) == {"T"}
    console.terminal.send("r")
    console.terminal.wait_for(re.compile(r"▌ RUN .* tree"))
    console.until(run, lambda run: "T" not in console.tree(run.id).values())


def test_hold_and_release(console: Console) -> None:
    console.submit("first", "sleep", "1000")
    console.submit("second", "sleep", "1000")
    console.select("second")
    console.terminal.wait_for("p hold")
    console.terminal.send("p")
    console.terminal.wait_for(re.compile(r"▌ HELD .* second"))
    console.terminal.wait_for("r release")
    console.terminal.send("r")
    console.terminal.wait_for(re.compile(r"▌ NEXT .* second"))


def test_move(console: Console) -> None:
    console.submit("first", "sleep", "1000")
    for name in ("alpha", "beta"):
        console.submit(name, "sleep", "1000")
    console.select("beta")
    console.terminal.wait_for(re.compile(r"▌ WAIT .* beta"))
    console.terminal.send("less_than_sign")
    console.terminal.wait_for(re.compile(r"▌ NEXT .* beta"))
    console.terminal.wait_for(re.compile(r" WAIT .* alpha"))
    console.terminal.send("greater_than_sign")
    console.terminal.wait_for(re.compile(r"▌ WAIT .* beta"))


def test_a_time_limit_is_changed_while_it_runs(console: Console) -> None:
    run = console.submit("long", "sleep", "1000")
    console.until(run, RunState.RUNNING)
    console.select("long")
    console.terminal.send("T")
    console.terminal.wait_for("Change the time limit")
    console.terminal.type("soon\n")
    console.terminal.wait_for("is no duration")
    console.terminal.send("C-u")
    console.terminal.type("2h30m\n")
    console.terminal.wait_for("Change the time limit", gone=True)
    console.until(run, lambda run: run.time_limit == 9000.0)
    console.terminal.send("colon")
    console.terminal.wait_for("Enter does it")
    console.terminal.type("limit 1s\n")
    console.terminal.wait_for(re.compile(r"▌ TIME .* long"))


def test_kill_asks_and_enter_alone_keeps(console: Console) -> None:
    run = console.submit("victim", "sh", "-c", TREE)
    console.until(run, lambda run: run.state is RunState.RUNNING and run.pid)
    console.select("victim")
    console.terminal.wait_for(f"pid {console.run(run).pid}")
    pid = console.run(run).pid
    console.terminal.send("X")
    screen = console.terminal.wait_for("Kill this run?")
    assert "victim" in screen
    assert f"pid {pid}" in screen
    assert "on local" in screen
    console.terminal.send("enter")
    console.terminal.wait_for("Kill this run?", gone=True)
    assert console.run(run).state is RunState.RUNNING
    assert len(console.tree(run)) >= 4
    console.terminal.send("X")
    console.terminal.wait_for("Kill this run?")
    console.terminal.send("y")
    console.terminal.wait_for(re.compile(r"▌ KILL .* victim"))
    assert console.tree(run) == {}


def test_kill_at_once_while_frozen(console: Console) -> None:
    """A tree that ignores TERM, frozen: `!` leaves nothing of it."""
    run = console.submit("deaf", "sh", "-c", f"trap '' TERM; {TREE}")
    console.until(run, RunState.RUNNING)
    console.select("deaf")
    console.terminal.wait_for("p freeze")
    console.terminal.send("p")
    console.terminal.wait_for(re.compile(r"▌ PAUS .* deaf"))
    assert len(console.tree(run)) >= 4
    console.terminal.send("X")
    console.terminal.wait_for("! kill at once")
    console.terminal.send("exclamation_mark")
    console.terminal.wait_for(re.compile(r"▌ KILL .* deaf"))
    assert console.tree(run) == {}


def test_the_target_is_the_run_under_the_cursor_when_x_was_pressed(console: Console) -> None:
    """While the dialog is open the run ends and another one takes its row: nothing happens to that one."""
    short = console.submit("short", "sh", "-c", "while [ ! -e go ]; do sleep 0.1; done")
    console.until(short, RunState.RUNNING)
    other = console.submit("other", "sleep", "1000")
    console.select("short")
    console.terminal.send("X")
    console.terminal.wait_for("Kill this run?")
    (console.folder / "go").touch()
    console.until(other, RunState.RUNNING)
    console.terminal.wait_for(re.compile(r"DONE +\w+ +short"))  # the console knows it as well
    console.terminal.send("y")
    console.terminal.wait_for("nothing was sent")
    assert console.run(other).state is RunState.RUNNING
    assert console.run(short).state is RunState.DONE


def test_yield_frees_the_slot_and_comes_back(console: Console) -> None:
    run = console.learn("learner")
    console.until(run, lambda run: "acc" in run.metrics)
    console.select("learner")
    console.terminal.wait_for("P yield")
    console.terminal.send("P")
    console.until(run, lambda run: run.attempt == 2, timeout=60)
    console.terminal.wait_for("attempt 2")
    assert b"checkpoint written" in console.fleet.read_log(run)[0]


def test_retry_and_remove(console: Console) -> None:
    run = console.submit("flaky", "sh", "-c", "test -e mark || { touch mark; exit 7; }")
    console.until(run, RunState.FAILED)
    console.select("flaky")
    console.terminal.wait_for("R retry")
    console.terminal.send("R")
    console.terminal.wait_for(re.compile(r"▌ DONE .* flaky"))
    console.terminal.send("D")
    console.terminal.wait_for("Remove this run for good?")
    console.terminal.send("enter")
    console.terminal.wait_for("for good?", gone=True)
    assert console.run(run).state is RunState.DONE
    console.terminal.send("D")
    console.terminal.wait_for("for good?")
    console.terminal.send("y")
    console.terminal.wait_for("No runs yet")
    assert not (console.folder / ".nerotui" / "runs" / run).exists()


def test_add_is_filled_in_from_the_selected_run(console: Console) -> None:
    first = console.submit("one", sys.executable, "-u", "-c", LEARN, env={"SEED": "3"})
    console.until(first, RunState.RUNNING)
    console.select("one")
    console.terminal.send("a")
    console.terminal.wait_for("SEED=3")
    console.terminal.send("tab", "tab", "ctrl+u")
    console.terminal.type("two")
    console.terminal.send("enter")
    console.terminal.wait_for(re.compile(r"NEXT .* two"))
    second = console.named("two")
    assert second.command == console.run(first).command
    console.terminal.send("a")
    console.terminal.wait_for("Add a run")
    console.terminal.send("tab", "tab", "tab", "ctrl+u")
    console.terminal.type("many\n")
    console.terminal.wait_for("gpus is a number")
    console.terminal.send("escape")
    console.terminal.wait_for("Add a run", gone=True)
    assert len(console.fleet.runs) == 2


def test_marked_runs_are_meant_together(console: Console) -> None:
    console.submit("first", "sleep", "1000")
    waiting = [console.submit(name, "sleep", "1000") for name in ("alpha", "beta")]
    console.select("alpha")
    console.terminal.send("space")
    console.terminal.wait_for("1 marked")
    console.select("beta")
    console.terminal.send("space")
    console.terminal.wait_for("2 marked")
    console.terminal.send("p")
    for run in waiting:
        console.until(run, RunState.HELD)
    console.terminal.send("X")
    console.terminal.wait_for("Kill these 2 runs?")
    console.terminal.send("y")
    for run in waiting:
        console.until(run, RunState.KILLED)


def test_what_means_nothing_is_said_in_words(console: Console) -> None:
    run = console.submit("over", "true")
    console.until(run, RunState.DONE)
    console.select("over")
    console.terminal.send("p")
    console.terminal.wait_for("There is nothing to pause: over is done")
    console.terminal.send("X")
    console.terminal.wait_for("There is nothing to kill: over is done")

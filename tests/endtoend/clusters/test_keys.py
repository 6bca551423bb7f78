"""The console in a real terminal, the same keys and the same words whatever queues the runs."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from nerotui.agent.states import RunState
from tests.endtoend.clusters.site import RESUMING, TRAINING, Site
from tests.tui.e2e.console import having, select
from tests.tui.e2e.terminal import Terminal, needs_tmux

pytestmark = [needs_tmux, pytest.mark.tmux, pytest.mark.root, pytest.mark.timeout(180)]


def test_add_follow_draw_freeze_thaw_kill_retry(site: Site) -> None:
    with site.console() as terminal:
        terminal.wait_for("1/1 up")
        add(terminal, site.dir, "learner")
        select(terminal, "learner")
        terminal.wait_for(re.compile(r"▌ RUN .* learner"), 40)
        run = site.named("learner")

        # Its log is followed and its curve drawn.
        terminal.wait_for(re.compile(r"step \d+ loss 0\.\d+"))
        terminal.wait_for(re.compile(r"loss +0\.\d+"))
        step = int(re.findall(r"step (\d+) loss", terminal.screen())[-1])
        terminal.wait_for(lambda screen: any(int(at) > step for at in re.findall(r"step (\d+) loss", screen)))

        terminal.wait_for("p freeze")
        terminal.send("p")
        terminal.wait_for(re.compile(r"▌ PAUS .* learner"))
        assert states(run) == {"T"}
        terminal.wait_for("r thaw")
        terminal.send("r")
        terminal.wait_for(re.compile(r"▌ RUN .* learner"))
        site.until(run, lambda run: "T" not in states(run.id))

        terminal.send("X")
        assert "learner" in terminal.wait_for("Kill this run?")
        terminal.send("y")
        terminal.wait_for(re.compile(r"▌ KILL .* learner"))
        site.until(run, lambda run: not states(run.id))

        terminal.wait_for("R retry")
        terminal.send("R")
        terminal.wait_for(re.compile(r"▌ RUN .* learner"), 40)
        site.until(run, lambda run: run.attempt == 2 and run.state is RunState.RUNNING)
        terminal.send("X")
        terminal.wait_for("Kill this run?")
        terminal.send("y")
        terminal.wait_for(re.compile(r"▌ KILL .* learner"))


def test_hold_and_release(site: Site) -> None:
    first = site.submit("first", "sleep", "1000")
    site.until(first, RunState.RUNNING)
    second = site.submit("second", "sleep", "1000", after_any=(first,))
    with site.console() as terminal:
        select(terminal, "second")
        terminal.wait_for(re.compile(r"▌ (NEXT|WAIT) .* second"))
        terminal.wait_for("p hold")
        terminal.send("p")
        terminal.wait_for(re.compile(r"▌ HELD .* second"))
        terminal.wait_for("r release")
        terminal.send("r")
        terminal.wait_for(re.compile(r"▌ (NEXT|WAIT) .* second"))
        site.fleet.act(first, "kill", now=True)
        terminal.wait_for(re.compile(r"▌ RUN .* second"), 40)
    assert site.until(second, RunState.RUNNING).attempt == 1


def test_yield_and_go_on_from_the_checkpoint(site: Site) -> None:
    run = site.train("learner")
    site.until(run, lambda run: run.metrics)
    with site.console() as terminal:
        terminal.wait_for(re.compile(r"▌ RUN .* learner"))
        terminal.wait_for("P yield")
        terminal.send("P")
        terminal.wait_for("attempt 2", 60)
        site.until(run, lambda run: run.attempt == 2 and run.state is RunState.RUNNING, 60)
        site.until(run, lambda _: "begins after step" in site.log(run).partition("checkpoint written")[2])
    # One log, one curve: what the first attempt wrote, and on from there.
    written = re.search(r"checkpoint written after step (\d+)\n", site.log(run))
    assert written is not None
    assert f"begins after step {written[1]} on" in site.log(run)
    (loss,) = (series for series in site.fleet.points(run) if series.name == "loss")
    steps = [int(point[0]) for point in loss.points]
    assert steps == list(range(1, len(steps) + 1))
    assert steps[-1] > int(written[1])
    assert site.fleet.show(run).spec["resume"] == list(RESUMING)


def add(terminal: Terminal, folder: Path, name: str) -> None:
    """Queues a run of the training from the dialog."""
    terminal.send("a")
    terminal.wait_for("Add a run")
    terminal.type(" ".join(TRAINING))
    terminal.send("tab", "tab", "ctrl+u")
    terminal.type(name)
    terminal.send("tab", "ctrl+u")
    terminal.type("0")
    terminal.send("tab", "ctrl+u")
    terminal.type(str(folder))
    terminal.send("enter")
    terminal.wait_for("Add a run", gone=True)


def states(run: str) -> set[str]:
    """The states of a run's processes, as /proc has them, without the shell that waits for it and the supervisor."""
    found = having(f"NEROTUI_RUN_ID={run}")
    return {state for state, command in found.values() if "trap : TERM INT HUP" not in command}

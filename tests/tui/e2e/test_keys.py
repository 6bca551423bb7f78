"""Every key of the action table, pressed in a real tmux over real runs, does what the table says."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from nerotui.agent.states import RunState
from nerotui.tui.action import Action
from nerotui.tui.actions import ACTIONS, BY_ID
from nerotui.tui.keys import shown
from tests.tui.e2e.checks import console as _console
from tests.tui.e2e.checks import curve, log, moving, panes, runs
from tests.tui.e2e.checks.common import CHECKS, row
from tests.tui.e2e.console import Console
from tests.tui.e2e.terminal import needs_tmux

pytestmark = [needs_tmux, pytest.mark.tmux, pytest.mark.timeout(180)]

#: Each of these modules puts its checks into CHECKS.
THEMES = (_console, curve, log, moving, panes, runs)


@pytest.fixture(scope="module")
def console(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Console]:
    """One console for all looking keys: two runs that train, one that waits behind them, one that failed."""
    folder = tmp_path_factory.mktemp("keys")
    console = Console(folder, slots=3)
    failed = console.submit("failed", "sh", "-c", "echo loss 0.5; exit 3")
    console.until(failed, RunState.FAILED)
    for name in ("learn-one", "learn-two"):
        run = console.learn(name)
        console.until(run, lambda run: "acc" in run.metrics)
    with console.terminal as terminal:
        try:
            terminal.wait_for("learn-one")
            terminal.wait_for("following")
            yield console
        finally:
            console.close()


#: Checked in test_runs_from_the_keyboard.py, each on a run of its own.
ON_RUNS = {"add", "pause", "resume", "yield", "kill", "retry", "remove", "earlier", "later", "limit"}


def pressing(action: Action) -> list[tuple[Action, str]]:
    return [(action, key) for key in action.keys] or [(action, "")]


@pytest.mark.parametrize(
    ("action", "key"),
    [pair for action in ACTIONS if action.id not in ON_RUNS for pair in pressing(action)],
    ids=lambda value: value.id if isinstance(value, Action) else shown(value) if value else "by word",
)
def test_key(console: Console, action: Action, key: str) -> None:
    terminal = console.terminal
    console.rest()
    terminal.wait_for(lambda screen: "learn" in row(screen))

    def press() -> None:
        if key:
            terminal.send(key)
        else:
            terminal.send("colon")
            terminal.wait_for("Enter does it")
            terminal.type(f"{action.word}\n")

    CHECKS[action.id](console, press)


def test_every_action_is_pressed() -> None:
    assert set(CHECKS) | ON_RUNS == set(BY_ID)
    assert not set(CHECKS) & ON_RUNS
    assert sum(len([name for name in vars(theme) if name.startswith("check_")]) for theme in THEMES) == len(CHECKS)

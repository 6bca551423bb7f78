"""Two consoles on the same host, one of them read-only, show the same truth, and only one of them can change it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from nerotui.agent.states import RunState
from nerotui.fleet.sync import SyncFleet
from nerotui.tui.actions import ACTIONS
from tests.rigs.sshd import start_farm
from tests.tui.e2e.remote import Remote, end_all, until
from tests.tui.e2e.terminal import Terminal, needs_tmux

pytestmark = [needs_tmux, pytest.mark.tmux, pytest.mark.sshd, pytest.mark.timeout(120)]


@pytest.fixture
def both(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[Terminal, Terminal, SyncFleet]]:
    """One's own console, a colleague's that only looks, and a way to see what is true."""
    with start_farm(tmp_path / "farm", ("gpu",)) as farm:
        monkeypatch.setenv("NEROTUI_SSH_CONFIG", str(farm.config))
        mine = Remote(tmp_path / "mine", farm, {"gpu": {"slots": 1}})
        theirs = Remote(tmp_path / "theirs", farm, {"gpu": {}})
        fleet = mine.fleet("gpu")
        home = farm.hosts["gpu"].home
        for name in ("first", "second"):
            fleet.submit(["sh", "-c", "echo loss 0.5; exec sleep 1000"], host="gpu", name=name, dir=str(home))
        try:
            with mine.console() as acting, theirs.console("--readonly", size=(80, 24)) as looking:
                for terminal in (acting, looking):
                    terminal.wait_for(re.compile(r"RUN .* first"))
                    terminal.wait_for(re.compile(r"NEXT .* second"))
                yield acting, looking, fleet
        finally:
            end_all(fleet)


def table(screen: str) -> dict[str, str]:
    """The state of each run, as a console shows it."""
    return {name: state for state, name in re.findall(r"[ ▌][ ●]([A-Z]{3,4}) +\w+ +(first|second)\b", screen)}


def same(acting: Terminal, looking: Terminal, wanted: dict[str, str]) -> None:
    """Waits until both show these states."""
    for terminal in (acting, looking):
        terminal.wait_for(lambda screen: table(screen) == wanted)


def test_what_one_does_the_other_sees(both: tuple[Terminal, Terminal, SyncFleet]) -> None:
    acting, looking, fleet = both
    same(acting, looking, {"first": "RUN", "second": "NEXT"})
    acting.send("p")
    same(acting, looking, {"first": "PAUS", "second": "NEXT"})
    acting.send("r")
    same(acting, looking, {"first": "RUN", "second": "NEXT"})
    acting.send("X")
    acting.wait_for("Kill this run?")
    acting.send("y")
    same(acting, looking, {"first": "KILL", "second": "RUN"})
    states = {run.name: run.state for run in fleet.runs.values()}
    assert states == {"first": RunState.KILLED, "second": RunState.RUNNING}
    # What is asked elsewhere, both see.
    second = next(run.id for run in fleet.runs.values() if run.name == "second")
    fleet.act(second, "freeze")
    same(acting, looking, {"first": "KILL", "second": "PAUS"})


def test_the_one_that_looks_refuses_every_key_and_word_that_acts(
    both: tuple[Terminal, Terminal, SyncFleet],
) -> None:
    _, looking, fleet = both
    before = {run.id: fleet.show(run.id).events for run in fleet.runs.values()}
    assert "read-only" in looking.screen()
    for action in ACTIONS:
        if not action.changes:
            continue
        refused = f"This console is read-only: it cannot {action.label}"
        for key in action.keys:
            looking.send(key)
            looking.wait_for(refused)
        looking.send("colon")
        looking.wait_for("Enter does it")
        looking.type(f"{action.word}\n")
        looking.wait_for(refused)
    assert {run.id: fleet.show(run.id).events for run in fleet.runs.values()} == before
    for word in ("kill", "pause", "add", "retry"):
        assert f" {word}" not in looking.screen().rstrip("\n").splitlines()[-1]
    # Looking works.
    looking.send("4")
    looking.wait_for("loss 0.5")
    until(fleet, next(iter(before)), lambda run: run.live or run.waiting)

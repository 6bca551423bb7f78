"""An action on a host that is away: kept and shown, cancelled or carried out, never on another run than was meant."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from nerotui.agent.states import RunState
from nerotui.fleet.sync import SyncFleet
from tests.rigs.relay import Relay
from tests.rigs.sshd import SshHost, start_farm
from tests.tui.e2e.remote import Remote, behind, end_all, until
from tests.tui.e2e.terminal import Terminal, needs_tmux

pytestmark = [needs_tmux, pytest.mark.tmux, pytest.mark.sshd, pytest.mark.timeout(120)]

#: The selected row with an action that is kept, and how long it still is.
KEPT = re.compile(r"▌ [A-Z]{3,4} .* sleeper .*freeze kept (10m|9m|[1-8]m)")


@dataclass
class Scene:
    """A console whose way to `gpu` leads through a relay, and a second party with a way of its own.

    Attributes:
        run: the id of a run that sleeps, selected in the console.
    """

    terminal: Terminal
    relay: Relay
    fleet: SyncFleet
    host: SshHost
    run: str

    def cut(self) -> None:
        """The host is away for the console, and stays so."""
        self.relay.refuse()
        self.relay.cut()
        self.terminal.wait_for(re.compile(r"^gpu +down", re.M))

    def back(self) -> None:
        """The line is there again."""
        self.relay.refuse(False)
        self.terminal.send("ctrl+r")
        self.terminal.wait_for(re.compile(r"^gpu +cpu", re.M))

    def freeze(self) -> None:
        """Asks for a freeze while the host is away; it is kept, and shown at the row with the time that is left."""
        self.terminal.send("p")
        self.terminal.wait_for(KEPT)


@pytest.fixture
def scene(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Scene]:
    with start_farm(tmp_path / "farm", ("direct",)) as farm:
        host = farm.hosts["direct"]
        monkeypatch.setenv("NEROTUI_SSH_CONFIG", str(farm.config))
        with Relay((host.address, host.port)) as relay:
            behind(relay, farm, "gpu", host)
            remote = Remote(tmp_path / "home", farm, {"gpu": {"slots": 2}})
            fleet = remote.fleet("direct")
            run = fleet.submit(["sleep", "1000"], host="direct", name="sleeper", dir=str(host.home)).id
            until(fleet, run, RunState.RUNNING)
            try:
                with remote.console() as terminal:
                    terminal.wait_for(re.compile(r"▌ RUN .* sleeper"))
                    yield Scene(terminal, relay, fleet, host, run)
            finally:
                end_all(fleet)


def test_it_is_shown_at_the_row_and_carried_out_when_the_host_is_back(scene: Scene) -> None:
    scene.cut()
    scene.terminal.wait_for(re.compile(r"▌ RUN .* sleeper.*seen"))
    scene.freeze()
    scene.terminal.wait_for("gpu is away")
    assert scene.fleet.runs[scene.run].state is RunState.RUNNING
    scene.back()
    until(scene.fleet, scene.run, RunState.PAUSED)
    scene.terminal.wait_for(re.compile(r"▌ PAUS .* sleeper"))
    scene.terminal.wait_for(KEPT, gone=True)
    scene.terminal.send("6", "z")
    scene.terminal.wait_for("was carried out: its host is back")


def test_esc_cancels_it(scene: Scene) -> None:
    scene.cut()
    scene.freeze()
    scene.terminal.send("escape")
    scene.terminal.wait_for(KEPT, gone=True)
    scene.terminal.wait_for("The freeze of sleeper is cancelled: nothing was sent")
    scene.back()
    scene.terminal.wait_for(re.compile(r"▌ RUN .* sleeper"))
    assert scene.fleet.show(scene.run).run.state is RunState.RUNNING
    assert not any("freeze" in event.text for event in scene.fleet.show(scene.run).events)


def test_leaving_asks_names_it_and_forgets_it(scene: Scene) -> None:
    scene.cut()
    scene.freeze()
    scene.terminal.send("q")
    screen = scene.terminal.wait_for("Leave with actions under way?")
    assert re.search(r"sleeper +freeze is kept until gpu is back", screen)
    scene.terminal.send("enter")
    scene.terminal.wait_for("Leave with actions", gone=True)
    scene.terminal.wait_for(KEPT)
    scene.terminal.send("q")
    scene.terminal.wait_for("Leave with actions under way?")
    scene.terminal.send("y")
    scene.terminal.wait_for("left with 0")
    scene.relay.refuse(False)
    assert scene.fleet.show(scene.run).run.state is RunState.RUNNING


def test_ctrl_c_twice_asks_too(scene: Scene) -> None:
    scene.cut()
    scene.freeze()
    scene.terminal.send("ctrl+c")
    scene.terminal.wait_for("Ctrl-C once more")
    scene.terminal.send("ctrl+c")
    scene.terminal.wait_for("Leave with actions under way?")
    scene.terminal.send("escape")
    scene.terminal.wait_for(KEPT)


def test_it_is_dropped_with_a_sentence_if_the_run_is_another_attempt_by_then(scene: Scene) -> None:
    scene.cut()
    scene.freeze()
    scene.fleet.act(scene.run, "kill", now=True)
    until(scene.fleet, scene.run, RunState.KILLED)
    scene.fleet.act(scene.run, "retry")
    until(scene.fleet, scene.run, lambda run: run.attempt == 2 and run.state is RunState.RUNNING)
    scene.back()
    scene.terminal.wait_for(KEPT, gone=True)
    scene.terminal.send("6", "z")
    scene.terminal.wait_for("was dropped: it is at attempt 2 now, not 1")
    assert scene.fleet.show(scene.run).run.state is RunState.RUNNING


def test_it_is_dropped_with_a_sentence_if_the_run_ended_meanwhile(scene: Scene) -> None:
    scene.cut()
    scene.freeze()
    scene.fleet.act(scene.run, "kill", now=True)
    until(scene.fleet, scene.run, RunState.KILLED)
    scene.back()
    scene.terminal.send("6", "z")
    scene.terminal.wait_for("was dropped: it is killed now")


def test_a_line_that_goes_dead_keeps_the_action_too(scene: Scene) -> None:
    """The line is not cut but silent: the key is pressed while the console still believes in the host."""
    scene.relay.pause()
    scene.terminal.send("p")
    scene.terminal.wait_for(re.compile(r"sleeper.*freezing"))
    scene.relay.refuse()
    scene.relay.cut()
    scene.terminal.wait_for(KEPT)
    scene.back()
    until(scene.fleet, scene.run, RunState.PAUSED)
    events = [event for event in scene.fleet.show(scene.run).events if event.kind == "paused" or "froz" in event.text]
    assert len(events) <= 1

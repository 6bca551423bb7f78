"""`nohup python train.py > log.txt &` on a host: followed, its curve drawn, frozen, thawed, killed from elsewhere."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.agent.foreign.hand import TRAIN, until
from tests.rigs.sshd import SshFarm, SshHost, start_farm
from tests.tui.e2e.console import NEROTUI, having
from tests.tui.e2e.remote import Remote
from tests.tui.e2e.terminal import needs_tmux

pytestmark = [needs_tmux, pytest.mark.tmux, pytest.mark.sshd, pytest.mark.timeout(180)]

BRAILLE = re.compile("[\u2801-\u28ff]{2}")


@dataclass
class Scene:
    """A host where somebody trains by hand, and the home of whoever looks at it."""

    farm: SshFarm
    host: SshHost
    remote: Remote

    def type(self, line: str) -> None:
        """Types a line into a shell on the host and logs out."""
        ssh = ["ssh", "-F", str(self.farm.config), "gpu", line]
        subprocess.run(ssh, check=True, timeout=30, stdin=subprocess.DEVNULL, capture_output=True)

    def train(self, name: str) -> None:
        """Begins a training as people do."""
        folder = self.host.home / "exp" / name
        folder.mkdir(parents=True)
        (folder / "train.py").write_text(TRAIN)
        self.type(f"cd ~/exp/{name}; nohup {sys.executable} train.py > log.txt 2>&1 &")

    def states(self, name: str) -> list[str]:
        """The states of the training's processes."""
        return [state for state, line in having(f"{self.host.home}/exp/{name}").values() if "train.py" in line]

    def nerotui(self, *words: str) -> str:
        """What a command prints; the same home and configuration as the console's."""
        done = subprocess.run(
            [*NEROTUI, *words],
            env=self.remote.env,
            cwd=self.remote.folder,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=60,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout


@pytest.fixture
def scene(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Scene]:
    with start_farm(tmp_path / "farm", ("gpu",)) as farm:
        monkeypatch.setenv("NEROTUI_SSH_CONFIG", str(farm.config))
        remote = Remote(tmp_path / "home", farm, {"gpu": {"watch": ["~/exp/**/log.txt"]}})
        host = farm.hosts["gpu"]
        try:
            yield Scene(farm, host, remote)
        finally:
            for pid in having(f"{host.home}"):
                subprocess.run(["kill", "-KILL", str(pid)], check=False, stderr=subprocess.DEVNULL)


def test_from_the_keyboard(scene: Scene) -> None:
    scene.train("lr-0.1")
    with scene.remote.console() as terminal:
        terminal.wait_for(re.compile(r"RUN .* lr-0\.1"), 30)
        terminal.send("2", "g")
        terminal.wait_for(re.compile(r"▌ RUN .* lr-0\.1"))
        # The log and the curve of the selected run, as of any other.
        terminal.wait_for(re.compile(r"step \d+ loss 0\.0\d+"), 30)
        terminal.wait_for(BRAILLE, 30)
        terminal.send("p")
        terminal.wait_for(re.compile(r"▌ PAUS.* lr-0\.1"))
        assert scene.states("lr-0.1") == ["T"]
        terminal.send("r")
        terminal.wait_for(re.compile(r"▌ RUN .* lr-0\.1"))
        until(lambda: "T" not in scene.states("lr-0.1"))
        terminal.send("X")
        screen = terminal.wait_for("Kill this run?")
        assert "nerotui did not start it" in screen
        terminal.send("enter")
        terminal.wait_for("Kill this run?", gone=True)
        assert scene.states("lr-0.1") != []
        terminal.send("X")
        terminal.wait_for("Kill this run?")
        terminal.send("y")
        terminal.wait_for(re.compile(r"KILL.* lr-0\.1"), 30)
        assert scene.states("lr-0.1") == []
        terminal.send("q")


def test_by_commands(scene: Scene) -> None:
    scene.train("a")
    scene.train("b")
    listed = scene.nerotui("ls")
    assert re.search(r"RUN +\w+ +a ", listed), listed
    assert re.search(r"RUN +\w+ +b ", listed)
    assert BRAILLE.search(scene.nerotui("plot", "a"))
    assert re.search(r"step \d+ loss", scene.nerotui("logs", "-n", "3", "a"))
    assert scene.nerotui("pause", "a").endswith("paused\n")
    assert (scene.states("a"), "T" in scene.states("b")) == (["T"], False)
    assert scene.nerotui("resume", "a").endswith("running\n")
    assert "did not start it" in scene.nerotui("show", "a")
    scene.nerotui("kill", "--yes", "a")
    until(lambda: scene.states("a") == [])
    assert scene.states("b") != []
    shown = scene.nerotui("show", "a")
    assert "killed as" in shown

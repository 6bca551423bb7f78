"""`nerotui demo`: real runs, a snapshot or the console, and nothing left that was not asked for."""

import os
import time
from pathlib import Path

import pytest

from tests.cli.conftest import Nerotui
from tests.cli.terminal import Terminal


def training_in(folder: Path) -> list[int]:
    """Processes of this machine that work in a folder."""
    found = []
    for entry in Path("/proc").iterdir():
        try:
            if entry.name.isdigit() and os.readlink(entry / "cwd").startswith(str(folder)):
                found.append(int(entry.name))
        except OSError:
            continue
    return found


def gone(folder: Path, seconds: float = 15.0) -> bool:
    deadline = time.monotonic() + seconds
    while training_in(folder) and time.monotonic() < deadline:
        time.sleep(0.05)
    return not training_in(folder)


def test_in_a_pipe_it_prints_first_losses_and_stops_what_it_started(nerotui: Nerotui, home: Path) -> None:
    done = nerotui("demo")
    assert (done.code, done.err) == (0, "")
    rows = {line.split()[2]: line for line in done.out.splitlines() if line.startswith(("RUN", "NEXT"))}
    assert set(rows) == {"learns", "overfits", "diverges", "crashes", "learns-wider"}
    assert all("loss" in rows[name] for name in ("learns", "overfits", "diverges", "crashes"))
    assert rows["learns-wider"].startswith("NEXT")
    assert gone(home / ".local/state/nerotui/demo/work")
    assert nerotui("ls").out == "", "the demo's runs are not among the user's own"


@pytest.mark.parametrize(("answer", "left"), [("\n", False), ("n\n", True)])
def test_when_the_console_is_left_it_asks_what_should_become_of_the_runs(
    home: Path, answer: str, left: bool, nerotui: Nerotui
) -> None:
    folder = home / ".local/state/nerotui/demo/work"
    with Terminal("demo") as terminal:
        terminal.until("overfits")
        terminal.type("q")
        terminal.until("Stop the demo's 5 runs? [Y/n] ")
        terminal.type(answer)
        code, _ = terminal.end()
        assert code == 0
    if left:
        assert training_in(folder)
        # The next one takes up the same runs, and without a terminal stops them.
        assert nerotui("demo").code == 0
    assert gone(folder)


@pytest.mark.parametrize("way", ["hang up", "TERM"])
def test_when_the_terminal_is_taken_away_the_runs_are_stopped(home: Path, way: str) -> None:
    folder = home / ".local/state/nerotui/demo/work"
    with Terminal("demo") as terminal:
        terminal.until("overfits")
        if way == "TERM":
            terminal.process.terminate()
            terminal.until("[Y/n] ")
            terminal.type("\n")
        else:
            terminal.hang_up()
        terminal.process.wait(30)
    assert gone(folder)

"""The terminal that a user has: no colour, no Unicode, a mouse, and few bytes a second."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from nerotui.agent.states import RunState
from tests.rigs.faulty import refused
from tests.rigs.sshd import start_farm
from tests.tui.e2e.console import Console
from tests.tui.e2e.remote import Remote
from tests.tui.e2e.terminal import Terminal, needs_tmux

pytestmark = [needs_tmux, pytest.mark.tmux, pytest.mark.timeout(120)]

#: A sequence that sets a colour: of the 8, the bright 8, the 256 or the 16 million.
COLOURED = re.compile(r"\x1b\[(?:[0-9;]*;)?(?:[34][0-8]|9[0-7]|10[0-7])(?:;[0-9;]*)?m")


def opened(
    folder: Path, *arguments: str, size: tuple[int, int] = (120, 40), environment: dict[str, str] | None = None
) -> Console:
    """A console with a run that has printed something and one that failed; not yet in its terminal."""
    console = Console(folder, size, *arguments)
    console.env.update(environment or {})
    console.terminal = Terminal(console.terminal.argv, console.env, size, cwd=folder)
    failed = console.submit("failed", "sh", "-c", "echo ValueError: bad luck; exit 3")
    console.until(failed, RunState.FAILED)
    console.submit("talks", "sh", "-c", "echo one; echo two words; echo three; exec sleep 1000")
    return console


@pytest.fixture
def console(tmp_path: Path) -> Iterator[Console]:
    console = opened(tmp_path)
    with console.terminal as terminal:
        try:
            terminal.wait_for("two words")
            yield console
        finally:
            console.close()


@pytest.mark.parametrize("size", [(80, 24), (120, 40), (200, 60)], ids=lambda size: f"{size[0]}x{size[1]}")
def test_no_color_means_no_colour_and_the_cursor_is_seen_all_the_same(tmp_path: Path, size: tuple[int, int]) -> None:
    console = opened(tmp_path, size=size, environment={"NO_COLOR": "1"})
    with console.terminal as terminal:
        try:
            terminal.wait_for(re.compile(r"▌ RUN .* talks"))
            for keys in ((), ("1",), ("2", "space", "6"), ("2", "X"), ("escape", "question_mark"), ("escape", "colon")):
                terminal.send(*keys)
                terminal.wait_for(lambda _: COLOURED.search(terminal.colours()) is None, 5)
            terminal.send("escape", "2", "g")
            terminal.wait_for(re.compile(r"▌●RUN .* talks"))
            row = next(line for line in terminal.colours().splitlines() if "talks" in line and "▌" in line)
            assert re.search(r"\x1b\[(?:[0-9;]*;)?4(?:;[0-9;]*)?m", row), "the row under the cursor is underlined"
        finally:
            console.close()


def test_with_256_colours_no_other_is_asked_for(console: Console) -> None:
    colours = console.terminal.colours()
    assert "38;5;" in colours
    assert "38;2;" not in colours
    assert "48;2;" not in colours


@pytest.mark.parametrize("how", ["locale", "option"])
def test_without_unicode_everything_is_drawn_in_ascii(tmp_path: Path, how: str) -> None:
    poor = {"LANG": "C", "LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
    arguments = ("--ascii",) if how == "option" else ()
    console = opened(tmp_path, *arguments, environment=poor if how == "locale" else None)
    with console.terminal as terminal:
        try:
            terminal.wait_for(re.compile(r"> RUN .* talks"))
            terminal.send("space", "g")
            terminal.wait_for(re.compile(r">\*RUN .* talks"))
            for keys in ((), ("t",), ("escape", "X"), ("escape", "question_mark"), ("escape", "3", "z")):
                terminal.send(*keys)
                terminal.wait_for(lambda screen: screen.strip() and screen.isascii(), 5)
        finally:
            console.close()


def mouse(terminal: Terminal, column: int, row: int, button: int = 0, *, up: bool = False) -> None:
    """Sends what a terminal sends for a mouse event at a cell, counted from 0."""
    code = f"\x1b[<{button};{column + 1};{row + 1}{'m' if up else 'M'}".encode()
    terminal.tmux("send-keys", "-H", *(f"{byte:02x}" for byte in code))


def place(screen: str, text: str) -> tuple[int, int]:
    """Column and row of the last place of a text on the screen."""
    rows = screen.splitlines()
    row = next(index for index in reversed(range(len(rows))) if text in rows[index])
    return rows[row].index(text), row


def test_the_mouse_selects_scrolls_and_copies_what_it_is_dragged_over(console: Console) -> None:
    terminal = console.terminal
    column, row = place(terminal.screen(), "failed")
    mouse(terminal, column, row)
    mouse(terminal, column, row, up=True)
    terminal.wait_for(re.compile(r"▌ FAIL .* failed"))
    mouse(terminal, column, row, 64)  # the wheel, one notch up
    terminal.wait_for(re.compile(r"▌ RUN .* talks"))
    terminal.wait_for("two words")
    column, row = place(terminal.screen(), "two words")
    mouse(terminal, column, row)
    mouse(terminal, column + 4, row, 32)
    mouse(terminal, column + 8, row, 32)
    mouse(terminal, column + 8, row, up=True)
    terminal.wait_for("Copied what is selected to tmux's buffer")
    assert terminal.tmux("show-buffer") == "two words"


def test_a_quiet_console_writes_next_to_nothing(console: Console) -> None:
    """Only what changes is written: a busy machine's load, once a second."""
    written = console.folder / "written"
    time.sleep(2)  # the first samples and the curve come in
    console.terminal.tmux("pipe-pane", "-o", f"exec cat >{written}")
    time.sleep(5)  # what is measured is a span of time
    console.terminal.tmux("pipe-pane")
    assert written.stat().st_size < 5 * 1500, "less than 1.5 kB a second"


def test_it_keeps_no_log_of_its_own_and_ended_runs_stay_with_theirs(console: Console) -> None:
    terminal = console.terminal
    terminal.send("question_mark")
    terminal.wait_for("Here, in Runs")
    terminal.send("escape")
    terminal.wait_for("Here, in Runs", gone=True)
    terminal.send("ctrl+r", "4", "2", "q")
    terminal.wait_for("left with 0")
    terminal.type("clear\n")
    terminal.wait_for("left with", gone=True)
    terminal.run(terminal.argv)
    terminal.wait_for("talks")
    console.select("failed")
    terminal.wait_for("ValueError: bad luck")
    kept = [path for path in console.folder.rglob("*") if path.is_file() and ".nerotui/" not in str(path)]
    allowed = re.compile(r"/config\.toml$|/\.cache/nerotui/")
    assert [path for path in kept if not allowed.search(str(path))] == [], "nothing but what it last knew"


@pytest.mark.sshd
def test_every_pane_says_why_it_is_empty(tmp_path: Path) -> None:
    """With one host that refuses and nothing else there is no pane that is only blank."""
    with start_farm(tmp_path / "farm", ()) as farm:
        address, port = refused()
        farm.config.write_text(f"Host gone\n  HostName {address}\n  Port {port}\n{farm.config.read_text()}")
        remote = Remote(tmp_path / "home", farm, {"gone": {}})
        with remote.console("--host", "gone", size=(200, 60)) as terminal:
            screen = terminal.wait_for("No host answers.")
            assert "refuses connections" in screen
            assert "retry" in screen
            screen = terminal.wait_for(lambda screen: screen.count("No run is selected") >= 2)
            assert re.search(r"6 Findings[^\n]*\n[^\n]*gone", screen)
            for pane in ("3 Curve", "4 Log", "5 Detail"):
                assert below(screen, pane).strip(), f"{pane} is blank"


def below(screen: str, title: str) -> str:
    """The row under a pane's rule, from where the rule begins."""
    lines = screen.splitlines()
    row = next(index for index, line in enumerate(lines) if title in line)
    return lines[row + 1][lines[row].index(title) :].split("│")[0]

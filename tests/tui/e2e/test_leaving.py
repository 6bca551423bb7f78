"""However the console ends, the terminal is as it was, one line says how things stand, and nothing is left behind."""

from __future__ import annotations

import os
import re
import shlex
import signal
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from nerotui.agent.states import RunState
from tests.tui.e2e.console import Console
from tests.tui.e2e.terminal import Terminal, needs_tmux

pytestmark = [needs_tmux, pytest.mark.tmux, pytest.mark.timeout(120)]

SANE = {"alternate": False, "mouse": False, "cursor": True}

#: The console with a mistake in it: Ctrl-L raises.
MISTAKEN = """
import sys
from nerotui.tui.commands.console import ConsoleCommands
def do_repaint(self, argument):
    raise RuntimeError("a mistake")
ConsoleCommands.do_repaint = do_repaint
from nerotui.__main__ import main
sys.argv = ["nerotui"]
sys.exit(main())
"""


@pytest.fixture
def console(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Console]:
    console = Console(tmp_path_factory.mktemp("leave"))
    console.terminal.argv = ["sh", "-c", 'stty -g >before; exec "$@"', "sh", *console.terminal.argv]
    with console.terminal as terminal:
        try:
            terminal.wait_for("1/1 up")
            yield console
        finally:
            console.close()


def stty(terminal: Terminal) -> str:
    """The line settings, as stty says them."""
    terminal.type("clear; stty -g\n")
    screen = terminal.wait_for(re.compile(r"^[0-9a-f]+(:[0-9a-f]+)+", re.M))
    found = re.search(r"^[0-9a-f]+(:[0-9a-f]+)+", screen, re.M)
    assert found is not None
    return found.group()


def gone(pid: int, timeout: float = 15.0) -> bool:
    """Whether a process ends in time; a zombie has ended."""
    deadline = time.monotonic() + timeout
    while time.monotonic() < deadline:
        try:
            if Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()[0] in "ZX":
                return True
        except OSError:
            return True
        time.sleep(0.05)
    return False


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP], ids=lambda number: number.name)
def test_a_signal_gives_the_terminal_back(console: Console, number: signal.Signals) -> None:
    terminal = console.terminal
    assert terminal.modes()["alternate"]
    os.kill(terminal.pid(), number)
    screen = terminal.wait_for("left with 0")
    assert f"ended by {number.name}" in screen
    assert "Traceback" not in screen
    assert terminal.modes() == SANE
    assert stty(terminal) == (console.folder / "before").read_text(encoding="ascii").strip()


def test_a_mistake_gives_the_terminal_back_and_is_told_in_one_sentence(tmp_path: Path) -> None:
    console = Console(tmp_path)
    with Terminal((sys.executable, "-c", MISTAKEN), console.env, cwd=tmp_path) as terminal:
        terminal.wait_for("1/1 up")
        terminal.send("ctrl+l")
        screen = terminal.wait_for("left with 1")
        assert terminal.modes() == SANE
        assert "nerotui stopped by a mistake of its own; your runs go on." in screen
        assert "Traceback" not in screen
        [kept] = tmp_path.rglob("crash.txt")
        assert "RuntimeError: a mistake" in kept.read_text(encoding="utf-8")
    console.close()


def test_a_terminal_that_vanishes_takes_the_console_with_it(console: Console) -> None:
    pid = console.terminal.pid()
    console.terminal.tmux("kill-server")
    assert gone(pid)


def test_a_terminal_that_vanishes_without_a_signal(tmp_path: Path) -> None:
    """In a session of its own the console gets no SIGHUP; it notices all the same."""
    console = Console(tmp_path)
    script = tmp_path / "detached.sh"
    start = f'exec {shlex.join(console.terminal.argv)} <"$0" >"$0" 2>&1'
    script.write_text(f'tty=$(tty)\nsetsid sh -c {shlex.quote(start)} "$tty" &\nsleep 100\n', encoding="utf-8")
    with Terminal(("sh", str(script)), console.env) as terminal:
        terminal.wait_for("1/1 up")
        [pid] = [
            int(entry.name)
            for entry in Path("/proc").iterdir()
            if entry.name.isdigit() and is_console(entry) and str(tmp_path).encode() in environment(entry)
        ]
        terminal.tmux("kill-server")
        assert gone(pid)
    console.close()


def environment(entry: Path) -> bytes:
    """A process's environment."""
    try:
        return (entry / "environ").read_bytes()
    except OSError:
        return b""


def is_console(entry: Path) -> bool:
    """Whether a process of /proc is `python -m nerotui`."""
    try:
        return b"-m\0nerotui" in (entry / "cmdline").read_bytes()
    except OSError:
        return False


def test_resized_to_almost_nothing_and_back(console: Console) -> None:
    terminal = console.terminal
    console.learn("a-run")
    terminal.wait_for("a-run")
    for columns, rows, wanted, unwanted in (
        (80, 24, "2 Runs", "1 Hosts"),
        (60, 15, "2 Runs", "1 Hosts"),
        (50, 12, "a-run", "3 Curve"),
        (20, 6, "2 Runs", "3 Curve"),
        (200, 60, "6 Findings", "too small"),
        (120, 40, "1 Hosts", "too small"),
    ):
        terminal.resize(columns, rows)
        screen = terminal.wait_for(wanted)
        terminal.wait_for(unwanted, gone=True)
        assert "Traceback" not in screen
    terminal.wait_for("following")


def test_read_only_means_read_only(tmp_path_factory: pytest.TempPathFactory) -> None:
    console = Console(tmp_path_factory.mktemp("look"), (120, 40), "--readonly")
    run = console.submit("watched", "sleep", "1000")
    console.until(run, RunState.RUNNING)
    with console.terminal as terminal:
        try:
            console.select("watched")
            terminal.wait_for("read-only")
            assert "kill" not in terminal.screen().rstrip("\n").splitlines()[-1]
            for key in ("X", "p", "P", "R", "D", "a", "less_than_sign"):
                terminal.send(key)
                terminal.wait_for("This console is read-only")
                assert "?" not in terminal.screen().replace("? help", "")
            assert console.run(run).state is RunState.RUNNING
        finally:
            console.close()

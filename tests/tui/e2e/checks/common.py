"""What the checks of single keys share: who is checked, and how the screen is read."""

from __future__ import annotations

from collections.abc import Callable

from tests.tui.e2e.console import Console
from tests.tui.e2e.terminal import Terminal

Press = Callable[[], None]

CHECKS: dict[str, Callable[[Console, Press], None]] = {}


def check(function: Callable[[Console, Press], None]) -> Callable[[Console, Press], None]:
    """Makes a function the check of the action that it is named after."""
    CHECKS[function.__name__.removeprefix("check_")] = function
    return function


def row(screen: str) -> str:
    """The row under the cursor."""
    return next(line for line in screen.splitlines() if "▌" in line)


def footer(screen: str) -> str:
    """The last line."""
    return screen.rstrip("\n").splitlines()[-1]


def changes(terminal: Terminal, press: Press, part: Callable[[str], str]) -> str:
    """Presses, and waits until a part of the screen differs; the new one."""
    before = part(terminal.screen())
    press()
    return part(terminal.wait_for(lambda screen: part(screen) != before, 10))


def log_lines(screen: str) -> list[str]:
    """The rows of the log pane at 120 columns."""
    lines = screen.splitlines()
    start = next(index for index, line in enumerate(lines) if "4 Log" in line)
    return [line[39:] for line in lines[start + 1 : -1]]


def in_log(console: Console) -> None:
    """Focuses the log, stopped at the beginning of its numbered lines."""
    console.terminal.send("4")
    console.terminal.wait_for("next hit")
    console.terminal.send("g")
    console.terminal.wait_for(lambda screen: "line 0000" in log_lines(screen)[0])

"""Keys that focus, fold, zoom and go back."""

from __future__ import annotations

import re

from tests.tui.e2e.checks.common import Press, check, footer
from tests.tui.e2e.console import Console


def folds(console: Console, press: Press, title: str) -> None:
    """The first press focuses, the second folds, the third opens again."""
    press()
    console.terminal.wait_for(title)
    before = console.terminal.screen()
    press()
    console.terminal.wait_for(lambda screen: abs(height(screen, title) - height(before, title)) > 1)
    press()
    console.terminal.wait_for(lambda screen: height(screen, title) == height(before, title))


def height(screen: str, title: str) -> int:
    """Rows from a pane's rule to the next rule in its column."""
    lines = screen.splitlines()
    top = next(index for index, line in enumerate(lines) if title in line)
    column = lines[top].index(title)
    below = [line[column:] for line in lines[top + 1 : -1]]
    return next((index for index, line in enumerate(below) if re.match(r"[1-6] [A-Z]\w+ ─", line)), len(below))


@check
def check_hosts(console: Console, press: Press) -> None:
    press()
    console.terminal.wait_for(re.compile(r"backend +process"))
    press()
    console.terminal.wait_for(re.compile(r"^local +cpu", re.M), gone=True)
    press()
    console.terminal.wait_for(re.compile(r"^local +cpu", re.M))


@check
def check_runs(console: Console, press: Press) -> None:
    console.terminal.send("4")
    console.terminal.wait_for("next hit")
    press()
    console.terminal.wait_for("next hit", gone=True)


@check
def check_curve(console: Console, press: Press) -> None:
    folds(console, press, "3 Curve")


@check
def check_log(console: Console, press: Press) -> None:
    folds(console, press, "4 Log")


@check
def check_detail(console: Console, press: Press) -> None:
    folds(console, press, "5 Detail")


@check
def check_findings(console: Console, press: Press) -> None:
    press()
    console.terminal.wait_for(lambda screen: "mark" not in footer(screen))
    press()
    console.terminal.wait_for(lambda screen: height(screen, "6 Findings") == 0)
    press()
    console.terminal.wait_for(lambda screen: height(screen, "6 Findings") > 1)


@check
def check_next_pane(console: Console, press: Press) -> None:
    press()
    console.terminal.wait_for(lambda screen: "x axis" in footer(screen))


@check
def check_previous_pane(console: Console, press: Press) -> None:
    press()
    console.terminal.wait_for(lambda screen: "freeze" not in footer(screen))


@check
def check_zoom(console: Console, press: Press) -> None:
    press()
    console.terminal.wait_for("1 Hosts", gone=True)
    press()
    console.terminal.wait_for("1 Hosts")


@check
def check_unzoom(console: Console, press: Press) -> None:
    console.terminal.send("z")
    console.terminal.wait_for("1 Hosts", gone=True)
    press()
    console.terminal.wait_for("1 Hosts")


@check
def check_open(console: Console, press: Press) -> None:
    press()
    screen = console.terminal.wait_for("2 Runs", gone=True)
    assert "5 Detail" in screen
    console.terminal.send("escape")
    console.terminal.wait_for("2 Runs")


@check
def check_back(console: Console, press: Press) -> None:
    console.terminal.send("4", "z")
    console.terminal.wait_for("2 Runs", gone=True)
    press()
    console.terminal.wait_for("2 Runs")
    console.terminal.wait_for("next hit")
    press()
    console.terminal.wait_for("next hit", gone=True)
    press()
    assert "left with" not in console.terminal.screen(), "Esc never leaves"

"""Keys that look at runs: mark, describe, processes, sort, filter."""

from __future__ import annotations

import re

from tests.tui.e2e.checks.common import Press, check, in_log, log_lines, row
from tests.tui.e2e.console import Console


@check
def check_mark(console: Console, press: Press) -> None:
    press()
    console.terminal.wait_for("1 marked")
    console.terminal.send("g")
    press()
    console.terminal.wait_for("marked", gone=True)


@check
def check_describe(console: Console, press: Press) -> None:
    press()
    screen = console.terminal.wait_for("2 Runs", gone=True)
    assert "NEROTUI" in screen or "command" in screen or "cmd" in screen
    console.terminal.send("escape")


@check
def check_why(console: Console, press: Press) -> None:
    press()
    console.terminal.wait_for("running")
    assert "left with" not in console.terminal.screen()


@check
def check_sort(console: Console, press: Press) -> None:
    press()
    console.terminal.wait_for("Sort the runs by")
    console.terminal.send("n")
    console.terminal.wait_for("by name")
    press()
    console.terminal.wait_for("Sort the runs by")
    console.terminal.send("s")
    console.terminal.wait_for("by name", gone=True)


@check
def check_reverse(console: Console, press: Press) -> None:
    press()
    console.terminal.wait_for("by state ▲")
    press()
    console.terminal.wait_for("by state", gone=True)


@check
def check_search(console: Console, press: Press) -> None:
    press()
    console.terminal.wait_for("filter; !word")
    console.terminal.type("fail")
    console.terminal.wait_for("1 of 3 /fail")
    console.terminal.send("escape")
    console.terminal.wait_for("1 of 3", gone=True)
    console.terminal.send("g")
    console.terminal.wait_for(lambda screen: "learn" in row(screen))
    in_log(console)
    press()
    console.terminal.wait_for("search the log")
    console.terminal.type("line 0070\n")
    console.terminal.wait_for(lambda screen: any("line 0070" in line for line in log_lines(screen)))
    console.terminal.send("escape")
    console.terminal.wait_for("/line 0070", gone=True)


@check
def check_tree(console: Console, press: Press) -> None:
    """The shell that waits for the program, and the program; again: the detail; Esc leads back to the runs."""
    press()
    screen = console.terminal.wait_for(re.compile(r"\d+ +[A-Z] +\d+% +[\d.]+[KMG]"))
    assert "5 Processes" in screen
    name = next(name for name in ("learn-one", "learn-two") if name in screen)
    assert f"{console.run(console.named(name).id).pid} " in screen
    console.terminal.send("t")
    console.terminal.wait_for("5 Detail")
    console.terminal.send("escape")
    console.terminal.wait_for("2 Runs")

"""Keys that move: rows, pages, ends, sideways."""

from __future__ import annotations

import re

from tests.tui.e2e.checks.common import Press, changes, check, in_log, log_lines, row
from tests.tui.e2e.console import Console


@check
def check_down(console: Console, press: Press) -> None:
    changes(console.terminal, press, row)


@check
def check_up(console: Console, press: Press) -> None:
    console.terminal.send("G")
    console.terminal.wait_for(lambda screen: "failed" in row(screen))
    changes(console.terminal, press, row)


@check
def check_left(console: Console, press: Press) -> None:
    in_log(console)
    console.terminal.send("right")
    console.terminal.wait_for("from column 9")
    press()
    console.terminal.wait_for("from column", gone=True)


@check
def check_right(console: Console, press: Press) -> None:
    in_log(console)
    press()
    console.terminal.wait_for("from column 9")
    console.terminal.send("left")
    console.terminal.wait_for("from column", gone=True)


@check
def check_first(console: Console, press: Press) -> None:
    console.terminal.send("G")
    console.terminal.wait_for(lambda screen: "failed" in row(screen))
    press()
    console.terminal.wait_for(lambda screen: "learn" in row(screen))


@check
def check_last(console: Console, press: Press) -> None:
    press()
    console.terminal.wait_for(lambda screen: "failed" in row(screen))
    console.terminal.send("g")
    in_log(console)
    press()
    console.terminal.wait_for("following")


@check
def check_half_page_down(console: Console, press: Press) -> None:
    in_log(console)
    press()
    console.terminal.wait_for(lambda screen: re.search(r"line 000[2-5]", log_lines(screen)[0]))


@check
def check_half_page_up(console: Console, press: Press) -> None:
    in_log(console)
    console.terminal.send("ctrl+d")
    console.terminal.wait_for(lambda screen: re.search(r"line 000[2-5]", log_lines(screen)[0]))
    press()
    console.terminal.wait_for(lambda screen: "line 0000" in log_lines(screen)[0])


@check
def check_page_down(console: Console, press: Press) -> None:
    in_log(console)
    press()
    console.terminal.wait_for(lambda screen: re.search(r"line 00(0[6-9]|1\d)", log_lines(screen)[0]))


@check
def check_page_up(console: Console, press: Press) -> None:
    in_log(console)
    console.terminal.send("pagedown")
    console.terminal.wait_for(lambda screen: re.search(r"line 00(0[6-9]|1\d)", log_lines(screen)[0]))
    press()
    console.terminal.wait_for(lambda screen: "line 0000" in log_lines(screen)[0])


@check
def check_log_down(console: Console, press: Press) -> None:
    in_log(console)
    console.terminal.send("2")
    press()
    console.terminal.wait_for(lambda screen: "line 0001" in log_lines(screen)[0])


@check
def check_log_up(console: Console, press: Press) -> None:
    console.terminal.wait_for("following")
    press()
    console.terminal.wait_for("PAUSED")

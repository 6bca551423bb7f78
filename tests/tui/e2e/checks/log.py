"""Keys of the log."""

from __future__ import annotations

import hashlib
import re

from tests.tui.e2e.checks.common import Press, check, in_log, log_lines
from tests.tui.e2e.console import Console


def search(console: Console, text: str) -> None:
    """Searches the log from its beginning."""
    in_log(console)
    console.terminal.send("slash")
    console.terminal.wait_for("search the log")
    console.terminal.type(f"{text}\n")
    console.terminal.wait_for(f"/{text}")


@check
def check_next_hit(console: Console, press: Press) -> None:
    search(console, "0042")
    press()
    console.terminal.wait_for(lambda screen: any("line 0042" in line for line in log_lines(screen)))
    console.terminal.send("escape")


@check
def check_previous_hit(console: Console, press: Press) -> None:
    search(console, "0005")
    console.terminal.send("G")
    console.terminal.wait_for("following")
    press()
    console.terminal.wait_for(lambda screen: any("line 0005" in line for line in log_lines(screen)))
    console.terminal.send("escape")


@check
def check_next_error(console: Console, press: Press) -> None:
    in_log(console)
    press()
    console.terminal.wait_for(lambda screen: any("trouble 40" in line for line in log_lines(screen)))
    press()
    console.terminal.wait_for(lambda screen: any("trouble 80" in line for line in log_lines(screen)))


@check
def check_previous_error(console: Console, press: Press) -> None:
    console.terminal.send("4")
    console.terminal.wait_for("next hit")
    console.terminal.send("G")
    console.terminal.wait_for("following")
    press()
    console.terminal.wait_for(lambda screen: any("trouble 80" in line for line in log_lines(screen)))


@check
def check_follow(console: Console, press: Press) -> None:
    console.terminal.send("4")
    console.terminal.wait_for("next hit")
    console.terminal.wait_for("following")
    press()
    console.terminal.wait_for("PAUSED")
    press()
    console.terminal.wait_for("following")


@check
def check_wrap(console: Console, press: Press) -> None:
    in_log(console)
    press()
    console.terminal.wait_for("wrapped")
    press()
    console.terminal.wait_for("wrapped", gone=True)


@check
def check_times(console: Console, press: Press) -> None:
    console.terminal.send("4")
    console.terminal.wait_for("next hit")
    console.terminal.send("G")
    press()
    console.terminal.wait_for(lambda screen: re.match(r" *\d\d:\d\d:\d\d step", log_lines(screen)[-1].strip() + ""))
    press()
    console.terminal.wait_for(lambda screen: re.match(r"step", log_lines(screen)[-1].strip()))


@check
def check_stream(console: Console, press: Press) -> None:
    console.terminal.send("4")
    console.terminal.wait_for("next hit")
    press()
    console.terminal.wait_for("one log: stdout and stderr")


@check
def check_write(console: Console, press: Press) -> None:
    console.select("failed")
    console.terminal.send("colon")
    console.terminal.wait_for("Enter does it")
    console.terminal.type("w saved.log\n")
    console.terminal.wait_for("The log of failed is in")
    [log] = [path for path in console.folder.glob(".nerotui/runs/*/log") if path.stat().st_size < 100]
    saved = console.folder / "saved.log"
    assert hashlib.sha256(saved.read_bytes()).digest() == hashlib.sha256(log.read_bytes()).digest()
    saved.unlink()

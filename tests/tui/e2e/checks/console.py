"""Keys of the console itself."""

from __future__ import annotations

from pathlib import Path

from nerotui.agent.states import RunState
from tests.tui.e2e.checks.common import Press, check
from tests.tui.e2e.console import Console


@check
def check_help(console: Console, press: Press) -> None:
    press()
    console.terminal.wait_for("Here, in Runs")
    console.terminal.type("kill")
    console.terminal.wait_for("Scroll left", gone=True)
    console.terminal.send("escape", "escape")


@check
def check_command(console: Console, press: Press) -> None:
    press()
    console.terminal.wait_for("Enter does it")
    console.terminal.type("sort loss\n")
    console.terminal.wait_for("by loss")
    press()
    console.terminal.wait_for("Enter does it")
    console.terminal.type("sort state\n")
    console.terminal.wait_for("by loss", gone=True)


@check
def check_copy(console: Console, press: Press) -> None:
    console.select("failed")
    press()
    console.terminal.wait_for("Copied the id to tmux's buffer")
    assert console.terminal.tmux("show-buffer") == console.named("failed").id


@check
def check_copy_menu(console: Console, press: Press) -> None:
    console.select("failed")
    press()
    console.terminal.wait_for("Copy of failed")
    console.terminal.send("c")
    console.terminal.wait_for("Copied the command")
    assert console.terminal.tmux("show-buffer") == "sh -c 'echo loss 0.5; exit 3'"


@check
def check_refresh(console: Console, press: Press) -> None:
    press()
    console.terminal.wait_for("Asking all hosts now")


@check
def check_repaint(console: Console, press: Press) -> None:
    shell_tty = console.terminal.tmux("display-message", "-p", "#{pane_tty}").strip()
    Path(shell_tty).write_text("\x1b[2;2HGARBAGE FROM ELSEWHERE", encoding="ascii")
    console.terminal.wait_for("GARBAGE")
    press()
    console.terminal.wait_for("GARBAGE", gone=True)
    console.terminal.wait_for("2 Runs")


@check
def check_slower(console: Console, press: Press) -> None:
    press()
    console.terminal.wait_for("every 2 s")
    console.terminal.send("equals_sign")
    console.terminal.wait_for("every 1 s")


@check
def check_faster(console: Console, press: Press) -> None:
    press()
    console.terminal.wait_for("every 0.5 s")
    console.terminal.send("minus")
    console.terminal.wait_for("every 1 s")


@check
def check_mouse(console: Console, press: Press) -> None:
    assert console.terminal.modes()["mouse"]
    press()
    console.terminal.wait_for("drag to select")
    console.terminal.wait_for(lambda screen: not console.terminal.modes()["mouse"])
    press()
    console.terminal.wait_for(lambda screen: console.terminal.modes()["mouse"])


@check
def check_host(console: Console, press: Press) -> None:
    console.terminal.send("colon")
    console.terminal.wait_for("Enter does it")
    console.terminal.type("host local\n")
    console.terminal.wait_for("3 of 3 /local")
    console.terminal.send("colon")
    console.terminal.wait_for("Enter does it")
    console.terminal.type("host\n")
    console.terminal.wait_for("/local", gone=True)


@check
def check_quit(console: Console, press: Press) -> None:
    """The first `q` only unzooms; the second leaves, and runs go on."""
    console.terminal.send("z")
    console.terminal.wait_for("1 Hosts", gone=True)
    press()
    console.terminal.wait_for("1 Hosts")
    press()
    leaves(console)


@check
def check_interrupt(console: Console, press: Press) -> None:
    press()
    console.terminal.wait_for("Ctrl-C once more")
    press()
    leaves(console)


def leaves(console: Console) -> None:
    """The console is left: one line stays, the terminal is sane, runs go on; then it is opened again."""
    console.terminal.wait_for("left with 0")
    console.terminal.wait_for("2 running")
    assert console.terminal.modes() == {"alternate": False, "mouse": False, "cursor": True}
    assert console.named("learn-one").state is RunState.RUNNING
    console.terminal.type("clear\n")
    console.terminal.wait_for("left with", gone=True)
    console.terminal.run(console.terminal.argv)
    console.terminal.wait_for("following")

"""Every key of the action table, pressed in a real tmux over real runs, does what the table says."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from nerotui.agent.states import RunState
from nerotui.tui.actions import ACTIONS, BY_ID, Action
from nerotui.tui.keys import shown
from tests.tui.e2e.console import Console
from tests.tui.e2e.terminal import Terminal, needs_tmux

pytestmark = [needs_tmux, pytest.mark.tmux, pytest.mark.timeout(180)]

Press = Callable[[], None]


@pytest.fixture(scope="module")
def console(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Console]:
    """One console for all looking keys: two runs that train, one that waits behind them, one that failed."""
    folder = tmp_path_factory.mktemp("keys")
    console = Console(folder, slots=3)
    failed = console.submit("failed", "sh", "-c", "echo loss 0.5; exit 3")
    console.until(failed, RunState.FAILED)
    for name in ("learn-one", "learn-two"):
        run = console.learn(name)
        console.until(run, lambda run: "acc" in run.metrics)
    with console.terminal as terminal:
        try:
            terminal.wait_for("learn-one")
            terminal.wait_for("following")
            yield console
        finally:
            console.close()


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


CHECKS: dict[str, Callable[[Console, Press], None]] = {}


def check(function: Callable[[Console, Press], None]) -> Callable[[Console, Press], None]:
    """Makes a function the check of the action that it is named after."""
    CHECKS[function.__name__.removeprefix("check_")] = function
    return function


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


@check
def check_metric(console: Console, press: Press) -> None:
    shows_metric(console, press)


@check
def check_next_metric(console: Console, press: Press) -> None:
    console.terminal.send("3")
    shows_metric(console, press)


@check
def check_previous_metric(console: Console, press: Press) -> None:
    console.terminal.send("3")
    shows_metric(console, press)


def curve_rule(screen: str) -> str:
    """What the curve's rule says."""
    return next(line for line in screen.splitlines() if "3 Curve" in line)


def shows_metric(console: Console, press: Press) -> None:
    """Two metrics: one press shows the other, the next press the first again."""
    console.terminal.wait_for(lambda screen: "loss" in curve_rule(screen) and "━" in screen)
    press()
    console.terminal.wait_for(lambda screen: "acc" in curve_rule(screen))
    press()
    console.terminal.wait_for(lambda screen: "loss" in curve_rule(screen))


@check
def check_log_scale(console: Console, press: Press) -> None:
    press()
    console.terminal.wait_for(lambda screen: "y log" in curve_rule(screen))
    press()
    console.terminal.wait_for(lambda screen: "y lin" in curve_rule(screen))


@check
def check_x_axis(console: Console, press: Press) -> None:
    console.terminal.send("3")
    press()
    console.terminal.wait_for(lambda screen: "x time" in curve_rule(screen))
    press()
    console.terminal.wait_for(lambda screen: "x step" in curve_rule(screen))


@check
def check_overlay(console: Console, press: Press) -> None:
    """Both runs are drawn while one is marked; `v` leaves the selected one alone."""

    def legends(screen: str) -> int:
        return sum(line.count("━") for line in screen.splitlines())

    console.terminal.send("space")
    console.terminal.wait_for("1 marked")
    console.terminal.wait_for(lambda screen: legends(screen) == 2)
    press()
    console.terminal.wait_for(lambda screen: legends(screen) == 1)
    press()
    console.terminal.wait_for(lambda screen: legends(screen) == 2)
    console.terminal.send("escape")
    console.terminal.wait_for("marked", gone=True)


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


#: Checked in test_runs_from_the_keyboard.py, each on a run of its own.
ON_RUNS = {"add", "pause", "resume", "yield", "kill", "retry", "remove", "earlier", "later"}


def pressing(action: Action) -> list[tuple[Action, str]]:
    return [(action, key) for key in action.keys] or [(action, "")]


@pytest.mark.parametrize(
    ("action", "key"),
    [pair for action in ACTIONS if action.id not in ON_RUNS for pair in pressing(action)],
    ids=lambda value: value.id if isinstance(value, Action) else shown(value) if value else "by word",
)
def test_key(console: Console, action: Action, key: str) -> None:
    terminal = console.terminal
    console.rest()
    terminal.wait_for(lambda screen: "learn" in row(screen))

    def press() -> None:
        if key:
            terminal.send(key)
        else:
            terminal.send("colon")
            terminal.wait_for("Enter does it")
            terminal.type(f"{action.word}\n")

    CHECKS[action.id](console, press)


def test_every_action_is_pressed() -> None:
    assert set(CHECKS) | ON_RUNS == set(BY_ID)
    assert not set(CHECKS) & ON_RUNS

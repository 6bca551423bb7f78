"""What a run prints stays data, however much and however hostile; a log of ten gigabytes opens at its end."""

from __future__ import annotations

import os
import re
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from nerotui.agent.states import RunState
from tests.tui.e2e.console import Console
from tests.tui.e2e.terminal import Terminal, needs_tmux

pytestmark = [needs_tmux, pytest.mark.tmux, pytest.mark.timeout(180)]

MIB = 1 << 20

#: Prints everything that ever broke a terminal, then ten thousand lines a second with some of it in between, for a
#: minute at most.
HOSTILE = r"""
import os, sys, time
out = sys.stdout.buffer
nasty = [
    b"\x1b]52;c;aGlqYWNrZWQ=\x07", b"\x1b]52;c;aGlqYWNrZWQ=\x1b\\", b"\x1b]0;HIJACKED\x07", b"\x1b]2;HIJACKED\x1b\\",
    b"\x1bkHIJACKED\x1b\\", b"\x1bPtmux;\x1b\x1b]52;c;aGlqYWNrZWQ=\x07\x1b\\", b"\x1b[2J\x1b[H", b"\x1b[?1049l",
    b"\x1b[?25h", b"\x1b[?1000l\x1b[?1003l", b"\x1bc", b"\x1b[5;5HELSEWHERE", b"\x1b[1;3r", b"\x9b31m", b"\x0e\x0f",
    b"\x1b[6n\x1b[c\x1b[>q", b"\x07" * 50, b"\x08" * 40, b"\x00\x01\x02\x7f", bytes(range(128, 256)), bytes(range(256)),
    b"[red]markup[/] [@click=app.quit]click me[/] [link=http://x]y[/link]",
    "\u202eright to left \u05e9\u05dc\u05d5\u05dd \u0645\u0631\u062d\u0628\u0627".encode(),
    "wide \u4f60\u597d\u4e16\u754c \U0001f680\U0001f469\u200d\U0001f52c z\u0300\u0301\u0302\u0303algo".encode(),
    b"long " + b"0123456789" * 9000, b"\rbar 1%\rbar 50%\rbar 100%", "\u2028\u2029\x85".encode(),
]
for each in nasty:
    out.write(b"before " + each + b" after\n")
out.flush()
step = 0
while step < 600_000 and not os.path.exists('enough'):
    began = time.monotonic()
    lines = [b"step %d loss %.4f and words to fill a line\n" % (step + n, 1 / (step + n + 1)) for n in range(500)]
    lines[100] = nasty[step // 500 % len(nasty)] + b"\n"
    out.write(b"".join(lines))
    out.flush()
    step += 500
    time.sleep(max(0, 0.05 - (time.monotonic() - began)))
out.write(b"the-very-last-line\n")
"""


def rss(pid: int) -> int:
    """Bytes that a process holds."""
    return int(psutil.Process(pid).memory_info().rss)


@pytest.fixture
def console(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Console]:
    """In a tmux that would let a program set its buffer and its title."""
    console = Console(tmp_path_factory.mktemp("hostile"), slots=1)
    console.terminal = Terminal(
        console.terminal.argv,
        console.env,
        cwd=console.folder,
        options={"set-clipboard": "on", "allow-rename": "on", "set-titles": "on"},
    )
    with console.terminal as terminal:
        try:
            terminal.wait_for("No runs yet")
            yield console
        finally:
            console.close()


def body(screen: str) -> list[str]:
    """The rows between the first pane's rule and the last line."""
    return screen.rstrip("\n").splitlines()[3:-1]


def settled(terminal: Terminal) -> list[str]:
    """The rows once they stand still."""
    before: list[str] = []

    def still(screen: str) -> bool:
        nonlocal before
        time.sleep(0.3)
        now, before = before, body(screen)
        return now == before

    return body(terminal.wait_for(still))


def test_a_flood_of_everything_that_breaks_terminals(console: Console) -> None:
    terminal = console.terminal
    title = terminal.tmux("display-message", "-p", "#{pane_title}|#{window_name}")
    run = console.submit("hostile", sys.executable, "-c", HOSTILE)
    console.until(run, RunState.RUNNING)
    console.select("hostile")
    pid = terminal.pid()
    terminal.wait_for(lambda screen: re.search(r"\d\d,\d{3} lines", screen))
    first, took = rss(pid), []
    for _ in range(5):
        began = time.monotonic()
        terminal.send("question_mark")
        terminal.wait_for("Here, in Runs")
        took.append(time.monotonic() - began)
        terminal.send("escape")
        terminal.wait_for("Here, in Runs", gone=True)
    assert sorted(took)[2] < 1.5, f"keys are answered while it floods: {took}"
    terminal.send("4", "z")
    terminal.wait_for("1 Hosts", gone=True)
    terminal.send("f")
    terminal.wait_for("PAUSED")
    frozen = body(terminal.screen())
    terminal.wait_for(re.compile(r"PAUSED \+[\d,]{5,}"))
    assert body(terminal.screen()) == frozen, "what comes never moves what is read"
    (console.folder / "enough").touch()
    terminal.send("f", "z")
    terminal.wait_for("1 Hosts")
    console.until(run, RunState.DONE, timeout=60)
    terminal.wait_for("the-very-last-line")
    assert rss(pid) - first < 60 * MIB, f"{first / MIB:.0f} MiB, then {rss(pid) / MIB:.0f} MiB"

    # The worst of it on the screen, whole and each part by itself.
    terminal.send("z", "g")
    screen = terminal.wait_for("before")
    terminal.wait_for("[red]markup[/] [@click=app.quit]click me[/]")
    for _ in range(6):
        assert "HIJACKED" not in title + terminal.tmux("display-message", "-p", "#{pane_title}|#{window_name}")
        assert "ELSEWHERE" not in terminal.screen().splitlines()[4][:9]
        drawn = settled(terminal)
        terminal.send("ctrl+l")
        assert settled(terminal) == drawn, "a full repaint changes nothing"
        terminal.send("w", "pagedown")
    assert re.search(r"bar 100%", terminal.screen() + screen)
    assert terminal.modes() == {"alternate": True, "mouse": True, "cursor": False}
    assert terminal.tmux("list-buffers") == "", "nothing went into tmux's buffer"
    assert terminal.tmux("display-message", "-p", "#{pane_title}|#{window_name}") == title
    terminal.send("escape")
    screen = terminal.wait_for("1 Hosts")
    assert all(line[37] == "│" for line in screen.splitlines()[3:-1]), "the columns stand where they stood"
    terminal.send("escape", "q")
    terminal.wait_for("left with 0")
    assert terminal.modes() == {"alternate": False, "mouse": False, "cursor": True}
    terminal.type("clear; echo still $((40 + 2)) here\n")
    terminal.wait_for("still 42 here")


SIZE = 10 << 30
TEXT = b"epoch 1 step %d loss 0.5 and some more words to make a line of usual length\n"


def ten_gigabytes(path: Path) -> None:
    """A log of which most is a hole: lines at the front, in the middle and at the end."""
    lines = b"".join(TEXT % step for step in range(9000))
    with path.open("r+b") as file:
        file.write(b"the-very-first-line\n" + lines)
        for at, word in ((SIZE // 50, b"near the front"), (SIZE - SIZE // 50, b"near the end")):
            file.seek(at)
            file.write(b"\n" + lines + b"ValueError: a needle " + word + b"\n" + lines)
        last = lines + b"the-very-last-line\n"
        file.seek(SIZE - len(last))
        file.write(last)
        os.fsync(file.fileno())


def test_a_log_of_ten_gigabytes_opens_at_its_end_jumps_and_searches(console: Console) -> None:
    terminal = console.terminal
    big = console.submit("big", "true")
    console.until(big, RunState.DONE)
    console.submit("small", "echo", "tiny-log")
    terminal.wait_for(re.compile(r"DONE .* small"))
    console.select("small")
    terminal.wait_for("tiny-log")
    ten_gigabytes(console.folder / ".nerotui" / "runs" / big / "log")
    before = rss(terminal.pid())
    began = time.monotonic()
    terminal.send("j")
    terminal.wait_for("the-very-last-line")
    assert time.monotonic() - began < 10
    terminal.send("4", "g")
    terminal.wait_for("the-very-first-line")
    terminal.send("G")
    terminal.wait_for("the-very-last-line")
    terminal.send("g")
    terminal.wait_for("the-very-first-line")
    terminal.send("slash")
    terminal.wait_for("search the log")
    terminal.type("a needle near\n")
    terminal.wait_for("a needle near the front", 60)
    terminal.send("pageup")
    terminal.wait_for("step 8990")
    terminal.send("G")
    terminal.wait_for("the-very-last-line")
    terminal.send("N")
    terminal.wait_for("a needle near the end", 60)
    terminal.send("escape", "G")
    terminal.wait_for("the-very-last-line")
    assert rss(terminal.pid()) - before < 40 * MIB

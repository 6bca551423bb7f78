"""A console in a real terminal over real runs on this machine, in a home of its own."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import nerotui
from nerotui import config
from nerotui.agent.states import RunState
from nerotui.core.records import Run
from tests.tui.e2e.terminal import Terminal

REPOSITORY = Path(__file__).parents[3]
NEROTUI = (sys.executable, "-m", "nerotui")

#: Prints long numbered lines, two errors, then a step with loss and accuracy each half second; knows USR1 and TERM.
LEARN = """
import signal, sys, time
asked = []
signal.signal(signal.SIGUSR1, lambda *_: asked.append(1))
for i in range(120):
    print(f"line {i:04} " + "abcdefghij" * 20 + " END", flush=True)
    if i in (40, 80):
        print(f"ValueError: trouble {i}", flush=True)
step = 0
while not asked:
    step += 1
    print(f"step {step} loss {1 / step + 0.1:.4f} acc {1 - 1 / (step + 1):.4f}", flush=True)
    time.sleep(0.5)
print("checkpoint written", flush=True)
"""


def home(folder: Path, *, slots: int = 4) -> dict[str, str]:
    """The environment of a user with a home of their own and a configuration for this machine alone."""
    file = folder / "config.toml"
    root = folder / ".nerotui"
    file.write_text(f"[hosts.local]\nslots = {slots}\nroot = '{root}'\n", encoding="utf-8")
    return {
        "HOME": str(folder),
        "PATH": os.environ["PATH"],
        "PYTHONPATH": str(REPOSITORY),
        "PYTHONDONTWRITEBYTECODE": "1",
        "LANG": "C.UTF-8",
        "NEROTUI_CONFIG": str(file),
        "USER": "tester",
        "SHELL": "/bin/sh",
    }


TITLES = ("1 Hosts", "2 Runs", "3 Curve", "4 Log", "5 Detail", "6 Findings")
#: What is on the screen while a dialog or the line for typing is open, or a filter holds.
OPEN = ("Esc leave", "Esc  ", "type to search", "Enter does it", "filter; !word", "search the log", " of ")


class Console:
    """The console over a home of its own, and a second party that queues runs there and reads how they are.

    Args:
        folder: the home.
        size: of the terminal.
        arguments: given to `nerotui`.
        slots: how many runs at once.
    """

    def __init__(self, folder: Path, size: tuple[int, int] = (120, 40), *arguments: str, slots: int = 4) -> None:
        self.folder = folder
        self.env = home(folder, slots=slots)
        self.terminal = Terminal((*NEROTUI, *arguments), self.env, size, cwd=folder)
        self.fleet = nerotui.connect(config=config.load(folder / "config.toml"))

    def submit(self, name: str, *command: str, **more: Any) -> str:
        """Queues a run; its id."""
        return self.fleet.submit(command, name=name, dir=str(self.folder), **more).id

    def learn(self, name: str) -> str:
        """Queues a run that trains for ever."""
        return self.submit(name, sys.executable, "-u", "-c", LEARN)

    def run(self, run_id: str) -> Run:
        """A run as its host reports it."""
        return self.fleet.show(run_id).run

    def named(self, name: str) -> Run:
        """The only run of a name."""
        return self.fleet.find(name)

    def tree(self, run_id: str) -> dict[int, str]:
        """The processes of a run and the state of each, as /proc has them, without the shell that waits for it."""
        found = having(f"NEROTUI_RUN_ID={run_id}")
        return {pid: state for pid, (state, command) in found.items() if "trap : TERM INT HUP" not in command}

    def until(self, run_id: str, wanted: RunState | Callable[[Run], object], timeout: float = 30.0) -> None:
        """Waits until a run is in a state, or satisfies a test."""
        deadline = time.monotonic() + timeout
        while True:
            run = self.fleet.runs[run_id]
            if run.state is wanted if isinstance(wanted, RunState) else wanted(run):
                return
            assert time.monotonic() < deadline, f"not {wanted} within {timeout} s: {run}"
            time.sleep(0.05)

    def select(self, name: str) -> None:
        """Puts the cursor on a run."""
        select(self.terminal, name)

    def rest(self) -> None:
        """Closes whatever is open and goes back to the runs table, all panes shown."""
        for _ in range(12):
            screen = self.terminal.screen()
            if all(title in screen for title in TITLES) and not any(mark in screen for mark in OPEN):
                break
            self.terminal.send("escape")
            time.sleep(0.2)  # an Esc that has nothing to close changes nothing that could be waited for
        if "PAUSED" in self.terminal.screen() or "lines · /" in self.terminal.screen():
            self.terminal.send("2", "4", "G", "escape")
            self.terminal.wait_for("following")
        self.terminal.send("2", "g")

    def close(self) -> None:
        """Ends terminal and runs; nothing stays behind."""
        self.terminal.close()
        for run in self.fleet.runs.values():
            if run.live or run.waiting:
                self.fleet.act(run.id, "kill", now=True)
        for run in self.fleet.runs.values():
            self.fleet.wait(run.id, 20)
        self.fleet.close()
        deadline = time.monotonic() + 20
        while left := having(f"{self.folder}/"):
            assert time.monotonic() < deadline, f"still there: {left}"
            time.sleep(0.05)


def table(screen: str) -> list[str]:
    """The rows of the runs table, down to the next pane."""
    lines = screen.splitlines()
    top = next((index for index, line in enumerate(lines) if "2 Runs" in line), len(lines))
    below = lines[top + 2 :]
    return below[: next((index for index, line in enumerate(below) if "3 Curve" in line), len(below))]


def select(terminal: Terminal, name: str) -> None:
    """Puts the cursor of a console's runs table on a run."""
    terminal.send("2")
    for _ in range(40):
        screen = terminal.wait_for(name)
        here = cursor(screen)
        if here is None:  # on a marked row there is a dot in its place
            terminal.send("g")
            terminal.wait_for(lambda screen: cursor(screen) is not None)
            continue
        there = next(index for index, line in enumerate(table(screen)) if name in line)
        if here == there:
            return
        terminal.send("j" if there > here else "k")
        terminal.wait_for(partial(moved, here))
    raise AssertionError(f"{name} cannot be reached:\n{terminal.screen()}")


def moved(before: int, screen: str) -> bool:
    """Whether the cursor of the runs table left a row."""
    return cursor(screen) != before


def cursor(screen: str) -> int | None:
    """Which row of the runs table has the cursor."""
    return next((index for index, line in enumerate(table(screen)) if "▌" in line), None)


def having(text: str) -> dict[int, tuple[str, str]]:
    """The living processes with a text in their command line or environment: state and command line by id."""
    found = {}
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit() or int(entry.name) == os.getpid():
            continue
        try:
            command = (entry / "cmdline").read_bytes()
            known = command + b"\0" + (entry / "environ").read_bytes()
            state = (entry / "stat").read_text(encoding="ascii", errors="replace").rpartition(")")[2].split()[0]
        except OSError:
            continue
        if text.encode() in known and state not in "ZX":
            found[int(entry.name)] = (state, command.replace(b"\0", b" ").decode(errors="replace")[:200])
    return found


@contextmanager
def empty(folder: Path, *, slots: int) -> Iterator[Console]:
    """A console in a home without runs, and its end."""
    console = Console(folder, slots=slots)
    with console.terminal as terminal:
        try:
            terminal.wait_for("No runs yet")
            yield console
        finally:
            console.close()

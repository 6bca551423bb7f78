"""A console in a real terminal over real runs on this machine, in a home of its own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

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
    config = folder / "config.toml"
    config.write_text(f"[hosts.local]\nslots = {slots}\n", encoding="utf-8")
    return {
        "HOME": str(folder),
        "PATH": os.environ["PATH"],
        "PYTHONPATH": str(REPOSITORY),
        "PYTHONDONTWRITEBYTECODE": "1",
        "LANG": "C.UTF-8",
        "NEROTUI_CONFIG": str(config),
        "USER": "tester",
        "SHELL": "/bin/sh",
    }


TITLES = ("1 Hosts", "2 Runs", "3 Curve", "4 Log", "5 Detail", "6 Findings")
#: What is on the screen while a dialog or the line for typing is open, or a filter holds.
OPEN = ("Esc leave", "Esc  ", "type to search", "Enter does it", "filter; !word", "search the log", " of ")


class Console:
    """The console and the command line over the same home.

    Args:
        folder: the home.
        size: of the terminal.
        arguments: given to `nerotui`.
    """

    def __init__(self, folder: Path, size: tuple[int, int] = (120, 40), *arguments: str, slots: int = 4) -> None:
        self.folder = folder
        self.env = home(folder, slots=slots)
        self.terminal = Terminal((*NEROTUI, *arguments), self.env, size, cwd=folder)

    def cli(self, *arguments: str, check: bool = True) -> str:
        """What a command prints."""
        done = subprocess.run(
            [*NEROTUI, *arguments],
            env=self.env,
            cwd=self.folder,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        assert not check or done.returncode == 0, f"nerotui {arguments}: {done.stdout}{done.stderr}"
        return done.stdout

    def submit(self, name: str, *command: str, options: Sequence[str] = ()) -> str:
        """Queues a run; its id."""
        return self.cli("run", "--name", name, *options, "--", *command).strip()

    def learn(self, name: str) -> str:
        """Queues a run that trains for ever."""
        return self.submit(name, sys.executable, "-u", "-c", LEARN)

    def run(self, run_id: str) -> dict[str, Any]:
        """A run as its host reports it."""
        found: dict[str, Any] = json.loads(self.cli("show", run_id, "--json"))["run"]
        return found

    def runs(self) -> list[dict[str, Any]]:
        """All runs as their host reports them."""
        found: list[dict[str, Any]] = json.loads(self.cli("ls", "--json"))["runs"]
        return found

    def tree(self, run_id: str) -> dict[int, str]:
        """The processes of a run and the state of each, as /proc has them."""
        return {pid: state for pid, (state, _) in having(f"NEROTUI_RUN_ID={run_id}").items()}

    def until(self, run_id: str, wanted: str | Callable[[Mapping[str, Any]], object], timeout: float = 30.0) -> None:
        """Waits until a run is in a state, or satisfies a test."""
        deadline = time.monotonic() + timeout
        while True:
            run = self.run(run_id)
            if run["state"] == wanted if isinstance(wanted, str) else wanted(run):
                return
            assert time.monotonic() < deadline, f"not {wanted} within {timeout} s: {run}"
            time.sleep(0.2)

    def select(self, name: str) -> None:
        """Puts the cursor on a run."""
        self.terminal.send("2")
        self.terminal.send("g")
        for _ in range(40):
            screen = self.terminal.screen()
            if any("▌" in line and name in line for line in screen.splitlines()):
                return
            self.terminal.send("j")
            before = screen
            self.terminal.wait_for(lambda now, before=before: now != before, 5)
        raise AssertionError(f"{name} is not in the table:\n{self.terminal.screen()}")

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
        runs = json.loads(self.cli("ls", "--json", check=False) or '{"runs": []}')["runs"]
        live = [
            run["id"] for run in runs if run["state"] in ("queued", "held", "starting", "running", "paused", "stopping")
        ]
        if live:
            self.cli("kill", "--now", "--yes", *live, check=False)
        deadline = time.monotonic() + 20
        while left := having(f"{self.folder}/"):
            assert time.monotonic() < deadline, f"still there: {left}"
            time.sleep(0.1)


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

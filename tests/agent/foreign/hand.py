"""Programs that somebody starts by hand, with their output in a log, and the agent that follows them."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from tests.agent.serve.far import Far, Message

#: Prints a step with its loss each twentieth of a second.
TRAIN = """
import sys, time
for step in range(1, 100000):
    print(f"step {step} loss {1 / step:.6f}", flush=True)
    time.sleep(0.05)
"""


class Hand:
    """Someone at a shell."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir()
        self._shells: list[subprocess.Popen[bytes]] = []

    def log(self, name: str) -> Path:
        """Where the log of an experiment is; its folder is there."""
        path = self.folder / name / "log.txt"
        path.parent.mkdir(exist_ok=True)
        return path

    def shell(self, line: str, **env: str) -> subprocess.Popen[bytes]:
        """Types a line into a shell of its own."""
        shell = subprocess.Popen(
            ["/bin/bash", "-c", line],
            cwd=self.folder,
            env={**os.environ, "PYTHON": sys.executable, "TRAIN": TRAIN, "MARK": str(self.folder), **env},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        self._shells.append(shell)
        return shell

    def train(self, name: str) -> Path:
        """`nohup python train.py > log.txt &`; its log."""
        log = self.log(name)
        self.shell(f'nohup "$PYTHON" -c "$TRAIN" > {name}/log.txt 2>&1 &').wait(10)
        return log

    def processes(self) -> dict[int, str]:
        """The living processes of all that was started, and the state of each."""
        found = {}
        for entry in Path("/proc").iterdir():
            if entry.name.isdigit():
                with suppress(OSError):
                    known = b"\0" + (entry / "environ").read_bytes()
                    state = (entry / "stat").read_text(errors="replace").rpartition(")")[2].split()[0]
                    if f"\0MARK={self.folder}\0".encode() in known and state not in "ZX":
                        found[int(entry.name)] = state
        return found

    def sweep(self) -> None:
        """Kills what is left."""
        deadline = time.monotonic() + 10
        while left := self.processes():
            assert time.monotonic() < deadline, left
            for pid in left:
                with suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
            time.sleep(0.01)
        for shell in self._shells:
            shell.wait(10)


def watch(far: Far, *patterns: Path | str) -> list[Message]:
    """Has logs watched; the runs that are there at once."""
    number = far.ask("foreign", logs=[], watch=[str(pattern) for pattern in patterns])
    found: dict[str, Message] = {}
    while True:
        frame = far.frame()
        if isinstance(frame, dict) and frame.get("push") == "runs":
            found.update((run["id"], run) for run in frame["runs"])
        if isinstance(frame, dict) and frame.get("id") == number:
            assert "ok" in frame, frame
            return list(found.values())


def told(far: Far, true: Callable[[Message], object], patience: float = 20.0) -> Message:
    """The first run that is pushed and of which something is true."""
    deadline = time.monotonic() + patience
    seen: Message = {}
    while time.monotonic() < deadline:
        for run in far.push("runs", max(0.1, deadline - time.monotonic()))["runs"]:
            seen = run
            if true(run):
                return seen
    raise TimeoutError(str(seen))


def until(true: Callable[[], object], patience: float = 20.0) -> None:
    """Waits until something is true."""
    deadline = time.monotonic() + patience
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.02)

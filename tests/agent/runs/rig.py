"""A host under test: a root of its own, runs in it, and the certainty that nothing of it outlives the test."""

import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from nerotui.agent.processes import identity, processes
from nerotui.agent.queue.queue import Queue
from nerotui.agent.run.layout import Root
from nerotui.agent.run.runs import Store

LETTERS = "abcdefghijklmnopqrstuvwxyz234567"
ENDED = ("done", "failed", "killed", "timeout", "oom", "preempted", "lost")


def until(condition: Callable[[], Any], timeout: float = 60.0, every: float = 0.02, what: str = "") -> Any:
    """Waits until a condition holds and returns what it gave."""
    deadline = time.monotonic() + timeout
    while True:
        value = condition()
        if value:
            return value
        assert time.monotonic() < deadline, f"waited {timeout} s for {what or condition}"
        time.sleep(every)


class Rig:
    """One host's root and a store over it."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.store = Store(str(path))
        self.root = Root(str(path))
        self.queue = Queue(self.root.queue(identity.here().hostname))

    def spec(self, command: str | list[str], **more: Any) -> dict[str, Any]:
        argv = ["sh", "-c", command] if isinstance(command, str) else command
        run = "".join(random.choice(LETTERS) for _ in range(8))
        return {"id": run, "name": "a run", "command": argv, "dir": str(self.path), **more}

    def submit(self, command: str | list[str], held: bool = False, **more: Any) -> str:
        self.path.mkdir(exist_ok=True)
        spec = self.spec(command, **more)
        self.store.submit(spec, "me@test", held)
        return str(spec["id"])

    def act(self, run: str, action: str, **args: Any) -> dict[str, Any]:
        return self.store.act(run, action, "me@test", None, args)

    def record(self, run: str) -> dict[str, Any]:
        return self.store.record(run)

    def state(self, run: str) -> str:
        return str(self.record(run)["state"])

    def reach(self, run: str, *states: str, timeout: float = 60.0) -> dict[str, Any]:
        """Waits, keeping in contact as a served session does, until the run is in one of these states."""

        def there() -> dict[str, Any] | None:
            self.store.contact()
            found = self.record(run)
            return found if found["state"] in states else None

        found = until(there, timeout, what=f"{run} to be {states}, it is {self.record(run)}")
        return dict(found)

    def end(self, run: str, timeout: float = 60.0) -> dict[str, Any]:
        """Waits for the run's end and for its claim to be gone."""
        self.reach(run, *ENDED, timeout=timeout)
        until(lambda: self.queue.of_run(run) is None or self.queue.of_run(run).kind != "c", timeout)  # type: ignore[union-attr]
        return self.record(run)

    def in_line(self, run: str) -> None:
        """Waits until the claim on a run that was put back is an entry again: until then it is told to try again."""
        until(lambda: (entry := self.queue.of_run(run)) is not None and entry.kind != "c", 60.0)

    def log(self, run: str) -> str:
        path = Path(self.store.log_path(run))
        return path.read_text() if path.exists() else ""

    def printed(self, run: str, text: str, timeout: float = 60.0) -> str:
        return str(until(lambda: text in self.log(run) and self.log(run), timeout, what=f"{text!r} in the log"))

    def events(self, run: str) -> list[str]:
        return [event["kind"] for event in self.store.show(run)["events"]]

    def supervisor(self, run: str) -> int:
        entry = self.queue.of_run(run)
        assert entry is not None
        assert entry.claimant is not None
        return entry.claimant.pid

    def processes(self, *words: str) -> list[int]:
        """Pids of living processes whose command line names this root and all of these words."""
        found = []
        for pid, stat in processes.snapshot().items():
            line = processes.command_line(pid)
            if not stat.dead and str(self.path) in line and all(word in line for word in words):
                found.append(pid)
        return found

    def members(self, run: str) -> list[int]:
        """Living processes that carry the run's id in their environment."""
        mark = f"NEROTUI_RUN_ID={run}".encode()
        return [
            pid
            for pid, stat in processes.snapshot().items()
            if not stat.dead and stat.command != "sh" and mark in processes.environment(pid)
        ]

    def close(self) -> None:
        """Ends everything that was started under this root."""
        for entry in self.queue.entries():
            self.queue.drop(entry)  # with nothing in line no dispatcher is started any more, and those there are end
        quiet = 0
        for _ in range(50):
            mark = f"NEROTUI_RUN_DIR={self.path}/".encode()
            found = [
                pid
                for pid, stat in processes.snapshot().items()
                if not stat.dead
                and pid != os.getpid()
                and (
                    any(value.startswith(mark) for value in processes.environment(pid))
                    or str(self.path) in processes.command_line(pid)
                )
            ]
            quiet = 0 if found else quiet + 1
            if quiet == 3:
                return
            for pid in found:
                try:
                    os.kill(pid, signal.SIGKILL)
                except ProcessLookupError:
                    continue
            time.sleep(0.02)


def rigs(path: Path) -> Iterator[Rig]:
    rig = Rig(path)
    try:
        yield rig
        errors = Path(rig.queue.folder.errors)
        assert not errors.exists() or errors.read_text() == "", errors.read_text()
    finally:
        rig.close()


def python(code: str, *arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
    """Runs code that may import the agent, with these variables in its environment."""
    here = str(Path(__file__).parents[3])
    return subprocess.run(
        [sys.executable, "-c", code, *arguments],
        env={**os.environ, "PYTHONPATH": here, **variables},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )

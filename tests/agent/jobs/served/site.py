"""A cluster that a test plays itself: a scheduler does no more than start `sh job.sh` on a node, in time."""

import os
import signal
import subprocess
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

from nerotui.agent.processes import processes
from nerotui.agent.run.runs import Store
from tests.agent.serve.far import Far, Message

PATIENCE = 20.0


class Site:
    """A login node's agent, and jobs that are started by hand."""

    def __init__(self, far: Far, root: Path) -> None:
        self.far = far
        self.root = root
        self.store = Store(str(root))
        self.jobs: list[subprocess.Popen[bytes]] = []

    def spec(self, run: str, command: str | list[str], **more: Any) -> Message:
        argv = ["/bin/sh", "-c", command] if isinstance(command, str) else command
        spec = {"id": run, "name": run, "command": argv, "dir": str(self.root), "shell": "/bin/sh", "backend": "slurm"}
        return {**spec, "created": 1_800_000_000.0, **more}

    def submit(self, run: str, command: str | list[str] = "true", held: bool = False, **more: Any) -> Message:
        answer: Message = self.far.ok("submit", spec=self.spec(run, command, **more), who="me", held=held)
        return answer

    def record(self, run: str) -> Message:
        (found,) = self.far.ok("runs", ids=[run])["runs"]
        record: Message = found
        return record

    def act(self, run: str, action: str, **args: Any) -> Message:
        record: Message = self.far.ok("act", run=run, action=action, who="me", attempt=None, args=args)["run"]
        return record

    def judge(self, run: str, attempt: int, state: str, reason: str | None = None, **more: Any) -> Message:
        end = {"state": state, "reason": reason, "exit_code": None, "signal": None, **more}
        record: Message = self.far.ok("judge", run=run, attempt=attempt, end=end, who=None)["run"]
        return record

    def folder(self, run: str) -> Path:
        return self.root / "runs" / run

    def log(self, run: str) -> str:
        path = self.folder(run) / "log"
        return path.read_text() if path.exists() else ""

    def line(self, queue: str = "@slurm") -> list[str]:
        """The names of all entries of a queue."""
        path = self.root / "queue" / queue / "line"
        return sorted(os.listdir(path)) if path.exists() else []

    def start(self, run: str, job: str = "17", node: str = "node1", **variables: str) -> "subprocess.Popen[bytes]":
        """Does what a scheduler does when it starts a job."""
        out = self.folder(run) / "job.out"
        with out.open("ab") as output:
            process = subprocess.Popen(
                [str(self.folder(run) / "job.sh")],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                cwd="/",
                env={
                    "PATH": os.environ["PATH"],
                    "HOME": os.environ["HOME"],
                    "SLURM_JOB_ID": job,
                    "NEROTUI_HOSTNAME": node,
                    **variables,
                },
                start_new_session=True,
            )
        self.jobs.append(process)
        return process

    def members(self, run: str) -> list[int]:
        """Living processes of a run."""
        mark = f"NEROTUI_RUN_ID={run}".encode()
        return [pid for pid in processes.pids() if mark in processes.environment(pid)]

    def supervisors(self, run: str) -> list[int]:
        """Living processes that look after a run, or wait to do so."""
        found = {pid: processes.command_line(pid) for pid in processes.pids()}
        return [pid for pid, words in found.items() if "supervise" in words and run in words]

    def cut_off(self, run: str) -> None:
        """What a node's loss looks like from a login node: everything is gone, and nobody has said a word."""
        # Stopped first, so that none of them sees another one's end.
        for number in (signal.SIGSTOP, signal.SIGKILL):
            for pid in self.supervisors(run) + self.members(run):
                with suppress(ProcessLookupError):
                    os.kill(pid, number)
        for job in self.jobs:
            job.wait(PATIENCE)

    def desert(self, run: str) -> None:
        """Ends those who look after a run, but not the run."""
        for number in (signal.SIGSTOP, signal.SIGKILL):
            for pid in self.supervisors(run):
                with suppress(ProcessLookupError):
                    os.kill(pid, number)
        for job in self.jobs:
            job.wait(PATIENCE)

    def identity(self, pid: int, start: int) -> str:
        """A process of the login node, as its agent would write it down."""
        hello = self.far.hello
        namespace = os.readlink("/proc/self/ns/pid").rstrip("]").split("[")[-1]
        return ",".join((hello["hostname"], hello["machine_id"], hello["boot_id"], namespace, str(pid), str(start)))

    def reach(self, run: str, *states: str) -> Message:
        def there() -> Message | None:
            found = self.record(run)
            return found if found["state"] in states else None

        found: Message = self.until(there, f"{run} to be {states}, it is {self.record(run)}")
        return found

    def until(self, condition: Callable[[], Any], what: str) -> Any:
        deadline = time.monotonic() + PATIENCE
        while True:
            value = condition()
            if value:
                return value
            assert time.monotonic() < deadline, f"waited {PATIENCE} s for {what}"
            time.sleep(0.02)

    def close(self) -> None:
        for job in self.jobs:
            job.kill()
            job.wait()

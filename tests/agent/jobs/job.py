"""Jobs as a scheduler starts them: `supervise` in a session of its own, with the scheduler's variables and output."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from nerotui.agent import durable
from nerotui.agent.queue.queue import Entry, Queue
from tests.agent.runs.rig import Rig

#: The agent as a bundle's program, run from the tree.
PROGRAM = str(Path(__file__).parents[3] / "nerotui/agent/__main__.py")


class Job:
    """One start of a job."""

    def __init__(self, process: subprocess.Popen[bytes], output: Path) -> None:
        self.process = process
        self.output = output

    def signal(self, number: int = signal.SIGTERM) -> None:
        """What the scheduler sends to the supervisor."""
        self.process.send_signal(number)

    def slurm_says(self, due: str) -> None:
        """Adds the line that slurmstepd writes when it ends a job."""
        due = f" DUE TO {due}" if due else ""
        with self.output.open("a") as file:
            file.write(f"slurmstepd-node1: error: *** JOB 7 ON node1 CANCELLED AT 2026-11-21T09:11:48{due} ***\n")

    def left(self, timeout: float = 30.0) -> int:
        """Waits for its end; its exit code."""
        return self.process.wait(timeout)

    @property
    def said(self) -> str:
        """What it left in its output."""
        return self.output.read_text()


class JobRig(Rig):
    """A root whose runs belong to a scheduler that the test plays."""

    def __init__(self, path: Path, scheduler: str = "slurm") -> None:
        super().__init__(path)
        self.scheduler = scheduler
        self.python = sys.executable
        self.program = PROGRAM
        self.line = Queue(self.root.queue("@" + scheduler))
        self.jobs: list[Job] = []

    def submit(self, command: str | list[str], held: bool = False, **more: Any) -> str:
        return super().submit(command, held, backend=self.scheduler, **more)

    def start(self, run: str, job: str = "7", restarts: int = 0, env: dict[str, str] | None = None) -> Job:
        """Starts the job of a run as the scheduler would on a node."""
        if self.scheduler == "slurm":
            variables = {"SLURM_JOB_ID": job}
            if restarts:
                variables["SLURM_RESTART_COUNT"] = str(restarts)
        else:
            variables = {"JOB_ID": job, "SGE_TASK_ID": "undefined", "RESTARTED": str(min(restarts, 1))}
        output = self.path / "runs" / run / "job.out"
        command = [self.python, "-S", "-E", self.program, "supervise", run, "--queue", "@" + self.scheduler]
        with output.open("ab") as file:
            process = subprocess.Popen(
                [*command, "--root", str(self.path)],
                stdin=subprocess.DEVNULL,
                stdout=file,
                stderr=file,
                env={**os.environ, **variables, **(env or {})},
                start_new_session=True,
            )
        self.jobs.append(Job(process, output))
        return self.jobs[-1]

    def done(self, run: str, env: dict[str, str] | None = None) -> dict[str, Any]:
        """Starts a job, waits for its end, and tells the run's record."""
        self.start(run, env=env).left()
        return self.record(run)

    def entry(self, run: str) -> Entry | None:
        """The run's entry in the scheduler's queue."""
        return self.line.of_run(run)

    def ended(self, run: str, attempt: int = 1) -> dict[str, Any]:
        """The end of an attempt as it is on record."""
        return durable.read_json(f"{self.path}/runs/{run}/attempts/{attempt}.end") or {}

    def supervisor(self, run: str) -> int:
        entry = self.entry(run)
        assert entry is not None
        assert entry.claimant is not None
        return entry.claimant.pid

    def close(self) -> None:
        for entry in self.line.entries():
            self.line.drop(entry)
        for job in self.jobs:
            job.process.kill()
            job.process.wait()
        super().close()


def job_rigs(path: Path, scheduler: str) -> Iterator[JobRig]:
    rig = JobRig(path, scheduler)
    try:
        yield rig
    finally:
        rig.close()

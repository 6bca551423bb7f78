"""A user's own machine and the cluster that they use from it: configuration, Python API, commands, console."""

from __future__ import annotations

import json
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import nerotui
from nerotui import config
from nerotui.agent.states import RunState
from nerotui.core.records import Host, Run
from nerotui.fleet.sync import SyncFleet
from tests.rigs.cluster.cluster import NAME, Cluster
from tests.tui.e2e.console import NEROTUI
from tests.tui.e2e.terminal import Terminal

#: Seconds between two looks at the scheduler; what happened is to be on the screen one such interval later.
POLL = 1.0
#: What a query, a connection and a busy machine may take besides.
SLACK = 6.0

#: Trains for ever, five steps a second. Asked by USR1 it writes how far it is to "checkpoint" and ends; --resume goes
#: on from there, or begins anew where there is none. TERM ends it at once.
TRAIN = """\
import os, signal, sys, time
asked = []
signal.signal(signal.SIGUSR1, lambda *_: asked.append(1))
step = int(open("checkpoint").read()) if "--resume" in sys.argv and os.path.exists("checkpoint") else 0
print("begins after step", step, "on", os.environ.get("NEROTUI_HOSTNAME"), flush=True)
while not asked:
    step += 1
    print(f"step {step} loss {1 / step + 0.1:.4f}", flush=True)
    time.sleep(0.2)
with open("checkpoint.new", "w") as file:
    file.write(str(step))
os.rename("checkpoint.new", "checkpoint")
print("checkpoint written after step", step, flush=True)
"""
TRAINING = ("python3", "-u", "train.py")
RESUMING = (*TRAINING, "--resume")

Wanted = RunState | Callable[[Run], object]


class Site:
    """One user's view of a cluster.

    Args:
        cluster: is up.
        folder: of the user's own machine; a folder of this name in the cluster's home is where runs and root are.
        keys: of the host in config.toml.
    """

    def __init__(self, cluster: Cluster, folder: Path, **keys: object) -> None:
        self.cluster = cluster
        self.folder = folder
        self.dir = cluster.home / folder.name
        cluster.put(f"{folder.name}/train.py", TRAIN)
        self.config = cluster.config(folder, **{"poll": POLL, **keys})
        self.env = cluster.environment(folder)
        self.fleet = self.connect()

    def connect(self) -> SyncFleet:
        """The Python API, as somebody has it who just came."""
        return nerotui.connect(NAME, config=config.load(self.config))

    def away(self) -> None:
        """Nobody looks any more; `back` ends that."""
        self.fleet.close()

    def back(self) -> None:
        """Looks again, from the beginning."""
        self.fleet = self.connect()

    @property
    def host(self) -> Host:
        """The cluster as a host."""
        return self.fleet.hosts[NAME]

    def submit(self, name: str, *command: str, **more: Any) -> str:
        """Queues a run in this site's folder; its id."""
        return self.fleet.submit(command, host=NAME, name=name, **{"dir": str(self.dir), "gpus": 0, **more}).id

    def train(self, name: str, **more: Any) -> str:
        """Queues a run that trains for ever and can be resumed; its id."""
        return self.submit(name, *TRAINING, **{"resume": RESUMING, **more})

    def until(self, run_id: str, wanted: Wanted, timeout: float = 40.0) -> Run:
        """Waits until a run is in a state, or satisfies a test."""
        deadline = time.monotonic() + timeout
        while True:
            run = self.fleet.runs.get(run_id)
            if run is not None and (run.state is wanted if isinstance(wanted, RunState) else wanted(run)):
                return run
            if time.monotonic() > deadline:
                raise AssertionError(f"not {wanted} within {timeout:g} s: {run}\n{self.host.jobs_note}\n{self.told()}")
            time.sleep(0.05)

    def job(self, run_id: str) -> str:
        """The scheduler's id of a run's job."""
        return str(self.until(run_id, lambda run: run.job).job)

    def named(self, name: str) -> str:
        """The id of the only run of a name, once it is known."""
        deadline = time.monotonic() + POLL + SLACK
        while True:
            found = [run.id for run in self.fleet.runs.values() if run.name == name]
            if len(found) == 1:
                return found[0]
            assert time.monotonic() < deadline, f"{len(found)} runs are called {name}"
            time.sleep(0.05)

    def foreign(self, job: str) -> str:
        """The id of the run that stands for a job which nerotui did not start."""

        def of() -> str | None:
            return next((run.id for run in self.fleet.runs.values() if run.job == job), None)

        self.cluster.scheduler.until(of, f"job {job} is among the runs")
        found = of()
        assert found is not None
        return found

    def log(self, run_id: str) -> str:
        """A run's whole log so far."""
        return self.fleet.read_log(run_id)[0].decode(errors="replace")

    def told(self) -> str:
        """What the fleet had to say, for messages of tests that fail."""
        return "\n".join(message.text for message in self.fleet.messages[-8:])

    def nerotui(self, *arguments: str, check: bool = True) -> str:
        """What a command prints.

        Raises:
            AssertionError: it failed, and `check` is true; with what it said.
        """
        done = subprocess.run(
            [*NEROTUI, *arguments], env=self.env, cwd=self.folder, stdin=subprocess.DEVNULL, capture_output=True,
            text=True, timeout=60, check=False,
        )  # fmt: skip
        assert "Traceback" not in done.stderr, done.stderr
        assert not check or done.returncode == 0, f"exit code {done.returncode}: {done.stderr}"
        return done.stdout if check else done.stdout + done.stderr

    def listed(self) -> dict[str, dict[str, Any]]:
        """The runs of `nerotui ls --json`, by id."""
        answer = json.loads(self.nerotui("ls", "--json", "--host", NAME))
        return {run["id"]: run for run in answer["runs"]}

    def console(self, size: tuple[int, int] = (120, 40)) -> Terminal:
        """A terminal with the console in it, when it is entered."""
        return Terminal((*NEROTUI, "--host", NAME), self.env, size, cwd=self.folder)

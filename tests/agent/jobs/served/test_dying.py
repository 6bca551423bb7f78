"""Whoever dies at whichever write while a scheduler's run is submitted, judged or acted on: all of it happens, or none.

Contacts put right what the dead left, and asking again never does a thing twice.
"""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from nerotui.agent.queue.queue import Entry, Queue
from tests.agent.runs import crash
from tests.agent.runs.rig import Rig

END = {"state": "timeout", "reason": "its job reached its time limit", "exit_code": None, "signal": None}
#: A supervisor on a node that only the scheduler knows about.
NODE = "node1,0123456789ab,01234567,1,17,42"


@pytest.fixture
def hosts(tmp_path: Path) -> "Hosts":
    return Hosts(tmp_path)


class Hosts:
    """As many login nodes as there are moments to die at. Nothing is ever started on one."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._count = 0

    def fresh(self) -> Rig:
        self._count += 1
        path = self.path / f"root{self._count}"
        path.mkdir()
        return Rig(path)

    def crash(self, at: int, rig: Rig, *what: str) -> bool:
        """Does something on a host until it is killed; whether it was."""
        done = subprocess.run(
            [sys.executable, str(crash.__file__), str(at), "one", what[0], str(rig.path), *what[1:]],
            env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[4])},
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        assert done.returncode in (0, -signal.SIGKILL), done.stderr
        killed = (rig.path / "killed").exists()
        # A list of runs that was just read must not hide what the dead one did a moment before.
        for _ in range(3 if killed else 0):
            rig.store.contact()
        return killed


def line(rig: Rig) -> list[Entry]:
    return Queue(rig.root.queue("@slurm")).entries()


def waiting(rig: Rig, **more: Any) -> str:
    return rig.submit("true", backend="slurm", **more)


def test_a_submission(hosts: Hosts) -> None:
    for at in range(1, 200):
        rig = hosts.fresh()
        spec = rig.spec("true", backend="slurm", script="#!/bin/sh\n#SBATCH -n 1\n")
        killed = hosts.crash(at, rig, "submit", json.dumps(spec))
        run = spec["id"]
        if (rig.path / "runs" / run).exists():
            assert [(entry.run, entry.attempt, entry.kind) for entry in line(rig)] == [(run, 1, "q")]
        record, _ = rig.store.submit(spec, "me@test", False)
        assert record["state"] == "queued"
        assert [(entry.run, entry.attempt, entry.kind) for entry in line(rig)] == [(run, 1, "q")]
        folder = rig.path / "runs" / run
        assert {"job.sh", "script", "run.json", "environment"} <= set(os.listdir(folder))
        assert os.access(folder / "job.sh", os.X_OK)
        assert [name for name in os.listdir(rig.path / "runs") if name.startswith(".")] == []
        assert rig.queue.entries() == []
        if not killed:
            assert at > 15
            return
    pytest.fail("never came to its end")


@pytest.mark.parametrize("claimed", [False, True])
def test_a_judgement(hosts: Hosts, claimed: bool) -> None:
    for at in range(1, 200):
        rig = hosts.fresh()
        run = waiting(rig, resume=["true"], attempts=2)
        if claimed:
            (entry,) = line(rig)
            path = Path(rig.root.queue("@slurm").line)
            (path / entry.name).rename(path / f"c{entry.name[1:]}~q~{NODE}")
            (rig.path / "runs" / run / "attempts" / "1.1").write_text("{}")
            (rig.path / "runs" / run / "attempts" / "1.1.ran").touch()
        killed = hosts.crash(at, rig, "judge", run, "1", json.dumps(END))
        if rig.record(run)["attempt"] == 1:
            assert rig.record(run)["state"] in (("running", "lost") if claimed else ("queued",)), at
        record = rig.store.judge(run, 1, END, None)
        assert (record["state"], record["attempt"], record["reason"]) == ("queued", 2, END["reason"]), at
        assert [(entry.attempt, entry.kind) for entry in line(rig)] == [(2, "q")], at
        if not killed:
            assert at > 8
            return
    pytest.fail("never came to its end")


def test_a_kill_of_what_waits(hosts: Hosts) -> None:
    for at in range(1, 60):
        rig = hosts.fresh()
        run = waiting(rig)
        killed = hosts.crash(at, rig, "act", run, "kill", "{}")
        if rig.state(run) != "killed":
            assert rig.state(run) == "queued"
            rig.act(run, "kill")
        assert rig.state(run) == "killed"
        assert line(rig) == []
        if not killed:
            assert at > 5
            return
    pytest.fail("never came to its end")


def test_another_attempt(hosts: Hosts) -> None:
    for at in range(1, 60):
        rig = hosts.fresh()
        run = waiting(rig)
        rig.store.judge(run, 1, dict(END, state="failed"), None)
        killed = hosts.crash(at, rig, "act", run, "retry", "{}")
        if rig.state(run) == "failed":
            rig.act(run, "retry")
        assert [(entry.attempt, entry.kind) for entry in line(rig)] == [(2, "q")]
        assert os.access(rig.path / "runs" / run / "job.sh", os.X_OK)
        if not killed:
            assert at > 5
            return
    pytest.fail("never came to its end")


def test_a_removal(hosts: Hosts) -> None:
    for at in range(1, 60):
        rig = hosts.fresh()
        run = waiting(rig)
        killed = hosts.crash(at, rig, "act", run, "remove", "{}")
        if (rig.path / "runs" / run).exists():
            rig.act(run, "remove")
        for _ in range(2):
            rig.store.contact()
        assert line(rig) == [], at
        assert os.listdir(rig.path / "runs") == []
        if not killed:
            assert at > 3
            return
    pytest.fail("never came to its end")

"""Thirty runs over two hosts while everything that may die dies: each runs once, nothing is lost, no state is wrong."""

from __future__ import annotations

import asyncio
import hashlib
import os
import signal
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import pytest

from nerotui import Fleet, Run, RunSpec, RunState
from nerotui.config import load
from tests.rigs.relay import Relay
from tests.rigs.sshd import SshFarm, start_farm
from tests.tui.e2e.terminal import Terminal

WORKER = Path(__file__).with_name("worker.py")
#: STOPPING is the moment between the program's end and the end of what it left behind.
ORDER = [RunState.QUEUED, RunState.STARTING, RunState.RUNNING, RunState.STOPPING, RunState.DONE]
RUNS, LINES, PAUSE, CUTS = 30, 300, 0.02, 10


@pytest.fixture
def farm(tmp_path: Path) -> Iterator[SshFarm]:
    with start_farm(tmp_path / "sshd", ("a", "b")) as farm:
        yield farm


def agents(root: Path, kind: str) -> list[int]:
    """The pids of the agent's processes of a kind under a root."""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                words = (entry / "cmdline").read_bytes().split(b"\0")
            except OSError:
                continue
            if kind.encode() in words and any(word.startswith(bytes(root)) for word in words):
                found.append(int(entry.name))
    return found


async def until(condition: Callable[[], object], what: str, timeout: float = 60.0) -> None:
    deadline = time.monotonic() + timeout
    while not condition():
        assert time.monotonic() < deadline, f"in vain: {what}"
        await asyncio.sleep(0.02)


def flows(relay: Relay, passed: int) -> bool:
    return relay.passed > passed + 4096


class Witness:
    """Looks at each change of the fleet and holds the states that are shown against the programs' own ledger."""

    def __init__(self, fleet: Fleet, ledger: Path) -> None:
        self.fleet, self.ledger = fleet, ledger
        self.wrong: list[str] = []
        self.seen: dict[str, list[RunState]] = {}
        self.snapshots = 0

    def written(self, what: str) -> set[str]:
        lines = self.ledger.read_text().splitlines() if self.ledger.exists() else []
        return {line.split()[1] for line in lines if line.startswith(f"{what} ")}

    def look(self, _change: object = None) -> None:
        runs = dict(self.fleet.runs)
        ended = self.written("end")  # read after the states: a state may be older than the ledger, never newer
        self.snapshots += 1
        for run in runs.values():
            if run.stale:
                continue
            states = self.seen.setdefault(run.id, [])
            if not states or states[-1] != run.state:
                states.append(run.state)
            if run.state is RunState.DONE and run.id not in ended:
                self.wrong.append(f"{run.id} is shown as done before its program ended")
            if run.state is RunState.STOPPING and run.id not in ended:
                self.wrong.append(f"{run.id} is shown as stopping before its program ended")
            if run.state not in ORDER:
                self.wrong.append(f"{run.id} is shown as {run.state}: {run.reason}")

    def orderly(self) -> list[str]:
        return [f"{run}: {states}" for run, states in self.seen.items() if states != sorted(states, key=ORDER.index)]


async def collect(fleet: Fleet, run: Run, into: bytearray) -> None:
    """Follows a log to its end as the console does, through every cut."""
    follower = fleet.follow(run.id, tail=0, offset=0)
    async for chunk in follower:
        assert chunk.offset == len(into) or not chunk.data, "a gap or a repeat"
        into += chunk.data
        if chunk.event == "end":
            break
    await follower.aclose()


@pytest.mark.sshd
@pytest.mark.tmux
@pytest.mark.timeout(180)
async def test_thirty_runs_survive_what_kills_their_watchers(
    farm: SshFarm, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ledger = tmp_path / "ledger"
    with (
        Relay((farm.hosts["a"].address, farm.hosts["a"].port)) as line_a,
        Relay((farm.hosts["b"].address, farm.hosts["b"].port)) as line_b,
    ):
        for name, relay in (("far-a", line_a), ("far-b", line_b)):
            host = farm.hosts[name[-1]]
            farm.alias(name, host, HostName=relay.address, Port=relay.port)
            key = (host.folder / "hostkey.pub").read_text().split()[:2]
            with farm.known_hosts.open("a") as known:
                known.write(f"[{relay.address}]:{relay.port} {' '.join(key)}\n")
        config = farm.nerotui_config(tmp_path / "config.toml", {"far-a": {"slots": 3}, "far-b": {"slots": 3}})
        monkeypatch.setenv("NEROTUI_CONFIG", str(config))
        monkeypatch.setenv("NEROTUI_SSH_CONFIG", str(farm.config))
        roots = [farm.hosts[name].home / ".nerotui" for name in ("a", "b")]
        command = (sys.executable, str(WORKER), str(ledger), str(LINES), str(PAUSE))

        async with Fleet(load(), hosts=["far-a", "far-b"]) as fleet:
            assert await fleet.settled(20) == []
            witness = Witness(fleet, ledger)
            runs = []
            for number in range(RUNS):
                spec = RunSpec(command=command, name=f"worker-{number}", dir=str(tmp_path))
                runs.append((await fleet.submit(spec, ("far-a", "far-b")[number % 2]))[0])
            fleet.subscribe(witness.look)
            logs = {run.id: bytearray() for run in runs}
            following = [asyncio.create_task(collect(fleet, run, logs[run.id])) for run in runs]
            await until(lambda: len(witness.written("start")) >= 4, "four runs started")

            with Terminal([sys.executable, "-m", "nerotui"], os.environ) as terminal:
                await asyncio.to_thread(terminal.wait_for, "worker-", 30)
                os.kill(terminal.pid(), signal.SIGKILL)
                await asyncio.to_thread(terminal.wait_for, "left with 137", 30)

            dispatchers = [pid for root in roots for pid in agents(root, "dispatch")]
            assert len(dispatchers) == 2
            for pid in dispatchers:
                os.kill(pid, signal.SIGKILL)
            supervisors = agents(roots[0], "supervise")
            assert supervisors
            os.kill(supervisors[0], signal.SIGKILL)

            for _ in range(CUTS):
                for line in (line_a, line_b):
                    line.cut()
                await until(lambda: not any(host.state == "up" for host in fleet.hosts.values()), "both hosts are away")
                await fleet.refresh()
                await until(lambda: all(host.state == "up" for host in fleet.hosts.values()), "both hosts are back")
                passed = line_a.passed, line_b.passed
                await until(partial(flows, line_a, passed[0]), "logs stream from a")
                await until(partial(flows, line_b, passed[1]), "logs stream from b")
                witness.look()

            await asyncio.wait_for(asyncio.gather(*(fleet.wait(run.id) for run in runs)), 120)
            await asyncio.wait_for(asyncio.gather(*following), 30)
            witness.look()

            states = Counter(fleet.runs[run.id].state for run in runs)
            assert states == {RunState.DONE: RUNS}
            assert witness.wrong == []
            assert witness.orderly() == []
            assert witness.snapshots > RUNS
            entries = [line.split()[:3] for line in ledger.read_text().splitlines()]
            assert Counter(map(tuple, entries)) == {(what, run.id, "1"): 1 for run in runs for what in ("start", "end")}
            for run in runs:
                root = roots[0] if fleet.runs[run.id].host == "far-a" else roots[1]
                file = (root / "runs" / run.id / "log").read_bytes()
                assert hashlib.sha256(logs[run.id]).hexdigest() == hashlib.sha256(file).hexdigest(), run.name
                assert file.count(b"\n") == LINES

"""A console over real sshds, and a second party that reaches the same hosts by another way."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import nerotui
from nerotui import config
from nerotui.agent.states import RunState
from nerotui.core.records import Run
from nerotui.fleet.sync import SyncFleet
from tests.rigs.relay import Relay
from tests.rigs.sshd import SshFarm, SshHost
from tests.tui.e2e.console import NEROTUI, REPOSITORY
from tests.tui.e2e.terminal import Terminal


class Remote:
    """A user's home with hosts configured, and consoles opened there.

    Args:
        folder: the home.
        farm: whose ssh_config counts.
        hosts: names of the ssh_config, with their keys in config.toml.
    """

    def __init__(self, folder: Path, farm: SshFarm, hosts: Mapping[str, Mapping[str, object]]) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.folder = folder
        self.farm = farm
        local = {"local": {"slots": 1, "root": folder / "here"}}
        self.config = farm.nerotui_config(folder / "config.toml", {**local, **hosts})
        self.env = {
            "HOME": str(folder),
            "PATH": os.environ["PATH"],
            "PYTHONPATH": str(REPOSITORY),
            "PYTHONDONTWRITEBYTECODE": "1",
            "LANG": "C.UTF-8",
            "NEROTUI_CONFIG": str(self.config),
            "NEROTUI_SSH_CONFIG": str(farm.config),
            "USER": "tester",
            "SHELL": "/bin/sh",
        }

    def console(self, *arguments: str, size: tuple[int, int] = (120, 40)) -> Terminal:
        """A terminal with a console in it, when it is entered."""
        return Terminal((*NEROTUI, *arguments), self.env, size, cwd=self.folder)

    def fleet(self, *hosts: str) -> SyncFleet:
        """The Python API on hosts of the ssh_config; NEROTUI_SSH_CONFIG of this process must name the farm's."""
        file = self.farm.nerotui_config(self.folder / "other" / "config.toml", {name: {} for name in hosts})
        return nerotui.connect(*hosts, config=config.load(file))


def behind(relay: Relay, farm: SshFarm, name: str, host: SshHost) -> None:
    """Makes `name` a way to a host that leads through a relay."""
    farm.alias(name, host, HostName=relay.address, Port=relay.port)
    farm.trust(host.known_hosts_line().replace(f"[{host.address}]:{host.port}", f"[{relay.address}]:{relay.port}"))


def until(fleet: SyncFleet, run_id: str, wanted: RunState | Callable[[Run], object], timeout: float = 30.0) -> Run:
    """Waits until a run is in a state, or satisfies a test."""
    deadline = time.monotonic() + timeout
    while True:
        run = fleet.runs[run_id]
        if run.state is wanted if isinstance(wanted, RunState) else wanted(run):
            return run
        assert time.monotonic() < deadline, f"not {wanted} within {timeout} s: {run}"
        time.sleep(0.05)


def end_all(fleet: SyncFleet) -> None:
    """Kills what is left of all runs, and waits until it is gone."""
    for run in fleet.runs.values():
        if run.live or run.waiting:
            fleet.act(run.id, "kill", now=True)
    for run in fleet.runs.values():
        fleet.wait(run.id, 20)
    fleet.close()


def host_rows(screen: str, name: str) -> Sequence[str]:
    """What the hosts pane says of a host: its own row and those below it, to the next host."""
    lines = screen.splitlines()
    start = next((index for index, line in enumerate(lines) if line.startswith(f"{name} ")), None)
    if start is None:
        return ()
    end = start + 1
    while end < len(lines) and lines[end].startswith("   "):
        end += 1
    return [line.split("│")[0].rstrip() for line in lines[start:end]]

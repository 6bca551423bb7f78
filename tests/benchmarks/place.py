"""Where a benchmark runs: a home, a configuration and hosts of its own in one folder, and nothing left afterwards."""

from __future__ import annotations

import os
import shutil
import signal
import sys
import tempfile
import time
from collections.abc import Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import Any, Self

from tests.benchmarks.measure import command, until
from tests.benchmarks.rows import NotMeasured
from tests.rigs.sshd import SSHD, SshFarm, start_farm

REPOSITORY = Path(__file__).parents[2]
#: nerotui as a user starts it.
NEROTUI = (sys.executable, "-m", "nerotui")


class Place:
    """A context manager. Whatever was started with its environment, or on its hosts, is killed when it is left.

    Attributes:
        folder: everything lies in it.
        env: the environment of a user who has only what lies in the folder.
    """

    def __init__(self, folder: Path | None = None) -> None:
        self.folder = folder or Path(tempfile.mkdtemp(prefix="nerotui-bench-"))
        home = self.folder / "home"
        home.mkdir(exist_ok=True)
        self.home = home
        self.config = home / "config.toml"
        self.config.touch()
        self.env = {
            "PATH": os.environ["PATH"],
            "HOME": str(home),
            "LANG": "C.UTF-8",
            "TERM": "xterm-256color",
            "PYTHONPATH": str(REPOSITORY),
            "XDG_CONFIG_HOME": str(home / ".config"),
            "XDG_STATE_HOME": str(home / ".local/state"),
            "XDG_CACHE_HOME": str(home / ".cache"),
            "NEROTUI_CONFIG": str(self.config),
            "NEROTUI_SSH_CONFIG": str(self.folder / "sshd/ssh_config"),
        }
        self._stack = ExitStack()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc: object) -> None:
        try:
            self._stack.close()
        finally:
            sweep(self.folder)

    def enter(self, context: Any) -> Any:
        """Enters a context that is left with the place."""
        return self._stack.enter_context(context)

    def farm(self, *names: str) -> SshFarm:
        """Starts sshds of these names.

        Raises:
            NotMeasured: there is no sshd here.
        """
        if SSHD is None:
            raise NotMeasured("sshd is not installed")
        farm: SshFarm = self.enter(start_farm(self.folder / "sshd", names))
        return farm

    def configure(self, hosts: Mapping[str, Mapping[str, object]], more: str = "") -> None:
        """Writes the hosts of the user's configuration: {"h1": {"slots": 2}}."""
        SshFarm(self.folder).nerotui_config(self.config, hosts, more=more)

    def run(self, host: str, *argv: str, name: str = "run") -> str:
        """Queues a command on a host and returns its run's id.

        Raises:
            RuntimeError: nerotui refused.
        """
        taken = command([*NEROTUI, "run", "--host", host, "--dir", "/", "--name", name, "--", *argv], self.env)
        if taken.code:
            raise RuntimeError(f"nerotui run on {host} gave exit code {taken.code}")
        return taken.output.decode().split()[-1]

    def ended(self, host: str, name: str) -> str:
        """Runs `true` on a host to its end and returns the run's id; its record may be written to afterwards."""
        run = self.run(host, "true", name=name)
        until(
            lambda: b'"done"' in command([*NEROTUI, "show", run, "--json"], self.env).output, f"{name} ends", every=0.1
        )
        return run

    def simulated(self, host: str, runs: int, *, live: int = 0, every: float = 0.0) -> dict[str, object]:
        """The configuration of a host whose agent only tells of runs, as `fakeagent` has it."""
        path = self.folder / "agents" / host
        path.parent.mkdir(exist_ok=True)
        agent = REPOSITORY / "tests/benchmarks/fakeagent.py"
        path.write_text(f"#!/bin/sh\nexec {sys.executable} -S -E {agent} {host} {runs} {live} {every}\n")
        path.chmod(0o755)
        return {"connect": "local", "python": str(path)}

    def ssh(self, host: str, *command: str) -> list[str]:
        """OpenSSH's command line for the same host, with the same files."""
        return ["ssh", "-F", str(self.folder / "sshd/ssh_config"), host, *command]


def sweep(folder: Path) -> None:
    """Kills every process whose environment or command line names the folder, and removes it."""
    end = time.monotonic() + 5
    while found := _users(folder):
        for pid in found:
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                continue
        if time.monotonic() > end:
            break
        time.sleep(0.02)
    shutil.rmtree(folder, ignore_errors=True)


def agents(folder: Path, kind: str) -> list[int]:
    """The agent's processes of a kind (serve, dispatch, supervise) whose environment names the folder."""
    return [pid for pid in _users(folder) if f" {kind} " in f"{_arguments(pid)} "]


def _users(folder: Path) -> list[int]:
    name = os.fsencode(folder)
    found = []
    for entry in os.scandir("/proc"):
        if entry.name.isdigit() and int(entry.name) != os.getpid():
            try:
                base = Path(entry.path)
                if name in (base / "environ").read_bytes() or name in (base / "cmdline").read_bytes():
                    found.append(int(entry.name))
            except OSError:
                continue
    return found


def _arguments(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
    except OSError:
        return ""

"""What the schedulers' rigs share: programs run as a user, daemons away for a while, conditions waited for."""

from __future__ import annotations

import os
import pwd
import subprocess
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.rigs import daemon
from tests.rigs.daemon import DEADLINE, Daemon


class Scheduler(ABC):
    """A cluster that runs.

    Attributes:
        folder: everything lies in it.
        env: what a program needs to know to find it; for sshd's SetEnv, or to be added to an environment.
        daemons: by their names.
    """

    def __init__(self, folder: Path, env: dict[str, str]) -> None:
        self.folder = folder
        self.env = env
        self.daemons: dict[str, Daemon] = {}

    def run(self, *argv: str, user: str | None = None, check: bool = True) -> subprocess.CompletedProcess[str]:
        """Runs a program as a user of the cluster; as another than oneself takes root.

        Raises:
            RuntimeError: it failed, and `check` is true; with what it said.
        """
        switch, env = [], {**os.environ, **self.env}
        if user is not None:
            entry = pwd.getpwnam(user)
            switch = ["setpriv", f"--reuid={entry.pw_uid}", f"--regid={entry.pw_gid}", "--init-groups"]
            env |= {"HOME": entry.pw_dir, "USER": user, "LOGNAME": user}
        done = subprocess.run(
            [*switch, self.program(argv[0]), *argv[1:]],
            env=env,
            cwd="/",
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=DEADLINE,
            check=False,
        )
        if check and done.returncode:
            raise RuntimeError(f"{' '.join(argv)}: exit code {done.returncode}: {done.stderr.strip() or done.stdout}")
        return done

    def program(self, name: str) -> str:
        """What is started for a program's name."""
        return name

    @abstractmethod
    def stop(self, name: str) -> None:
        """Stops a daemon; one of a node goes as if its machine died."""

    @abstractmethod
    def start(self, name: str) -> None:
        """Starts a daemon again and waits until it does its work."""

    @contextmanager
    def without(self, name: str) -> Iterator[None]:
        """A while without a daemon."""
        self.stop(name)
        try:
            yield
        finally:
            self.start(name)

    def until(self, true: Callable[[], object], what: str, seconds: float = DEADLINE) -> None:
        """Waits until something is so.

        Raises:
            TimeoutError: it was not; with the ends of the daemons' logs.
        """
        daemon.until(true, what, self.folder / "log", seconds)

"""Daemons as children of the test: in the foreground, stopped and started again, waited for.

One that made a daemon of itself could not be waited for, and where nobody reaps it its pid would seem to live.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

DEADLINE = 30.0
#: What a daemon started by the system would have, and hands on to jobs.
_ENVIRONMENT = {"PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "LANG": "C.UTF-8"}


class Daemon:
    """One program that is to run until it is stopped.

    Args:
        argv: the program and its arguments.
        env: all that it gets, beside PATH and LANG.
        log: what it prints is added to this file.
        stdout: whether what it prints is kept at all; errors always are.
    """

    def __init__(self, argv: Sequence[str], *, env: Mapping[str, str], log: Path, stdout: bool = True) -> None:
        self.argv = list(argv)
        self.log = log
        self._env = env
        self._stdout = stdout
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int | None:
        """None while it is stopped."""
        return self._process.pid if self._process else None

    def start(self) -> None:
        """Starts it; whether it answers is another question."""
        path = program(self.argv[0])
        assert path is not None, f"{self.argv[0]} is not installed"
        assert self._process is None, f"{self.argv[0]} runs already"
        with self.log.open("ab") as out:
            # It dies with a test session that is killed and can stop nothing (unless it changes its user).
            dying = ["setpriv", "--pdeathsig", "KILL", "--"]
            self._process = subprocess.Popen(
                [*dying, path, *self.argv[1:]],
                env={**_ENVIRONMENT, **self._env},
                cwd="/",
                stdin=subprocess.DEVNULL,
                stdout=out if self._stdout else subprocess.DEVNULL,
                stderr=out,
                start_new_session=True,  # Ctrl-C in a test is the test's alone
            )

    def stop(self, number: signal.Signals = signal.SIGTERM, seconds: float = 5.0) -> None:
        """Ends it and waits until it has ended; one that does not heed the signal is killed."""
        process, self._process = self._process, None
        if process is None:
            return
        process.send_signal(number)
        try:
            process.wait(seconds)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def program(name: str) -> str | None:
    """Where a program is; daemons lie where an ordinary user's PATH does not lead."""
    return shutil.which(name, path=os.environ.get("PATH", "") + ":/usr/sbin:/sbin")


def until(true: Callable[[], object], what: str, logs: Path, seconds: float = DEADLINE) -> None:
    """Waits until something is so.

    Args:
        true: asked twenty times a second.
        what: is waited for.
        logs: a folder of files whose ends are shown otherwise.
        seconds: at most.

    Raises:
        TimeoutError: it was not; with the ends of the daemons' logs.
    """
    end = time.monotonic() + seconds
    while not true():
        if time.monotonic() > end:
            texts = {path.name: path.read_text(errors="replace")[-800:] for path in logs.iterdir() if path.is_file()}
            said = "\n".join(f"{name}: {text}" for name, text in sorted(texts.items()))
            raise TimeoutError(f"after {seconds:g} s still not: {what}\n{said}")
        time.sleep(0.05)

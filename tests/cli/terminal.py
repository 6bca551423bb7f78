"""A command on a terminal of its own, read and typed at like a person does."""

import contextlib
import fcntl
import os
import select
import subprocess
import sys
import termios
import time
from types import TracebackType
from typing import Self

from tests.cli.conftest import ROOT

#: Seconds until a test gives up waiting for a text.
DEADLINE = 30.0


class Terminal:
    """Runs `nerotui ARGV…` (or any Python `script`) as the foreground of a new pseudo-terminal."""

    def __init__(self, *argv: str, script: str | None = None, env: dict[str, str] | None = None) -> None:
        start = ["-c", script] if script is not None else ["-m", "nerotui"]
        self._master, slave = os.openpty()
        termios.tcsetwinsize(slave, (24, 80))
        self.process = subprocess.Popen(
            [sys.executable, *start, *argv],
            stdin=slave,
            stdout=slave,
            stderr=slave,
            env={**os.environ, "TERM": "xterm-256color", "PYTHONPATH": str(ROOT), **(env or {})},
            start_new_session=True,
            preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0),
        )
        self.slave = slave
        self.seen = ""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        self.hang_up()

    def until(self, text: str) -> str:
        """Reads until a text was seen; what was seen up to its end."""
        deadline = time.monotonic() + DEADLINE
        while text not in self.seen:
            self._read(deadline, f"{text!r} was not seen")
        head, _, self.seen = self.seen.partition(text)
        return head + text

    def type(self, text: str) -> None:
        """Types at the keyboard."""
        os.write(self._master, text.encode())

    def end(self) -> tuple[int, str]:
        """Waits for the end: the exit code, and what else was printed."""
        deadline = time.monotonic() + DEADLINE
        while self.process.poll() is None:
            self._read(deadline, "it did not end", patience=0.05)
        while select.select([self._master], [], [], 0)[0]:
            self._read(deadline, "")
        return self.process.returncode, self.seen

    def hang_up(self) -> None:
        """Takes the terminal away, as a closed window or a lost connection does."""
        for descriptor in (self.slave, self._master):
            with contextlib.suppress(OSError):
                os.close(descriptor)
        self.slave = self._master = -1

    def echoes(self) -> bool:
        """Whether the terminal shows what is typed."""
        return bool(termios.tcgetattr(self.slave)[3] & termios.ECHO)

    def _read(self, deadline: float, otherwise: str, patience: float = 1.0) -> None:
        if time.monotonic() > deadline:
            raise AssertionError(f"{otherwise}; seen at last: {self.seen[-600:]!r}")
        if select.select([self._master], [], [], patience)[0]:
            self.seen += os.read(self._master, 65536).decode(errors="replace").replace("\r\n", "\n")

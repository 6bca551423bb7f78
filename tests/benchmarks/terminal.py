"""A program on a terminal of its own: what it writes, how much and when, and keys for it."""

from __future__ import annotations

import contextlib
import fcntl
import os
import pty
import re
import select
import signal
import struct
import termios
import time
from collections.abc import Mapping, Sequence
from typing import Self

_KEPT = 1 << 20


class Terminal:
    """A pseudo-terminal with one program on it. A context manager; leaving it kills the program.

    Attributes:
        pid: of the program.
        started: when it was started, by time.perf_counter.
        total: bytes written to the terminal so far.
        last: when bytes came last.
        pressed: when keys were pressed last.
    """

    def __init__(
        self, argv: Sequence[str], env: Mapping[str, str], *, columns: int = 120, rows: int = 40, cwd: str | None = None
    ) -> None:
        self.total = 0
        self._tail = bytearray()
        self.started = self.last = self.pressed = time.perf_counter()
        self.pid, self._fd = pty.fork()
        if not self.pid:
            try:
                fcntl.ioctl(0, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
                if cwd:
                    os.chdir(cwd)
                os.execvpe(argv[0], list(argv), dict(env))
            finally:
                os._exit(127)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc: object) -> None:
        os.close(self._fd)
        with contextlib.suppress(ProcessLookupError):
            os.kill(self.pid, signal.SIGKILL)
        os.waitpid(self.pid, 0)

    def read(self, seconds: float) -> bytes:
        """The next bytes, b"" if none come within so long.

        Raises:
            EOFError: the program ended.
        """
        if not select.select([self._fd], [], [], max(0.0, seconds))[0]:
            return b""
        try:
            data = os.read(self._fd, 1 << 16)
        except OSError:
            data = b""
        if not data:
            raise EOFError(f"the program on the terminal ended; it wrote last: {self.tail!r}")
        self.last = time.perf_counter()
        self.total += len(data)
        self._tail += data
        if len(self._tail) > 2 * _KEPT:
            del self._tail[:_KEPT]
        return data

    def wait_for(self, wanted: str | re.Pattern[bytes], seconds: float = 20.0) -> float:
        """Reads until a text or pattern is among what was written since `forget`, and returns when it came.

        Raises:
            TimeoutError: it did not come.
        """
        pattern = re.compile(re.escape(wanted.encode())) if isinstance(wanted, str) else wanted
        end = time.perf_counter() + seconds
        while not pattern.search(self._tail):
            if time.perf_counter() > end:
                raise TimeoutError(f"{pattern.pattern!r} was not written in {seconds:g} s; last: {self.tail!r}")
            self.read(end - time.perf_counter())
        return self.last

    def shows(self, text: str) -> bool:
        """Whether a text is on the screen; asked by Ctrl-L, for only changed cells come by themselves."""
        self.forget()
        self.write("\x0c")
        self.read(5)
        self.quiet(0.05, 5)
        return text.encode() in self._tail

    def pump(self, seconds: float) -> int:
        """Reads for so long, and returns how many bytes came."""
        before, end = self.total, time.perf_counter() + seconds
        while (left := end - time.perf_counter()) > 0:
            self.read(left)
        return self.total - before

    def quiet(self, gap: float, seconds: float = 20.0) -> float:
        """Reads until nothing came for `gap` seconds, at most for `seconds`, and returns when the last bytes came."""
        end = time.perf_counter() + seconds
        while self.read(gap):
            if time.perf_counter() > end:
                break
        return self.last

    def write(self, keys: str) -> None:
        """Presses keys."""
        self.pressed = time.perf_counter()
        os.write(self._fd, keys.encode())

    def forget(self) -> None:
        """`wait_for` sees only what comes from now on."""
        self._tail.clear()

    @property
    def tail(self) -> bytes:
        """The newest of what was written since `forget`."""
        return bytes(self._tail[-2000:])

    def fileno(self) -> int:
        """For select."""
        return self._fd

    def written(self, text: bytes) -> bool:
        """Whether a text is among what was written since `forget`."""
        return text in self._tail

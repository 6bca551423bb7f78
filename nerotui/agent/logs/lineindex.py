"""Which line an offset of a huge file stands in: newlines counted once, one entry a megabyte."""

import array
import os
from typing import Any, Callable, Dict, Optional, Tuple

BLOCK = 1 << 20
#: So much is counted before an answer; what lies beyond is counted afterwards, and estimated meanwhile.
AT_ONCE = 1 << 26
#: An estimate is made from this much of the file around the offset.
SAMPLE = 1 << 16

Cancelled = Callable[[], bool]


class LineIndex:
    """Newlines before each whole megabyte of one file."""

    def __init__(self, path: str) -> None:
        self.path = path
        self._identity: Optional[Tuple[int, int]] = None
        self._before = array.array("Q", [0])

    def line(self, offset: int, cancelled: Cancelled) -> Dict[str, Any]:
        """The line that holds the byte at `offset`, counted from 1.

        Returns:
            {"line", "exact": whether it was counted or estimated, "total": lines of the file once all are counted}.

        Raises:
            OSError: the file cannot be read.
        """
        fd = self._open()
        try:
            size = os.fstat(fd).st_size
            offset = min(offset, size)
            covered = self._grow(fd, min(size, self._covered() + AT_ONCE), cancelled)
            total = None
            if covered + BLOCK > size:
                total = self._before[-1] + _count(fd, covered, size)
            if offset <= covered + BLOCK:
                block = min(offset // BLOCK, len(self._before) - 1)
                before = self._before[block] + _count(fd, block * BLOCK, offset)
                return {"line": before + 1, "exact": True, "total": total}
            return {"line": self._estimate(fd, offset), "exact": False, "total": None}
        finally:
            os.close(fd)

    def complete(self, cancelled: Cancelled) -> None:
        """Counts the rest of the file."""
        fd = self._open()
        try:
            self._grow(fd, os.fstat(fd).st_size, cancelled)
        finally:
            os.close(fd)

    def _covered(self) -> int:
        return (len(self._before) - 1) * BLOCK

    def _open(self) -> int:
        fd = os.open(self.path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
        status = os.fstat(fd)
        if (status.st_dev, status.st_ino) != self._identity or status.st_size < self._covered():
            self._identity = status.st_dev, status.st_ino
            del self._before[1:]
        return fd

    def _grow(self, fd: int, end: int, cancelled: Cancelled) -> int:
        """Counts whole megabytes up to `end` and returns how far all is counted."""
        while self._covered() + BLOCK <= end and not cancelled():
            data = os.pread(fd, BLOCK, self._covered())
            if len(data) < BLOCK:
                break
            self._before.append(self._before[-1] + data.count(b"\n"))
        return self._covered()

    def _estimate(self, fd: int, offset: int) -> int:
        covered = self._covered()
        near = os.pread(fd, SAMPLE, max(0, offset - SAMPLE))
        lines, length = self._before[-1] + near.count(b"\n"), covered + len(near)
        return self._before[-1] + int((offset - covered) * lines / max(1, length)) + 1


def _count(fd: int, start: int, end: int) -> int:
    count = 0
    while start < end:
        data = os.pread(fd, min(BLOCK, end - start), start)
        if not data:
            break
        count += data.count(b"\n")
        start += len(data)
    return count

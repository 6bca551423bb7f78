"""The log, or what a program reports: bytes that only ever grow, read on from where a predecessor stood."""

import os
from typing import TYPE_CHECKING, Any, Dict, List, Optional, Tuple

if TYPE_CHECKING:
    from nerotui.agent.supervise.findings import Findings

#: Read at once.
BLOCK = 1 << 18

#: How far before its first unread byte a successor starts to read, to learn which table's rows these are, which epoch
#: the log is in and how many steps came before: the whole log of most runs, in a second or two.
RUN_UP = 1 << 25
#: How far before that byte the listener is told again what the log says.
TOLD_AGAIN = 1 << 18

Point = Dict[str, Any]


class LogSource:
    """One file that grows.

    Attributes:
        reader: finds its points.
        size: how long it was when last looked at.
        position: how far it was read.
    """

    def __init__(
        self,
        path: str,
        reader: Any,
        start: int,
        last: Optional[Tuple[int, int]],
        listener: Optional["Findings"] = None,
    ) -> None:
        """Reads what is new to the record.

        Args:
            path: the file, which may not be there yet.
            reader: finds its points.
            start: where in the file the attempt begins.
            last: the last offset on record, and how many points are from there; None where nothing is.
            listener: is given the bytes as they are read.
        """
        self.reader = reader
        self.size = 0
        self.position = start if last is None else max(start, last[0] - RUN_UP)
        self._path = path
        self._last = last
        self._listener = listener
        self._fd: Optional[int] = None
        self._skip_line = last is not None and self.position > start
        self._told = start if last is None else max(start, last[0] - TOLD_AGAIN)

    def grown(self) -> bool:
        """Whether there is something to read, at the price of one look at the file's size."""
        try:
            status = os.stat(self._path) if self._fd is None else os.fstat(self._fd)
        except OSError:
            return False
        return status.st_size != self.position

    def read(self, now: float) -> List[Point]:
        """The new points of one block; nothing new leaves `position` where it was."""
        if self._fd is None:
            try:
                self._fd = os.open(self._path, os.O_RDONLY | os.O_CLOEXEC)
            except FileNotFoundError:
                return []
        self.size = os.fstat(self._fd).st_size
        if self.size < self.position:  # the program emptied its own file
            self.position = self._told = 0
            self._last = None
        if self.size == self.position:
            return []
        data = os.pread(self._fd, BLOCK, self.position)
        offset = self.position
        self.position += len(data)
        if self._skip_line:
            _, found, rest = data.partition(b"\n")
            if not found:
                return []
            self._skip_line = False
            offset += len(data) - len(rest)
            data = rest
        self._tell(data, offset, now)
        return self._new(self.reader.feed(data, offset, now))

    def _tell(self, data: bytes, offset: int, now: float) -> None:
        """Gives the listener what it was not told long ago, from the beginning of a line on."""
        if self._listener is None or offset + len(data) <= self._told:
            return
        if offset < self._told:
            begin = data.find(b"\n", self._told - offset) + 1
            if not begin:
                return
            data, offset = data[begin:], offset + begin
        self._listener.log(data, offset, now)

    def end(self, now: float) -> List[Point]:
        """The points of a last line that lacks its end."""
        points = self._new(self.reader.end(now)) if self.position else []
        if self._fd is not None:
            os.close(self._fd)
            self._fd = None
        return points

    def _new(self, points: List[Point]) -> List[Point]:
        if self._last is None:
            return points
        offset, count = self._last
        fresh = []
        for point in points:
            if point["offset"] > offset:
                fresh.append(point)
            elif point["offset"] == offset:
                count -= 1
                if count < 0:
                    fresh.append(point)
        self._last = (offset, max(count, 0)) if not fresh else None
        return fresh

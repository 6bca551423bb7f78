"""One file of metrics as it grows, is written anew, or is followed by the next checkpoint's."""

import os
from typing import Any, Dict, List, Optional, Tuple

from nerotui.agent.metrics.files.anyfile import told
from nerotui.agent.metrics.files.finding import beginning_of, reader_of, split_of, with_split
from nerotui.agent.supervise.discovery import File
from nerotui.agent.supervise.owners import FILE

Point = Dict[str, Any]

BLOCK = 1 << 18
#: Bytes before a position that are held against the file, to see whether it was written anew.
CHECKED = 64

_OWN = frozenset(("t", "source", "offset"))
_PLACE = _OWN | {"step", "epoch"}
#: How far a source was read: its last offset, and of a file whose metrics are counted by themselves each one's.
Last = Dict[str, int]


class FileSource:
    """Reads one file, of which a predecessor may have read a part.

    Attributes:
        size: how long it was when last looked at.
        source: what its points say they are from.
    """

    def __init__(self, file: File, last: Optional[Last]) -> None:
        """Reads from the beginning, and leaves out what is on record.

        Args:
            file: the file.
            last: the last offset on record, under "" and under each metric's name; None where nothing is.
        """
        self.size = 0
        self.source = FILE + file.label
        self._path = file.path
        self._last: Last = dict(last or {})
        self._first: Optional[Tuple[Any, ...]] = None
        self._anew = False
        self._seen: Tuple[int, ...] = ()
        self._split = split_of(file.path)
        self._reader: Any = None
        self._position = 0
        self._before = b""

    @property
    def progress(self) -> Optional[Dict[str, Any]]:
        """How far the file says the run is."""
        found: Optional[Dict[str, Any]] = self._reader.progress if self._reader is not None else None
        return found

    def move(self, path: str) -> None:
        """Goes on with another file that holds the same history and more."""
        self._path = path
        self._begin_anew()

    def read(self, now: float, limit: int) -> Tuple[List[Point], bool]:
        """The new points of the next `limit` bytes, and whether there is more."""
        points: List[Point] = []
        try:
            status = os.stat(self._path)
        except OSError:
            return points, False
        seen = (status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns)
        if seen == self._seen and status.st_size <= self._position:
            return points, False
        try:
            fd = os.open(self._path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
        except OSError:
            return points, False
        try:
            if self._seen and not self._goes_on(fd, status):
                self._begin_anew()
            self._seen, self.size = seen, status.st_size
            end = self._position + limit
            while self._position < end:
                data = os.pread(fd, BLOCK, self._position)
                if not data:
                    points += self._end(now)
                    break
                points += self._feed(data, now)
        except OSError:
            return points, False  # a file server's hiccup: it is tried again when the file changes
        finally:
            os.close(fd)
        return points, self._position >= end

    def close(self, now: float) -> List[Point]:
        """The points of a last row that lacks its end."""
        reader = self._reader
        if reader is None:
            return []
        end = getattr(reader, "end", None)
        return self._new(reader.feed(b"\n", self._position, now) if end is None else end(now))

    def _feed(self, data: bytes, now: float) -> List[Point]:
        if self._reader is None:
            beginning = beginning_of(self._path)
            self._reader = reader_of(self._path, beginning) if told(self._path, beginning) else None
            if self._reader is None:
                self._position += len(data)  # it is no such file any more, or not yet
                return []
        offset = self._position
        self._position += len(data)
        self._before = (self._before + data)[-CHECKED:]
        return self._new(self._reader.feed(data, offset, now))

    def _end(self, now: float) -> List[Point]:
        """What a document holds so far, though it may still be written."""
        return self._new(self._reader.end(now)) if getattr(self._reader, "whole", False) else []

    def _goes_on(self, fd: int, status: os.stat_result) -> bool:
        """Whether the file is still the one that was read, with more behind it or not."""
        if (status.st_dev, status.st_ino) != self._seen[:2] or status.st_size < self._position:
            return False
        if self._reader is None:
            return False
        return os.pread(fd, len(self._before), self._position - len(self._before)) == self._before

    def _begin_anew(self) -> None:
        """Reads the file from its beginning: a table got another column, or the program began another."""
        rewritten = self._reader is None or getattr(self._reader, "rewritten", False)
        self._reader, self._position, self._before = None, 0, b""
        self._anew = True
        if not rewritten:
            self._last = {}

    def _new(self, points: List[Point]) -> List[Point]:
        """Those that are not on record, as they are to be put there."""
        if not points:
            return points
        first = _content(points[0])
        if self._anew:
            self._anew = False
            if self._first is not None and first != self._first:
                self._last, self._first = {}, None
        if self._first is None:
            self._first = first
        fresh = []
        parallel = getattr(self._reader, "parallel", False)
        for point in points:
            key = _metric(point) if parallel else ""
            if point["offset"] <= self._last.get(key, -1):
                continue
            self._last[key] = point["offset"]
            point["source"] = self.source
            fresh.append(self._named(point) if self._split else point)
        return fresh

    def _named(self, point: Point) -> Point:
        return {name if name in _PLACE else with_split(name, self._split): value for name, value in point.items()}


def _metric(point: Point) -> str:
    """The name of a point's only metric."""
    for name in point:
        if name not in _PLACE:
            return name
    return ""


def _content(point: Point) -> Tuple[Any, ...]:
    """What a point says, whenever and wherever it was read. A value that is no number equals itself here."""
    return tuple(sorted((name, repr(value)) for name, value in point.items() if name not in _OWN))

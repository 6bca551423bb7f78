"""The history of a run's metrics, or of any log or metric file, and what is added to it while one looks."""

import json
import os
import time
from typing import Callable, List, Optional, Sequence

from nerotui.agent.logs.follow import Follower, Restart
from nerotui.agent.metrics.files.anyfile import AnyReader
from nerotui.agent.points.series import Record, Series
from nerotui.agent.wire import Message

BLOCK = 1 << 18
#: A first line that is longer is no point of nerotui's own.
LONGEST_FIRST = 1 << 16
#: A history longer than this is first shown from samples of it.
COARSE_ABOVE = 4 << 20
#: How many places are sampled, and how much is read at each.
SAMPLES = 256
SAMPLE = 4096
#: Points in one push. A push must stay well below the longest frame.
IN_PUSH = 8192

Cancelled = Callable[[], bool]


class Records:
    """Turns a growing file's bytes into records: of a run's own points file, or of anything that a program wrote."""

    def __init__(self, path: str, patterns: Sequence[str] = ()) -> None:
        """Reads a file from its beginning; its name helps to tell what it is, the user's patterns read its text."""
        self._path = path
        self._patterns = patterns
        self._held = b""
        self._own = False
        self._reader: Optional[AnyReader] = None

    def feed(self, data: bytes, offset: int, now: float) -> List[Record]:
        """The records that are complete with `data`, whose first byte stands at `offset`.

        Args:
            data: the next bytes.
            offset: of the first of them in the file.
            now: the time of what carries none.
        """
        if self._reader is None and not self._own:
            data = self._held + data
            if data[:1] == b"{" and b"\n" not in data and len(data) < LONGEST_FIRST:
                self._held = data
                return []
            offset -= len(self._held)
            self._held = b""
            self._own = is_own(data)
            if not self._own:
                self._reader = AnyReader(self._path, self._patterns)
        if self._reader is not None:
            return self._reader.feed(data, offset, now)
        lines = (self._held + data).split(b"\n")
        self._held = lines.pop()
        return parse(lines)

    def end(self, offset: int, now: float) -> List[Record]:
        """The records of what the file ends with, where nothing will be added to it.

        Args:
            offset: the file's size.
            now: the time of what carries none.
        """
        if self._reader is None:
            found = self.feed(b"\n", offset, now)
            if self._reader is None:
                return found
        return self._reader.end(now)


class History:
    """One file's series, from its beginning to its end and on as it grows.

    Attributes:
        follower: stands where reading goes on.
    """

    def __init__(
        self, follower: Follower, names: Optional[List[str]], limit: Optional[int], patterns: Sequence[str] = ()
    ) -> None:
        """Reads `follower`'s file.

        Args:
            follower: already started, at 0.
            names: which metrics; None for all.
            limit: how many points of each series are kept, about; None for every single one.
            patterns: the user's own for a log's lines.
        """
        self.follower = follower
        self._patterns = patterns
        self._names = names
        self._limit = limit
        self.begin()

    def begin(self) -> None:
        """Forgets everything: the file is another now."""
        self._series = Series(self._names, self._limit)
        self._records = Records(self.follower.path, self._patterns)

    def read(self, cancelled: Cancelled) -> Series:
        """Everything up to the file's end.

        Raises:
            OSError: the file cannot be read.
        """
        fd = self.follower.fd
        now = os.fstat(fd).st_mtime if fd is not None else 0.0
        while not cancelled():
            offset = self.follower.position
            data = self.follower.read(BLOCK)
            if isinstance(data, Restart):
                self.begin()
                continue
            if not data:
                break
            self._series.add(self._records.feed(data, offset, now))
        return self._series

    def finish(self) -> Series:
        """The series with the last line too, where it lacks its end and nothing will be added to it."""
        self._series.add(self._records.end(self.follower.position, time.time()))
        return self._series

    def more(self, limit: int) -> List[Message]:
        """What was added to the file, as pushes; [] where there is nothing yet."""
        while True:
            offset = self.follower.position
            data = self.follower.read(limit)
            if isinstance(data, Restart):
                self.begin()
                return [{"push": "points", "reset": True, "series": [], "done": True}]
            if not data:
                return []
            found = self._series.split(self._records.feed(data, offset, time.time()))
            if found:
                listed = [{"name": name, "x": self._series.axis(name), "points": found[name]} for name in found]
                return [{"push": "points", "reset": False, "series": listed, "done": True}]

    def coarse(self) -> Optional[Series]:
        """A rough picture from places spread evenly over a long file, at once; None where it is not worth it."""
        fd, size = self.follower.fd, self.follower.size()
        if self._limit is None or fd is None or size < COARSE_ABOVE or not is_own(os.pread(fd, SAMPLE, 0)):
            return None
        series = Series(self._names, self._limit)
        for sample in range(SAMPLES):
            at = (size - SAMPLE) * sample // (SAMPLES - 1)
            lines = os.pread(fd, SAMPLE, at).split(b"\n")
            series.add(parse(lines[1:-1] if at else lines[:-1]))
        return series


def parse(lines: List[bytes]) -> List[Record]:
    """The objects among lines of JSON; all at once where that works, which is faster than one by one."""
    try:
        found = json.loads("[" + b",".join(line for line in lines if line).decode("utf-8") + "]")
    except (ValueError, RecursionError):
        found = []
        for line in lines:
            try:
                found.append(json.loads(line.decode("utf-8", "replace")))
            except (ValueError, RecursionError):
                continue  # cut short by a crash or a full disk
    return [record for record in found if isinstance(record, dict)]


def is_own(data: bytes) -> bool:
    """Whether a file that begins so is a run's points, written by nerotui."""
    first = _first(data)
    return first is not None and "t" in first and "source" in first and "offset" in first


def _first(data: bytes) -> Optional[Record]:
    """The object that a file of JSON lines begins with."""
    line = data.lstrip().split(b"\n", 1)[0]
    if not line.startswith(b"{"):
        return None
    try:
        record = json.loads(line.decode("utf-8", "replace"))
    except (ValueError, RecursionError):
        return None
    return record if isinstance(record, dict) else None


def pushes(series: Series, done: bool) -> List[Message]:
    """One picture of all series, cut into messages that each fit into a frame."""
    messages: List[Message] = [{"push": "points", "reset": True, "series": [], "done": False}]
    room = IN_PUSH
    for name, axis, points in series.all():
        at = 0
        while at < len(points):
            piece = points[at : at + room]
            messages[-1]["series"].append({"name": name, "x": axis, "points": piece})
            at += len(piece)
            room -= len(piece)
            if room <= 0:
                messages.append({"push": "points", "reset": False, "series": [], "done": False})
                room = IN_PUSH
    messages[-1]["done"] = done
    return messages

"""Follows what a run prints and reports, and adds its points to metrics.jsonl."""

import json
import math
import os
from typing import Any, Dict, List, Optional, Tuple

from nerotui.agent import durable
from nerotui.agent.run.layout import RunFolder
from nerotui.agent.supervise.findings import Findings

#: Read at once; what one look at the files may read before other things get their turn.
BLOCK = 1 << 18
TURN = 1 << 22

#: How far before its first unread byte a successor starts to read, to learn which epoch the log is in.
RUN_UP = 1 << 18

#: A longer metrics.jsonl is not read again for its least and greatest values.
LONG = 1 << 26

Point = Dict[str, Any]
_NOT_FINITE = {"NaN": math.nan, "Infinity": math.inf, "-Infinity": -math.inf}
_NOT_METRICS = ("t", "step", "epoch", "source", "offset", "attempt")


class Following:
    """Points of an attempt: from the log and from the program's own file to the end of metrics.jsonl.

    A successor goes on where the file ends: each point says which line of which source it came from, the points of one
    look are added by one write, and a line cut short is taken off.
    """

    def __init__(
        self,
        folder: RunFolder,
        attempt: int,
        log_start: int,
        metrics: Optional[Dict[str, Any]],
        again: bool,
        listener: Optional[Findings] = None,
    ) -> None:
        """Goes on from what metrics.jsonl holds.

        Args:
            folder: the run's folder.
            attempt: the attempt's number.
            log_start: where in the log the attempt begins.
            metrics: the summary so far, which goes on over attempts.
            again: whether a predecessor of this attempt may have died before it wrote the summary down.
            listener: is given the new points, and the log as it is read.
        """
        from nerotui.agent.metrics import JsonReader, Reader

        self._path = folder.metrics
        self._attempt = attempt
        self._listener = listener
        self._unwritten: List[Point] = []
        self.summary: Dict[str, Dict[str, Any]] = {} if again else dict(metrics or {})
        last = self._repair()
        if again:
            self._sum_up_file(metrics)
        self._log = _Source(folder.log, Reader(), log_start, last.get("log"), listener)
        self._reports = _Source(folder.reports_of(attempt), JsonReader(), 0, last.get("reported"))

    @property
    def progress(self) -> Optional[Dict[str, Any]]:
        """How far the run says it is; what it reports on purpose comes first."""
        found: Optional[Dict[str, Any]] = self._reports.reader.progress or self._log.reader.progress
        return found

    @property
    def log_size(self) -> int:
        """The log's size when last looked at."""
        return self._log.size

    @property
    def sizes(self) -> Tuple[int, ...]:
        """How long the followed files were when last looked at."""
        return self._log.size, self._reports.size

    def look(self, now: float) -> bool:
        """Reads what is new, up to a limit; whether there is more.

        Raises:
            OSError: metrics.jsonl cannot be written; what was read is kept and written by a later look.
        """
        self._write()
        more = False
        for source in (self._log, self._reports):
            end = source.position + TURN
            while source.position < end:
                at = source.position
                self._take(source.read(now), now)
                self._write()
                if source.position == at:
                    break
            more = more or source.position >= end
        return more

    def close(self, now: float) -> None:
        """Reads to the end, also a last line without its end of line.

        Raises:
            OSError: metrics.jsonl cannot be written.
        """
        while self.look(now):
            pass
        for source in (self._log, self._reports):
            self._take(source.end(now), now)
        self._write()

    def _take(self, points: List[Point], now: float) -> None:
        if points:
            self._unwritten += points
            if self._listener is not None:
                self._listener.points(points, now)

    def _write(self) -> None:
        if not self._unwritten:
            return
        lines = []
        for point in self._unwritten:
            record = {name: _plain(value) for name, value in point.items()}
            record["attempt"] = self._attempt
            lines.append(durable.to_json(record))
        fd = os.open(self._path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            size = os.fstat(fd).st_size
            try:
                durable.write_all(fd, b"".join(lines))
            except OSError:
                os.ftruncate(fd, size)
                raise
        finally:
            os.close(fd)
        for point in self._unwritten:
            _sum_up(self.summary, point)
        self._unwritten = []

    def _repair(self) -> Dict[str, Tuple[int, int]]:
        """Takes a line cut short off the end; the last offset of each source and how many points it gave."""
        last: Dict[str, Tuple[int, int]] = {}
        try:
            with open(self._path, "r+b") as file:
                size = file.seek(0, os.SEEK_END)
                file.seek(max(0, size - RUN_UP))
                if file.tell():
                    file.readline()
                good = file.tell()
                for line in file:
                    if not line.endswith(b"\n"):
                        break
                    good += len(line)
                    record = _record(line)
                    if record.get("attempt") != self._attempt:
                        continue
                    source, offset = str(record.get("source")), int(record.get("offset") or 0)
                    known = last.get(source)
                    last[source] = (offset, known[1] + 1 if known is not None and known[0] == offset else 1)
                if good < size:
                    file.truncate(good)
        except FileNotFoundError:
            pass
        return last

    def _sum_up_file(self, metrics: Optional[Dict[str, Any]]) -> None:
        try:
            with open(self._path, "rb") as file:
                if os.fstat(file.fileno()).st_size > LONG:
                    self.summary = dict(metrics or {})
                    return
                for line in file:
                    _sum_up(self.summary, {name: _number(value) for name, value in _record(line).items()})
        except FileNotFoundError:
            pass


class _Source:
    """One file that grows, read by its reader from where the predecessor stood."""

    def __init__(
        self,
        path: str,
        reader: Any,
        start: int,
        last: Optional[Tuple[int, int]],
        listener: Optional[Findings] = None,
    ) -> None:
        self.reader = reader
        self._listener = listener
        self.size = 0
        self._path = path
        self._last = last
        self._fd: Optional[int] = None
        self.position = start if last is None else max(start, last[0] - RUN_UP)
        self._skip_line = last is not None and self.position > start

    def read(self, now: float) -> List[Point]:
        """The new points of one block; nothing new leaves `position` where it was."""
        if self._fd is None:
            try:
                self._fd = os.open(self._path, os.O_RDONLY | os.O_CLOEXEC)
            except FileNotFoundError:
                return []
        self.size = os.fstat(self._fd).st_size
        if self.size < self.position:  # the program emptied its own file
            self.position = 0
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
        if self._listener is not None:
            self._listener.log(data, offset, now)
        return self._new(self.reader.feed(data, offset, now))

    def end(self, now: float) -> List[Point]:
        """The points of a last line that lacks its end."""
        points = self._new(self.reader.feed(b"\n", self.position, now)) if self.position else []
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


def _record(line: bytes) -> Dict[str, Any]:
    try:
        value = json.loads(line.decode("utf-8"))
    except ValueError:
        return {}
    return value if isinstance(value, dict) else {}


def _plain(value: Any) -> Any:
    """JSON knows no NaN and no infinity."""
    if isinstance(value, float) and not math.isfinite(value):
        return "NaN" if math.isnan(value) else "Infinity" if value > 0 else "-Infinity"
    return value


def _number(value: Any) -> Any:
    return _NOT_FINITE.get(value, value) if isinstance(value, str) else value


def _sum_up(summary: Dict[str, Dict[str, Any]], point: Point) -> None:
    x = point.get("step", point.get("epoch"))
    for name, value in point.items():
        if name in _NOT_METRICS or not isinstance(value, (int, float)):
            continue
        known = summary.setdefault(name, {"last": None, "x": None, "min": None, "max": None})
        known["last"], known["x"] = _plain(value), x
        if math.isfinite(value):
            known["min"] = value if known["min"] is None else min(known["min"], value)
            known["max"] = value if known["max"] is None else max(known["max"], value)

"""metrics.jsonl as its one writer keeps it: points are added to its end, and it says itself how far each source is.

The points of one look are added by one write; a line that a power cut or a full disk left unfinished is taken off.
"""

import json
import math
import os
from typing import Any, Dict, Iterator, List, Optional, Tuple

from nerotui.agent import durable
from nerotui.agent.supervise.owners import FILE, Owners

#: How much of the end of the file is looked at for a line that lacks its own end, and for the newest points.
TAIL = 1 << 18

#: A longer file is not read again for the least and greatest values, and for who gave each metric.
LONG = 1 << 26

Point = Dict[str, Any]
Summary = Dict[str, Dict[str, Any]]
_NOT_FINITE = {"NaN": math.nan, "Infinity": math.inf, "-Infinity": -math.inf}
_NOT_METRICS = frozenset(("t", "step", "epoch", "source", "offset", "attempt"))


class Record:
    """The points of an attempt at the end of the file.

    Attributes:
        summary: last, least and greatest value of each metric, over all attempts.
        last: of each log-like source the last offset on record, and how many points are from there.
        files: of each file of metrics the last offset on record, under "" and under each metric's name.
        owners: which source gives which metric.
    """

    def __init__(self, path: str, attempt: int, metrics: Optional[Summary], again: bool) -> None:
        """Takes up the file.

        Args:
            path: the file, which may not be there yet.
            attempt: the attempt's number.
            metrics: the summary so far, which goes on over attempts.
            again: whether a predecessor of this attempt may have died before it wrote the summary down.
        """
        self._path = path
        self._attempt = attempt
        self.summary: Summary = {} if again else dict(metrics or {})
        self.last: Dict[str, Tuple[int, int]] = {}
        self.files: Dict[str, Dict[str, int]] = {}
        self.owners = Owners()
        size = self._repair()
        if again and size:
            self._read_again(size, metrics)

    def add(self, points: List[Point]) -> None:
        """Adds points to the file, all or none of them.

        Raises:
            OSError: the disk did not take them.
        """
        lines = []
        for point in points:
            record = {name: _plain(value) for name, value in point.items()}
            # Last, so that a successor finds them without taking the line apart.
            record["source"], record["offset"] = record.pop("source"), record.pop("offset")
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
        for point in points:
            sum_up(self.summary, point)

    def _repair(self) -> int:
        """Takes a line cut short off the end; returns how long the file is then."""
        try:
            with open(self._path, "r+b") as file:
                size = file.seek(0, os.SEEK_END)
                file.seek(max(0, size - TAIL))
                end = file.read().rfind(b"\n") + 1
                good = max(0, size - TAIL) + end
                if good < size and (end or size <= TAIL):
                    file.truncate(good)
                    return good
                return size
        except FileNotFoundError:
            return 0

    def _read_again(self, size: int, metrics: Optional[Summary]) -> None:
        long = size > LONG
        if long:
            self.summary = dict(metrics or {})
        ours = b'"attempt":%d}\n' % self._attempt
        newest = size - TAIL
        at = 0
        for line in self._lines():
            at += len(line)
            mine = line.endswith(ours)
            if long and at < newest and not mine:
                continue
            if long and at < newest and b'"source":"' + FILE.encode() not in line:
                self._note_offset(line)
                continue
            record = _record(line)
            if not long:
                sum_up(self.summary, record)
            if mine:
                self._note(record)

    def _lines(self) -> Iterator[bytes]:
        with open(self._path, "rb") as file:
            for line in file:
                yield line

    def _note(self, record: Point) -> None:
        source, offset = str(record.get("source")), int(record.get("offset") or 0)
        self.owners.note(record)
        if source.startswith(FILE):
            places = self.files.setdefault(source, {})
            for name in record:
                if name not in _NOT_METRICS:
                    places[name] = offset
            places[""] = offset
        else:
            self._count(source, offset)

    def _note_offset(self, line: bytes) -> None:
        """The source and offset of a line that is not taken apart."""
        _, _, end = line.rpartition(b'"source":"')
        source, _, rest = end.partition(b'","offset":')
        digits = rest.split(b",", 1)[0]
        if digits.isdigit():
            self._count(source.decode("utf-8", "replace"), int(digits))

    def _count(self, source: str, offset: int) -> None:
        known = self.last.get(source)
        self.last[source] = (offset, known[1] + 1 if known is not None and known[0] == offset else 1)


def _record(line: bytes) -> Point:
    try:
        value = json.loads(line.decode("utf-8"))
    except ValueError:
        return {}
    return {name: _number(found) for name, found in value.items()} if isinstance(value, dict) else {}


def _plain(value: Any) -> Any:
    """JSON knows no NaN and no infinity."""
    if isinstance(value, float) and not math.isfinite(value):
        return "NaN" if math.isnan(value) else "Infinity" if value > 0 else "-Infinity"
    return value


def _number(value: Any) -> Any:
    return _NOT_FINITE.get(value, value) if isinstance(value, str) else value


def sum_up(summary: Summary, point: Point) -> None:
    """Adds a point to what is known of each metric: its last value, where that stood, the least and the greatest."""
    x = point.get("step", point.get("epoch"))
    for name, value in point.items():
        if name in _NOT_METRICS or not isinstance(value, (int, float)):
            continue
        known = summary.setdefault(name, {"last": None, "x": None, "min": None, "max": None})
        known["last"], known["x"] = _plain(value), x
        if math.isfinite(value):
            known["min"] = value if known["min"] is None else min(known["min"], value)
            known["max"] = value if known["max"] is None else max(known["max"], value)

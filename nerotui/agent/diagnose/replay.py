"""The dry run: an old log, or a run's own record, shown to the diagnosis as if it were being written now.

What depends on when each line was printed, such as a silence, is known of a live run only.
"""

import json
import os
from typing import Any, BinaryIO, Callable, Dict, Iterator, List, Optional, Sequence, Tuple

from nerotui.agent.diagnose.diagnosis import Diagnosis
from nerotui.agent.diagnose.enforce import Enforcer
from nerotui.agent.diagnose.finding import SEVERITIES, Finding
from nerotui.agent.diagnose.rules import Rule
from nerotui.agent.run.layout import RunFolder

#: Read at once.
BLOCK = 1 << 18
#: Findings that a replay tells of at most.
MOST = 200

Cancelled = Callable[[], bool]
Told = Dict[str, Any]
_NOT_FINITE = {"NaN": float("nan"), "Infinity": float("inf"), "-Infinity": float("-inf")}


class Replay:
    """A diagnosis, and when it said what."""

    def __init__(self, rules: Sequence[Rule]) -> None:
        self._rules = rules
        self._open: Dict[Tuple[str, Optional[str]], Told] = {}
        self._place: Dict[str, Any] = {}
        self.told: List[Told] = []
        self.points = 0
        self.begin(0.0)

    def begin(self, began: float) -> None:
        """A run, or its next attempt, begins."""
        self._diagnosis = Diagnosis(began)
        self._enforcer = Enforcer(self._rules, began, [one["rule"] for one in self.told if one["rule"]])
        self._open = {}

    def log(self, data: bytes, offset: int, now: float) -> None:
        """Bytes of the log."""
        self._diagnosis.log(data, offset, now)
        self._look(now)

    def point(self, point: Dict[str, Any], now: float) -> None:
        """One point."""
        self.points += 1
        self._place = {"t": now or None, "offset": point.get("offset"), "source": point.get("source")}
        self._place.update({axis: point[axis] for axis in ("step", "epoch") if axis in point})
        self._diagnosis.points([point], now)
        self._enforcer.points([point], now)
        self._look(now)

    def sample(self, sample: Dict[str, Any], now: float) -> None:
        """A sample of the host."""
        self._diagnosis.host(sample, now)
        self._look(now)

    def end(self, well: bool, now: float) -> None:
        """The run is over."""
        self._diagnosis.end(well, now)
        self._look(now)

    def _look(self, now: float) -> None:
        found = self._diagnosis.look(now)
        keys = set()
        for one in found:
            key = (one["kind"], one["series"])
            keys.add(key)
            if key in self._open:
                known = self._open[key]
                if SEVERITIES[one["severity"]] < SEVERITIES[known["severity"]]:
                    known.update(severity=one["severity"], message=one["message"])
                known["evidence"] = known["evidence"] or one["evidence"]
            else:
                self._open[key] = self._tell(one, None)
        for key in set(self._open) - keys:
            self._open.pop(key)["gone"] = dict(self._place)
        for fired in self._enforcer.look(now, None, found):
            made = {"kind": "rule", "severity": "warning", "message": fired.because, "advice": "", "evidence": []}
            self._tell(dict(made, x=fired.x, series=fired.series, since=now), fired.rule)

    def _tell(self, one: Finding, rule: Optional[Rule]) -> Told:
        place = dict(self._place)
        for item in one["evidence"] if one["series"] is None else ():
            if isinstance(item, dict) and item.get("line") is not None:
                place["offset"] = item["line"]
                break
        told = dict(one, at=place, gone=None, rule=rule.text if rule else None, action=rule.action if rule else None)
        if len(self.told) < MOST:
            self.told.append(told)
        return told


def of_file(path: str, rules: Sequence[Rule], cancelled: Cancelled) -> Dict[str, Any]:
    """What a log or metrics file would have been told of: {"told", "points", "lines"}.

    Raises:
        OSError: the file cannot be read.
    """
    from nerotui.agent.points.points import Records

    replay, records, lines, offset = Replay(rules), Records(path), 0, 0
    with open(path, "rb") as file:
        text = b"\0" not in file.read(4096)
        file.seek(0)
        while not cancelled():
            data = file.read(BLOCK)
            if not data:
                break
            lines += data.count(b"\n")
            _interleave(replay, data, offset, records.feed(data, offset, 0.0), text)
            offset += len(data)
        for point in records.end(offset, 0.0):
            replay.point(point, 0.0)
        replay.end(False, 0.0)
        _number(file, replay.told)
    return {"told": replay.told, "points": replay.points, "lines": lines}


def of_run(folder: RunFolder, state: str, rules: Sequence[Rule], cancelled: Cancelled) -> Dict[str, Any]:
    """The same of a run, from its log, its points and the samples of its host, with their times.

    Raises:
        OSError: a file cannot be read.
    """
    replay, at = Replay(rules), 0
    samples = _lines(folder.stats)
    sample = next(samples, None)
    attempt: Any = None
    with open(folder.log, "rb") as log:
        for point in _lines(folder.metrics):
            if cancelled():
                break
            now = float(point.get("t") or 0.0)
            if point.get("attempt") != attempt:
                attempt = point.get("attempt")
                replay.begin(now)
            while sample is not None and float(sample.get("t") or 0.0) <= now:
                replay.sample(sample, float(sample.get("t") or 0.0))
                sample = next(samples, None)
            for name, value in point.items():
                if isinstance(value, str) and name != "source":
                    point[name] = _NOT_FINITE.get(value, value)
            if point.get("source") == "log" and int(point.get("offset") or 0) > at:
                at = _feed(replay, log, at, int(point["offset"]), now)
            replay.point(point, now)
        at = _feed(replay, log, at, os.fstat(log.fileno()).st_size, 0.0)
        replay.end(state == "done", 0.0)
        _number(log, replay.told)
        log.seek(0)
        lines = sum(block.count(b"\n") for block in iter(lambda: log.read(BLOCK), b""))
    return {"told": replay.told, "points": replay.points, "lines": lines}


def _interleave(replay: Replay, data: bytes, begin: int, points: List[Dict[str, Any]], text: bool) -> None:
    """Log and points in the order in which they stand."""
    at = 0
    for point in points:
        offset = point.get("offset")
        if text and isinstance(offset, int) and at < offset - begin <= len(data):
            replay.log(data[at : offset - begin], begin + at, 0.0)
            at = offset - begin
        replay.point(point, 0.0)
    if text and at < len(data):
        replay.log(data[at:], begin + at, 0.0)


def _feed(replay: Replay, log: BinaryIO, at: int, end: int, now: float) -> int:
    """The log up to a place."""
    log.seek(at)
    while at < end:
        data = log.read(min(BLOCK, end - at))
        if not data:
            break
        replay.log(data, at, now)
        at += len(data)
    return at


def _number(file: BinaryIO, told: List[Told]) -> None:
    """Adds to places in the log the number of their line."""
    places = [place for one in told for place in (one["at"], one["gone"]) if place and place.get("offset") is not None]
    places = [place for place in places if place.get("source") in (None, "log")]
    places.sort(key=lambda place: int(place["offset"]))
    file.seek(0)
    at, line = 0, 1
    for place in places:
        while at < place["offset"]:
            data = file.read(min(BLOCK, place["offset"] - at))
            if not data:
                return
            line += data.count(b"\n")
            at += len(data)
        place["line"] = line


def _lines(path: str) -> Iterator[Dict[str, Any]]:
    """The objects of a file of JSON lines; nothing where there is no file."""
    if not os.path.exists(path):
        return
    with open(path, "rb") as file:
        for line in file:
            try:
                value = json.loads(line.decode("utf-8"))
            except ValueError:
                continue  # cut short by a crash
            if isinstance(value, dict):
                yield value

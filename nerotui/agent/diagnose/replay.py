"""The dry run: an old log, or a run's own record, shown to the diagnosis as if it were being written now.

A log's clock is the times that its lines begin with, where they do; a run's is its record's.
"""

import json
import math
import os
import time
from collections import deque
from typing import Any, BinaryIO, Callable, Dict, Iterator, List, Optional, Sequence, Tuple

from nerotui.agent import durable
from nerotui.agent.diagnose.hindsight import Hindsight, Told
from nerotui.agent.diagnose.rules import Rule
from nerotui.agent.diagnose.stamps import LogClock, Tick
from nerotui.agent.run import events
from nerotui.agent.run.layout import RunFolder
from nerotui.agent.states import ENDED

#: Read at once.
BLOCK = 1 << 18

Cancelled = Callable[[], bool]
_ENDED = {state.value for state in ENDED}
#: Events after which a frozen run is no longer frozen.
_GOES_ON = _ENDED | {"thawed", "started"}
_NOT_FINITE = {"NaN": float("nan"), "Infinity": float("inf"), "-Infinity": float("-inf")}


def of_file(path: str, rules: Sequence[Rule], cancelled: Cancelled) -> Dict[str, Any]:
    """What a log or metrics file would have been told of.

    Returns:
        {"told", "points", "lines", "timed": how many lines bear a time}.

    Raises:
        OSError: the file cannot be read.
    """
    from nerotui.agent.points.points import Records

    view, records, lines, offset = Hindsight(rules), Records(path), 0, 0
    clock = LogClock(view.least)
    with open(path, "rb") as file:
        text = b"\0" not in file.read(4096)
        file.seek(0)
        while not cancelled():
            data = file.read(BLOCK)
            if not data:
                break
            lines += data.count(b"\n")
            piece = _Piece(view, data, offset, clock.ticks(data, offset) if text else []) if text else None
            for point in records.feed(data, offset, 0.0):
                if piece is not None:
                    piece.show(point.get("offset"))
                _show(view, point)
            if piece is not None:
                piece.show(offset + len(data))
            offset += len(data)
        for point in records.end(offset, 0.0):
            _show(view, point)
        view.end(False)
        _number(file, view.told)
    return {"told": view.told, "points": view.points, "lines": lines, "timed": clock.stamped if text else lines}


class _Piece:
    """A piece of a log, shown bit by bit, the clock set where its lines set it."""

    def __init__(self, view: Hindsight, data: bytes, begin: int, ticks: List[Tick]) -> None:
        self._view, self._data, self._begin, self._at = view, data, begin, begin
        self._ticks = deque(ticks)

    def show(self, end: Any) -> None:
        """Shows it up to a place, unless that has been shown or is no place in it."""
        if not isinstance(end, int) or not self._at < end <= self._begin + len(self._data):
            return
        while self._ticks and self._ticks[0].offset <= end:
            tick = self._ticks.popleft()
            self._log(tick.offset)
            self._view.clock(tick.now, tick.real, tick.silent, tick.offset - 1)
        self._log(end)

    def _log(self, end: int) -> None:
        if end > self._at:
            self._view.log(self._data[self._at - self._begin : end - self._begin], self._at)
            self._at = end


def _show(view: Hindsight, point: Dict[str, Any]) -> None:
    """A point of a file, whose time is the clock where it bears one."""
    time = point.get("t")
    if isinstance(time, (int, float)) and time > 0:
        view.clock(float(time), float(time))
    view.point(point)


def of_run(folder: RunFolder, state: str, rules: Sequence[Rule], cancelled: Cancelled) -> Dict[str, Any]:
    """The same of a run, from its log, its points and the samples of its host, with their times.

    Raises:
        OSError: a file cannot be read.
    """
    with open(folder.log, "rb") as log:
        record = _Record(folder, rules, log)
        for point in _lines(folder.metrics):
            if cancelled():
                break
            record.show(point)
        status = durable.read_json(folder.status) or {}
        over = state in _ENDED
        record.rest(float(status.get("ended") or 0.0) if over else time.time())
        view = record.view
        if over:
            view.end(state == "done")
        _number(log, view.told)
        log.seek(0)
        lines = sum(block.count(b"\n") for block in iter(lambda: log.read(BLOCK), b""))
    return {"told": view.told, "points": view.points, "lines": lines, "timed": lines}


class _Record:
    """What is on record of a run, shown in order. Of the log the times of lines are known that hold points.

    Attributes:
        view: is shown it.
    """

    def __init__(self, folder: RunFolder, rules: Sequence[Rule], log: BinaryIO) -> None:
        spec, status = durable.read_json(folder.spec) or {}, durable.read_json(folder.status) or {}
        self._frozen = _frozen(events.read(folder))
        self._samples = deque(_lines(folder.stats))
        self._log = log
        self._at = 0
        self._attempt: Any = None
        deadline = spec.get("deadline")
        deadline = self._running(float(deadline)) if deadline else None
        self.view = Hindsight(rules, spec.get("time"), deadline, status.get("progress"))

    def show(self, point: Dict[str, Any]) -> None:
        """A point, and what was before it."""
        real = float(point.get("t") or 0.0)
        if point.get("attempt") != self._attempt:
            self._attempt = point.get("attempt")
            self.view.begin(self._running(real))
        for name, value in point.items():
            if isinstance(value, str) and name != "source":
                point[name] = _NOT_FINITE.get(value, value)
        if point.get("source") == "log" and int(point.get("offset") or 0) > self._at:
            data = self._read(int(point["offset"]))
            if data.count(b"\n") <= 1:  # nothing but the line of the point before this one
                self._print(data)
                self._wait(real)
            else:
                self._work(real)
                self._print(data)
        else:
            self._work(real)
        self.view.point(point)

    def rest(self, end: float) -> None:
        """What came after the last point, up to a moment of the real clock."""
        found = os.fstat(self._log.fileno())
        self._work(found.st_mtime)
        while True:
            data = self._read(self._at + BLOCK)
            if not data:
                break
            self._print(data)
        self._wait(end)

    def _running(self, real: float) -> float:
        """The run's own clock, which stands still while it is frozen."""
        return real - sum(min(real, end) - begin for begin, end in self._frozen if begin < real)

    def _read(self, end: int) -> bytes:
        self._log.seek(self._at)
        return self._log.read(end - self._at)

    def _print(self, data: bytes) -> None:
        self.view.log(data, self._at)
        self._at += len(data)

    def _work(self, real: float) -> None:
        """It lived up to a moment, and whatever it printed meanwhile it did at some time."""
        for sample, moment in self._sampled(real):
            self.view.clock(self._running(moment), moment)
            self.view.busy()
            self.view.sample(sample, self._running(moment), moment)
        self.view.clock(max(self.view.now, self._running(real)), real)

    def _wait(self, real: float) -> None:
        """It lived up to a moment and printed nothing."""
        known = list(self._sampled(real))
        for sample, moment in known:
            self.view.sample(sample, self._running(moment), moment)
        now = max(self.view.now, self._running(real))
        self.view.clock(now, real, 0.0 if known else now - self.view.now, self._at - 1)

    def _sampled(self, end: float) -> Iterator[Any]:
        while self._samples and float(self._samples[0].get("t") or 0.0) <= end:
            sample = self._samples.popleft()
            yield sample, float(sample.get("t") or 0.0)


def _frozen(history: List[Dict[str, Any]]) -> List[Tuple[float, float]]:
    """From when to when a run stood frozen."""
    found: List[Tuple[float, float]] = []
    begin: Optional[float] = None
    for event in history:
        if event["kind"] == "frozen":
            begin = float(event["time"]) if begin is None else begin
        elif begin is not None and event["kind"] in _GOES_ON:
            found.append((begin, float(event["time"])))
            begin = None
    return found + ([(begin, math.inf)] if begin is not None else [])


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

"""JSON documents that programs write anew: trainer_state.json, Sacred's metrics.json, Chainer's log, any such array.

Lists of numbers under the names of metrics, as `json.dump(history.history)` makes them, are read as well.
"""

import calendar
import re
from typing import Any, Dict, List, Optional, Tuple

from nerotui.agent.metrics.axes import whole
from nerotui.agent.metrics.files.naming import Place, free, identifies, moment, places, telling
from nerotui.agent.metrics.files.scanner import Scanner
from nerotui.agent.metrics.words import strong

Point = Dict[str, Any]

_NOT_FINITE = {"nan": "nan", "infinity": "inf", "+infinity": "inf", "-infinity": "-inf", "inf": "inf", "-inf": "-inf"}
_NUMBER = re.compile(r"^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$")
_ISO = re.compile(r"^(\d{4})-(\d\d)-(\d\d)[T ](\d\d):(\d\d):(\d\d)(\.\d+)?")
#: What only the record has that sums up the whole of a Trainer's run.
_SUMS_UP = "train_runtime"
_DEEPEST = 4
_LISTED = 8
_SHAPES = 1024

#: An array under one of these names is the history itself; another's name tells it from the others of its file.
_HISTORIES = frozenset(
    [
        *("log_history", "history", "logs", "log", "metrics", "records", "results", "data", "epochs", "steps"),
        *("entries", "iterations"),
    ]
)

_ARRAY = re.compile(rb"^\s*\[\s*(?:\{|$)")
_HISTORY = re.compile(rb'"[^"\\]{1,80}"\s*:\s*\[\s*\{')
_SACRED = re.compile(rb'^\s*\{\s*"[^"]*"\s*:\s*\{\s*"(?:steps|values|timestamps)"\s*:\s*\[')
_LISTS = re.compile(rb'^\s*\{\s*"[^"]*"\s*:\s*\[\s*(?:-?[\d.]|NaN|-?Infinity)')
_SACRED_KEYS = ("steps", "values", "timestamps")


def open_document(path: str, beginning: bytes) -> Optional["DocumentReader"]:
    """A reader for a document that begins so, None where it is none that holds metrics."""
    if beginning[:3] == b"\xef\xbb\xbf":
        beginning = beginning[3:]
    if _ARRAY.match(beginning) or _LISTS.match(beginning):
        return DocumentReader(False)
    if _SACRED.match(beginning):
        return DocumentReader(True)
    if beginning.lstrip()[:1] == b"{":
        # One object a line is another format, unless the only line holds a whole history.
        first = beginning.lstrip().split(b"\n", 1)[0].rstrip()
        lines = first.endswith(b"}") and first.count(b"{") == first.count(b"}") and not _HISTORY.search(first)
        if path.endswith("trainer_state.json") or (not lines and _HISTORY.search(beginning)):
            return DocumentReader(False)
    return None


class DocumentReader:
    """Reads one document. A point's offset is the number of its record, for the document is written anew.

    Attributes:
        progress: {"unit", "at", "of"} of the newest record, None where records say nowhere where they stand.
        parallel: whether each metric's records are counted by themselves, as in Sacred's file.
    """

    rewritten = True
    #: What is there can be asked for at any time, for a document has an end while it still grows.
    whole = True

    def __init__(self, parallel: bool) -> None:
        self.parallel = parallel
        self.progress: Optional[Dict[str, Any]] = None
        self._scanner = Scanner()
        self._count = 0
        self._shapes: Dict[Tuple[str, ...], Optional[Place]] = {}
        self._lists: Dict[str, List[Any]] = {}
        self._of: Optional[float] = None

    def feed(self, data: bytes, offset: int, now: float) -> List[Point]:
        """The points of the records that are complete with `data`."""
        return self._take(data, now, False)

    def end(self, now: float) -> List[Point]:
        """The points of what is complete though the document may not be."""
        return self._take(b"", now, True)

    def _take(self, data: bytes, now: float, last: bool) -> List[Point]:
        points: List[Point] = []
        for key, member, value in self._scanner.feed(data, last):
            if member and isinstance(value, dict):
                self._record(key, value, now, points)
            elif self.parallel and isinstance(value, dict):
                self._column(key, value, now, points)
            elif isinstance(value, list) and not member:
                self._lists[key] = value
            elif key in ("max_steps", "num_train_epochs") and isinstance(value, (int, float)) and value > 0:
                self._of = whole(value) if key == "max_steps" else self._of
        if self._scanner.over and self._lists:
            self._rows(now, points)
        if points and self.progress is not None and self.progress["unit"] == "step":
            self.progress["of"] = self._of
        return points

    def _record(self, key: str, record: Dict[str, Any], now: float, points: List[Point]) -> None:
        """One object of an array."""
        values: Dict[str, float] = {}
        texts: List[str] = []
        _flatten(record, "", values, texts, 0)
        names = tuple(values)
        try:
            place = self._shapes[names]
        except KeyError:
            place = places(names)
            bare = place.epoch is None and place.step is None
            if bare and (identifies(names + tuple(texts)) or not telling([name for _, name in place.metrics])):
                place = None
            if len(self._shapes) < _SHAPES:
                self._shapes[names] = place
        self._count += 1
        if place is None or not place.metrics or _SUMS_UP in values:
            return
        numbers = tuple(values.values())
        point: Point = {"t": now, "source": "file", "offset": self._count - 1}
        seconds = moment(numbers[place.time]) if place.time is not None else None
        if seconds is not None:
            point["t"] = seconds
        for unit, index in (("step", place.step), ("epoch", place.epoch)):
            if index is not None and abs(numbers[index]) < float("inf"):
                point[unit] = whole(numbers[index])
                self.progress = {"unit": unit, "at": point[unit], "of": None}
        prefix = "" if not key or key in _HISTORIES else free(key) + "/"
        for index, name in place.metrics:
            point[prefix + name] = numbers[index]
        points.append(point)

    def _column(self, name: str, column: Dict[str, Any], now: float, points: List[Point]) -> None:
        """One metric of Sacred's: steps, values, timestamps."""
        steps, values, times = (column.get(key) for key in _SACRED_KEYS)
        if not isinstance(values, list):
            return
        steps = steps if isinstance(steps, list) else []
        times = times if isinstance(times, list) else []
        name = free(name)
        for index, value in enumerate(values):
            number = _number(value)
            if number is None:
                continue
            point: Point = {"t": now, "source": "file", "offset": index}
            if index < len(times):
                point["t"] = _seconds(times[index], now)
            step = _number(steps[index]) if index < len(steps) else None
            point["step"] = index if step is None or abs(step) == float("inf") or step != step else whole(step)
            point[name] = number
            points.append(point)
            self.progress = {"unit": "step", "at": point["step"], "of": None}

    def _rows(self, now: float, points: List[Point]) -> None:
        """Lists of numbers side by side, the whole document over."""
        lists = {}
        for name, values in self._lists.items():
            numbers = [_number(value) for value in values]
            if len(numbers) > 1 and not any(
                number is None and value is not None for number, value in zip(numbers, values)
            ):
                lists[name] = numbers
        self._lists = {}
        names = list(lists)
        place = places(names)
        if not any(strong(name) for _, name in place.metrics):
            return
        columns = list(lists.values())
        for row in range(max(len(column) for column in columns)):
            point: Point = {"t": now, "source": "file", "offset": row}
            for unit, index in (("step", place.step), ("epoch", place.epoch)):
                if index is not None and row < len(columns[index]) and columns[index][row] is not None:
                    point[unit] = whole(columns[index][row] or 0.0)
            found = {
                name: columns[index][row]
                for index, name in place.metrics
                if row < len(columns[index]) and columns[index][row] is not None
            }
            if found:
                point.update(found)
                points.append(point)


def _listed(name: str, items: List[Any], values: Dict[str, float]) -> bool:
    """CatBoost lists the values of its metrics; whether this is such a list."""
    numbers = [_number(item) for item in items[:_LISTED]]
    if not numbers or len(items) > _LISTED or any(number is None for number in numbers):
        return False
    for index, number in enumerate(numbers):
        if number is not None:
            values[name if len(numbers) == 1 else "{}/{}".format(name, index)] = number
    return True


def _flatten(record: Dict[str, Any], prefix: str, values: Dict[str, float], texts: List[str], depth: int) -> None:
    for key, value in record.items():
        if isinstance(value, dict):
            if depth < _DEEPEST:
                _flatten(value, prefix + key + "/", values, texts, depth + 1)
            continue
        if isinstance(value, list) and _listed(prefix + key, value, values):
            continue
        number = _number(value)
        if number is None:
            texts.append(key)
        else:
            values[prefix + key] = number


def _number(value: Any) -> Optional[float]:
    if isinstance(value, bool):
        return None
    if isinstance(value, (int, float)):
        return value if abs(value) < 1e300 or isinstance(value, float) else None
    if isinstance(value, str) and len(value) < 40:
        low = value.strip().lower()
        if low in _NOT_FINITE:
            return float(_NOT_FINITE[low])
        if _NUMBER.match(low):
            return float(low)
    return None


def _seconds(value: Any, now: float) -> float:
    if isinstance(value, str):
        found = _ISO.match(value)
        if found is None:
            return now
        year, month, day, hour, minute, second = map(int, found.groups()[:6])
        try:
            whole_seconds = calendar.timegm((year, month, day, hour, minute, second))
        except (ValueError, OverflowError):
            return now
        return whole_seconds + float(found.group(7) or 0)
    number = _number(value)
    seconds = moment(number) if number is not None else None
    return now if seconds is None else seconds

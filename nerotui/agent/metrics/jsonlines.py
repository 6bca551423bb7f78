"""The family of JSON lines: one object a line, in a log or in the file that NEROTUI_METRICS names."""

import json
from typing import Any, Dict, List, Optional

from nerotui.agent.metrics.axes import whole
from nerotui.agent.metrics.files.naming import METRIC, role
from nerotui.agent.metrics.files.naming import STEP as STEPS
from nerotui.agent.metrics.lines import Lines
from nerotui.agent.metrics.words import EPOCH, NEVER, STEP, strong

Point = Dict[str, Any]

_TIMES = frozenset(["t", "time", "timestamp", "_timestamp", "wall_time", "walltime", "ts", "created", "asctime"])
_NOT_FINITE = {"NaN": "nan", "nan": "nan", "Infinity": "inf", "-Infinity": "-inf", "inf": "inf", "-inf": "-inf"}
_DEEPEST = 4


class JsonReader:
    """Reads what a program reports on purpose: every number of every object is a metric.

    Attributes:
        progress: {"unit", "at", "of"} where the objects say how far they are, else None.
    """

    def __init__(self) -> None:
        self._lines = Lines()
        self.progress: Optional[Dict[str, Any]] = None

    def feed(self, data: bytes, offset: int, now: float) -> List[Point]:
        """The points of the objects that are complete with `data`.

        Args:
            data: the next bytes of the file.
            offset: of the first of them.
            now: the time of points that carry none, seconds since the epoch.
        """
        points = []
        for at, line, _ in self._lines.feed(data, offset):
            found = parse(line)
            if found is None:
                continue
            if not any(name not in ("t", "step", "epoch") for name in found):
                continue
            point = {"t": now, "source": "reported", "offset": at}
            point.update(found)
            unit = "epoch" if "epoch" in found else "step" if "step" in found else None
            if unit:
                self.progress = {"unit": unit, "at": found[unit], "of": None}
            points.append(point)
        return points

    def end(self, now: float) -> List[Point]:
        """The point of a last line without its end."""
        return self.feed(b"\n", self._lines.position, now)


def parse(line: bytes) -> Optional[Dict[str, float]]:
    """The numbers of one object by name, axes as "step" and "epoch", its time as "t"; None where it is no object."""
    try:
        record = json.loads(line.decode("utf-8", "replace"))
    except (ValueError, RecursionError):
        return None
    if not isinstance(record, dict):
        return None
    found: Dict[str, float] = {}
    _flatten(record, "", found, 0)
    return found


def is_metric(found: Dict[str, float]) -> bool:
    """Whether an object in a log is about training, and no entry of a program's own journal."""
    names = [name for name in found if name not in ("t", "step", "epoch")]
    return any(strong(name) for name in names) or (("step" in found or "epoch" in found) and bool(names))


def _flatten(record: Dict[str, Any], prefix: str, found: Dict[str, float], depth: int) -> None:
    for key, value in record.items():
        name = prefix + str(key)
        if isinstance(value, dict):
            if depth < _DEEPEST:
                _flatten(value, name + "/", found, depth + 1)
            continue
        if isinstance(value, str):
            if value not in _NOT_FINITE:
                continue
            value = float(_NOT_FINITE[value])
        elif isinstance(value, bool) or not isinstance(value, (int, float)):
            continue
        low = name.lower()
        if low in EPOCH:
            found["epoch"] = whole(value) if value == value else value
        elif low in STEP:
            found["step"] = value
        elif low in _TIMES:
            if 1e8 < value < 1e11:
                found["t"] = value
        elif low not in NEVER:
            kind = role(low) if "/" in low else METRIC
            if kind == METRIC:
                found[name] = value
            elif kind == STEPS:
                found.setdefault("step", value)

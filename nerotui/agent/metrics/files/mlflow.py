"""MLflow's file store: mlruns/EXPERIMENT/RUN/metrics/NAME holds one metric, a line a value: `1700000000123 0.25 40`.

https://github.com/mlflow/mlflow/blob/master/mlflow/store/tracking/file_store.py
"""

import re
from typing import Any, Dict, List, Optional

from nerotui.agent.metrics.files.naming import free, moment
from nerotui.agent.metrics.files.numerals import number
from nerotui.agent.metrics.files.rows import Lines

Point = Dict[str, Any]

_NAME = re.compile(r"/metrics/(.+)$")
#: Milliseconds since 1970, a number and, since MLflow 1.0, a step.
_LINE = re.compile(rb"\d{12,14} (\S+)(?: (-?\d{1,18}))?\s*$")
#: Lines that are looked at.
_LOOK = 8


class MlflowReader:
    """Reads one metric, whose name is the file's path below `metrics`."""

    parallel = False
    rewritten = False

    def __init__(self, name: str) -> None:
        self._name = name
        self._lines = Lines()
        self.progress: Optional[Dict[str, Any]] = None

    def feed(self, data: bytes, offset: int, now: float) -> List[Point]:
        """The points of the lines that are complete with `data`."""
        points: List[Point] = []
        for at, line in self._lines.feed(data, offset):
            said = _LINE.match(line)
            value = number(said.group(1), False) if said else None
            if said is None or value is None:
                continue
            when = moment(float(line.split(b" ", 1)[0]))
            point: Point = {"t": now if when is None else when, "source": "file", "offset": at}
            if said.group(2) is not None:
                point["step"] = int(said.group(2))
                self.progress = {"unit": "step", "at": point["step"], "of": None}
            point[self._name] = value
            points.append(point)
        return points


def name_of(path: str, beginning: bytes) -> Optional[str]:
    """The metric in a file of such a store, None where it is none."""
    found = _NAME.search(path)
    lines = beginning.split(b"\n")[:-1][:_LOOK]
    if found is None or not lines or not all(_LINE.match(line) for line in lines):
        return None
    return free(found.group(1))

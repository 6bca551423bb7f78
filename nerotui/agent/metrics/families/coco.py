"""The tables of COCO's evaluation, and Detectron2's line of the same numbers for copying.

Average Precision  (AP) @[ IoU=0.50:0.95 | area=   all | maxDets=100 ] = 0.383
copypaste: AP,AP50,AP75,APs,APm,APl
"""

import re
from typing import List, Optional

from nerotui.agent.metrics.axes import Axes
from nerotui.agent.metrics.family import Family, Found

_ROW = re.compile(
    rb"Average (?:Precision|Recall) +\((AP|AR)\) +@\[ IoU=([\d.]+)(:[\d.]+)? *\| area= *(\w+) *\| "
    rb"maxDets= *(\d+) *\] = (-?[\d.]+|nan)"
)
_TYPE = re.compile(rb"(?:IoU metric: |Evaluate annotation type \*|Evaluating )(bbox|segm|keypoints|proposal)")
_COPY = re.compile(rb"(?:^|\s)copypaste: (.+)$")


class Reading(Family):
    """Gives each number the place of the training so far."""

    def __init__(self, axes: Axes) -> None:
        super().__init__(axes)
        self._kind = ""
        self._copied = False
        self._header: List[str] = []

    def feed(self, line: bytes) -> Optional[List[Found]]:
        """The point of one row, or of the line for copying."""
        row = _ROW.search(line)
        if row:
            return [] if self._copied else self._row(*row.groups())
        copied = _COPY.search(line)
        if copied:
            return self._copy(copied.group(1).decode("utf-8", "replace").strip())
        if b"d2.evaluation" in line:
            self._copied = True  # it prints the table's numbers once more for copying, with more digits
        kind = _TYPE.search(line)
        if kind:
            self._kind = kind.group(1).decode() + "/"
        return None

    def _row(
        self, what: bytes, low: bytes, high: Optional[bytes], area: bytes, most: bytes, value: bytes
    ) -> List[Found]:
        if value.startswith(b"-"):
            return []  # no such objects
        name = what.decode()
        if high is None:
            name += low.decode().split(".")[1].ljust(2, "0")[:2]
        if area != b"all":
            name += "_" + area.decode()
        elif what == b"AR" and most not in (b"100", b"20"):
            name += "_" + most.decode()
        found: Found = dict(self.axes.carried())
        found["val/" + self._kind + name] = float(value)
        return [found]

    def _copy(self, text: str) -> List[Found]:
        if text.startswith("Task:"):
            self._kind = text[5:].strip() + "/"
            self._header = []
            return []
        cells = [cell.strip() for cell in text.split(",")]
        try:
            values = [float(cell) for cell in cells]
        except ValueError:
            self._header = cells
            return []
        if len(values) != len(self._header):
            return []
        found: Found = dict(self.axes.carried())
        found.update(("val/" + self._kind + name, value) for name, value in zip(self._header, values) if value == value)
        return [found]

"""Chainer's PrintReport: columns under a header, where a cell is blank if its value was not reported.

epoch       main/loss   validation/main/loss  main/accuracy  validation/main/accuracy  elapsed_time
1           0.192783    0.0961287             0.942833       0.9703                    11.3
"""

import re
from typing import Dict, List, Optional

from nerotui.agent.metrics.axes import Axes, Said
from nerotui.agent.metrics.family import Family, Found

_CELL = re.compile(rb"\S+")
_AXES = {"epoch": "epoch", "iteration": "step"}


class Reading(Family):
    """Reads rows by where their cells begin."""

    def __init__(self, axes: Axes) -> None:
        super().__init__(axes)
        self._columns: Dict[int, str] = {}

    def claims(self, line: bytes) -> bool:
        """Whether it begins as a header does."""
        return line.lstrip().split(None, 1)[0] in (b"epoch", b"iteration")

    def feed(self, line: bytes) -> Optional[List[Found]]:
        """The point of a row; the header opens the table."""
        cells = {cell.start(): cell.group() for cell in _CELL.finditer(line[:4096])}
        first = line[:1]
        if first in (b"e", b"i") and line.split(None, 1)[0] in (b"epoch", b"iteration"):
            if any(cell[:1].isdigit() for cell in cells.values()):
                return None
            self._columns = {at: cell.decode("utf-8", "replace") for at, cell in cells.items()}
            self.open = True
            return []
        if not first.isdigit() or not self.open or not set(cells) <= set(self._columns):
            return None
        try:
            row = {self._columns[at]: float(cell) for at, cell in cells.items()}
        except ValueError:
            return None
        place: Found = {_AXES[name]: row.pop(name) for name in ("epoch", "iteration") if name in row}
        row.pop("elapsed_time", None)
        if any(count - count for count in place.values()):
            return None  # nan and inf count nothing
        if "step" in place:
            self.axes.at(dict(place))
        else:
            self.axes.locate(Said(place.get("epoch"), None, None, None))
        return [dict(row, **place)] if row else []

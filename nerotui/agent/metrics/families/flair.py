"""Flair's scores on the development data: `DEV : loss 0.7 - f1-score (micro avg)  0.5`, and its report at the end."""

import re
from typing import List, Optional

from nerotui.agent.metrics.axes import Axes
from nerotui.agent.metrics.families.cells import value
from nerotui.agent.metrics.family import Family, Found

_SCORES = re.compile(rb"(DEV|TEST|TRAIN|EVAL) : (loss .+)$")
_SCORE = re.compile(rb"([a-zA-Z][^ ]{0,60}(?: \([^)]{1,40}\))?) +(\S+)$")
_DATED = re.compile(rb"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d")
_LONGEST = 400
#: Lines of the report: one for each class.
_MOST_LINES = 1000


class Reading(Family):
    """Scores stand at the epoch that was done before; the report sums up, and is no point."""

    def __init__(self, axes: Axes) -> None:
        super().__init__(axes)
        self._left = 0

    def claims(self, line: bytes) -> bool:
        """Whether it says scores, or begins the report."""
        return b" : loss " in line or line.startswith(b"Results:")

    def feed(self, line: bytes) -> Optional[List[Found]]:
        """Scores, or a line of the report."""
        if line.startswith(b"Results:"):
            self.open, self._left = True, _MOST_LINES
            return []
        if self.open:
            self._left -= 1
            if self._left and not _DATED.match(line):
                return []
            self.open = False
        found = _SCORES.search(line[:_LONGEST])
        if not found:
            return None
        point: Found = {}
        for part in found.group(2).split(b" - "):
            score = _SCORE.match(part.strip())
            number = value(score.group(2)) if score else None
            if score and number is not None:
                name = score.group(1).decode("utf-8", "replace")
                point[found.group(1).decode().lower() + "/" + name] = number
        if point:
            point.update(self.axes.carried())
        return [point] if point else None

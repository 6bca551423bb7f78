"""Darknet's line of a batch, and its precision of a test in between.

(next mAP calculation at 1000 iterations) 100: 12.345, 14.567 avg loss, 0.001000 rate, 3.4 seconds, 6400 images
mean average precision (mAP@0.50) = 0.765432, or 76.54 %
"""

import re
from typing import List, Optional

from nerotui.agent.metrics.family import Family, Found
from nerotui.agent.metrics.split import number

_VALUE = rb"([-+]?(?:\d+\.?\d*(?:e[-+]?\d+)?|nan|inf))"
_BATCH = re.compile(
    rb"(?:^|\s)(\d+): " + _VALUE + rb", " + _VALUE + rb" avg(?: loss)?, " + _VALUE + rb" rate, " + _VALUE + rb" seconds"
)
_PRECISION = re.compile(rb"mean[_ ]average[_ ]precision \((mAP@[\d.]+)\) = " + _VALUE)
_NAMES = ("loss", "avg_loss", "rate", "seconds")


class Reading(Family):
    """Reads the two lines; what a detection layer says of each batch is passed over."""

    def feed(self, line: bytes) -> Optional[List[Found]]:
        """The point of a batch or a precision."""
        batch = _BATCH.search(line)
        if batch:
            found: Found = {"step": int(batch.group(1))}
            self.axes.at(dict(found))
            self.axes.progress = {"unit": "step", "at": found["step"], "of": None}
            found.update((name, number(value)) for name, value in zip(_NAMES, batch.groups()[1:]))
            return [found]
        precision = _PRECISION.search(line)
        if precision:
            found = dict(self.axes.place)
            found["val/" + precision.group(1).decode()] = number(precision.group(2))
            return [found]
        layer = line.lstrip()
        return [] if layer.startswith((b"Region ", b"v3 (", b"Last accuracy")) else None

"""Caffe's outputs of a network, whose names are the network's own.

I0101 10:00:00.000000 99 solver.cpp:404]     Test net output #0: accuracy = 0.9743
I0101 10:00:00.000000 99 solver.cpp:404]     Test net output #1: loss = 0.081 (* 1 = 0.081 loss)
"""

import re
from typing import Dict, List, Optional

from nerotui.agent.metrics.axes import Axes, Place
from nerotui.agent.metrics.family import Family, Found
from nerotui.agent.metrics.split import number

_OUTPUT = re.compile(rb"(Train|Test) net output #\d+: (\S+) = ([-+\w.]+)")
#: No network has more outputs.
_OUTPUTS = 1000


class Reading(Family):
    """Gives each output the iteration that was named before it."""

    def __init__(self, axes: Axes) -> None:
        super().__init__(axes)
        self._place: Place = {}
        self._seen: Dict[str, int] = {}

    def feed(self, line: bytes) -> Optional[List[Found]]:
        """The point of one output."""
        output = _OUTPUT.search(line)
        if not output:
            return None
        try:
            value = number(output.group(3))
        except ValueError:
            return []
        place = self.axes.carried()
        name = "{}/{}".format(output.group(1).decode().lower(), output.group(2).decode("utf-8", "replace"))
        if place != self._place or len(self._seen) >= _OUTPUTS:
            self._place, self._seen = dict(place), {}
        count = self._seen[name] = self._seen.get(name, 0) + 1  # an output of several numbers, one a line
        found: Found = dict(place)
        found[name if count == 1 else "{}_{}".format(name, count)] = value
        return [found]

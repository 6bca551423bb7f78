"""Pylearn2's monitor: what stands indented below `Monitoring step:`, each epoch anew."""

import re
from typing import List, Optional

from nerotui.agent.metrics.axes import Axes, Said, whole
from nerotui.agent.metrics.families.cells import value
from nerotui.agent.metrics.family import Family, Found

_ENTRY = re.compile(rb"(?:\t|    )\s*([^:]{1,200}): +(\S+)$")
_COUNTS = {"epochs seen": "epoch", "batches seen": "batch", "examples seen": "example"}
#: Seconds that an epoch took, by two clocks.
_CLOCKS = ("training_seconds_this_epoch", "total_seconds_last_epoch")


class Reading(Family):
    """Gives each channel as it is read; channels have no end of their own."""

    def __init__(self, axes: Axes) -> None:
        super().__init__(axes)
        self._epoch: Optional[float] = None

    def claims(self, line: bytes) -> bool:
        """Whether the monitor begins to speak."""
        return line.strip() == b"Monitoring step:"

    def feed(self, line: bytes) -> Optional[List[Found]]:
        """The heading, a count, or a channel."""
        if line.strip() == b"Monitoring step:":
            self.open, self._epoch = True, None
            return []
        entry = _ENTRY.match(line[:400])
        number = value(entry.group(2)) if entry else None
        if entry is None or number is None:
            self.open = False
            return None
        name = entry.group(1).decode("utf-8", "replace").strip()
        count = _COUNTS.get(name.lower())
        if count == "epoch" and number - number == 0:
            self._epoch = number
            self.axes.locate(Said(number, None, None, None, True))
        if count or self._epoch is None or name in _CLOCKS:
            return []
        return [{name: number, "epoch": whole(self._epoch)}]

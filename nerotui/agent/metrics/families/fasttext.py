"""fastText's one line, drawn again ten times a second: each state is a point, at the percentage done."""

import re
from typing import List, Optional

from nerotui.agent.metrics.axes import Said, whole
from nerotui.agent.metrics.families.cells import value
from nerotui.agent.metrics.family import Family, Found

_STATE = re.compile(rb"Progress: +(\d{1,3}\.\d+)% +words/sec/thread: +(\d+) +lr: +(\S+) +(?:avg\.)?loss: +(\S+)")


class Reading(Family):
    """A state stands for itself, for it is never said which epoch it is."""

    states = True

    def claims(self, line: bytes) -> bool:
        """Whether it is such a state."""
        return line.startswith(b"Progress: ")

    def feed(self, line: bytes) -> Optional[List[Found]]:
        """One state."""
        found = _STATE.match(line[:200])
        if not found:
            return None
        done = float(found.group(1))
        self.axes.locate(Said(None, None, done, 100.0, True))
        point: Found = {"step": whole(done)}
        for name, text in zip(("words/sec/thread", "lr", "avg.loss"), found.groups()[1:]):
            number = value(text)
            if number is not None:
                point[name] = number
        return [point]

"""Vowpal Wabbit's progress: under a header of two lines, rows at the 1st, 2nd, 4th, … example."""

from typing import List, Optional

from nerotui.agent.metrics.axes import Said, whole
from nerotui.agent.metrics.families.cells import value
from nerotui.agent.metrics.family import Family, Found

_LEAST_CELLS = 6


class Reading(Family):
    """The first four cells are numbers, whatever labels and predictions are: losses, examples, their weight."""

    def claims(self, line: bytes) -> bool:
        """Whether it is the header's first line."""
        return line.split()[:2] == [b"average", b"since"]

    def feed(self, line: bytes) -> Optional[List[Found]]:
        """The header's lines, or a row."""
        cells = line.split()
        if cells[:2] == [b"average", b"since"]:
            self.open = True
            return []
        if cells[:2] == [b"loss", b"last"]:
            return []
        example = value(cells[2]) if len(cells) >= _LEAST_CELLS else None
        average, since = (value(cells[0]), value(cells[1])) if example is not None else (None, None)
        if example is None or example - example or average is None or value(cells[3]) is None:
            self.open = False
            return None
        self.axes.locate(Said(None, None, example, None, True))
        point: Found = {"average_loss": average, "step": whole(example)}
        if since is not None:
            point["loss_since_last"] = since
        return [point]

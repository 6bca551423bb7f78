"""Ray Tune's results: under `Result for TRIAL:` one entry a line, deeper ones indented; its clocks are none."""

import re
from typing import Dict, List, Optional, Tuple

from nerotui.agent.metrics.axes import Axes, Said, whole
from nerotui.agent.metrics.families.cells import value
from nerotui.agent.metrics.family import Family, Found
from nerotui.agent.metrics.files.naming import places
from nerotui.agent.metrics.words import strong

_HEAD = re.compile(rb"Result for (\S{1,200}):$")
_ENTRY = re.compile(rb"( +)([^:]{1,120}):(?: (.{1,60}))?$")
_LONGEST = 300
_MOST = 1000


class Reading(Family):
    """A block ends where the next line is not indented."""

    def __init__(self, axes: Axes) -> None:
        super().__init__(axes)
        self._found: Dict[str, float] = {}
        self._above: List[Tuple[int, str]] = []

    def claims(self, line: bytes) -> bool:
        """Whether it heads a result, or tells how long all has run."""
        return line.startswith(b"Result for ") or b"Total running time: " in line

    def feed(self, line: bytes) -> Optional[List[Found]]:
        """A head, an entry, or the line that ends the block."""
        head = _HEAD.match(line[:_LONGEST])
        if head:
            found = self._close()
            self.open = True
            return found
        if not self.open:
            return [] if b"Total running time: " in line else None
        entry = _ENTRY.match(line) if len(line) <= _LONGEST else None
        if entry is None:
            # A result's point is due now, and this line says nothing: Tune leaves one blank, then writes its status.
            return self._close()
        self._take(len(entry.group(1)), entry.group(2).decode("utf-8", "replace").strip(), entry.group(3))
        return []

    def end(self) -> List[Found]:
        """The last result."""
        return self._close()

    def _take(self, depth: int, name: str, cell: Optional[bytes]) -> None:
        while self._above and self._above[-1][0] >= depth:
            self._above.pop()
        path = "/".join([above for _, above in self._above] + [name])
        number = value(cell) if cell else None
        if number is not None and len(self._found) < _MOST and not path.startswith("config/"):
            self._found[path] = number
        if not cell:
            self._above.append((depth, name))

    def _close(self) -> List[Found]:
        found, self._found, self._above, self.open = self._found, {}, [], False
        names = list(found)
        place = places(names)
        point: Found = {name: found[names[at]] for at, name in place.metrics if _measures(name)}
        step = found[names[place.step]] if place.step is not None else None
        if not point or step is None or step - step:
            return []
        self.axes.locate(Said(None, None, step, None, True))
        point["step"] = whole(step)
        return [point]


def _measures(name: str) -> bool:
    """Whether an entry is about learning: a result also tells machines, versions, and how long each part took."""
    return strong(name) or "episode_len" in name or "learner_stats/" in name

"""GROMACS' md.log: a line `Step Time`, its numbers, then energies under their names, fifteen characters wide."""

import re
from typing import List, Optional

from nerotui.agent.metrics.axes import Axes, Said, whole
from nerotui.agent.metrics.families.cells import value
from nerotui.agent.metrics.family import Family, Found

_HEAD = re.compile(rb" +Step +Time(?: +Lambda)?$")
_WIDTH = 15
_NUMBERS = re.compile(rb"(?: *[-+]?\d+\.\d+e[-+]\d+| +-?nan| +-?inf)+$")
_LONGEST = 400
#: Lines that may stand between the step and its energies: checkpoints, load balancing.
_PATIENCE = 20


class Reading(Family):
    """Each row of numbers is a point, as soon as it is there: no row says that it is the last of its block."""

    def __init__(self, axes: Axes) -> None:
        super().__init__(axes)
        self._step: Optional[float] = None
        self._names: List[str] = []
        self._heading = False
        self._patience = 0

    def claims(self, line: bytes) -> bool:
        """Whether a block begins here."""
        return _HEAD.match(line[:_LONGEST]) is not None

    def feed(self, line: bytes) -> Optional[List[Found]]:
        """A head, the step below it, a heading, names, or numbers."""
        if len(line) > _LONGEST:
            self.open = False
            return None
        if _HEAD.match(line):
            self.open, self._step, self._names, self._heading, self._patience = True, None, [], False, _PATIENCE
            return []
        if self._step is None:
            words = line.split()
            step = value(words[0]) if words else None
            if step is None or len(words) > 3 or step - step:
                self.open = False
                return None
            self._step = step
            self.axes.locate(Said(None, None, step, None, True))
            return []
        if line.startswith(b"   Energies ("):
            self._heading = True
            return []
        if not self._heading:
            self._patience -= 1
            if self._patience < 0:
                self.open = False
            return None
        return self._energies(line, self._step)

    def _energies(self, line: bytes, step: float) -> Optional[List[Found]]:
        if not self._names and line.startswith(b" ") and b"<" not in line and not _NUMBERS.match(line):
            cells = [line[at : at + _WIDTH].strip() for at in range(0, len(line), _WIDTH)]
            self._names = [cell.decode("utf-8", "replace") for cell in cells]
            return []
        if self._names and _NUMBERS.match(line):
            numbers = [value(line[at : at + _WIDTH].strip()) for at in range(0, len(line.rstrip()), _WIDTH)]
            names, self._names = self._names, []
            point: Found = {name: number for name, number in zip(names, numbers) if name and number is not None}
            if point:
                point["step"] = whole(step)
            return [point] if point else []
        self.open = False
        return None

"""OpenFOAM's solvers: under each `Time = …` the residuals of the fields solved, Courant numbers, continuity errors."""

import re
from typing import Dict, List, Optional

from nerotui.agent.metrics.axes import Axes, Said, whole
from nerotui.agent.metrics.families.cells import value
from nerotui.agent.metrics.family import Family, Found

_TIME = re.compile(rb"Time = ([-+]?[\d.]+(?:[eE][-+]?\d+)?)s?$")
_SOLVING = re.compile(rb"Solving for ([\w.:]+), Initial residual = (\S+), Final residual = (\S+), No Iterations (\d+)")
_COURANT = re.compile(rb"(Courant Number|Interface Courant Number|Region: \S+ Courant Number) mean: (\S+) max: (\S+)$")
_CONTINUITY = re.compile(rb"time step continuity errors : sum local = (\S+), global = (\S+), cumulative = (\S+)$")
_LONGEST = 400
#: No case has more fields.
_FIELDS = 400


class Reading(Family):
    """Each line is a point at the time that was reached."""

    def __init__(self, axes: Axes) -> None:
        super().__init__(axes)
        self._time: Optional[float] = None
        self._solved: Dict[str, int] = {}

    def claims(self, line: bytes) -> bool:
        """Whether it is one of the lines that a solver repeats in every time step."""
        return (
            line.startswith((b"Time = ", b"time step continuity errors")) or b"Solving for" in line or b"Cour" in line
        )

    def feed(self, line: bytes) -> Optional[List[Found]]:
        """A time, or what was computed at it."""
        if len(line) > _LONGEST:
            return None
        found = _TIME.match(line.rstrip())
        if found:
            time = value(found.group(1))
            self._time = time if time is not None and time - time == 0 else None
            self._solved = {}
            if self._time is not None:
                self.axes.locate(Said(None, None, self._time, None, True))
            return []
        found = _SOLVING.search(line)
        if found:
            field = found.group(1).decode("utf-8", "replace")
            if len(self._solved) >= _FIELDS:
                self._solved.clear()
            again = self._solved[field] = self._solved.get(field, 0) + 1
            # The correctors of one time step solve a field several times.
            which = field if again == 1 else "{}_{}".format(field, again)
            return self._point(
                {"residual/" + which: value(found.group(2)), "final_residual/" + which: value(found.group(3))}
            )
        found = _COURANT.match(line)
        if found:
            name = found.group(1).decode("utf-8", "replace").replace(" Number", "")
            return self._point({name + "/mean": value(found.group(2)), name + "/max": value(found.group(3))})
        found = _CONTINUITY.match(line)
        if found:
            names = ("local", "global", "cumulative")
            return self._point({"continuity/" + name: value(found.group(at + 1)) for at, name in enumerate(names)})
        return None

    def _point(self, numbers: Dict[str, Optional[float]]) -> List[Found]:
        point: Found = {name: number for name, number in numbers.items() if number is not None}
        if self._time is None:
            return []  # a Courant number before the first time step
        if point:
            point["step"] = whole(self._time)
        return [point] if point else []

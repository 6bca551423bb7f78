"""Points of a log's lines: series that share a name but come from different print statements are kept apart."""

from typing import Any, Dict, List, Optional, Sequence, Tuple

from nerotui.agent.metrics.axes import Place
from nerotui.agent.metrics.text import Plan, number

Point = Dict[str, Any]

#: How many different lines without a place wait for their like.
_WAITING = 1024


class Naming:
    """Names the metrics of one log's lines, and holds back what may be no metric until it comes again."""

    def __init__(self) -> None:
        # Whether a name belongs to lines that say a step, ...
        self._shapes: Dict[str, str] = {}
        self._split = ""
        self._trusted = False
        self._waiting: Dict[Tuple[Tuple[str, int], ...], Optional[Point]] = {}

    def placed(self, plan: Plan, numbers: Sequence[bytes], speaker: str, place: Place) -> List[Point]:
        """The point of a line that says its place."""
        self._split = plan.split if plan.held_back else ""
        if not plan.metrics:
            return []
        self._trusted = self._trusted or plan.strong
        return [self._point(plan, numbers, speaker, place, _shape(plan))]

    def bar(self, plan: Plan, numbers: Sequence[bytes], speaker: str, place: Place) -> Point:
        """The point that a state of a bar makes."""
        self._split = plan.split if plan.held_back else ""
        self._trusted = True
        return self._point(plan, numbers, speaker, place, _shape(plan))

    def carried(self, plan: Plan, numbers: Sequence[bytes], speaker: str, place: Place) -> List[Point]:
        """The points of a line that says no place, which takes the log's.

        A setting is printed once, a metric again and again: until the log is known to be about training, the first of
        its kind waits for the second.
        """
        if not plan.metrics:
            self._split = plan.split if plan.held_back else self._split
            return []
        if not plan.strong:
            return []
        key = plan.metrics
        point = self._point(plan, numbers, speaker, place, "")
        if place and (self._trusted or plan.split or len(key) > 1):
            return [point]
        if key in self._waiting:
            first, self._waiting[key] = self._waiting[key], None
            return [first, point] if first is not None else [point]
        if len(self._waiting) < _WAITING:
            self._waiting[key] = point
        return []

    def _point(self, plan: Plan, numbers: Sequence[bytes], speaker: str, place: Place, shape: str) -> Point:
        point: Point = dict(place)
        split = self._split if not plan.split else ""
        for name, at in plan.metrics:
            if split and not plan.placed:
                name = split + "/" + name
            if speaker:
                name = speaker + name
            known = self._shapes.get(name)
            if known is None:
                self._shapes[name] = shape
            elif known != shape:
                name += "_epoch" if shape in ("epoch", "", "bar") else "_step"
            point[name] = number(numbers[at])
        return point


def _shape(plan: Plan) -> str:
    """Which counts a line says: lines that say others come from another print statement."""
    count = plan.counting
    if plan.bar:
        return "bar"
    if count.step is None:
        return "epoch"
    return "batch" if count.bare or (count.steps is not None and count.epoch is not None) else "step"

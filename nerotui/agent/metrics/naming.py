"""Points of a log's lines: series that share a name but come from different print statements are kept apart."""

from typing import Any, Dict, List, Optional, Sequence, Tuple

from nerotui.agent.metrics.recent import Recent
from nerotui.agent.metrics.text import Plan, number
from nerotui.agent.metrics.words import SPLITS, words

Point = Dict[str, Any]

#: Bytes of the points without a place that wait for their like; see `Recent`.
_WAITING = 40_000
#: How many names are told apart; a log that never says the same twice costs no memory.
_NAMES = 1500
#: What all processes of a job have in common: it is one curve, the first speaker's.
_SHARED = frozenset(["lr", "learning_rate"])
#: Lines that say no more than this are about the data that was announced.
_WHATEVER = frozenset(["eval", "evaluation", "evaluating", "validating", "testing"])


class Naming:
    """Names the metrics of one log's lines, and holds back what may be no metric until it comes again."""

    def __init__(self) -> None:
        # Whether a name belongs to lines that say a step, ...
        self._shapes: Dict[str, str] = {}
        self._split = ""
        self._first = ""
        self._trusted = False
        self._waiting: Recent[Tuple[Tuple[str, int], ...], Optional[Point]] = Recent(_WAITING)

    def placed(self, plan: Plan, numbers: Sequence[bytes], speaker: str, point: Point) -> None:
        """Adds the metrics of a line that says its place to its point."""
        self._split = plan.split if plan.held_back else ""
        self._trusted = self._trusted or plan.strong or plan.bar
        self._add(plan, numbers, speaker, "", point)

    def carried(self, plan: Plan, numbers: Sequence[bytes], speaker: str, point: Point, known: bool) -> List[Point]:
        """The points of a line that says no place, which takes the log's.

        A setting is printed once, a metric again and again: until the log is known to be about training, the first of
        its kind waits for the second.

        Args:
            plan: what the line's numbers mean.
            numbers: the line's.
            speaker: the process that wrote it.
            point: takes its metrics.
            known: whether the log has a place.
        """
        if not plan.metrics:
            self._split = plan.split if plan.held_back else self._split
            return []
        if not plan.strong:
            return []
        split = self._split if not plan.split or (plan.split in _WHATEVER and self._split not in _WHATEVER) else ""
        self._add(plan, numbers, speaker, split, point)
        key = plan.metrics
        if known and (self._trusted or plan.split or len(key) > 1):
            return [point]
        first = self._waiting.get(key, point)
        if first is not point:
            self._waiting.young[key] = None
            return [first, point] if first is not None else [point]
        self._waiting.put(key, point, 400 + 150 * len(key))
        return []

    def _add(self, plan: Plan, numbers: Sequence[bytes], speaker: str, split: str, point: Point) -> None:
        under = speaker + split
        if plan.under != under or not plan.named:
            plan.under, plan.named = under, self._name(plan, speaker, split)
        for name, at in plan.named:
            try:
                point[name] = float(numbers[at])
            except ValueError:
                point[name] = number(numbers[at])

    def _name(self, plan: Plan, speaker: str, split: str) -> Tuple[Tuple[str, int], ...]:
        shape = _shape(plan)
        named = []
        for name, at in plan.metrics:
            if speaker and name in _SHARED and len(plan.metrics) > 1:
                self._first = self._first or speaker
                if speaker != self._first:
                    continue
            if split and words(name.rsplit("/", 1)[-1]).isdisjoint(SPLITS):
                name = split + "/" + name
            name = speaker + name
            known = self._shapes.get(name, shape)
            if len(self._shapes) < _NAMES:
                self._shapes[name] = known
            if known != shape:
                name += "_epoch" if shape in ("epoch", "carried", "bar") else "_step"
            named.append((name, at))
        return plan.metrics if list(plan.metrics) == named else tuple(named)


def _shape(plan: Plan) -> str:
    """Which counts a line says: lines that say others come from another print statement."""
    count = plan.counting
    if plan.bar:
        return "bar"
    if count.step is None:
        return "carried" if count.epoch is None else "epoch"
    return "batch" if count.bare or (count.steps is not None and count.epoch is not None) else "step"

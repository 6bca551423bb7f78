"""The user's own rules, applied: which of them hold now, and since when, point by point."""

import math
from typing import Any, Dict, Iterable, List, NamedTuple, Optional, Sequence

from nerotui.agent.diagnose.finding import Finding, number, span
from nerotui.agent.diagnose.roles import role
from nerotui.agent.diagnose.rules import Amount, Rule

Point = Dict[str, Any]
_NOT_METRICS = frozenset(("t", "step", "epoch", "time", "source", "offset", "attempt"))
_TRAINING = frozenset(("train_loss", "training_loss", "tr_loss", "train-loss", "trainloss"))


class Fired(NamedTuple):
    """A rule that holds, and why, in one sentence."""

    rule: Rule
    because: str
    x: Optional[float]
    series: Optional[str]


class _Place(NamedTuple):
    """How far a run is: as its log counts, in points of the rule's metric, and in seconds of its running time."""

    epoch: Optional[float]
    step: Optional[float]
    point: float
    time: float


class _State:
    """What a rule has seen so far."""

    def __init__(self, rule: Rule) -> None:
        self.rule = rule
        self.count = 0
        self.holds: Optional[_Place] = None
        self.best: Optional[float] = None
        self.best_at: Optional[_Place] = None
        self.because = ""
        self.x: Optional[float] = None
        self.series: Optional[str] = None
        self.over = False


class Enforcer:
    """Follows which rules hold. Each fires once; `done` names those that fired before this object was made."""

    def __init__(self, rules: Iterable[Rule], began: float, done: Iterable[str] = ()) -> None:
        """Begins.

        Args:
            rules: the run's.
            began: when the run began, on the clock of all other times given.
            done: the texts of rules that have fired already.
        """
        fired = set(done)
        self._states = [_State(rule) for rule in rules if rule.text not in fired]
        self._began = began
        self._epoch: Optional[float] = None
        self._step: Optional[float] = None
        self._fired: List[Fired] = []

    def points(self, points: Sequence[Point], now: Optional[float] = None) -> None:
        """Takes points in order; `now` is when they came, default the time in each."""
        for point in points:
            time = now if now is not None else float(point.get("t") or self._began)
            for axis in ("epoch", "step"):
                value = point.get(axis)
                if isinstance(value, (int, float)):
                    setattr(self, "_" + axis, float(value))
            for state in self._states:
                if not state.over:
                    self._take(state, point, time)

    def look(self, now: float, quiet: Optional[float], findings: Sequence[Finding]) -> List[Fired]:
        """The rules that have begun to hold since the last call.

        Args:
            now: seconds.
            quiet: for how long nothing was printed or reported, if anything ever was.
            findings: what is wrong now.
        """
        for state in self._states:
            if state.over:
                continue
            rule = state.rule
            place = self._place(state, now)
            if rule.kind == "no_output" and rule.lasting is not None:
                silence = now - self._began if quiet is None else quiet
                # Silence before the point from which the rule counts is none of its business.
                since = silence if rule.after is None else min(silence, _passed(rule.after, place, self._began))
                if since >= rule.lasting.size:
                    self._fire(state, "nothing printed or reported for {}".format(span(silence)), None, None)
            elif rule.kind == "found" and _reached(rule.after, place, self._began):
                for one in findings:
                    if one["kind"] == rule.metric:
                        self._fire(state, str(one["message"]), one["x"], one["series"])
                        break
            elif rule.lasting is not None and rule.lasting.unit == "s":
                self._lasted(state, place)
        fired, self._fired = self._fired, []
        return fired

    def _take(self, state: _State, point: Point, time: float) -> None:
        rule = state.rule
        if rule.kind not in ("nan", "compare", "no_improvement"):
            return
        for name, value in point.items():
            if name in _NOT_METRICS or not isinstance(value, (int, float)) or not matches(rule, name):
                continue
            state.count += 1
            place = self._place(state, time)
            state.x = place.step if place.step is not None else place.epoch
            state.series = name
            where = _where(point)
            if rule.kind == "nan":
                if not math.isfinite(value) and _reached(rule.after, place, self._began):
                    self._fire(state, "{} is {}{}".format(name, value, where), state.x, name)
            elif rule.kind == "compare":
                state.because = "{} is {}{}".format(name, number(value), where)
                self._compare(state, float(value), place)
            else:
                self._improve(state, name, float(value), place, where)
            if state.over:
                return

    def _compare(self, state: _State, value: float, place: _Place) -> None:
        rule = state.rule
        if not _reached(rule.after, place, self._began) or not _holds(value, rule.op, rule.value):
            state.holds = None
        elif rule.lasting is None:
            self._fire(state, state.because, state.x, state.series)
        else:
            state.holds = state.holds or place
            self._lasted(state, place)

    def _improve(self, state: _State, name: str, value: float, place: _Place, where: str) -> None:
        rule = state.rule
        higher = role(name).kind in ("gain", "reward")
        better = state.best is None or (value > state.best if higher else value < state.best)
        if better and math.isfinite(value):
            state.best, state.best_at = value, place
            state.because = "{} has not improved since it was {}{}".format(name, number(value), where)
            state.holds = place
        elif state.holds is None:
            state.holds = place  # it began without a number
            state.because = "{} has not improved since the beginning".format(name)
        if not _reached(rule.after, place, self._began):
            state.holds = place if state.holds is not None else None
        self._lasted(state, place)

    def _lasted(self, state: _State, place: _Place) -> None:
        """Fires where what a rule waits for has held for as long as it says."""
        lasting, since = state.rule.lasting, state.holds
        if lasting is None or since is None:
            return
        begin, now = _at(lasting.unit, since), _at(lasting.unit, place)
        if begin is not None and now is not None and now - begin >= lasting.size:
            self._fire(state, state.because, state.x, state.series)

    def _fire(self, state: _State, because: str, x: Optional[float], series: Optional[str]) -> None:
        state.over = True
        self._fired.append(Fired(state.rule, because, x, series))

    def _place(self, state: _State, time: float) -> _Place:
        return _Place(self._epoch, self._step, float(state.count), time)


def matches(rule: Rule, name: str) -> bool:
    """Whether a rule's metric is the one of that name.

    A name stands for the metric of that very name, and for those of the same name in a group: loss for rank0/loss,
    val/loss for val_loss. "loss" is the training loss too where it is called so; "*" is every loss and gradient norm.
    """
    wanted = rule.metric
    if wanted == "*":
        return role(name).kind in ("loss", "gradient")
    if wanted == name:
        return True
    low, want = name.lower().replace("/", "_"), wanted.lower().replace("/", "_")
    if low == want or name.lower().rpartition("/")[2] == wanted.lower() != "loss":
        return True
    if want == "loss":
        group, _, last = name.lower().rpartition("/")
        return low in _TRAINING or (last == "loss" and not role(name).validation and bool(group))
    return False


def _holds(value: float, op: str, limit: float) -> bool:
    if op == ">":
        return value > limit
    if op == ">=":
        return value >= limit
    if op == "<":
        return value < limit
    if op == "<=":
        return value <= limit
    return value == limit if op == "==" else value != limit


def _at(unit: str, place: _Place) -> Optional[float]:
    if unit == "s":
        return place.time
    found: Optional[float] = getattr(place, unit)
    return found


def _passed(amount: Amount, place: _Place, began: float) -> float:
    """How far beyond an amount of running time a run is, seconds; 0 before, and where it is counted otherwise."""
    if amount.unit == "s":
        return max(0.0, place.time - began - amount.size)
    return place.time - began if _reached(amount, place, began) else 0.0


def _reached(after: Optional[Amount], place: _Place, began: float) -> bool:
    """Whether a run is as far as a rule says."""
    if after is None:
        return True
    if after.unit == "s":
        return place.time - began >= after.size
    at = _at(after.unit, place)
    return at is not None and at >= after.size


def _where(point: Point) -> str:
    for axis in ("epoch", "step"):
        if isinstance(point.get(axis), (int, float)):
            return " at {} {:g}".format(axis, point[axis])
    return ""

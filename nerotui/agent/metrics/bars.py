"""Bars: of all the states that one is drawn in, the last of each epoch counts."""

from typing import Any, Dict, List, NamedTuple, Optional

from nerotui.agent.metrics.axes import Said, whole

Point = Dict[str, Any]

#: A bar that no epoch stands over, counts at least this far and was drawn this often is the whole run's:
#: its states are points.
LONG, OFTEN = 2000, 64
#: How far it counts at least where it says that it counts steps.
SHORT = 200
#: From so many states on a bar's curve takes every tenth only: some ten are drawn in a second, for days perhaps.
MANY, SELDOM = 5000, 10
#: An epoch whose bar was drawn this often takes so long that its states are worth a curve of their own.
PATIENT = 600
#: No bar shows more values, whose states could be kept.
_WIDEST = 40

_PLACE = frozenset(("t", "source", "offset", "step", "epoch"))


class State(NamedTuple):
    """A bar as it was last drawn: what tells it from others, where it stood, and the point that it would make."""

    texts: object
    epoch: Optional[float]
    step: Optional[float]
    steps: Optional[float]
    point: Point

    @property
    def done(self) -> bool:
        """Whether it came to its end, or has none."""
        return self.steps is None or self.step is None or self.step >= self.steps


class Bars:
    """Holds the newest state of the bar that is being drawn until it is known to be its epoch's last.

    Attributes:
        state: that state, None where no bar is being drawn.
    """

    def __init__(self) -> None:
        self.state: Optional[State] = None
        self._drawn: List[Point] = []
        self._count = 0
        self._ended_before = False

    def holds(self, texts: object) -> bool:
        """Whether the bar that is being drawn is of these texts."""
        return self.state is not None and self.state.texts == texts

    def draw(
        self, texts: object, said: Said, epoch: Optional[float], point: Point, over: bool, run: bool, first: int
    ) -> List[Point]:
        """Takes a bar's state; the points that are certain now.

        Args:
            texts: the line's texts.
            said: what it says of its place.
            epoch: the epoch that the bar belongs to, None where none is known.
            point: the state's metrics at their place.
            over: whether the state was drawn over, or may still be.
            run: whether it says that it counts steps, and so is the run's rather than an epoch's.
            first: the number of the first epoch.
        """
        found: List[Point] = []
        state, new = self.state, State(texts, epoch, said.step, said.steps, point)
        if state is not None and self._another(state, new):
            if said.step == 0 and _repeats(state.point, point):
                # Nothing of the new epoch was done yet: what stands here, a validation's result too, is the last one's.
                state.point.update({name: value for name, value in point.items() if name not in _PLACE})
                return []
            found += self.flush()
        if not over:
            if self._count >= OFTEN and said.step is not None:
                found += [drawn for drawn in self._drawn if drawn.get("step") != said.step]
                point.setdefault("step", whole(said.step))
            self._forget()
            self._ended_before = True
            return found + [point]
        self.state = new
        if epoch is None:
            found += self._along(new, run)
        else:
            found += self._within(new, epoch - first)
        return found

    def interrupt(self) -> List[Point]:
        """An ordinary line follows: a bar that came to its end is not drawn again."""
        return self.flush() if self.state is not None and self.state.done else []

    def flush(self) -> List[Point]:
        """The point of the last state, which nothing follows."""
        state = self.state
        self._forget()
        begun = state is not None and not (state.epoch is not None and state.step == 0)
        return [state.point] if state is not None and begun else []

    def _forget(self) -> None:
        self.state, self._drawn, self._count = None, [], 0

    @staticmethod
    def _another(state: State, new: State) -> bool:
        if state.epoch != new.epoch:
            return True
        if state.step is None or new.step is None:
            return False
        return new.step < state.step and state.steps == new.steps

    def _within(self, state: State, before: float) -> List[Point]:
        """The states of a bar whose epoch takes long, with `_step` behind their names."""
        self._count += 1
        if self._count < PATIENT or self._count % SELDOM or state.step is None or not state.steps:
            return []
        point = {name: value for name, value in state.point.items() if name in _PLACE and name != "epoch"}
        point["step"] = whole(before * state.steps + state.step)
        point.update((name + "_step", value) for name, value in state.point.items() if name not in _PLACE)
        return [point]

    def _along(self, state: State, run: bool) -> List[Point]:
        """The states of a bar that seems to be the whole run's."""
        if (
            self._ended_before
            or len(state.point) > _WIDEST
            or (state.steps is not None and state.steps < (SHORT if run else LONG))
        ):
            return []
        last = self._drawn[-1] if self._drawn else None
        if last is not None and last.get("step") == state.step:
            return []
        if self._count > MANY and self._count % SELDOM:
            self._count += 1
            return []
        if state.step is not None:
            state.point.setdefault("step", whole(state.step))
        self._drawn.append(state.point)
        self._count += 1
        if self._count < OFTEN:
            return []
        found, self._drawn = self._drawn[:-1], self._drawn[-1:]
        return found


def _repeats(point: Point, other: Point) -> bool:
    return any(name not in _PLACE and point.get(name) == value for name, value in other.items())

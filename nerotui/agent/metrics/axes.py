"""Where a point stands: steps and epochs out of what lines say, carried over to lines that do not say it."""

import math
from typing import Any, Dict, List, Optional, Tuple

from nerotui.agent.metrics.text import Plan, number

Place = Dict[str, float]


class Axes:
    """Keeps the place that the log has reached.

    Attributes:
        place: {"step", "epoch"}, as far as they are known; what a line without any takes.
        progress: {"unit", "at", "of"} of what the log counts, None where it counts nothing.
    """

    def __init__(self) -> None:
        self.place: Place = {}
        self.progress: Optional[Dict[str, Any]] = None
        self._within: Optional[bool] = None
        self._last: Optional[Tuple[float, float]] = None
        self._before: Dict[float, float] = {}
        self._bare_epoch: Optional[float] = None

    def locate(self, plan: Plan, numbers: List[bytes]) -> Place:
        """The place of a line, which becomes the log's if the line says it itself."""
        epoch, step = _count(plan.epoch, numbers), _count(plan.step, numbers)
        epochs, steps = _count(plan.epoch_of, numbers), _count(plan.step_of, numbers)
        if epoch is None and step is None:
            return self.place
        place: Place = {}
        if epoch is None and plan.unnamed and self._bare_epoch is not None and steps:
            # A bar under a heading `Epoch 3/10`. Done, it stands for the whole epoch.
            epoch = self._bare_epoch
            if step != steps:
                place["step"] = whole(epoch * steps + (step or 0))
            place["epoch"] = whole(epoch)
        elif epoch is not None and step is not None:
            place = self._both(epoch, step, steps)
        elif epoch is not None:
            place["epoch"] = whole(epoch)
            self._bare_epoch = epoch
        elif step is not None:
            place["step"] = whole(step)
            if "epoch" in self.place and self._bare_epoch is not None:
                place["epoch"] = self.place["epoch"]
        self._note(place, epoch, epochs, step, steps)
        self.place = place
        return place

    def at(self, place: Place) -> None:
        """Takes over a place that a line of another family says."""
        if place:
            self.place = place

    def _both(self, epoch: float, step: float, steps: Optional[float]) -> Place:
        """Epoch and step on one line: does the step count on, or anew in each epoch?"""
        self._bare_epoch = None
        if epoch != int(epoch):
            return {"epoch": epoch, "step": whole(step)}
        last, self._last = self._last, (epoch, step)
        if last is not None and epoch > last[0]:
            self._within = step <= last[1]
        if self._within is False:
            return {"epoch": whole(epoch), "step": whole(step)}
        if steps and step <= steps:
            # Done, an epoch is still that epoch.
            part = step / steps if step < steps else 0.0
            return {"epoch": whole(epoch + part), "step": whole(epoch * steps + step)}
        # No word of how many steps an epoch has: those of the epochs before are known by now.
        if last is not None and epoch > last[0]:
            self._before[epoch] = self._before.get(last[0], 0.0) + last[1]
        return {"epoch": whole(epoch), "step": whole(self._before.get(epoch, 0.0) + step)}

    def _note(
        self,
        place: Place,
        epoch: Optional[float],
        epochs: Optional[float],
        step: Optional[float],
        steps: Optional[float],
    ) -> None:
        known = self.progress
        if epoch is not None and (epochs is not None or known is None or known["unit"] == "epoch"):
            of = epochs if epochs is not None else known["of"] if known else None
            self.progress = {"unit": "epoch", "at": place.get("epoch", epoch), "of": of and whole(of)}
        elif step is not None and epoch is None and (steps is not None or known is None or known["unit"] == "step"):
            of = steps if steps is not None else known["of"] if known and known["unit"] == "step" else None
            self.progress = {"unit": "step", "at": whole(step), "of": of and whole(of)}


def _count(place: Optional[int], numbers: List[bytes]) -> Optional[float]:
    if place is None:
        return None
    value = number(numbers[place])
    return value if math.isfinite(value) else None


def whole(value: float) -> float:
    """The same number, as an int where it is one."""
    return int(value) if abs(value) < 1e15 and value == int(value) else value

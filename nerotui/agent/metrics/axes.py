"""Where a point stands: steps and epochs out of what lines say, carried over to lines that do not say it."""

import math
from typing import Any, Dict, Optional, Tuple

from nerotui.agent.metrics.recent import Recent

Place = Dict[str, float]

#: A log of more processes, or of more epochs of all of them, costs no more memory; see `Recent`.
_SPEAKERS, _EPOCHS = 200, 600


class Said:
    """What one line says of its place; None where it does not.

    Attributes:
        epoch, epochs: which, and of how many.
        step, steps: which, and of how many.
        whole_run: the step counts from the run's beginning whatever epoch is named beside it.
        held_back: the line is about validation, whose batches are not the run's.
        bar: the line is a state of a bar, which stands for all that it counts.
        bare: the step has no name.
    """

    __slots__ = ("bar", "bare", "epoch", "epochs", "held_back", "step", "steps", "whole_run")

    def __init__(
        self,
        epoch: Optional[float],
        epochs: Optional[float],
        step: Optional[float],
        steps: Optional[float],
        whole_run: bool = False,
        held_back: bool = False,
        bar: bool = False,
        bare: bool = False,
    ) -> None:
        self.epoch, self.epochs, self.step, self.steps = epoch, epochs, step, steps
        self.whole_run, self.held_back, self.bar, self.bare = whole_run, held_back, bar, bare


class Axes:
    """Keeps the place that the log has reached.

    Attributes:
        place: {"step", "epoch"}, as far as they are known; what a line without any takes.
        progress: {"unit", "at", "of"} of what the log counts, None where it counts nothing.
        heading: the epoch that a line named by itself, None once lines name it beside a step.
    """

    def __init__(self) -> None:
        self.place: Place = {}
        self.progress: Optional[Dict[str, Any]] = None
        self.heading: Optional[float] = None
        self._first: Optional[int] = None
        self._ended = False
        self._amid = False
        self._tracks: Recent[str, _Track] = Recent(_SPEAKERS)
        self._before: Recent[Tuple[str, float], float] = Recent(_EPOCHS)

    @property
    def first(self) -> int:
        """The number of the first epoch: 0, or 1."""
        return self._first or 0

    def locate(self, said: Said, speaker: str = "") -> Place:
        """The place of a line that says one, which becomes the log's.

        Args:
            said: what the line says.
            speaker: which of the processes that write into the log does; their counts do not mix.
        """
        epoch, step = said.epoch, said.step
        self._number_from(said)
        held_back = said.held_back and not said.whole_run and bool(said.steps) and bool(self.place)
        if epoch is None and step is not None and held_back and not said.bar:
            return self._held_back(said)
        if epoch is None and step is not None and self.heading is not None and said.steps and not said.whole_run:
            place = self._under_heading(self.heading, said)
        elif epoch is not None and step is not None:
            place = self._both(epoch, step, said, speaker)
        elif epoch is not None:
            place = {"epoch": whole(epoch)}
            if epoch == int(epoch) and not said.bar:
                self.heading, self._ended = epoch, True
        elif step is not None:
            if said.held_back and not said.whole_run and step < self.place.get("step", step):
                return self.place  # it counts what it was measured on
            place = {"step": whole(step)}
            if "epoch" in self.place and self.heading is not None:
                place["epoch"] = self.place["epoch"]
        else:
            return self.place
        self._note(place, said)
        if not (said.held_back and (said.steps or said.epoch is not None) and "step" in place):
            self.place = place
        return place

    def at(self, place: Place) -> None:
        """Takes over a place that a line of another family says."""
        if place:
            self.place = place

    def carried(self) -> Place:
        """The place of a line that says none: of the last one that did, or its epoch where that had come to its end.

        Lines that come in the middle of an epoch stand at steps, also where an epoch ends.
        """
        place = self.place
        if "step" in place and "epoch" in place:
            self._amid = self._amid or not self._ended
            if not self._amid:
                return {"epoch": whole(math.floor(place["epoch"]))}
        return place

    def _number_from(self, said: Said) -> None:
        """Whether epochs are counted from 0 or from 1."""
        epoch = said.epoch
        if epoch is None or said.held_back:
            return
        if epoch == 0:
            self._first = 0
        elif self._first is None:
            self._first = 1 if epoch == 1 or (said.epochs is not None and epoch == int(epoch)) else 0

    def _under_heading(self, epoch: float, said: Said) -> Place:
        """A count of batches under a heading `Epoch 3/10`. Done, or as a bar, it stands for the whole epoch."""
        step, steps = said.step or 0.0, said.steps or 1.0
        self._ended = True
        if said.bar or step >= steps:
            return {"epoch": whole(epoch)}
        done = epoch - (self.first)
        self._ended = step + step / 10 >= steps
        return {"epoch": whole(epoch + step / steps), "step": whole(done * steps + step)}

    def _held_back(self, said: Said) -> Place:
        """Batches of a validation that does not say which epoch it is about: they are parts of the last one named."""
        step, steps = said.step or 0.0, said.steps or 1.0
        if "epoch" not in self.place or not self._ended:
            return self.place
        part = step / steps if step < steps else 0.0
        return {"epoch": whole(math.floor(self.place["epoch"]) + part)}

    def _both(self, epoch: float, step: float, said: Said, speaker: str) -> Place:
        """Epoch and step on one line: does the step count on, or anew in each epoch?"""
        steps = said.steps
        self.heading = None
        if said.bar and steps:
            self._ended = True
            return {"epoch": whole(epoch)}
        if epoch != int(epoch) or said.whole_run:
            self._ended = False
            return {"epoch": whole(epoch), "step": whole(step)}
        counter = speaker + "*" if said.held_back else speaker
        track: Optional[_Track] = self._tracks.get(counter)
        if track is None:
            track = _Track(counter, self._before)
            self._tracks.put(counter, track)
        track.see(epoch, step)
        if not said.held_back:
            self._ended = track.near_end(step, steps)
        if said.held_back and (steps or said.bare):
            return {"epoch": whole(epoch + (step / steps if steps and step < steps else 0.0))}
        if track.within is False:
            return {"epoch": whole(epoch), "step": whole(step)}
        if steps and step <= steps:
            # Done, an epoch is still that epoch.
            part = step / steps if step < steps else 0.0
            return {"epoch": whole(epoch + part), "step": whole((epoch - (self.first)) * steps + step)}
        # No word of how many steps an epoch has: those of the epochs before are known by now.
        return {"epoch": whole(epoch), "step": whole(track.before(epoch) + step)}

    def _note(self, place: Place, said: Said) -> None:
        known = self.progress
        epoch, step = said.epoch, said.step
        if said.held_back:
            return
        if epoch is not None and (said.epochs is not None or known is None or known["unit"] == "epoch"):
            of = said.epochs if said.epochs is not None else known["of"] if known else None
            at = place.get("epoch", epoch)
            if step is not None and said.steps and step <= said.steps and at == epoch:
                at = whole(epoch - (self.first) + step / said.steps) if said.bar else at
            # Some name the last epoch of a count from 0: done, they are one past it.
            self.progress = {"unit": "epoch", "at": at, "of": of and whole(max(of, at))}
            return
        new = said.steps is not None or known is None or known["unit"] == "step"
        if step is not None and epoch is None and self.heading is None and new:
            of = said.steps if said.steps is not None else known["of"] if known else None
            self.progress = {"unit": "step", "at": whole(step), "of": of and whole(of)}


class _Track:
    """How one speaker counts: the last (epoch, step), and how many steps the epochs before an epoch had."""

    __slots__ = ("_before", "_last", "_speaker", "_stride", "within")

    def __init__(self, speaker: str, before: "Recent[Tuple[str, float], float]") -> None:
        self.within: Optional[bool] = None
        self._speaker = speaker
        self._before = before
        self._last: Optional[Tuple[float, float]] = None
        self._stride = 0.0

    def see(self, epoch: float, step: float) -> None:
        last, self._last = self._last, (epoch, step)
        if last is None:
            return
        if epoch > last[0]:
            self.within = step <= last[1]
            if self.within:
                # Only the newest is asked for again, unless attempts go back: then some are.
                self._before.put((self._speaker, epoch), self.before(last[0]) + last[1])
        elif epoch == last[0] and step > last[1]:
            self._stride = step - last[1]

    def before(self, epoch: float) -> float:
        """How many steps the epochs before one had, as far as they were seen."""
        known: float = self._before.get((self._speaker, epoch), 0.0)
        return known

    def near_end(self, step: float, steps: Optional[float]) -> bool:
        """Whether the epoch's last line seems to have come."""
        return bool(steps) and step + self._stride >= (steps or 0.0) - 1


def whole(value: float) -> float:
    """The same number, as an int where it is one."""
    if type(value) is int:
        return value
    return int(value) if abs(value) < 1e15 and value == int(value) else value

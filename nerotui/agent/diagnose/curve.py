"""A series in bounded memory: its whole course in at most a hundred-odd stretches, its newest points one by one."""

import math
from array import array
from collections import deque
from typing import Deque, List, Sequence, Tuple

#: When so many stretches are full, neighbours are joined: a curve of any length costs the same.
STRETCHES = 128
#: Newest values kept one by one.
NEWEST = 32


class Curve:
    """The course of one metric, thinned as it grows; only finite values go in.

    Attributes:
        count: how many points there were.
        means: the mean of each stretch; the last stretch may be younger than the others.
        roughs: the mean absolute difference of successive points in each stretch.
        newest: the newest values.
        first, last: the first and the newest value.
        x: where the newest point stands.
    """

    __slots__ = ("_fill", "_per", "_rough", "_sum", "count", "first", "last", "means", "newest", "roughs", "x", "xs")

    def __init__(self) -> None:
        self.clear()

    def clear(self) -> None:
        """Forgets everything: what comes is another run's."""
        self.count = 0
        self.means = array("d")
        self.roughs = array("d")
        self.xs = array("d")
        self.newest: Deque[float] = deque(maxlen=NEWEST)
        self.first = self.last = 0.0
        self.x = 0.0
        self._per = 1
        self._fill = 0
        self._sum = self._rough = 0.0

    def add(self, x: float, value: float) -> None:
        """Adds a point."""
        rough = abs(value - self.last) if self.count else 0.0
        if not self.count:
            self.first = value
        self.count += 1
        self.last, self.x = value, x
        self.newest.append(value)
        self._sum += value
        self._rough += rough
        self._fill += 1
        if self._fill == self._per:
            self.means.append(self._sum / self._per)
            self.roughs.append(self._rough / self._per)
            self.xs.append(x)
            self._fill, self._sum, self._rough = 0, 0.0, 0.0
            if len(self.means) >= STRETCHES:
                self._join()

    def _join(self) -> None:
        self._per *= 2
        self.means = array("d", ((self.means[at] + self.means[at + 1]) / 2 for at in range(0, STRETCHES, 2)))
        self.roughs = array("d", ((self.roughs[at] + self.roughs[at + 1]) / 2 for at in range(0, STRETCHES, 2)))
        self.xs = array("d", self.xs[1::2])

    @property
    def per(self) -> int:
        """How many points a full stretch holds."""
        return self._per

    def noise(self) -> float:
        """The standard deviation of a point about its neighbours, over the whole course.

        The mean absolute difference of two independent normal values is 2 / sqrt(pi) = 1.128 standard deviations.
        """
        return sum(self.roughs) / len(self.roughs) / 1.128 if self.roughs else 0.0


def middle(values: List[float]) -> float:
    """The median."""
    if not values:
        return 0.0
    values = sorted(values)
    half = len(values) // 2
    return values[half] if len(values) % 2 else (values[half - 1] + values[half]) / 2


def smooth(means: Sequence[float], width: int) -> List[float]:
    """Each value as the median of `width` before and including it: a spike is no course."""
    if width <= 1:
        return list(means)
    return [middle(list(means[max(0, at - width + 1) : at + 1])) for at in range(len(means))]


def unsure(means: Sequence[float], width: int) -> float:
    """The standard error of the median of `width` neighbouring stretches, from how much neighbours differ.

    Stretches hold several points each, so noise that stays for a while is counted too. A median's error is 1.253 times
    that of a mean.
    """
    if len(means) < 3:
        return 0.0
    steps = [abs(later - earlier) for earlier, later in zip(means[:-1], means[1:])]
    return 1.253 * sum(steps) / len(steps) / 1.128 / math.sqrt(max(1, width))


def wavering(smoothed: Sequence[float], width: int) -> float:
    """How much a smoothed course wavers about its own trend, at the scale of its smoothing: one standard deviation.

    The second difference of independent values has 2.449 times their deviation, and nothing of a straight trend; the
    median of its size is 0.6745 deviations. A saw, such as a mean that begins anew with each epoch, wavers so.
    """
    turns = [
        abs(smoothed[at - width] - 2 * smoothed[at] + smoothed[at + width])
        for at in range(width, len(smoothed) - width)
    ]
    return middle(turns) / (0.6745 * 2.449) if turns else 0.0


def least(values: List[float]) -> Tuple[float, int]:
    """The least value, and where it stands."""
    at = min(range(len(values)), key=values.__getitem__)
    return values[at], at

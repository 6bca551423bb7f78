"""A series in bounded memory: its whole course in at most a hundred-odd stretches, its newest points one by one."""

import math
from array import array
from collections import deque
from typing import Deque, List, Optional, Tuple

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

    def noise(self) -> float:
        """The standard deviation of a point about its neighbours, over the newer half of the course.

        The mean absolute difference of two independent normal values is 2 / sqrt(pi) = 1.128 standard deviations.
        """
        half = self.roughs[len(self.roughs) // 2 :]
        return middle(list(half)) / 1.128 if half else 0.0

    def of_mean(self, stretches: int) -> float:
        """The standard error of the mean over so many stretches."""
        return self.noise() / math.sqrt(max(1, stretches * self._per))

    def smooth(self, width: int) -> List[float]:
        """The stretches' means, each the median of `width` around and before it: a spike is not a course."""
        means = self.means
        if width <= 1:
            return list(means)
        return [middle(list(means[max(0, at - width + 1) : at + 1])) for at in range(len(means))]


def middle(values: List[float]) -> float:
    """The median."""
    if not values:
        return 0.0
    values = sorted(values)
    half = len(values) // 2
    return values[half] if len(values) % 2 else (values[half - 1] + values[half]) / 2


def least(values: List[float]) -> Tuple[float, int]:
    """The least value, and where it stands."""
    at = min(range(len(values)), key=values.__getitem__)
    return values[at], at


def crossing(xs: "array[float]", means: "array[float]", level: float) -> Optional[float]:
    """Where the course last rose above a level and stayed there."""
    at = len(means)
    while at and means[at - 1] > level:
        at -= 1
    return xs[at] if at < len(xs) else None

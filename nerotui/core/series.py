"""A metric's history in bounded memory, so that drawing it never depends on how many points it has.

Up to `LIMIT` points are kept as they are. Beyond, points share buckets of equal width on the x axis, each with its
least, greatest and mean value; when the axis outgrows `LIMIT` buckets, neighbours are merged in pairs. Adding a point
costs the same however many there are.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import NamedTuple

LIMIT = 2048


class Bucket(NamedTuple):
    """Points that lie close together on the x axis: `finite` ones, `bad` that are nan or infinite.

    `x` and `time` are those of the newest point; `low`, `high` and `total` say nothing while `finite` is 0.
    """

    x: float
    time: float
    low: float
    high: float
    total: float
    finite: int
    bad: int


class Track:
    """One metric of one run as it grows.

    Args:
        x_name: what the points' x counts: "step", "epoch".
    """

    def __init__(self, x_name: str = "step") -> None:
        self.x_name = x_name
        self.clear()

    def clear(self) -> None:
        """Forget all points: the history is coming anew."""
        self.count = 0
        self.last: float | None = None
        self.last_x: float | None = None
        self.least: tuple[float, float] | None = None
        self.greatest: tuple[float, float] | None = None
        self._buckets: dict[int, Bucket] = {}
        self._points: list[Bucket] = []
        self._width = 0.0
        self._origin = 0.0
        self._sorted: list[Bucket] | None = None

    def extend(self, points: Iterable[tuple[float, float, float]]) -> None:
        """Add points (x, value, time). Values may be nan or infinite; those without a finite x or time are left out."""
        self._sorted = None
        for x, value, time in points:
            if x - x != 0 or time - time != 0:
                continue
            self.count += 1
            self.last, self.last_x = value, x
            if value - value == 0:
                if self.least is None or value < self.least[0]:
                    self.least = (value, x)
                if self.greatest is None or value > self.greatest[0]:
                    self.greatest = (value, x)
                point = Bucket(x, time, value, value, value, 1, 0)
            else:
                point = Bucket(x, time, 0.0, 0.0, 0.0, 0, 1)
            if self._width:
                self._add(int((x - self._origin) // self._width), point)
            else:
                self._points.append(point)
                if len(self._points) > LIMIT:
                    self._begin_buckets()

    def buckets(self) -> list[Bucket]:
        """All that is known, by x."""
        if self._sorted is None:
            if self._width:
                self._sorted = [self._buckets[index] for index in sorted(self._buckets)]
            else:
                self._sorted = sorted(self._points, key=lambda point: point.x)
        return self._sorted

    def _begin_buckets(self) -> None:
        points = self._points
        low, high = min(point.x for point in points), max(point.x for point in points)
        self._origin = low
        # Half the buckets are used at first; points that share one x need no more than one bucket.
        self._width = (high - low) / (LIMIT // 2) or 1.0
        self._points = []
        for point in points:
            self._add(int((point.x - low) // self._width), point)

    def _add(self, index: int, point: Bucket) -> None:
        old = self._buckets.get(index)
        self._buckets[index] = point if old is None else merged(old, point)
        if old is None and len(self._buckets) > LIMIT:
            self._widen()

    def _widen(self) -> None:
        """Merge neighbours in pairs until at most half the buckets remain."""
        while len(self._buckets) > LIMIT // 2:
            self._width *= 2
            wider: dict[int, Bucket] = {}
            for index in sorted(self._buckets):
                half = index // 2
                old = wider.get(half)
                wider[half] = self._buckets[index] if old is None else merged(old, self._buckets[index])
            self._buckets = wider


def merged(one: Bucket, other: Bucket) -> Bucket:
    """Two buckets as one; `other` is the newer."""
    if not one.finite or not other.finite:
        known = one if one.finite else other
        return Bucket(other.x, other.time, known.low, known.high, known.total, known.finite, one.bad + other.bad)
    return Bucket(
        other.x,
        other.time,
        min(one.low, other.low),
        max(one.high, other.high),
        one.total + other.total,
        one.finite + other.finite,
        one.bad + other.bad,
    )


def smoothed(buckets: list[Bucket], weight: float) -> list[float | None]:
    """An exponential average over the points, read off at each bucket; None where no finite value came yet.

    Args:
        buckets: by x.
        weight: of the past at each point, 0 to below 1. The average starts unbiased (as in TensorBoard), and a bucket
            of n points counts as n times its mean.
    """
    average, trust = 0.0, 0.0
    values: list[float | None] = []
    for bucket in buckets:
        if bucket.finite:
            past = weight**bucket.finite
            average = past * average + (1 - past) * (bucket.total / bucket.finite)
            trust = past * trust + (1 - past)
        values.append(average / trust if trust > 0 and math.isfinite(average) else None)
    return values

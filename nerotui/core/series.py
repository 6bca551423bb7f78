"""A metric's history in bounded memory, so that drawing it never depends on how many points it has.

Up to `LIMIT` points are kept as they are. Beyond, points share buckets of equal width on the x axis, each with its
least, greatest and mean value; when the axis outgrows `LIMIT` buckets, neighbours are merged in pairs. Adding a point
costs the same however many there are.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from operator import attrgetter
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
    finite: float
    bad: float


_X = attrgetter("x")


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
        # Number of the bucket to the fields of a Bucket; each point has its own while the width is 0.
        self._buckets: dict[int, list[float]] = {}
        self._width = 0.0
        self._origin = 0.0
        self._sorted: list[Bucket] | None = None

    def extend(self, points: Iterable[tuple[float, float, float]]) -> None:
        """Add points (x, value, time). Values may be nan or infinite; those without a finite x or time are left out."""
        self._sorted = None
        width, origin = self._width, self._origin
        for x, value, time in points:
            if x - x != 0 or time - time != 0:
                continue
            self.count += 1
            self.last, self.last_x = value, x
            finite = value - value == 0
            if finite:
                if self.least is None or value < self.least[0]:
                    self.least = (value, x)
                if self.greatest is None or value > self.greatest[0]:
                    self.greatest = (value, x)
            index = int((x - origin) // width) if width else len(self._buckets)
            bucket = self._buckets.get(index)
            if bucket is None:
                self._buckets[index] = (
                    [x, time, value, value, value, 1, 0] if finite else [x, time, 0.0, 0.0, 0.0, 0, 1]
                )
                if len(self._buckets) > LIMIT:
                    self._widen()
                    width, origin = self._width, self._origin
                continue
            bucket[0], bucket[1] = x, time
            if not finite:
                bucket[6] += 1
            elif bucket[5]:
                if value < bucket[2]:
                    bucket[2] = value
                elif value > bucket[3]:
                    bucket[3] = value
                bucket[4] += value
                bucket[5] += 1
            else:
                bucket[2] = bucket[3] = bucket[4] = value
                bucket[5] = 1

    def buckets(self) -> list[Bucket]:
        """All that is known, by x."""
        if self._sorted is None:
            self._sorted = sorted(map(Bucket._make, self._buckets.values()), key=_X)
        return self._sorted

    def _widen(self) -> None:
        """Share buckets, or merge them in pairs, until at most half of them remain."""
        if not self._width:
            xs = [bucket[0] for bucket in self._buckets.values()]
            # Points that share one x need no more than one bucket, whatever its width.
            self._origin, self._width = min(xs), (max(xs) - min(xs)) / (LIMIT // 2) or 1.0
            self._regroup(
                [(int((bucket[0] - self._origin) // self._width), bucket) for bucket in self._buckets.values()]
            )
        while len(self._buckets) > LIMIT // 2 + 1:
            self._width *= 2
            self._regroup([(index // 2, self._buckets[index]) for index in sorted(self._buckets)])

    def _regroup(self, buckets: list[tuple[int, list[float]]]) -> None:
        self._buckets = {}
        for index, bucket in buckets:
            old = self._buckets.get(index)
            self._buckets[index] = bucket if old is None else _merged(old, bucket)


def _merged(one: list[float], other: list[float]) -> list[float]:
    """Two buckets as one; `other` is the newer."""
    if not one[5] or not other[5]:
        known = one if one[5] else other
        return [*other[:2], *known[2:6], one[6] + other[6]]
    low, high = min(one[2], other[2]), max(one[3], other[3])
    return [*other[:2], low, high, one[4] + other[4], one[5] + other[5], one[6] + other[6]]


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

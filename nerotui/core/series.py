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


#: No count and no time is this great; nan is not either.
FAR = 1e15
#: A value this great counts as infinite: nothing could be drawn to its scale.
HUGE = 1e150


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


class Extreme(NamedTuple):
    """The least or greatest value of a series, and where and when it was."""

    value: float
    x: float
    time: float


_X = attrgetter("x")

#: Parts of a series at most: one whose x goes back more often is not a run that was resumed, but one that jumps about.
MOST_PARTS = 24


class Track:
    """One metric of one run as it grows.

    Where x goes back (a run that was resumed from a checkpoint does again what was lost) a new part begins.

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
        self.least: Extreme | None = None
        self.greatest: Extreme | None = None
        # In each part: number of the bucket to the fields of a Bucket; each point has its own while the width is 0.
        self._parts: list[dict[int, list[float]]] = [{}]
        self._width = 0.0
        self._origin = 0.0
        # The newest part's first and greatest x, and how many points it has.
        self._begin, self._furthest, self._within = math.inf, -math.inf, 0
        self._jumps = False
        self._sorted: list[list[Bucket]] | None = None

    def extend(self, points: Iterable[tuple[float, float, float]]) -> None:
        """Add points (x, value, time). Values may be nan or infinite; those without a sensible place are left out."""
        self._sorted = None
        width, origin, furthest = self._width, self._origin, self._furthest
        buckets, room, before = self._parts[-1], self._room(), self.count - self._within
        least = math.inf if self.least is None else self.least.value
        greatest = -math.inf if self.greatest is None else self.greatest.value
        count = self.count
        for x, value, time in points:
            if not (-FAR < x < FAR and -FAR < time < FAR):
                continue
            if x >= furthest:
                furthest = x
            elif not self._jumps and self._went_back(x, furthest, count - before):
                buckets, room, furthest, before = self._parts[-1], self._room(), x, count
            if count == before:
                self._begin = x
            count += 1
            self.last, self.last_x = value, x
            finite = -HUGE < value < HUGE
            if finite:
                if value < least:
                    least, self.least = value, Extreme(value, x, time)
                if value > greatest:
                    greatest, self.greatest = value, Extreme(value, x, time)
            index = int((x - origin) // width) if width else len(buckets)
            bucket = buckets.get(index)
            if bucket is None:
                buckets[index] = [x, time, value, value, value, 1, 0] if finite else [x, time, 0.0, 0.0, 0.0, 0, 1]
                if len(buckets) > room:
                    self._widen()
                    width, origin, buckets, room = self._width, self._origin, self._parts[-1], self._room()
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
        self._furthest, self._within, self.count = furthest, count - before, count

    @property
    def timed(self) -> bool:
        """Whether its points were seen one after another, rather than all read at once from an old file."""
        parts = self.parts()
        return bool(parts) and abs(parts[-1][-1].time - parts[0][0].time) >= 1.0

    def parts(self) -> list[list[Bucket]]:
        """What is known, each part by x, in the order in which they were written."""
        if self._sorted is None:
            self._sorted = [sorted(map(Bucket._make, part.values()), key=_X) for part in self._parts if part]
        return self._sorted

    def buckets(self) -> list[Bucket]:
        """All that is known, by x."""
        parts = self.parts()
        return parts[0] if len(parts) == 1 else sorted((bucket for part in parts for bucket in part), key=_X)

    def _room(self) -> int:
        """Buckets that the newest part may have."""
        return LIMIT - sum(map(len, self._parts[:-1]))

    def _went_back(self, x: float, furthest: float, within: int) -> bool:
        """Begins a new part at `x`, unless it lies within the usual disorder of several writers."""
        spacing = (furthest - self._begin) / max(1, within - 1)
        if furthest - x < 2 * spacing:
            return False
        if len(self._parts) == MOST_PARTS:
            self._jumps = True
            self._join_parts()
        else:
            self._parts.append({})
        return True

    def _join_parts(self) -> None:
        if self._width:
            self._parts = [_regrouped(item for part in self._parts for item in part.items())]
        else:
            self._parts = [dict(enumerate(bucket for part in self._parts for bucket in part.values()))]

    def _widen(self) -> None:
        """Share buckets, or merge them in pairs, until at most half of them remain."""
        if not self._width:
            xs = [bucket[0] for part in self._parts for bucket in part.values()]
            # Points that share one x need no more than one bucket, whatever its width.
            self._origin, self._width = min(xs), (max(xs) - min(xs)) / (LIMIT // 2) or 1.0
            self._parts = [
                _regrouped((int((bucket[0] - self._origin) // self._width), bucket) for bucket in part.values())
                for part in self._parts
            ]
        while sum(map(len, self._parts)) > LIMIT // 2 + len(self._parts):
            self._width *= 2
            self._parts = [_regrouped((index // 2, part[index]) for index in sorted(part)) for part in self._parts]


def _regrouped(buckets: Iterable[tuple[int, list[float]]]) -> dict[int, list[float]]:
    found: dict[int, list[float]] = {}
    for index, bucket in buckets:
        old = found.get(index)
        found[index] = bucket if old is None else _merged(old, bucket)
    return found


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

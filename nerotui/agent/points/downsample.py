"""Points thinned out as they come: of each stretch the least and the greatest value stay, and what is not finite."""

import math
from typing import List, Optional, Tuple

#: x, value, time.
Point = Tuple[float, float, float]


class Thinner:
    """Keeps about `limit` points of a series of any length, in order, without ever holding many more.

    Every stretch of consecutive points gives its first, its least and its greatest, so that no spike is lost.
    """

    def __init__(self, limit: Optional[int]) -> None:
        """Keeps `limit` points; None keeps all."""
        self._limit = limit
        self._stretch = 1
        self._held: List[Point] = []
        self._kept: List[List[Point]] = []
        self._all: List[Point] = []

    def add(self, points: List[Point]) -> None:
        """Takes points that follow those before."""
        if self._limit is None:
            self._all += points
            return
        held = self._held + points
        stretch = self._stretch
        at = 0
        while len(held) - at >= stretch:
            self._kept.append(_extremes(held[at : at + stretch]))
            at += stretch
            # Each gives two points or so: twice as many as asked for are held, so that thinning them once more is fair.
            if len(self._kept) > self._limit:
                self._kept = [
                    _extremes(self._kept[pair] + (self._kept[pair + 1] if pair + 1 < len(self._kept) else []))
                    for pair in range(0, len(self._kept), 2)
                ]
                stretch = self._stretch = stretch * 2
        self._held = held[at:]

    def points(self) -> List[Point]:
        """What is kept, in order, the newest point always among it."""
        if self._limit is None:
            return self._all
        kept = [point for stretch in self._kept for point in stretch]
        if self._held:
            kept += _extremes(self._held)
            if kept[-1] != self._held[-1]:
                kept.append(self._held[-1])
        thinned = kept
        if len(kept) > self._limit:
            groups = max(2, self._limit // 2)
            count = len(kept)
            thinned = []
            for group in range(groups):
                thinned += _extremes(kept[group * count // groups : (group + 1) * count // groups])
        if kept and thinned[-1] != kept[-1]:
            thinned.append(kept[-1])
        return thinned


def _extremes(points: List[Point]) -> List[Point]:
    """The least and the greatest of a stretch in their order, and the first that is not finite."""
    if len(points) <= 2:
        return points
    values = [point[1] for point in points]
    total = sum(values)
    odd = None
    if not math.isfinite(total):
        finite = [value for value in values if math.isfinite(value)]
        odd = next((at for at, value in enumerate(values) if not math.isfinite(value)), None)
        if not finite:
            return points[:1]
    else:
        finite = values
    places = {values.index(min(finite)), values.index(max(finite))}
    if odd is not None:
        places.add(odd)
    return [points[at] for at in sorted(places)]
